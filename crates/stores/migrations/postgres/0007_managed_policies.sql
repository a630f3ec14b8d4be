-- The customer's managed policies. Versions are a JSON list: number, microseconds, document as it was given.
CREATE TABLE managed_policies (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    description TEXT,
    versions TEXT NOT NULL,
    default_version BIGINT NOT NULL,
    last_version BIGINT NOT NULL,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
);

-- Names are unique whatever their case (IAM user guide, IAM identifiers).
CREATE UNIQUE INDEX managed_policies_by_name ON managed_policies (account, lower(name));

CREATE TABLE instance_profiles (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    role_id TEXT COLLATE "C",
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
);

CREATE UNIQUE INDEX instance_profiles_by_name ON instance_profiles (account, lower(name));

-- The ARN of the managed policy that is the role's permissions boundary.
ALTER TABLE roles ADD COLUMN boundary TEXT;
