-- What is asked of a lane stands in its row: since when its head waits, and how often that was claimed.
ALTER TABLE lanes ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lanes ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
UPDATE lanes SET (oldest, attempts) =
    (SELECT committed, attempts FROM effects WHERE effects.lane = lanes.lane ORDER BY number LIMIT 1);
ALTER TABLE effects DROP COLUMN attempts;
