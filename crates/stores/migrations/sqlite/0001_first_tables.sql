-- Timestamps are microseconds since 1970, UTC; lists are JSON; flags are 0 or 1.
-- Every row belongs to an account, and every statement names one.

-- Counts committed writes. The one row is the first thing that a write transaction changes, so that no two run at once.
CREATE TABLE store_version (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO store_version (only_row, version) VALUES (1, 0);

CREATE TABLE accounts (
    account TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    partition_name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE access_keys (
    account TEXT NOT NULL REFERENCES accounts (account),
    id TEXT NOT NULL UNIQUE,
    sealed_secret BLOB NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

-- A seal key's id is found from an access key id alone, so it is unique across accounts.
CREATE TABLE seal_keys (
    account TEXT NOT NULL REFERENCES accounts (account),
    id INTEGER NOT NULL UNIQUE,
    sealed_secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

CREATE TABLE trust_anchors (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source_data TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    notification_settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
) STRICT;

CREATE TABLE profiles (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    role_arns TEXT NOT NULL,
    session_policy TEXT,
    managed_policy_arns TEXT NOT NULL,
    duration_seconds INTEGER NOT NULL,
    accept_role_session_name INTEGER NOT NULL,
    require_instance_properties INTEGER NOT NULL,
    attribute_mappings TEXT NOT NULL,
    tags TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
) STRICT;

-- Session policies by the SHA-256 of their text. Never deleted: living sessions name them by hash.
CREATE TABLE session_policies (
    account TEXT NOT NULL REFERENCES accounts (account),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    text TEXT NOT NULL,
    PRIMARY KEY (account, sha256)
) STRICT;

CREATE TABLE roles (
    account TEXT NOT NULL REFERENCES accounts (account),
    arn TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    assume_role_policy TEXT NOT NULL,
    description TEXT,
    max_session_duration INTEGER NOT NULL,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
) STRICT;

-- Role names are unique whatever their case (IAM user guide, IAM identifiers).
CREATE UNIQUE INDEX roles_by_name ON roles (account, lower(name));

CREATE TABLE role_inline_policies (
    account TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, role_arn, name),
    FOREIGN KEY (account, role_arn) REFERENCES roles (account, arn) ON DELETE CASCADE
) STRICT;

CREATE TABLE role_attached_policies (
    account TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    position INTEGER NOT NULL,
    policy_arn TEXT NOT NULL,
    PRIMARY KEY (account, role_arn, position),
    FOREIGN KEY (account, role_arn) REFERENCES roles (account, arn) ON DELETE CASCADE
) STRICT;

-- Who was granted sessions; written in groups, outside of the version count, since no decision reads it.
CREATE TABLE subjects (
    account TEXT NOT NULL REFERENCES accounts (account),
    id TEXT NOT NULL,
    x509_subject TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

-- By certificate, not by issuer and serial: two authorities may use the same name.
CREATE TABLE subject_credentials (
    account TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    certificate_sha256 BLOB NOT NULL CHECK (length(certificate_sha256) = 32),
    issuer TEXT NOT NULL,
    serial TEXT NOT NULL,
    certificate BLOB NOT NULL,
    enabled INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (account, subject_id, certificate_sha256),
    FOREIGN KEY (account, subject_id) REFERENCES subjects (account, id) ON DELETE CASCADE
) STRICT;
