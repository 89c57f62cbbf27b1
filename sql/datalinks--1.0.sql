/* datalinks 1.0 */

\echo Use "CREATE EXTENSION datalinks" to load this file. \quit

-- The wrapper: postgres_fdw's code; a handler that lets INSERTs honour the remote's defaults, and a
-- validator that knows the options of links.

CREATE FUNCTION datalinks_fdw_handler()
RETURNS fdw_handler
AS 'MODULE_PATHNAME', 'datalinks_fdw_handler'
LANGUAGE C STRICT;
COMMENT ON FUNCTION datalinks_fdw_handler() IS
'handler of the foreign-data wrapper datalinks';

CREATE FUNCTION datalinks_fdw_validator(text[], oid)
RETURNS void
AS 'MODULE_PATHNAME', 'datalinks_fdw_validator'
LANGUAGE C STRICT
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalinks_fdw_validator(text[], oid) IS
'validator of the foreign-data wrapper datalinks';

CREATE FOREIGN DATA WRAPPER datalinks
HANDLER datalinks_fdw_handler
VALIDATOR datalinks_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER datalinks IS
'links to other PostgreSQL databases; USAGE on it is the right to make them';

-- The wrapper says which cluster the database is in. pg_upgrade brings that along, and nothing else
-- does: links that were at home in that cluster are at home in the new one, too.

CREATE FUNCTION datalinks_note_cluster()
RETURNS void
AS 'MODULE_PATHNAME', 'datalinks_note_cluster'
LANGUAGE C
SET search_path = pg_catalog, pg_temp;
SELECT datalinks_note_cluster();
DROP FUNCTION datalinks_note_cluster();

-- The links that were reset. Everybody may read them: there is no secret in them, and pg_dump by
-- a plain role must be able to. Written by the functions and the triggers alone. Roles have other
-- OIDs in another cluster, so a restored row knows its owner by name there.

CREATE SCHEMA datalinks;
COMMENT ON SCHEMA datalinks IS
'what the extension datalinks keeps';
GRANT USAGE ON SCHEMA datalinks TO PUBLIC;

CREATE TABLE datalinks.invalid_link (
	name text NOT NULL PRIMARY KEY,
	remote text NOT NULL,
	remote_name text,
	options text[] NOT NULL,
	owner text NOT NULL,
	owner_oid oid NOT NULL,
	cluster bigint NOT NULL,
	grants jsonb NOT NULL,
	created_at timestamptz,
	invalidated_at timestamptz NOT NULL,
	reason text NOT NULL,
	schema_comment text,
	server_comment text
);
COMMENT ON TABLE datalinks.invalid_link IS
'data links that were reset: what they were, since when and why they are invalid';
COMMENT ON COLUMN datalinks.invalid_link.options IS
'its server''s, as in pg_foreign_server.srvoptions, without those that say where the remote is';
COMMENT ON COLUMN datalinks.invalid_link.owner_oid IS
'whose link it was, whatever that role is called now; counts in the same cluster alone';
COMMENT ON COLUMN datalinks.invalid_link.cluster IS
'the system identifier of the cluster in which it was reset: in another one the owner''s name counts';
COMMENT ON COLUMN datalinks.invalid_link.schema_comment IS
'what a user had written on its schema';
COMMENT ON COLUMN datalinks.invalid_link.server_comment IS
'what a user had written on its server';
GRANT SELECT ON datalinks.invalid_link TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('datalinks.invalid_link', '');

-- The functions.

CREATE TYPE datalinks.link AS (
	name text,
	created_at timestamptz,
	remote text,
	remote_name text,
	remote_schema text,
	tables integer,
	read_only boolean,
	owner text,
	state text,
	invalidated_at timestamptz,
	reason text,
	kind text
);
COMMENT ON TYPE datalinks.link IS
'a data link, or a union of links, as datalink_list() shows it';

CREATE FUNCTION datalink_create(
	remote_url text,
	name text,
	remote_schema text DEFAULT 'public',
	only_tables text[] DEFAULT NULL,
	except_tables text[] DEFAULT NULL,
	read_only boolean DEFAULT false,
	create_types boolean DEFAULT false,
	if_not_exists boolean DEFAULT false)
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_create'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_create(text, text, text, text[], text[], boolean, boolean, boolean) IS
'link another PostgreSQL database: its tables become foreign tables in a schema of the link''s name';

CREATE FUNCTION datalink_list()
RETURNS SETOF datalinks.link
AS 'MODULE_PATHNAME', 'datalink_list'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_list() IS
'every data link of this database and every union of links, with its state';

CREATE FUNCTION datalink_drop(
	name text,
	if_exists boolean DEFAULT false,
	cascade boolean DEFAULT true)
RETURNS void
AS 'MODULE_PATHNAME', 'datalink_drop'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_drop(text, boolean, boolean) IS
'drop a data link or a union of links, and all that was built on its tables';

CREATE TYPE datalinks.change AS (
	object text,
	change text,
	detail text,
	blocked_by text[]
);
COMMENT ON TYPE datalinks.change IS
'a difference between a data link and its remote, as datalink_diff() and datalink_refresh() show it';

CREATE FUNCTION datalink_diff(name text)
RETURNS SETOF datalinks.change
AS 'MODULE_PATHNAME', 'datalink_diff'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_diff(text) IS
'how the remote''s tables differ from a data link''s; changes nothing';

CREATE FUNCTION datalink_refresh(
	name text,
	cascade boolean DEFAULT false,
	skip_blocked boolean DEFAULT false,
	force boolean DEFAULT false)
RETURNS SETOF datalinks.change
AS 'MODULE_PATHNAME', 'datalink_refresh'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_refresh(text, boolean, boolean, boolean) IS
'bring a data link up to its remote in place: views, grants and comments survive';

CREATE FUNCTION datalink_analyze(name text)
RETURNS integer
AS 'MODULE_PATHNAME', 'datalink_analyze'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_analyze(text) IS
'copy the remote''s statistics of a data link''s tables for the planner, without reading a row';

CREATE FUNCTION datalink_alter(
	name text,
	only_tables text[] DEFAULT NULL,
	except_tables text[] DEFAULT NULL,
	read_only boolean DEFAULT NULL)
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_alter'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_alter(text, text[], text[], boolean) IS
'change which tables a data link has and whether it may write; NULL leaves, an empty array clears';

CREATE FUNCTION datalink_set_remote(
	name text,
	remote_url text)
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_set_remote'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_set_remote(text, text) IS
'point a data link at another host, database or password; rebuild an invalid one';

CREATE FUNCTION datalink_confirm(name text)
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_confirm'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_confirm(text) IS
'let a data link that was copied from another database write from this one, too';

CREATE FUNCTION datalink_grant(
	name text,
	role text,
	read_only boolean DEFAULT true)
RETURNS void
AS 'MODULE_PATHNAME', 'datalink_grant'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_grant(text, text, boolean) IS
'let a role, or public, use a data link without being able to read its password';

CREATE FUNCTION datalink_revoke(
	name text,
	role text)
RETURNS void
AS 'MODULE_PATHNAME', 'datalink_revoke'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_revoke(text, text) IS
'take back from a role, or public, what datalink_grant() gave it';

CREATE TYPE datalinks.link_grant AS (
	name text,
	role text,
	credentials text,
	read_only boolean,
	tables integer
);
COMMENT ON TYPE datalinks.link_grant IS
'who may use a data link besides its owner, as datalink_grants() shows it';

CREATE FUNCTION datalink_grants(name text DEFAULT NULL)
RETURNS SETOF datalinks.link_grant
AS 'MODULE_PATHNAME', 'datalink_grants'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_grants(text) IS
'who may use a data link besides its owner, by whose credentials, and for reading alone or not';

CREATE TYPE datalinks.link_table AS (
	name text,
	relation regclass,
	remote_schema text,
	remote_table text,
	kind text,
	columns integer,
	rows bigint,
	writable boolean,
	selectable boolean,
	primary_key text[]
);
COMMENT ON TYPE datalinks.link_table IS
'a table of a data link and what it is on the remote, as datalink_tables() shows it';

CREATE FUNCTION datalink_tables(name text DEFAULT NULL)
RETURNS SETOF datalinks.link_table
AS 'MODULE_PATHNAME', 'datalink_tables'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_tables(text) IS
'the tables of a data link, or of all, and what they were on the remote when last refreshed';

CREATE FUNCTION datalink_union(
	name text,
	links text[],
	source_column text DEFAULT 'link',
	only_tables text[] DEFAULT NULL,
	except_tables text[] DEFAULT NULL,
	if_not_exists boolean DEFAULT false,
	skip_conflicts boolean DEFAULT false,
	on_unreachable text DEFAULT 'fail')
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_union'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_union(text, text[], text, text[], text[], boolean, boolean, text) IS
'make a schema in which each table that data links have is one view over all of them';

CREATE FUNCTION datalink_union_add(
	name text,
	link text,
	cascade boolean DEFAULT false)
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_union_add'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_union_add(text, text, boolean) IS
'take a data link into a union';

CREATE FUNCTION datalink_union_remove(
	name text,
	link text,
	cascade boolean DEFAULT false)
RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_union_remove'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_union_remove(text, text, boolean) IS
'take a data link out of a union';

CREATE FUNCTION datalink_connections(
	OUT server_name text,
	OUT valid boolean)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'datalink_connections'
LANGUAGE C STRICT PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_connections() IS
'the connections to remotes that this session holds open';

CREATE FUNCTION datalink_disconnect(name text DEFAULT NULL)
RETURNS boolean
AS 'MODULE_PATHNAME', 'datalink_disconnect'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_disconnect(text) IS
'close this session''s connections to the remote of a data link, or to all';

CREATE TYPE datalinks.link_check AS (
	name text,
	status text,
	latency interval,
	server_version text,
	tls text,
	detail text
);
COMMENT ON TYPE datalinks.link_check IS
'the health of a data link''s remote as datalink_check() finds it';

CREATE FUNCTION datalink_check(
	name text DEFAULT NULL,
	timeout interval DEFAULT '5 s')
RETURNS SETOF datalinks.link_check
AS 'MODULE_PATHNAME', 'datalink_check'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_check(text, interval) IS
'whether the remotes of the data links answer, all of them asked at once';

CREATE FUNCTION datalink_query(link text, statement text, VARIADIC parameters text[] DEFAULT '{}')
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'datalink_query'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_query(text, text, text[]) IS
'the rows of a statement in the remote''s own SQL';

CREATE FUNCTION datalink_query(links text[], statement text, VARIADIC parameters text[] DEFAULT '{}')
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'datalink_query_many'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_query(text[], text, text[]) IS
'the rows of a statement in the remotes'' own SQL, on many links at once, with their names';

CREATE FUNCTION datalink_execute(link text, statement text, VARIADIC parameters text[] DEFAULT '{}')
RETURNS bigint
AS 'MODULE_PATHNAME', 'datalink_execute'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_execute(text, text, text[]) IS
'run a statement in the remote''s own SQL, and count the rows that it affects';

CREATE TYPE datalinks.in_doubt AS (
	name text,
	gid text,
	prepared_at timestamptz,
	verdict text
);
COMMENT ON TYPE datalinks.in_doubt IS
'a transaction that a data link''s remote holds prepared, as datalink_in_doubt() shows it';

CREATE FUNCTION datalink_in_doubt()
RETURNS SETOF datalinks.in_doubt
AS 'MODULE_PATHNAME', 'datalink_in_doubt'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_in_doubt() IS
'transactions of this database that remotes hold prepared, and what became of them here';

CREATE TYPE datalinks.resolution AS (
	name text,
	gid text,
	verdict text,
	outcome text
);
COMMENT ON TYPE datalinks.resolution IS
'what datalink_resolve() did with a transaction that a data link''s remote held prepared';

CREATE FUNCTION datalink_resolve(name text DEFAULT NULL)
RETURNS SETOF datalinks.resolution
AS 'MODULE_PATHNAME', 'datalink_resolve'
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_resolve(text) IS
'end what remotes hold prepared as the transaction has ended here';

CREATE TYPE datalinks.link_stats AS (
	name text,
	scope text,
	queries bigint,
	round_trips bigint,
	rows_received bigint,
	bytes_received bigint,
	rows_sent bigint,
	bytes_sent bigint,
	wait_time double precision,
	connects bigint,
	reconnects bigint,
	errors bigint,
	last_error_sqlstate text,
	last_error text,
	last_error_at timestamptz,
	since timestamptz
);
COMMENT ON TYPE datalinks.link_stats IS
'what went over a data link, in this session or in all, as datalink_stats() shows it';

CREATE FUNCTION datalink_stats()
RETURNS SETOF datalinks.link_stats
AS 'MODULE_PATHNAME', 'datalink_stats'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_stats() IS
'what went over the data links, and how long it took, in this session and in all';

CREATE FUNCTION datalink_stats_reset(name text DEFAULT NULL)
RETURNS void
AS 'MODULE_PATHNAME', 'datalink_stats_reset'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalink_stats_reset(text) IS
'let the sums of datalink_stats() begin at zero again, of one data link or of all';

-- The reset triggers. The tags are the few commands that can matter: no other calls them.

CREATE FUNCTION datalinks.note_links()
RETURNS event_trigger
AS 'MODULE_PATHNAME', 'datalinks_note_links'
LANGUAGE C
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalinks.note_links() IS
'remembers the data links as they stand before a command that may drop parts of them';

CREATE FUNCTION datalinks.follow_drop()
RETURNS event_trigger
AS 'MODULE_PATHNAME', 'datalinks_follow_drop'
LANGUAGE C
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalinks.follow_drop() IS
'makes data links invalid that were reset with the database or lost their server or schema';

CREATE FUNCTION datalinks.follow_rename()
RETURNS event_trigger
AS 'MODULE_PATHNAME', 'datalinks_follow_rename'
LANGUAGE C
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalinks.follow_rename() IS
'lets a data link follow the new name of its schema';

CREATE FUNCTION datalinks.guard_mapping()
RETURNS event_trigger
AS 'MODULE_PATHNAME', 'datalinks_guard_mapping'
LANGUAGE C
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalinks.guard_mapping() IS
'lets nobody but the owner of a data link write a user mapping that lends the owner''s credentials';

CREATE FUNCTION datalinks.follow_upgrade()
RETURNS event_trigger
AS 'MODULE_PATHNAME', 'datalinks_follow_upgrade'
LANGUAGE C
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION datalinks.follow_upgrade() IS
'lets data links that pg_upgrade moves to another cluster be at home there';

CREATE EVENT TRIGGER datalinks_note_links ON ddl_command_start
WHEN TAG IN ('DROP SCHEMA', 'DROP SERVER', 'DROP OWNED', 'DROP EXTENSION',
	'DROP FOREIGN DATA WRAPPER')
EXECUTE FUNCTION datalinks.note_links();
COMMENT ON EVENT TRIGGER datalinks_note_links IS
'remembers the data links as they stand before a command that may drop parts of them';

CREATE EVENT TRIGGER datalinks_follow_drop ON sql_drop
WHEN TAG IN ('DROP SCHEMA', 'DROP SERVER', 'DROP OWNED', 'DROP EXTENSION',
	'DROP FOREIGN DATA WRAPPER')
EXECUTE FUNCTION datalinks.follow_drop();
COMMENT ON EVENT TRIGGER datalinks_follow_drop IS
'makes data links invalid that were reset with the database or lost their server or schema';

CREATE EVENT TRIGGER datalinks_follow_rename ON ddl_command_end
WHEN TAG IN ('ALTER SCHEMA')
EXECUTE FUNCTION datalinks.follow_rename();
COMMENT ON EVENT TRIGGER datalinks_follow_rename IS
'lets a data link follow the new name of its schema';

CREATE EVENT TRIGGER datalinks_guard_mapping ON ddl_command_end
WHEN TAG IN ('CREATE USER MAPPING', 'ALTER USER MAPPING')
EXECUTE FUNCTION datalinks.guard_mapping();
COMMENT ON EVENT TRIGGER datalinks_guard_mapping IS
'lets nobody but the owner of a data link write a user mapping that lends the owner''s credentials';

-- pg_upgrade makes event triggers last, and each a member of the extension with such a command.
CREATE EVENT TRIGGER datalinks_follow_upgrade ON ddl_command_end
WHEN TAG IN ('ALTER EXTENSION')
EXECUTE FUNCTION datalinks.follow_upgrade();
COMMENT ON EVENT TRIGGER datalinks_follow_upgrade IS
'lets data links that pg_upgrade moves to another cluster be at home there';

ALTER EVENT TRIGGER datalinks_note_links ENABLE ALWAYS;
ALTER EVENT TRIGGER datalinks_follow_drop ENABLE ALWAYS;
ALTER EVENT TRIGGER datalinks_follow_rename ENABLE ALWAYS;
ALTER EVENT TRIGGER datalinks_guard_mapping ENABLE ALWAYS;
ALTER EVENT TRIGGER datalinks_follow_upgrade ENABLE ALWAYS;
