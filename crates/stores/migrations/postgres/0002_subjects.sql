-- What became of a certificate's last request, how long it is valid (microseconds), and the anchor that it led to last.
ALTER TABLE subject_credentials ADD COLUMN failed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subject_credentials ADD COLUMN not_after BIGINT;
ALTER TABLE subject_credentials ADD COLUMN trust_anchor_arn TEXT COLLATE "C";

-- Its columns never change, so that seeing a certificate again does not touch it.
CREATE INDEX subject_credentials_by_expiry ON subject_credentials (account, not_after, certificate_sha256);

-- Sets of instance properties by their SHA-256; a JSON object.
CREATE TABLE subject_properties (
    account TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    properties_sha256 BYTEA NOT NULL CHECK (length(properties_sha256) = 32),
    properties TEXT NOT NULL,
    failed BOOLEAN NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (account, subject_id, properties_sha256),
    FOREIGN KEY (account, subject_id) REFERENCES subjects (account, id) ON DELETE CASCADE
);
