-- Join tokens, as hashes, and what came of them. No decision but those about enrolment reads these rows: no version counts them.
CREATE TABLE join_tokens (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    secret_sha256 BYTEA NOT NULL,
    authority_arn TEXT NOT NULL,
    policy TEXT NOT NULL,
    certificate_seconds BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (account, id)
);

-- One row for each key that a right (a join token, a certificate to be renewed) has given a certificate, or is about to. The columns
-- of the certificate are empty while it is issued.
CREATE TABLE enrolments (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    right_key TEXT COLLATE "C" NOT NULL,
    key_sha256 BYTEA NOT NULL,
    proved_at BIGINT NOT NULL,
    claimed_at BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    certificate_sha256 BYTEA,
    certificate BYTEA,
    line TEXT,
    PRIMARY KEY (account, right_key, key_sha256)
);

CREATE UNIQUE INDEX enrolments_by_certificate ON enrolments (account, certificate_sha256);
CREATE INDEX enrolments_to_forget ON enrolments (account, forget_at);
