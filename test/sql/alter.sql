-- datalink_alter in place; the session's connections; what is renamed and given away is followed.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

CREATE FUNCTION harness.settings() RETURNS TABLE (setting text) LANGUAGE sql AS $$
	SELECT option_name || '=' || option_value FROM pg_foreign_server, pg_options_to_table(srvoptions)
	WHERE option_name IN ('only_tables', 'except_tables', 'updatable', 'truncatable') ORDER BY 1 $$;
CREATE FUNCTION harness.tables() RETURNS TABLE (list text) LANGUAGE sql AS $$
	SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class c
	JOIN pg_foreign_table ON ftrelid = c.oid WHERE relnamespace = to_regnamespace('sales') $$;

SELECT name, tables, read_only FROM datalink_create(url(), 'sales');

-- NULL leaves as it is, all of it.
SELECT name, tables, read_only, state FROM datalink_alter('sales');
SELECT tables, read_only FROM datalink_alter('sales', NULL, NULL, NULL);
SELECT * FROM settings();

-- only_tables: the others go, and come back when it is cleared.
SELECT tables FROM datalink_alter('sales', only_tables => '{customers}');
SELECT * FROM tables();
SELECT * FROM settings();
SELECT tables FROM datalink_alter('sales', read_only => true);
SELECT * FROM settings();
SELECT tables FROM datalink_alter('sales', only_tables => '{customers,big_orders}');
SELECT * FROM tables();
SELECT tables, read_only FROM datalink_alter('sales', only_tables => '{}', read_only => false);
SELECT * FROM tables();
SELECT * FROM settings();

-- except_tables, and from one list to the other.
SELECT tables FROM datalink_alter('sales', except_tables => '{big_orders}');
SELECT * FROM tables();
SELECT * FROM settings();
SELECT failure($$SELECT datalink_alter('sales', only_tables => '{orders}')$$);
SELECT failure($$SELECT datalink_alter('sales', only_tables => '{orders}', except_tables => '{customers}')$$);
SELECT tables FROM datalink_alter('sales', only_tables => '{orders}', except_tables => '{}');
SELECT * FROM tables();
SELECT tables FROM datalink_alter('sales', only_tables => '{}', except_tables => '{orders,customers}');
SELECT * FROM tables();
-- All of them may go.
SELECT tables FROM datalink_alter('sales', except_tables => '{orders,customers,big_orders}');
SELECT * FROM tables();
SELECT tables FROM datalink_alter('sales', except_tables => '{}');
-- What stays is not made anew.
SELECT 'sales.customers'::regclass::oid AS customers \gset
SELECT tables FROM datalink_alter('sales', only_tables => '{customers}');
SELECT 'sales.customers'::regclass::oid = :customers;
SELECT tables FROM datalink_alter('sales', only_tables => '{}');
SELECT 'sales.customers'::regclass::oid = :customers;

-- Names that the remote does not have, and what is no name.
SELECT failure($$SELECT datalink_alter('sales', only_tables => '{customers,no_such}')$$);
SELECT failure($$SELECT datalink_alter('sales', except_tables => '{no_such,"Or this"}')$$);
SELECT failure($$SELECT datalink_alter('sales', only_tables => '{customers,NULL}')$$);
SELECT failure($$SELECT datalink_alter('sales', only_tables => '{{a,b},{c,d}}')$$);
SELECT failure($$SELECT datalink_alter('nothing', read_only => true)$$);
SELECT failure($$SELECT datalink_alter('No link', read_only => true)$$);
SELECT failure($$SELECT datalink_alter(NULL)$$);
SELECT * FROM tables();
SELECT * FROM settings();

-- What depends on a table keeps it from going.
CREATE VIEW public.whom AS SELECT name FROM sales.customers;
SELECT failure($$SELECT datalink_alter('sales', only_tables => '{orders}', read_only => true)$$);
SELECT failure($$SELECT datalink_alter('sales', except_tables => '{customers}')$$);
SELECT * FROM tables();
SELECT * FROM settings();
-- Other tables may go.
SELECT tables FROM datalink_alter('sales', except_tables => '{orders}');
SELECT count(*) FROM public.whom;
SELECT tables FROM datalink_alter('sales', except_tables => '{}');

-- read_only holds for every way to write, and for plans and sessions that are there already.
PREPARE write AS UPDATE sales.customers SET city = city;
EXECUTE write;
SELECT read_only FROM datalink_alter('sales', read_only => true);
SELECT * FROM settings();
SELECT failure('INSERT INTO sales.customers VALUES (9, ''x'')');
SELECT failure('UPDATE sales.customers SET city = NULL');
SELECT failure('DELETE FROM sales.customers');
SELECT failure('TRUNCATE sales.orders');
EXECUTE write;
SELECT count(*) FROM sales.customers;
SELECT read_only FROM datalink_alter('sales', read_only => true);
SELECT read_only FROM datalink_alter('sales', only_tables => '{customers}');
SELECT failure('DELETE FROM sales.customers');
SELECT tables, read_only FROM datalink_alter('sales', only_tables => '{}', read_only => false);
SELECT * FROM settings();
EXECUTE write;
INSERT INTO sales.customers VALUES (9, 'x');
DELETE FROM sales.customers WHERE customer_id = 9;
TRUNCATE sales.orders;
-- What the user set on a table is the user's.
ALTER FOREIGN TABLE sales.orders OPTIONS (ADD updatable 'false', ADD fetch_size '7');
SELECT read_only FROM datalink_alter('sales', read_only => true);
SELECT read_only FROM datalink_alter('sales', read_only => false);
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'sales.orders'::regclass;
ALTER FOREIGN TABLE sales.orders OPTIONS (DROP updatable);

-- All of it is undone with its transaction.
BEGIN;
SELECT tables, read_only FROM datalink_alter('sales', except_tables => '{orders}', read_only => true);
SELECT * FROM tables();
ROLLBACK;
SELECT * FROM tables();
SELECT * FROM settings();
BEGIN;
SAVEPOINT s;
SELECT read_only FROM datalink_alter('sales', read_only => true);
ROLLBACK TO s;
DELETE FROM sales.customers WHERE customer_id = 99;
COMMIT;

-- read_only asks nothing of the remote: it works while that is away.
SELECT datalink_disconnect();
DO $$ BEGIN
	EXECUTE format('ALTER SERVER %I OPTIONS (SET dbname %L)', 'sales', 'gone');
END $$;
SELECT read_only FROM datalink_alter('sales', read_only => true);
SELECT split_part(failure($$SELECT datalink_alter('sales', only_tables => '{orders}')$$), E'\n', 1);
SELECT * FROM settings();
ALTER SERVER sales OPTIONS (SET dbname 'datalinks_remote');
SELECT read_only FROM datalink_alter('sales', read_only => false);

-- The session's connections.
SELECT name FROM datalink_create(url(), 'more', only_tables => '{customers}');
SELECT datalink_disconnect();
SELECT * FROM datalink_connections();
SELECT datalink_disconnect();
SELECT count(*) FROM sales.customers;
SELECT count(*) FROM more.customers;
SELECT * FROM datalink_connections() ORDER BY 1;
SELECT datalink_disconnect('sales');
SELECT * FROM datalink_connections();
SELECT datalink_disconnect('sales');
SELECT datalink_disconnect(NULL);
SELECT count(*) FROM datalink_connections();
SELECT failure($$SELECT datalink_disconnect('nothing')$$);
SELECT failure($$SELECT datalink_disconnect('datalinks_remote')$$);
SELECT failure($$SELECT datalink_disconnect('postgres://u:pw@h/db')$$);
-- One that has written stays: postgres_fdw says so.
BEGIN;
DELETE FROM more.customers WHERE customer_id = -1;
SELECT datalink_disconnect('more');
COMMIT;
SELECT datalink_disconnect('more');
SELECT datalink_drop('more');

-- The schema's new name is the link's and its server's; a server's new name is nothing but that.
ALTER SCHEMA sales RENAME TO trade;
SELECT name, remote_name, tables, state FROM datalink_list();
ALTER SERVER trade RENAME TO far;
SELECT name, remote_name, tables, state FROM datalink_list();
SELECT count(*) FROM trade.customers;
SELECT * FROM public.whom ORDER BY 1 LIMIT 1;
SELECT read_only FROM datalink_alter('trade', read_only => true);
SELECT read_only FROM datalink_alter('trade', read_only => false);
SELECT name FROM datalink_set_remote('trade', url());
SELECT count(*) FROM datalink_diff('trade');
SELECT failure($$SELECT datalink_alter('sales', read_only => true)$$);
BEGIN;
ALTER SCHEMA trade RENAME TO undone;
SELECT name FROM datalink_list();
ROLLBACK;
SELECT name FROM datalink_list();
SELECT datalink_disconnect('trade') IS NOT NULL;
ALTER SCHEMA trade RENAME TO sales;
ALTER SERVER far RENAME TO sales;

-- So is a new owner, who has no mapping yet.
CREATE ROLE datalinks_heir;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO datalinks_heir;
DROP VIEW public.whom;
ALTER SERVER sales OWNER TO datalinks_heir;
ALTER SCHEMA sales OWNER TO datalinks_heir;
ALTER FOREIGN TABLE sales.customers OWNER TO datalinks_heir;
ALTER FOREIGN TABLE sales.orders OWNER TO datalinks_heir;
ALTER FOREIGN TABLE sales.big_orders OWNER TO datalinks_heir;
SELECT name, owner, state, reason FROM datalink_list();
SELECT failure($$SELECT datalink_alter('sales', read_only => true)$$);
GRANT USAGE ON SCHEMA harness TO datalinks_heir;
SET ROLE datalinks_heir;
SELECT owner, state FROM datalink_set_remote('sales', url());
SELECT count(*) FROM sales.customers;
SELECT tables FROM datalink_alter('sales', except_tables => '{big_orders}');
RESET ROLE;
CREATE ROLE datalinks_stranger;
GRANT USAGE ON SCHEMA harness TO datalinks_stranger;
SET ROLE datalinks_stranger;
SELECT failure($$SELECT datalink_alter('sales', read_only => true)$$);
SELECT datalink_disconnect('sales');
RESET ROLE;
SELECT datalink_drop('sales');
SELECT * FROM remains();
DROP OWNED BY datalinks_heir, datalinks_stranger;
DROP ROLE datalinks_heir, datalinks_stranger;
