-- Join tokens, as hashes, and what came of them. No decision but those about enrolment reads these rows: no version counts them.
CREATE TABLE join_tokens (
    account TEXT NOT NULL REFERENCES accounts (account),
    id TEXT NOT NULL,
    secret_sha256 BLOB NOT NULL,
    authority_arn TEXT NOT NULL,
    policy TEXT NOT NULL,
    certificate_seconds INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    max_uses INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

-- One row for each key that a right (a join token, a certificate to be renewed) has given a certificate, or is about to. The columns
-- of the certificate are empty while it is issued.
CREATE TABLE enrolments (
    account TEXT NOT NULL REFERENCES accounts (account),
    right_key TEXT NOT NULL,
    key_sha256 BLOB NOT NULL,
    proved_at INTEGER NOT NULL,
    claimed_at INTEGER NOT NULL,
    forget_at INTEGER NOT NULL,
    certificate_sha256 BLOB,
    certificate BLOB,
    line TEXT,
    PRIMARY KEY (account, right_key, key_sha256)
) STRICT;

CREATE UNIQUE INDEX enrolments_by_certificate ON enrolments (account, certificate_sha256);
CREATE INDEX enrolments_to_forget ON enrolments (account, forget_at);
