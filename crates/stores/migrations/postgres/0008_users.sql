-- Users and groups. Policies are JSON objects by name, kept byte for byte inside; groups of a user are their ids.
CREATE TABLE users (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    arn TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    inline_policies TEXT NOT NULL,
    attached_policies TEXT NOT NULL,
    boundary TEXT,
    group_ids TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

-- Names are unique whatever their case (IAM user guide, IAM identifiers).
CREATE UNIQUE INDEX users_by_name ON users (account, lower(name));

CREATE TABLE user_groups (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    arn TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    inline_policies TEXT NOT NULL,
    attached_policies TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE UNIQUE INDEX user_groups_by_name ON user_groups (account, lower(name));

-- The id of the user that a key belongs to; none is the root user.
ALTER TABLE access_keys ADD COLUMN user_id TEXT COLLATE "C";

-- When a key was used last; written in groups, outside of the version count, since no decision reads it.
CREATE TABLE access_key_uses (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    used_at BIGINT NOT NULL,
    service TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE account_aliases (
    account TEXT COLLATE "C" PRIMARY KEY REFERENCES accounts (account),
    alias TEXT COLLATE "C" NOT NULL UNIQUE
);
