-- What ACME keeps: services, keys, accounts, authorizations, orders and certificates. No decision of another service reads them; what
-- a body says is the domain's, which compares revisions.
CREATE TABLE acme_rows (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C" NOT NULL,
    lookup TEXT COLLATE "C",
    revision BIGINT NOT NULL,
    expires_at BIGINT,
    body TEXT NOT NULL,
    PRIMARY KEY (account, kind, id)
);

CREATE UNIQUE INDEX acme_rows_by_lookup ON acme_rows (account, kind, lookup) WHERE lookup IS NOT NULL;
CREATE INDEX acme_rows_by_parent ON acme_rows (account, kind, parent, id);
CREATE INDEX acme_rows_by_expiry ON acme_rows (account, expires_at) WHERE expires_at IS NOT NULL;

-- Nonces that were taken, where several servers share a database.
CREATE TABLE acme_nonces (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE INDEX acme_nonces_by_end ON acme_nonces (account, until);
