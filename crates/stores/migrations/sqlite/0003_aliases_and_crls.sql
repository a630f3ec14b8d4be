-- Aliases: second names, unique among the rows of their kind.
ALTER TABLE trust_anchors ADD COLUMN alias TEXT;
ALTER TABLE profiles ADD COLUMN alias TEXT;

CREATE UNIQUE INDEX trust_anchors_by_alias ON trust_anchors (account, alias) WHERE alias IS NOT NULL;
CREATE UNIQUE INDEX profiles_by_alias ON profiles (account, alias) WHERE alias IS NOT NULL;

ALTER TABLE trust_anchors ADD COLUMN crl_dp_revocation_enabled INTEGER NOT NULL DEFAULT 0;

-- The list is kept byte for byte. Its trust anchor may be deleted before it.
CREATE TABLE crls (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    tags TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    alias TEXT,
    crl_data BLOB NOT NULL,
    trust_anchor_arn TEXT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
) STRICT;

CREATE UNIQUE INDEX crls_by_alias ON crls (account, alias) WHERE alias IS NOT NULL;
