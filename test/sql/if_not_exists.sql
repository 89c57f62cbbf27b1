-- if_not_exists: the same link is left alone, another one is told apart, an invalid one rebuilt.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

\pset tuples_only off
SELECT name, tables, state FROM datalink_create(url(), 'sales', if_not_exists => true);
SELECT name, tables, state FROM datalink_create(url(), 'sales', if_not_exists => true);
\pset tuples_only on
-- An empty list is no list, and how the URL is written does not matter.
SELECT state FROM datalink_create(url(), 'sales', only_tables => '{}', if_not_exists => true);
SELECT state FROM datalink_create(format(
	'host=127.0.0.1 port=%s user=datalinks_app password=only-for-tests dbname=datalinks_remote',
	current_setting('harness.port')), 'sales', if_not_exists => true);

-- Whatever differs is named, and no value of it.
SELECT failure(format('SELECT datalink_create(%L, %L, %s if_not_exists => true)',
	regexp_replace(url(), pattern, other), 'sales', arguments))
FROM (VALUES ('datalinks_remote$', 'elsewhere', ''), ('127.0.0.1', 'localhost', ''),
	('$', '?connect_timeout=20', ''), ('only-for-tests', 'another-secret', ''),
	('datalinks_app', 'somebody', ''),
	('x^', '', 'remote_schema => ''other'','), ('x^', '', 'only_tables => ''{orders}'','),
	('x^', '', 'except_tables => ''{orders}'','), ('x^', '', 'read_only => true,'),
	('datalinks_remote$', 'elsewhere', 'remote_schema => ''other'', read_only => true,'))
	different(pattern, other, arguments);
-- The arguments are checked all the same.
SELECT failure($$SELECT datalink_create('nonsense', 'sales', if_not_exists => true)$$);
SELECT failure($$SELECT datalink_create(url(), 'Sales', if_not_exists => true)$$);
SELECT datalink_drop('sales');

-- With lists.
SELECT tables FROM datalink_create(url(), 'sales', only_tables => '{orders}');
SELECT tables FROM datalink_create(url(), 'sales', only_tables => '{orders}', if_not_exists => true);
SELECT failure($$SELECT datalink_create(url(), 'sales', if_not_exists => true)$$);

-- An invalid link is made again: its schema gone, its server gone, its mapping gone.
DROP SCHEMA sales CASCADE;
SELECT name, state, reason FROM datalink_list();
SELECT tables, state FROM datalink_create(url(), 'sales', if_not_exists => true);
SELECT datalink_drop('sales');
SELECT tables FROM datalink_create(url(), 'sales');
\set VERBOSITY terse
DROP SERVER sales CASCADE;
\set VERBOSITY default
SELECT name, state, reason FROM datalink_list();
SELECT tables, state FROM datalink_create(url(), 'sales', if_not_exists => true);
DROP USER MAPPING FOR CURRENT_USER SERVER sales;
SELECT name, state, replace(reason, current_user, 'OWNER') FROM datalink_list();
SELECT tables, state FROM datalink_create(url(), 'sales', if_not_exists => true);
SELECT count(*) FROM sales.customers;
SELECT datalink_drop('sales');

SELECT * FROM remains();
