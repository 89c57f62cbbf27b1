-- What a link takes over: its row, its choice of tables, and what stands in its way.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

\pset tuples_only off
SELECT name, created_at = now() AS now, masked(remote) AS remote, remote_name, remote_schema,
	tables, read_only, owner = current_user AS own, state, invalidated_at, reason
FROM datalink_create(url(), 'sales');
SELECT masked(remote), remote_name, tables, state FROM datalink_list();
\pset tuples_only on
SELECT srvtype, srvversion = current_setting('server_version'), masked(o.option_name || '=' ||
	CASE o.option_name WHEN 'created_at' THEN 'TIME' WHEN 'home' THEN 'HERE' ELSE o.option_value END)
FROM pg_foreign_server, pg_options_to_table(srvoptions) o ORDER BY 3;
SELECT usename = current_user, umoptions FROM pg_user_mappings;
SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated
FROM pg_attribute WHERE attrelid IN (SELECT ftrelid FROM pg_foreign_table) AND attnum > 0
ORDER BY attrelid::regclass::text COLLATE "C", attnum;
SELECT name, amount, gross, note FROM sales.customers JOIN sales.orders USING (customer_id)
ORDER BY order_id;

-- What exists already.
SELECT failure($$SELECT datalink_create(url(), 'sales')$$);
CREATE SCHEMA taken;
SELECT failure($$SELECT datalink_create(url(), 'taken')$$);
SELECT failure($$SELECT datalink_create(url(), 'taken', if_not_exists => true)$$);
SELECT failure($$SELECT datalink_create(url(), 'public')$$);
SELECT failure($$SELECT datalink_create(url(), 'datalinks')$$);
SELECT failure($$SELECT datalink_create(url(), 'information_schema')$$);
DROP SCHEMA taken;

-- The server bears the link's name; where another server has it, the next that is free.
CREATE SERVER more FOREIGN DATA WRAPPER datalinks;
CREATE SERVER more_2 FOREIGN DATA WRAPPER datalinks;
SELECT remote_name FROM datalink_create(url(), 'more');
SELECT remote_name FROM datalink_create(url(), 'still_more');
SELECT srvname FROM pg_foreign_server ORDER BY 1;
SELECT count(datalink_drop(name)) FROM datalink_list();
DROP SERVER more, more_2;

-- Some tables only, or all but some.
SELECT tables FROM datalink_create(url(), 'sales', only_tables => '{orders,customers}');
SELECT ftrelid::regclass FROM pg_foreign_table ORDER BY 1::text COLLATE "C";
SELECT datalink_drop('sales');
SELECT tables FROM datalink_create(url(), 'sales', except_tables => '{orders,big_orders}');
SELECT ftrelid::regclass FROM pg_foreign_table;
SELECT datalink_drop('sales');
SELECT tables FROM datalink_create(url(), 'sales', only_tables => '{}', except_tables => '{}');
SELECT datalink_drop('sales');
SELECT tables FROM datalink_create(url(), 'sales', only_tables => '{orders,orders}');
SELECT datalink_drop('sales');
SELECT failure($$SELECT datalink_create(url(), 'sales',
	only_tables => ARRAY['orders', 'nowhere', 'Orders', 'a "b', ''])$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', except_tables => '{nowhere,orders}')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', only_tables => '{parts}')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', only_tables => '{orders}',
	except_tables => '{customers}')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', only_tables => '{orders,NULL}')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', except_tables => ARRAY[NULL]::text[])$$);

-- Another schema of the remote, an empty one, one that is not there.
SELECT remote_schema, tables FROM datalink_create(url(), 'sales', remote_schema => 'other');
SELECT count(*) FROM sales.parts;
SELECT datalink_drop('sales');
SELECT tables, state FROM datalink_create(url(), 'sales', 'empty');
SELECT datalink_drop('sales');
SELECT failure($$SELECT datalink_create(url(), 'sales', 'nowhere')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', 'Public')$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', '')$$);

-- Only to be read.
SELECT read_only FROM datalink_create(url(), 'sales', read_only => true);
SELECT count(*) FROM sales.orders;
SELECT failure('INSERT INTO sales.customers VALUES (9)');
SELECT failure($$UPDATE sales.customers SET name = 'x'$$);
SELECT failure('DELETE FROM sales.customers');
SELECT failure('TRUNCATE sales.customers');
SELECT datalink_drop('sales');

SELECT * FROM remains();
