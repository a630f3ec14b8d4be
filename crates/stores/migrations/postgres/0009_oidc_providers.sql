-- OpenID Connect providers of which web identity tokens are taken. Client ids and thumbprints are JSON lists.
CREATE TABLE oidc_providers (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    url TEXT NOT NULL,
    client_ids TEXT NOT NULL,
    thumbprints TEXT NOT NULL,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, arn)
);
