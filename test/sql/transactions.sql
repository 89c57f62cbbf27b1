-- Everything is undone with its transaction, and what fails leaves nothing.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

-- ROLLBACK of a create, and of a drop.
BEGIN;
SELECT tables, state FROM datalink_create(url(), 'sales');
SELECT count(*) FROM sales.customers;
ROLLBACK;
SELECT count(*) FROM datalink_list();
SELECT * FROM remains();
SELECT tables FROM datalink_create(url(), 'sales');
BEGIN;
SELECT datalink_drop('sales');
SELECT count(*) FROM datalink_list();
ROLLBACK;
SELECT name, tables, state FROM datalink_list();
SELECT count(*) FROM sales.customers;

-- Savepoints: made, undone, made again under the same name; dropped and back.
BEGIN;
SAVEPOINT before;
SELECT remote_name FROM datalink_create(url(), 'more');
ROLLBACK TO before;
SELECT remote_name FROM datalink_create(url(), 'more', only_tables => '{orders}');
SAVEPOINT made;
SELECT datalink_drop('more');
SELECT datalink_drop('sales');
ROLLBACK TO made;
SELECT name, tables, state FROM datalink_list();
COMMIT;
SELECT name, tables, state FROM datalink_list();
SELECT count(*) FROM more.orders;
SELECT datalink_drop('more');

-- Dropped and made again, and the other way round, in one transaction.
BEGIN;
SELECT datalink_drop('sales');
SELECT tables FROM datalink_create(url(), 'sales', except_tables => '{orders}');
SELECT count(*) FROM sales.customers;
SELECT remote_name FROM datalink_create(url(), 'more');
SELECT datalink_drop('more');
COMMIT;
SELECT name, remote_name, tables FROM datalink_list();

-- Twice in one transaction: the second one fails, and takes the first with it.
SELECT datalink_drop('sales');
BEGIN;
SELECT tables FROM datalink_create(url(), 'sales');
SELECT tables FROM datalink_create(url(), 'sales');
COMMIT;
SELECT * FROM remains();
-- With a savepoint, only itself.
BEGIN;
SELECT tables FROM datalink_create(url(), 'sales');
SAVEPOINT first;
SELECT tables FROM datalink_create(url(), 'sales');
ROLLBACK TO first;
SELECT tables FROM datalink_create(url(), 'sales', if_not_exists => true);
COMMIT;
SELECT name, tables, state FROM datalink_list();
SELECT datalink_drop('sales');

-- A drop that fails half way leaves the link whole.
SELECT tables FROM datalink_create(url(), 'sales');
CREATE FUNCTION no_drop() RETURNS event_trigger LANGUAGE plpgsql
	AS $$ BEGIN RAISE 'not today' USING DETAIL = 'on Monday', HINT = 'wait', ERRCODE = 'P0042'; END $$;
CREATE EVENT TRIGGER no_drop ON sql_drop WHEN TAG IN ('DROP SCHEMA') EXECUTE FUNCTION no_drop();
SELECT failure($$SELECT datalink_drop('sales')$$);
DROP EVENT TRIGGER no_drop;
SELECT name, tables, state FROM datalink_list();
SELECT count(*) FROM sales.customers;
SELECT datalink_drop('sales');

-- A create that fails: at the connection, in the remote's answer, at the very last table.
CREATE EVENT TRIGGER no_table ON ddl_command_start WHEN TAG IN ('CREATE FOREIGN TABLE')
	EXECUTE FUNCTION no_drop();
SELECT failure($$SELECT datalink_create(url(), 'sales')$$);
DROP EVENT TRIGGER no_table;
DROP FUNCTION no_drop();
SELECT failure($$SELECT datalink_create(url(), 'sales', 'nowhere')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', only_tables => '{nowhere}')$$);
SELECT left(failure($$SELECT datalink_create(url() || '_2', 'sales')$$), 37);
SELECT * FROM remains();
-- This session has read the remote through postgres_fdw, which keeps its connection; a session that
-- has only made links, or failed to, keeps none.
SELECT current_database() AS local_database \gset
\c :local_database
SET search_path = public, harness;
SELECT set_config('harness.url', :'url', false), set_config('harness.port', :'port', false) \g /dev/null
SELECT failure($$SELECT datalink_create(url(), 'sales', 'nowhere')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', only_tables => '{nowhere}')$$);
SELECT remote_sessions();
BEGIN;
SELECT tables FROM datalink_create(url(), 'sales');
SELECT remote_sessions();
ROLLBACK;
SELECT tables FROM datalink_create(url(), 'sales');
SELECT remote_sessions();

-- Prepared statements, also across a drop and a new link of the same name.
PREPARE customers AS SELECT count(*) FROM sales.customers;
PREPARE remake(text, text) AS SELECT tables FROM datalink_create($1, $2);
EXECUTE customers;
SELECT datalink_drop('sales');
EXECUTE customers;
EXECUTE remake(url(), 'sales');
EXECUTE customers;
PREPARE remove AS SELECT datalink_drop('sales');
EXECUTE remove;
EXECUTE remake(url(), 'sales');
EXECUTE remove;
DEALLOCATE ALL;

-- In functions, in loops, and where transactions begin and end in a procedure.
CREATE PROCEDURE again_and_again() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..3 LOOP
		PERFORM datalink_create(url(), 'sales');
		COMMIT;
		PERFORM count(*) FROM sales.customers;
		PERFORM datalink_drop('sales');
		IF i = 2 THEN
			COMMIT;
		END IF;
	END LOOP;
	ROLLBACK;
END $$;
CALL again_and_again();
SELECT name, tables, state FROM datalink_list();
DROP PROCEDURE again_and_again();
SELECT datalink_drop('sales');

-- Where nothing can be written, a link can be neither made nor dropped.
BEGIN READ ONLY;
SELECT failure($$SELECT datalink_create(url(), 'sales')$$);
SELECT count(*) FROM datalink_list();
COMMIT;
-- A serializable transaction reads through the link that it made.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tables FROM datalink_create(url(), 'sales');
SELECT count(*) FROM sales.orders;
COMMIT;
SELECT datalink_drop('sales');
SELECT * FROM remains();
