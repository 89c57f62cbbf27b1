-- datalink_drop: what goes along, what is said of it, and what keeps it from going.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

SELECT failure($$SELECT datalink_drop('sales')$$);
SELECT datalink_drop('sales', if_exists => true);
CREATE SCHEMA sales;
SELECT failure($$SELECT datalink_drop('sales')$$);
SELECT datalink_drop('sales', if_exists => true);
DROP SCHEMA sales;
-- Of another wrapper's server with our options, nothing is known.
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER sales FOREIGN DATA WRAPPER postgres_fdw;
SELECT failure($$SELECT datalink_drop('sales')$$);
DROP SERVER sales;

-- Without anything outside, nothing is said; also of names that have to be quoted.
SELECT count(datalink_create(url(), name)) FROM unnest('{sales,9,user,select}'::text[]) name;
SELECT datalink_drop(name, cascade => false)::text = '' FROM datalink_list();
SELECT * FROM remains();

-- All sorts of things that depend on its tables, some of them in its schema.
SELECT tables FROM datalink_create(url(), 'sales');
CREATE VIEW of_one AS SELECT * FROM sales.customers;
CREATE VIEW of_view AS SELECT * FROM of_one;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM sales.orders;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql
	BEGIN ATOMIC SELECT count(*) FROM sales.orders; END;
CREATE TABLE with_default (n bigint DEFAULT counted(), c sales.customers);
CREATE TABLE child () INHERITS (sales.customers);
CREATE FUNCTION takes(sales.orders) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE source (a int);
CREATE RULE forwarded AS ON INSERT TO source DO ALSO DELETE FROM sales.customers;
CREATE TABLE guarded (a int);
CREATE POLICY only_known ON guarded USING (a IN (SELECT customer_id FROM sales.customers));
CREATE VIEW sales.inside AS SELECT 1 AS one;
CREATE TABLE sales.inside_too (a int);
CREATE VIEW of_inside AS SELECT * FROM sales.inside;
SELECT failure($$SELECT datalink_drop('sales', cascade => false)$$);
SELECT count(*) FROM of_view;
SELECT datalink_drop('sales');
SELECT to_regclass(name) FROM unnest('{of_one,of_view,kept,of_inside,child}'::text[]) name;
SELECT to_regprocedure('counted()'), to_regproc('takes');
SELECT attname, atthasdef FROM pg_attribute
WHERE attrelid = 'with_default'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT count(*) FROM pg_policies WHERE tablename = 'guarded';
SELECT count(*) FROM pg_rewrite WHERE rulename = 'forwarded';
DROP TABLE with_default, source, guarded;
SELECT * FROM remains();

-- One object is said to be one; a view of a link is no table of it.
SELECT tables FROM datalink_create(url(), 'sales');
CREATE VIEW "Of one" AS SELECT * FROM sales.customers;
CREATE VIEW sales.inside AS SELECT * FROM sales.customers;
SELECT tables FROM datalink_list();
SELECT failure($$SELECT datalink_drop('sales', cascade => false)$$);
SELECT datalink_drop('sales');

-- A foreign table that somebody made on the link's server, but elsewhere.
SELECT tables FROM datalink_create(url(), 'sales');
CREATE FOREIGN TABLE elsewhere (customer_id int) SERVER sales
	OPTIONS (schema_name 'public', table_name 'customers');
SELECT failure($$SELECT datalink_drop('sales', cascade => false)$$);
SELECT datalink_drop('sales');
SELECT to_regclass('elsewhere');

-- Two links do not see each other.
SELECT tables FROM datalink_create(url(), 'sales');
SELECT tables FROM datalink_create(url(), 'more');
SELECT datalink_drop('more', cascade => false);
SELECT count(*) FROM sales.customers;
SELECT datalink_drop('sales', false, false);

-- Invalid links: without server, without schema, with something else in the schema.
SELECT tables FROM datalink_create(url(), 'sales');
DROP SCHEMA sales CASCADE;
SELECT datalink_drop('sales');
SELECT tables FROM datalink_create(url(), 'sales');
\set VERBOSITY terse
DROP SERVER sales CASCADE;
\set VERBOSITY default
CREATE TABLE sales.mine (a int);
SELECT datalink_drop('sales');
SELECT name FROM datalink_list();
SELECT count(*) FROM sales.mine;
DROP SCHEMA sales CASCADE;
SELECT failure($$SELECT datalink_drop('sales')$$);

-- Only who owns a link drops it.
SELECT tables FROM datalink_create(url(), 'sales');
CREATE ROLE datalinks_plain;
GRANT USAGE ON SCHEMA harness TO datalinks_plain;
SET ROLE datalinks_plain;
SELECT failure($$SELECT datalink_drop('sales')$$);
SELECT failure($$SELECT datalink_drop('sales', if_exists => true)$$);
RESET ROLE;
DROP SCHEMA sales CASCADE;
SET ROLE datalinks_plain;
SELECT failure($$SELECT datalink_drop('sales')$$);
RESET ROLE;
SELECT datalink_drop('sales');
DROP OWNED BY datalinks_plain;
DROP ROLE datalinks_plain;
DROP EXTENSION postgres_fdw;
SELECT * FROM remains();
