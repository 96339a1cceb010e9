-- A file as migration 2 made it.

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

-- What is asked of a lane stands in its row: since when its head waits, and how often that was claimed.
ALTER TABLE lanes ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lanes ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
UPDATE lanes SET (oldest, attempts) =
    (SELECT committed, attempts FROM effects WHERE effects.lane = lanes.lane ORDER BY number LIMIT 1);
ALTER TABLE effects DROP COLUMN attempts;

-- Two aggregates, one of which is due; two effects of a lane that a process leased for a minute and that was killed; a reply.
UPDATE counter SET last = 12;
INSERT INTO aggregates (key, version, state) VALUES ('a/1', 7, CAST('state 1' AS BLOB)), ('a/2', 9, CAST('state 2' AS BLOB));
INSERT INTO names (name, key) VALUES ('name/1', 'a/1');
INSERT INTO timers (key, due, ready, since) VALUES ('a/2', 1700000000000, 1700000000000, 1600000000000);
INSERT INTO lanes (lane, owner, ready, since, fence, oldest, attempts)
    VALUES ('to/a/1', 'a/1', 1700000060000, 1700000000000, 12, 1700000000000, 2);
INSERT INTO effects (number, lane, body, committed)
    VALUES (3, 'to/a/1', CAST('one' AS BLOB), 1700000000000), (4, 'to/a/1', CAST('two' AS BLOB), 1700000000000);
INSERT INTO replies (call, of, reply, forget, since) VALUES ('cmp/1', 'a/1', CAST('reply' AS BLOB), 4000000000000, 1700000000000);
PRAGMA application_id = 1097417826;
PRAGMA user_version = 2;
