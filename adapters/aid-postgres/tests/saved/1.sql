-- A schema as migration 1 made it.

CREATE SCHEMA saved_1;
SET search_path = saved_1, pg_catalog;
CREATE TABLE migrations (
    number integer PRIMARY KEY,
    oldest integer NOT NULL,
    applied timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO migrations (number, oldest) VALUES (1, 1);

-- Versions of aggregates and fences of leases. None is used twice.
CREATE SEQUENCE numbers;

-- Texts are compared byte by byte. Some pages stay free, so that a new state finds place beside the old one.
CREATE TABLE aggregates (
    key text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state bytea NOT NULL,
    names text[] COLLATE "C" NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX aggregates_names ON aggregates USING gin (names) WITH (fastupdate = off);

-- `ready` is the later of `due` and the end of a lease; `since`, when that was written.
CREATE TABLE timers (
    key text COLLATE "C" PRIMARY KEY,
    due timestamptz NOT NULL,
    ready timestamptz NOT NULL,
    since timestamptz NOT NULL,
    fence bigint
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX timers_ready ON timers (ready);
CREATE INDEX timers_since ON timers (since);

-- A lane has a row as long as it has an effect. `oldest`: when its head was committed; `attempts`: how often that was claimed.
CREATE TABLE lanes (
    owner text COLLATE "C",
    destination text COLLATE "C",
    ready timestamptz NOT NULL,
    since timestamptz NOT NULL,
    fence bigint,
    oldest timestamptz NOT NULL,
    attempts integer NOT NULL,
    PRIMARY KEY (owner, destination)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX lanes_ready ON lanes (ready);
CREATE INDEX lanes_since ON lanes (since);

CREATE TABLE effects (
    owner text COLLATE "C",
    destination text COLLATE "C",
    number bigint GENERATED ALWAYS AS IDENTITY,
    body bytea NOT NULL,
    committed timestamptz NOT NULL,
    PRIMARY KEY (owner, destination, number)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE replies (
    call text COLLATE "C" PRIMARY KEY,
    of text COLLATE "C" NOT NULL,
    reply bytea NOT NULL,
    forget timestamptz NOT NULL
);
CREATE INDEX replies_of ON replies (of);
CREATE INDEX replies_forget ON replies (forget);

-- Two aggregates, one of which is due; two effects of a lane that a process leased for a minute and that was killed; a reply.
SELECT setval('numbers', 12);
INSERT INTO aggregates (key, version, state, names) VALUES ('a/1', 7, 'state 1', '{name/1}'), ('a/2', 9, 'state 2', '{}');
INSERT INTO timers (key, due, ready, since) VALUES ('a/2', '2023-11-14', '2023-11-14', '2020-09-13');
INSERT INTO lanes (owner, destination, ready, since, fence, oldest, attempts)
    VALUES ('a/1', 'to', '2023-11-15 00:01:00', '2023-11-15', 12, '2023-11-15', 2);
INSERT INTO effects (owner, destination, body, committed)
    VALUES ('a/1', 'to', 'one', '2023-11-15'), ('a/1', 'to', 'two', '2023-11-15');
INSERT INTO replies (call, of, reply, forget) VALUES ('cmp/1', 'a/1', 'reply', '2099-01-01');
