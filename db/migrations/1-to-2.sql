-- 1-to-2.sql: a store of schema 1 becomes one of schema 2.
ALTER TABLE command ADD COLUMN undo TEXT;
ALTER TABLE command ADD COLUMN undone INTEGER;
ALTER TABLE worker ADD COLUMN calculator TEXT;
ALTER TABLE worker ADD COLUMN calculator_since REAL;
