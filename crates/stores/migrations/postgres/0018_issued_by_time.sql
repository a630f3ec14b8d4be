-- The certificates of an authority are listed the newest first.
CREATE INDEX issued_certificates_by_time ON issued_certificates (authority_id, issued_at, serial);
