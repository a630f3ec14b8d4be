-- The customer's managed policies. Versions are a JSON list: number, microseconds, document as it was given.
CREATE TABLE managed_policies (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT,
    versions TEXT NOT NULL,
    default_version INTEGER NOT NULL,
    last_version INTEGER NOT NULL,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
) STRICT;

-- Names are unique whatever their case (IAM user guide, IAM identifiers).
CREATE UNIQUE INDEX managed_policies_by_name ON managed_policies (account, lower(name));

CREATE TABLE instance_profiles (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    role_id TEXT,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
) STRICT;

CREATE UNIQUE INDEX instance_profiles_by_name ON instance_profiles (account, lower(name));

-- The ARN of the managed policy that is the role's permissions boundary.
ALTER TABLE roles ADD COLUMN boundary TEXT;
