-- The shape of the extension in the catalogs.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

-- The setting is the superuser's, also where it was set before the library was loaded.
CREATE ROLE datalinks_plain;
GRANT USAGE ON SCHEMA harness TO datalinks_plain;
SET ROLE datalinks_plain;
SET datalinks.reset_schemas = 'mine';
SET datalinks.nonsense = 1;
SELECT count(*) FROM datalink_list();
SELECT failure($$SET datalinks.reset_schemas = 'mine'$$);
RESET ROLE;
REVOKE USAGE ON SCHEMA harness FROM datalinks_plain;
DROP ROLE datalinks_plain;
SHOW datalinks.reset_schemas;

-- Each of its objects that can have a comment has one (from 17 on, array types and row types are
-- members, too).
SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'datalinks')
AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t
	LEFT JOIN pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
	WHERE t.oid = objid AND (t.typelem <> 0 OR c.oid IS NOT NULL)))
AND coalesce(obj_description(objid, classid::regclass::text), '') = '';
SELECT obj_description(oid, 'pg_extension') <> '' FROM pg_extension WHERE extname = 'datalinks';
-- One line, said as the server's own comments are: no capital, no full stop.
SELECT description FROM pg_depend d JOIN pg_description c
	ON (c.classoid, c.objoid) = (d.classid, d.objid)
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'datalinks')
AND description ~ E'\n|\\.$|^[A-Z]';

-- What users see.
SELECT oid::regprocedure, provolatile, proparallel, proisstrict, prosecdef, proconfig, proacl
FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'datalinks'::regnamespace)
AND (proname ~ '^datalink' OR pronamespace = 'datalinks'::regnamespace)
ORDER BY oid::regprocedure::text COLLATE "C";
SELECT pg_get_function_arguments('datalink_create'::regproc);
SELECT pg_get_function_result('datalink_create'::regproc);
SELECT pg_get_function_arguments('datalink_drop'::regproc);
SELECT proname, pg_get_function_result(oid) FROM pg_proc
WHERE proname IN ('datalink_diff', 'datalink_refresh') ORDER BY 1;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'datalinks.link'::regclass AND attnum > 0 ORDER BY attnum;
SELECT evtname, evtevent, evtenabled FROM pg_event_trigger WHERE evtname ~ '^datalinks' ORDER BY 1;
SELECT extrelocatable, extnamespace::regnamespace, extconfig::regclass[] FROM pg_extension
WHERE extname = 'datalinks';
SELECT fdwname, fdwhandler::regproc, fdwvalidator::regproc,
	EXISTS (SELECT FROM aclexplode(fdwacl) WHERE grantee = 0) AS public_may
FROM pg_foreign_data_wrapper;
SELECT boot_val, context FROM pg_settings WHERE name = 'datalinks.reset_schemas';
SELECT boot_val, context FROM pg_settings WHERE name = 'datalinks.confirm_copies';
SELECT failure('SET datalinks.nonsense = 1');
SELECT failure($$SET datalinks.reset_schemas = 'public, "Other one"'$$);
SELECT failure('SET datalinks.reset_schemas = ''a b''');

-- Found whatever the search_path is, and nobody can put another in its place.
SET search_path = '';
SELECT count(*) FROM datalink_list();
SET search_path = public, harness;
CREATE FUNCTION public.datalink_list() RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE TABLE public.pg_foreign_table (ftserver oid);
CREATE FUNCTION public.quote_ident(text) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = textne);
SELECT tables FROM datalink_create(url(), 'sales');
SELECT name, tables FROM datalink_list();
-- Even where somebody asks for it, the functions look in pg_catalog first.
SET search_path = public, pg_catalog, harness;
SELECT name, tables FROM pg_catalog.datalink_list();
SELECT (datalink_create(url(), 'more', only_tables => '{orders}')).tables;
SELECT count(datalink_drop(name)) FROM pg_catalog.datalink_list();
SET search_path = public, harness;
DROP FUNCTION public.datalink_list();
DROP FUNCTION public.quote_ident(text);
DROP TABLE public.pg_foreign_table;
DROP OPERATOR public.= (text, text);

-- The memory of links that were reset is for everybody to read, and for nobody to write.
CREATE ROLE datalinks_plain;
SET ROLE datalinks_plain;
SELECT count(*) FROM datalinks.invalid_link;
SELECT count(*) FROM datalink_list();
DELETE FROM datalinks.invalid_link;
INSERT INTO datalinks.invalid_link (name) VALUES ('sales');
SELECT datalinks.follow_drop();
RESET ROLE;
DROP ROLE datalinks_plain;
CREATE EVENT TRIGGER another ON ddl_command_start EXECUTE FUNCTION datalinks.follow_drop();
CREATE TABLE harmless (a int);
DROP EVENT TRIGGER another;
DROP TABLE harmless;

-- It does not go while there are links, and with CASCADE it takes them along.
SELECT tables FROM datalink_create(url(), 'sales');
\set VERBOSITY terse
DROP EXTENSION datalinks;
DROP EXTENSION datalinks CASCADE;
\set VERBOSITY default
SELECT count(*) FROM pg_foreign_server;
SELECT count(*) FROM pg_class WHERE relnamespace = 'sales'::regnamespace;
DROP SCHEMA sales;
CREATE EXTENSION datalinks;
SELECT count(*) FROM datalink_list();
SELECT * FROM remains();
