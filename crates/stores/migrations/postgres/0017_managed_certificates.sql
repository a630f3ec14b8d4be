-- Certificates kept with their keys (Certificate Manager). Names and tags are JSON; the key is PKCS#8, encrypted under the master key.
CREATE TABLE managed_certificates (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    authority_arn TEXT,
    domain_name TEXT NOT NULL,
    names TEXT NOT NULL,
    key_algorithm TEXT NOT NULL,
    sealed_key BYTEA NOT NULL,
    certificate TEXT NOT NULL,
    chain TEXT,
    is_exported BOOLEAN NOT NULL,
    idempotency_token TEXT,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    renewed_at BIGINT,
    PRIMARY KEY (account, arn)
);
