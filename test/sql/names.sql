-- Names of links, and arguments that are NULL.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

-- These pass, and can be dropped.
SELECT (datalink_create(url(), name)).state, length(name)
FROM (VALUES ('a'), ('9'), ('a_b'), ('_'), (repeat('x', 63))) names(name);
SELECT left(name, 10), tables, remote_name FROM datalink_list();
SELECT count(datalink_drop(name)) FROM datalink_list();

-- These do not, whatever is done with them, and none is repeated in what is said.
CREATE TABLE bad_names (what text, name text);
INSERT INTO bad_names VALUES
	('empty', ''), ('64 characters', repeat('x', 64)), ('upper case', 'Sales'),
	('hyphen', 'sa-les'), ('dot', 'sa.les'), ('quote', 'sa"les'), ('apostrophe', 'sa''les'),
	('space', 'sa les'), ('trailing space', 'sales '), ('newline', E'sales\n'),
	('non-ASCII', 'caf' || U&'\00E9'), ('reserved', 'pg_sales');
SELECT what || ': ' || failure(format('SELECT datalink_create(url(), %L)', name)) FROM bad_names;
SELECT what || ': ' || left(failure(format('SELECT datalink_drop(%L)', name)), 28) FROM bad_names;
SELECT what || ': ' || left(failure(format('SELECT datalink_drop(%L, if_exists => true)', name)), 28)
FROM bad_names;
DROP TABLE bad_names;

-- The arguments in the wrong order: the URL is not repeated, and the order is told.
SELECT failure($$SELECT datalink_create('sales', url())$$);
SELECT failure($$SELECT datalink_create('sales', 'host=db password=s3cret')$$);
SELECT failure($$SELECT datalink_drop(url())$$);

-- NULL for every argument that has a value by default or must have one.
SELECT failure($$SELECT datalink_create(NULL, 'sales')$$);
SELECT failure($$SELECT datalink_create(url(), NULL)$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', remote_schema => NULL)$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', read_only => NULL)$$);
SELECT failure($$SELECT datalink_create(url(), 'sales', if_not_exists => NULL)$$);
SELECT failure($$SELECT datalink_drop(NULL)$$);
SELECT failure($$SELECT datalink_drop('sales', if_exists => NULL)$$);
SELECT failure($$SELECT datalink_drop('sales', cascade => NULL)$$);
-- No list is as good as NULL.
SELECT (datalink_create(url(), 'sales', only_tables => NULL, except_tables => NULL)).tables;
SELECT datalink_drop('sales');

SELECT * FROM remains();
