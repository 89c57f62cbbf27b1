-- The wrapper's validator: our options, and postgres_fdw's still checked, in plain SQL.
\getenv inputs PG_ABS_SRCDIR
\set include :inputs /include/remote.sql
\i :include

CREATE SERVER plain FOREIGN DATA WRAPPER datalinks
	OPTIONS (host 'localhost', dbname 'orders', link 'sales', remote_schema 'public',
		only_tables '{a,"b c"}', created_at '2026-01-31T12:00:00.5Z', fetch_size '100',
		updatable 'false', truncatable 'false');
SELECT srvoptions FROM pg_foreign_server;
-- It has neither a schema nor a mapping of its own: a link in name only.
SELECT name, masked(remote), tables, read_only, state, reason FROM datalink_list();

-- Only the first line of what is said: what follows differs from release to release.
SELECT split_part(failure(format('ALTER SERVER plain OPTIONS (SET %I %L)', option, value)), E'\n', 1)
FROM (VALUES ('link', ''), ('link', repeat('x', 64)), ('remote_schema', ''),
	('remote_schema', repeat('x', 64)), ('only_tables', 'orders'), ('only_tables', '{orders'),
	('only_tables', '{orders,NULL}'), ('created_at', ''), ('created_at', 'yesterday'),
	('created_at', '2026-01-31 12:00:00Z'), ('created_at', '2026-01-31T12:00:00+01'),
	('created_at', '2026-13-31T12:00:00Z'), ('created_at', '2026-01-31T12:00:00xZ'),
	('created_at', '2026-01-31T'), ('fetch_size', '0'), ('fetch_size', 'many'),
	('updatable', 'perhaps')) options(option, value);
SELECT split_part(failure(format('ALTER SERVER plain OPTIONS (ADD %I %L)', option, value)), E'\n', 1)
FROM (VALUES ('except_tables', 'orders'), ('except_tables', '{NULL}'), ('use_remote_estimate', 'x'),
	('batch_size', '-1'), ('extensions', 'a,,b'), ('password', 's3cret'), ('user', 'app'),
	('nonsense', 'x'), ('link', 'again')) options(option, value);
SELECT split_part(failure('CREATE SERVER other FOREIGN DATA WRAPPER datalinks OPTIONS (nonsense ''x'')'), E'\n', 1);
-- What is valid stays possible.
ALTER SERVER plain OPTIONS (SET only_tables '{}', ADD except_tables '{"a \"b"}', SET link 'other',
	SET created_at '2026-01-31T12:00:00Z', ADD batch_size '10');
ALTER SERVER plain OPTIONS (DROP created_at, DROP remote_schema);
SELECT name, created_at, remote_schema, state FROM datalink_list();

-- Our options belong to servers alone.
SELECT split_part(failure('CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (link ''x'')'), E'\n', 1);
SELECT split_part(failure('CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (host ''x'')'), E'\n', 1);
SELECT split_part(failure('ALTER FOREIGN DATA WRAPPER datalinks OPTIONS (ADD link ''x'')'), E'\n', 1);
SELECT split_part(failure('CREATE FOREIGN TABLE t (a int) SERVER plain OPTIONS (link ''x'')'), E'\n', 1);
CREATE USER MAPPING FOR CURRENT_USER SERVER plain OPTIONS (user 'app', password 'only-for-tests');
CREATE FOREIGN TABLE t (a int OPTIONS (column_name 'b')) SERVER plain
	OPTIONS (schema_name 's', table_name 't', fetch_size '10');
DROP FOREIGN TABLE t;

-- Files that the server's own user can read are a superuser's to name.
CREATE ROLE datalinks_plain;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO datalinks_plain;
GRANT USAGE ON SCHEMA harness TO datalinks_plain;
SET ROLE datalinks_plain;
SELECT failure(format('CREATE SERVER other FOREIGN DATA WRAPPER datalinks OPTIONS (%I %L)', option,
	'/tmp/x'))
FROM unnest('{passfile,service,sslcert,sslkey}'::text[]) option;
CREATE SERVER own FOREIGN DATA WRAPPER datalinks OPTIONS (host 'localhost');
SELECT failure('ALTER SERVER own OPTIONS (ADD passfile ''/tmp/x'')');
SELECT failure('CREATE USER MAPPING FOR CURRENT_USER SERVER own OPTIONS (sslkey ''/tmp/x'')');
SELECT failure('CREATE USER MAPPING FOR CURRENT_USER SERVER own OPTIONS (password_required ''false'')');
SELECT failure('ALTER SERVER plain OPTIONS (SET host ''elsewhere'')');
DROP SERVER own;
RESET ROLE;
DROP OWNED BY datalinks_plain;
DROP ROLE datalinks_plain;

-- The validator by itself, which anybody may call: no crash, whatever it is given.
SELECT datalinks_fdw_validator('{}', 'pg_foreign_server'::regclass);
SELECT datalinks_fdw_validator(NULL, 'pg_foreign_server'::regclass) IS NULL;
SELECT failure($$SELECT datalinks_fdw_validator('{link}', 'pg_foreign_server'::regclass)$$);
SELECT failure($$SELECT datalinks_fdw_validator('{link=}', 'pg_foreign_server'::regclass)$$);
SELECT failure($$SELECT datalinks_fdw_validator('{link=a,"schemas={a,b,c}"}', 'pg_foreign_server'::regclass)$$);
SELECT failure($$SELECT datalinks_fdw_validator('{NULL}', 'pg_foreign_server'::regclass)$$);
SELECT split_part(failure(
	$$SELECT datalinks_fdw_validator('{{link=a,b=c}}', 'pg_foreign_server'::regclass)$$), E'\n', 1);
SELECT failure($$SELECT datalinks_fdw_validator('{link=a}', 0)$$);

SET client_min_messages = warning;
DROP SERVER plain CASCADE;
RESET client_min_messages;
SELECT name, state, reason FROM datalink_list();
SELECT datalink_drop('other');
SELECT * FROM remains();
