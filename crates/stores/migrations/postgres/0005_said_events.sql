-- Events of expiry that were said, by their ids, for a few days: no event is said twice, whichever server finds it.
CREATE TABLE said_events (
    account TEXT COLLATE "C" NOT NULL REFERENCES accounts (account),
    id TEXT COLLATE "C" NOT NULL,
    said_at BIGINT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE INDEX said_events_by_age ON said_events (account, said_at);
