-- As in ../sqlite: timestamps are microseconds since 1970, UTC; lists are JSON, kept as text. What is compared or ordered
-- is compared byte by byte ("C"), as SQLite does.
-- Every row belongs to an account, and every statement names one.

-- Counts committed writes. The one row is the first thing that a write transaction changes, so that no two run at once.
CREATE TABLE store_version (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    version BIGINT NOT NULL
);

INSERT INTO store_version (only_row, version) VALUES (1, 0);

-- Which rows each of the newest writes has put or deleted, so that other servers read those alone.
CREATE TABLE changes (
    version BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    row_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (version, account, kind, row_key)
);

CREATE TABLE accounts (
    account TEXT COLLATE "C" PRIMARY KEY,
    region TEXT NOT NULL,
    partition_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE access_keys (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    sealed_secret BYTEA NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

-- A seal key's id is found from an access key id alone, so it is unique across accounts.
CREATE TABLE seal_keys (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id BIGINT NOT NULL UNIQUE,
    sealed_secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE trust_anchors (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source_data TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    notification_settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
);

CREATE TABLE profiles (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    role_arns TEXT NOT NULL,
    session_policy TEXT,
    managed_policy_arns TEXT NOT NULL,
    duration_seconds BIGINT NOT NULL,
    accept_role_session_name BOOLEAN NOT NULL,
    require_instance_properties BOOLEAN NOT NULL,
    attribute_mappings TEXT NOT NULL,
    tags TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
);

-- Session policies by the SHA-256 of their text. Never deleted: living sessions name them by hash.
CREATE TABLE session_policies (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    sha256 BYTEA NOT NULL CHECK (length(sha256) = 32),
    text TEXT NOT NULL,
    PRIMARY KEY (account, sha256)
);

CREATE TABLE roles (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    path TEXT NOT NULL,
    assume_role_policy TEXT NOT NULL,
    description TEXT,
    max_session_duration BIGINT NOT NULL,
    tags TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account, arn),
    UNIQUE (account, id)
);

-- Role names are unique whatever their case (IAM user guide, IAM identifiers).
CREATE UNIQUE INDEX roles_by_name ON roles (account, lower(name));

CREATE TABLE role_inline_policies (
    account TEXT COLLATE "C" NOT NULL,
    role_arn TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, role_arn, name),
    FOREIGN KEY (account, role_arn) REFERENCES roles (account, arn) ON DELETE CASCADE
);

CREATE TABLE role_attached_policies (
    account TEXT COLLATE "C" NOT NULL,
    role_arn TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    policy_arn TEXT NOT NULL,
    PRIMARY KEY (account, role_arn, position),
    FOREIGN KEY (account, role_arn) REFERENCES roles (account, arn) ON DELETE CASCADE
);

-- Who was granted sessions; written in groups, outside of the version count, since no decision reads it.
CREATE TABLE subjects (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    x509_subject TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

-- By certificate, not by issuer and serial: two authorities may use the same name.
CREATE TABLE subject_credentials (
    account TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    certificate_sha256 BYTEA NOT NULL CHECK (length(certificate_sha256) = 32),
    issuer TEXT COLLATE "C" NOT NULL,
    serial TEXT COLLATE "C" NOT NULL,
    certificate BYTEA NOT NULL,
    enabled BOOLEAN NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (account, subject_id, certificate_sha256),
    FOREIGN KEY (account, subject_id) REFERENCES subjects (account, id) ON DELETE CASCADE
);
