-- The last version or fence that was given out. None is used twice.
CREATE TABLE counter (last INTEGER NOT NULL);
INSERT INTO counter (last) VALUES (0);

CREATE TABLE aggregates (
    key TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    state BLOB NOT NULL
);

CREATE TABLE names (
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE INDEX names_of ON names (key);

-- Times are milliseconds since 1970 by the clock of who writes. `since`: when `ready` was written.
CREATE TABLE timers (
    key TEXT PRIMARY KEY NOT NULL,
    due INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    since INTEGER NOT NULL,
    fence INTEGER
) WITHOUT ROWID;
CREATE INDEX timers_ready ON timers (ready);
CREATE INDEX timers_since ON timers (since);

CREATE TABLE lanes (
    lane TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    ready INTEGER NOT NULL,
    since INTEGER NOT NULL,
    fence INTEGER
) WITHOUT ROWID;
CREATE INDEX lanes_owner ON lanes (owner);
CREATE INDEX lanes_ready ON lanes (ready);
CREATE INDEX lanes_since ON lanes (since);

CREATE TABLE effects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    body BLOB NOT NULL,
    committed INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX effects_lane ON effects (lane, number);

CREATE TABLE replies (
    call TEXT PRIMARY KEY NOT NULL,
    of TEXT NOT NULL,
    reply BLOB NOT NULL,
    forget INTEGER NOT NULL,
    since INTEGER NOT NULL
);
CREATE INDEX replies_of ON replies (of);
CREATE INDEX replies_forget ON replies (forget);
