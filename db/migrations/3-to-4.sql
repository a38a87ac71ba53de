-- 3-to-4.sql: a store of schema 3 becomes one of schema 4.  Its rounds with pins promised nothing, so
-- that their counts are not asked for.
ALTER TABLE round ADD COLUMN wall_s REAL;
ALTER TABLE round ADD COLUMN p_closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE round ADD COLUMN p_accepted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE round ADD COLUMN p_failed INTEGER NOT NULL DEFAULT 0;
