-- Policies of buckets. The key is the bucket's name, a slash, and the microsecond that it was made at: a bucket of that
-- name that is made again has none.
CREATE TABLE bucket_policies (
    account TEXT NOT NULL REFERENCES accounts (account),
    bucket_key TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, bucket_key)
) STRICT;
