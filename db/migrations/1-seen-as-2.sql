-- 1-seen-as-2.sql: a store of schema 1 as a reader of schema 2 sees it, without a byte of it being
-- written: views of the connection stand before the tables of the same name.
CREATE TEMP VIEW command AS SELECT *, NULL AS undo, NULL AS undone FROM main.command;
CREATE TEMP VIEW worker AS
    SELECT *, NULL AS calculator, NULL AS calculator_since FROM main.worker;
