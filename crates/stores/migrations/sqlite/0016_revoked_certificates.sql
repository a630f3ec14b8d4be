-- SHA-256 of each revoked certificate: what the sessions that it opened carry.
ALTER TABLE revocations ADD COLUMN certificate_sha256 BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
