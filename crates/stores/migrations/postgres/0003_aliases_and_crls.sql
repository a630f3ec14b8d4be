-- Aliases: second names, unique among the rows of their kind.
ALTER TABLE trust_anchors ADD COLUMN alias TEXT COLLATE "C";
ALTER TABLE profiles ADD COLUMN alias TEXT COLLATE "C";

CREATE UNIQUE INDEX trust_anchors_by_alias ON trust_anchors (account, alias) WHERE alias IS NOT NULL;
CREATE UNIQUE INDEX profiles_by_alias ON profiles (account, alias) WHERE alias IS NOT NULL;

ALTER TABLE trust_anchors ADD COLUMN crl_dp_revocation_enabled BOOLEAN NOT NULL DEFAULT FALSE;

-- The list is kept byte for byte. Its trust anchor may be deleted before it.
CREATE TABLE crls (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    tags TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    alias TEXT COLLATE "C",
    crl_data BYTEA NOT NULL,
    trust_anchor_arn TEXT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
);

CREATE UNIQUE INDEX crls_by_alias ON crls (account, alias) WHERE alias IS NOT NULL;
