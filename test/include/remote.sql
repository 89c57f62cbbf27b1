\set ECHO none
-- Read by every test: the extension, a remote (another database of this server, over TCP with a
-- password) and helpers in the schema "harness". Prints nothing.
\set QUIET on
SET client_min_messages = warning;

DROP DATABASE IF EXISTS datalinks_remote WITH (FORCE);
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'datalinks_app') THEN
		CREATE ROLE datalinks_app LOGIN;
	END IF;
	ALTER ROLE datalinks_app PASSWORD 'only-for-tests';
END $$;
CREATE DATABASE datalinks_remote OWNER datalinks_app;
CREATE EXTENSION IF NOT EXISTS datalinks;

DROP SCHEMA IF EXISTS harness CASCADE;
CREATE SCHEMA harness;
SET search_path = public, harness;

\set port :PORT
SELECT format('postgres://datalinks_app:only-for-tests@127.0.0.1:%s/datalinks_remote', :'port')
	AS url \gset
SELECT set_config('harness.url', :'url', false), set_config('harness.port', :'port', false) \g /dev/null

-- The remote's URL.
CREATE FUNCTION harness.url() RETURNS text LANGUAGE sql
	AS $$ SELECT current_setting('harness.url') $$;

-- A text without the port, which differs from run to run.
CREATE FUNCTION harness.masked(text) RETURNS text LANGUAGE sql
	AS $$ SELECT regexp_replace($1, '\m' || current_setting('harness.port') || '\M', 'PORT', 'g') $$;

-- How a statement fails: SQLSTATE, message, DETAIL, HINT.
CREATE FUNCTION harness.failure(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no failure';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
	RETURN harness.masked(concat_ws(E'\n', SQLSTATE || ' ' || message,
		'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, '')));
END $$;

-- What the catalogs hold of links, for "nothing is left behind".
CREATE FUNCTION harness.remains()
	RETURNS TABLE (servers bigint, mappings bigint, tables bigint, schemas bigint, invalid bigint)
	LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM pg_foreign_server), (SELECT count(*) FROM pg_user_mapping),
		(SELECT count(*) FROM pg_foreign_table),
		(SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_'
			AND nspname NOT IN ('information_schema', 'public', 'harness', 'datalinks')),
		(SELECT count(*) FROM datalinks.invalid_link) $$;

-- How many sessions others hold in the remote. One that has been closed takes a moment to go.
CREATE FUNCTION harness.remote_sessions() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	found bigint;
BEGIN
	FOR attempt IN 1..100 LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT count(*) INTO found FROM pg_stat_activity
			WHERE datname = 'datalinks_remote' AND usename = 'datalinks_app';
		EXIT WHEN found = 0;
		PERFORM pg_sleep(0.05);
	END LOOP;
	RETURN found;
END $$;

SELECT current_database() AS local_database \gset
\c datalinks_remote
SET client_min_messages = warning;
SET ROLE datalinks_app;
CREATE SCHEMA IF NOT EXISTS public;
CREATE TABLE public.customers (customer_id int PRIMARY KEY, name text NOT NULL, city text);
CREATE TABLE public.orders (
	order_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	customer_id int REFERENCES public.customers,
	amount numeric(10,2) NOT NULL,
	gross numeric GENERATED ALWAYS AS (amount * 1.2) STORED,
	note text DEFAULT 'made on the remote');
CREATE VIEW public.big_orders AS SELECT * FROM public.orders WHERE amount > 50;
INSERT INTO public.customers VALUES (1, 'Ada', 'London'), (2, 'Grace', 'New York'),
	(3, 'Edsger', 'Nuenen');
INSERT INTO public.orders (customer_id, amount) VALUES (1, 10), (1, 60), (2, 70);
CREATE SCHEMA empty;
CREATE SCHEMA other;
CREATE TABLE other.parts (part_id int, label text);
RESET ROLE;
\c :local_database
SET client_min_messages = notice;
SET search_path = public, harness;
SELECT set_config('harness.url', :'url', false), set_config('harness.port', :'port', false) \g /dev/null
\pset format unaligned
\pset tuples_only on
\pset null NULL
\set ECHO all
