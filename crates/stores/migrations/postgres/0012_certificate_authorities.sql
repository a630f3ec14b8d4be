-- Certificate authorities. Configuration, revocation, permissions and tags are JSON; the key is encrypted under the master key, or the
-- URI of one on a token.
CREATE TABLE certificate_authorities (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    configuration TEXT NOT NULL,
    usage_mode TEXT NOT NULL,
    key_storage_standard TEXT NOT NULL,
    revocation TEXT NOT NULL,
    sealed_key BYTEA,
    token_uri TEXT,
    public_key BYTEA NOT NULL,
    csr TEXT NOT NULL,
    certificate TEXT,
    certificate_chain TEXT,
    idempotency_token TEXT,
    permissions TEXT NOT NULL,
    policy TEXT,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state_changed_at BIGINT NOT NULL,
    restorable_until BIGINT,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id),
    CHECK ((sealed_key IS NULL) <> (token_uri IS NULL))
);

-- What authorities have revoked, by the certificate's ARN.
CREATE TABLE revocations (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    certificate_arn TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    not_after BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    PRIMARY KEY (account, certificate_arn)
);

-- Every certificate that an authority has issued; written in groups, outside of the version count, since no snapshot holds it. The records
-- outlive their authority.
CREATE TABLE issued_certificates (
    account TEXT COLLATE "C" NOT NULL,
    authority_id TEXT COLLATE "C" NOT NULL,
    serial BYTEA NOT NULL CHECK (length(serial) = 16),
    certificate BYTEA NOT NULL,
    not_after BIGINT NOT NULL,
    template TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    UNIQUE (authority_id, serial)
);

-- Idempotency tokens of the last minutes, by their SHA-256.
CREATE TABLE issuing_tokens (
    authority_id TEXT COLLATE "C" NOT NULL,
    token_sha256 BYTEA NOT NULL CHECK (length(token_sha256) = 32),
    request_sha256 BYTEA NOT NULL CHECK (length(request_sha256) = 32),
    serial BYTEA NOT NULL CHECK (length(serial) = 16),
    used_at BIGINT NOT NULL,
    PRIMARY KEY (authority_id, token_sha256)
);
