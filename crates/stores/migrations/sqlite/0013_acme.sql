-- What ACME keeps: services, keys, accounts, authorizations, orders and certificates. No decision of another service reads them; what
-- a body says is the domain's, which compares revisions.
CREATE TABLE acme_rows (
    account TEXT NOT NULL REFERENCES accounts (account),
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT NOT NULL,
    lookup TEXT,
    revision INTEGER NOT NULL,
    expires_at INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (account, kind, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX acme_rows_by_lookup ON acme_rows (account, kind, lookup) WHERE lookup IS NOT NULL;
CREATE INDEX acme_rows_by_parent ON acme_rows (account, kind, parent, id);
CREATE INDEX acme_rows_by_expiry ON acme_rows (account, expires_at) WHERE expires_at IS NOT NULL;

-- Nonces that were taken, where several servers share a database.
CREATE TABLE acme_nonces (
    account TEXT NOT NULL REFERENCES accounts (account),
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX acme_nonces_by_end ON acme_nonces (account, until);
