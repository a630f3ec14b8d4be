-- Events of expiry that were said, by their ids, for a few days: no event is said twice, whichever server finds it.
CREATE TABLE said_events (
    account TEXT NOT NULL REFERENCES accounts (account),
    id TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX said_events_by_age ON said_events (account, said_at);
