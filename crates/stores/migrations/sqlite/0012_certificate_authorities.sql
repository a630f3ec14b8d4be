-- Certificate authorities. Configuration, revocation, permissions and tags are JSON; the key is encrypted under the master key, or the
-- URI of one on a token.
CREATE TABLE certificate_authorities (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    configuration TEXT NOT NULL,
    usage_mode TEXT NOT NULL,
    key_storage_standard TEXT NOT NULL,
    revocation TEXT NOT NULL,
    sealed_key BLOB,
    token_uri TEXT,
    public_key BLOB NOT NULL,
    csr TEXT NOT NULL,
    certificate TEXT,
    certificate_chain TEXT,
    idempotency_token TEXT,
    permissions TEXT NOT NULL,
    policy TEXT,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state_changed_at INTEGER NOT NULL,
    restorable_until INTEGER,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id),
    CHECK ((sealed_key IS NULL) <> (token_uri IS NULL))
) STRICT;

-- What authorities have revoked, by the certificate's ARN.
CREATE TABLE revocations (
    account TEXT NOT NULL REFERENCES accounts (account),
    certificate_arn TEXT NOT NULL,
    reason TEXT NOT NULL,
    not_after INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL,
    PRIMARY KEY (account, certificate_arn)
) STRICT, WITHOUT ROWID;

-- Every certificate that an authority has issued; written in groups, outside of the version count, since no snapshot holds it. The records
-- outlive their authority.
CREATE TABLE issued_certificates (
    account TEXT NOT NULL,
    authority_id TEXT NOT NULL,
    serial BLOB NOT NULL CHECK (length(serial) = 16),
    certificate BLOB NOT NULL,
    not_after INTEGER NOT NULL,
    template TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    UNIQUE (authority_id, serial)
) STRICT;

-- Idempotency tokens of the last minutes, by their SHA-256.
CREATE TABLE issuing_tokens (
    authority_id TEXT NOT NULL,
    token_sha256 BLOB NOT NULL CHECK (length(token_sha256) = 32),
    request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
    serial BLOB NOT NULL CHECK (length(serial) = 16),
    used_at INTEGER NOT NULL,
    PRIMARY KEY (authority_id, token_sha256)
) STRICT, WITHOUT ROWID;
