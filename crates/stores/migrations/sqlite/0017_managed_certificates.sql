-- Certificates kept with their keys (Certificate Manager). Names and tags are JSON; the key is PKCS#8, encrypted under the master key.
CREATE TABLE managed_certificates (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    authority_arn TEXT,
    domain_name TEXT NOT NULL,
    names TEXT NOT NULL,
    key_algorithm TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    certificate TEXT NOT NULL,
    chain TEXT,
    is_exported INTEGER NOT NULL CHECK (is_exported IN (0, 1)),
    idempotency_token TEXT,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    renewed_at INTEGER,
    PRIMARY KEY (account, arn)
) STRICT;
