-- Tags of subjects, which decisions need, apart from what was seen of them, which none does.
CREATE TABLE subject_tags (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    arn TEXT COLLATE "C" NOT NULL,
    tags TEXT NOT NULL,
    PRIMARY KEY (account, arn)
);
