# remote_schema => '*': a link to all schemas of its remote, each with a local schema of its own, is
# one link to every function, to the native commands and to a reset.

use strict;
use warnings;

use lib 'test/t';
use DataLinks;
use Drift;
use PostgreSQL::Test::Utils;
use Test::More;

my ($local, $remote) = start_nodes('autovacuum = off');
keep_sessions();
make_role($local, $_) for qw(alice bob reader);
run_sql($local, <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE postgres TO alice, bob;
CREATE SCHEMA work;
GRANT ALL ON SCHEMA work TO PUBLIC;
END
my @alice = (role => 'alice');

sub on_remote
{
	my ($sql, %given) = @_;
	return run_sql($remote, $sql, dbname => 'orders', role => 'app', %given);
}

# The link's schemas, each with its tables.
sub schemas
{
	my ($name, %given) = @_;
	return run_sql($local, <<"END", %given);
SELECT nspname || ':' || coalesce(string_agg(relname, ',' ORDER BY relname), '')
FROM pg_namespace n LEFT JOIN pg_class c ON relnamespace = n.oid
WHERE nspname = '$name' OR nspname LIKE '$name\\_%' GROUP BY nspname ORDER BY nspname COLLATE "C"
END
}

on_remote('GRANT CREATE ON DATABASE orders TO app', role => undef);
on_remote(<<'END', role => undef);
CREATE SCHEMA hidden;
CREATE TABLE hidden.secret (id int);
END
on_remote(<<'END');
CREATE SCHEMA sales;
CREATE TYPE sales.state AS ENUM ('open', 'paid');
CREATE TABLE sales.invoice (id int PRIMARY KEY, state sales.state);
INSERT INTO sales.invoice VALUES (1, 'open'), (2, 'paid');
CREATE TABLE sales.customer (id int, region text);
CREATE SCHEMA empty;
ANALYZE sales.invoice;
END

my $all = "remote_schema => '*', create_types => true";
my $create = link_sql($remote, 'shop', $all);

# --- creation, list, queries, writes ---

my $made = messages_of($local, $create, @alice);
like($made, qr/NOTICE:.*"app" may not use all schemas of the remote/, 'a schema without USAGE');
like($made, qr/Left out: hidden\./, 'is told by name');
my $expected = "shop:\nshop_empty:\nshop_public:customer,item,spent\nshop_sales:customer,invoice";
is(schemas('shop'), $expected, 'a schema for each; those of the same name are apart');
is_deeply([ @{ link_of($local, 'shop') }{qw(remote_schema tables state)} ], [ '*', 5, 'valid' ],
	'the list counts the tables of all');
is(drift($local, 'shop', @alice), '', 'no drift');
is(run_sql($local, <<'END', @alice), "1\n2|open", 'one connection for all schemas');
INSERT INTO shop_sales.invoice VALUES (3, 'open');
UPDATE shop_public.customer SET name = 'Ida' WHERE id = 2;
SELECT count(*) FROM datalink_connections();
SELECT id - 1, state FROM shop_sales.invoice JOIN shop_public.item USING (id) WHERE id = 3;
END
is(run_sql($local, "SELECT reltuples FROM pg_class WHERE oid = 'shop_sales.invoice'::regclass"), '2',
	"the remote's statistics came along");
is(run_sql($local, "SELECT datalink_analyze('shop') > 0, (datalink_check('shop')).status", @alice),
	't|ok', 'analyze and check');
like(messages_of($local, link_sql($remote, 'shop', "$all, if_not_exists => true"), @alice),
	qr/already exists, skipping/, 'if_not_exists');

# --- drift: schemas come and go like tables ---

on_remote(<<'END');
CREATE SCHEMA stock;
CREATE TABLE stock.part (id int);
ALTER TABLE sales.customer ADD vip bool;
END
is(drift($local, 'shop', @alice), <<'END' =~ s/\n\z//r, 'a new schema, a new column');
shop_sales.customer.vip: column added: boolean
shop_stock: schema added: for the remote's stock
shop_stock.part: table added: table of 1 column
END
run_sql($local, "SELECT datalink_grant('shop', 'reader')", @alice);
refreshed($local, 'shop', '', @alice);
is(run_sql($local, 'SELECT count(*) FROM shop_stock.part; SELECT count(*) FROM shop_sales.invoice',
		role => 'reader'), "0\n3", 'a grant of the link covers what a refresh adds');
is(run_sql($local, "SELECT tables FROM datalink_grants('shop')", @alice), '6', 'and is listed once');

run_sql($local, 'CREATE VIEW work.parts AS SELECT * FROM shop_stock.part', @alice);
on_remote('DROP SCHEMA stock CASCADE');
my $gone = <<'END' =~ s/\n\z//r;
shop_stock.part: table removed: the remote has no "part"; privileges go of role reader [view work.parts]
shop_stock: schema removed: the remote has no schema stock [view work.parts]
END
is(drift($local, 'shop', @alice), $gone, 'a schema that is gone is blocked as its tables are');
fails($local, "SELECT datalink_refresh('shop')", '2BP01', qr/other objects depend/, 'refused', @alice);
is(refreshed($local, 'shop', 'skip_blocked => true', @alice), $gone, 'skip_blocked leaves it');
like(schemas('shop'), qr/shop_stock:part/, 'with its table');
refreshed($local, 'shop', 'cascade => true', @alice);
is(schemas('shop'), $expected, 'cascade drops both');
run_sql($local, 'CREATE TABLE shop_empty.mine ()', @alice);
on_remote('DROP SCHEMA empty');
is(drift($local, 'shop', @alice),
	'shop_empty: schema removed: the remote has no schema empty [table shop_empty.mine]',
	'what a user keeps in a schema blocks it');
run_sql($local, 'DROP TABLE shop_empty.mine', @alice);
run_sql($local, "SELECT * FROM datalink_refresh('shop')", @alice);
unlike(schemas('shop'), qr/empty/, 'then it goes');

run_sql($remote, 'ALTER SCHEMA public RENAME TO public_; ALTER SCHEMA sales RENAME TO sales_',
	dbname => 'orders');
fails($local, "SELECT datalink_refresh('shop', cascade => true)", '55000',
	qr/shows only 0 of the 5 tables/, 'a remote that shows none of them needs force', @alice);
run_sql($remote, 'ALTER SCHEMA public_ RENAME TO public; ALTER SCHEMA sales_ RENAME TO sales',
	dbname => 'orders');

# What others keep locked is left out, with its schema.
on_remote('CREATE SCHEMA busy; CREATE TABLE busy.a (id int); CREATE TABLE busy.b (id int)');
refreshed($local, 'shop', '', @alice);
run_sql($local, "CREATE FOREIGN TABLE shop_busy.mine (id int) SERVER shop OPTIONS (schema_name 'public',"
	  . " table_name 'customer')", @alice);
on_remote('DROP SCHEMA busy CASCADE');
my $reader = $local->background_psql('postgres', on_error_stop => 1);
$reader->query_safe('BEGIN; EXPLAIN SELECT FROM shop_busy.b');
is(refreshed($local, 'shop', 'skip_blocked => true', @alice), <<'END' =~ s/\n\z//r, 'a table in use');
shop_busy.a: table removed: the remote has no "a"; privileges go of role reader
shop_busy.b: table removed: the remote has no "b"; privileges go of role reader [a lock of another session]
shop_busy: schema removed: the remote has no schema busy [foreign table shop_busy.mine, a lock of another session]
END
$reader->quit;
is(refreshed($local, 'shop', 'skip_blocked => true', @alice), <<'END' =~ s/\n\z//r, "a user's own foreign table");
shop_busy.b: table removed: the remote has no "b"; privileges go of role reader
shop_busy: schema removed: the remote has no schema busy [foreign table shop_busy.mine]
END
# Whoever makes something in the schema is waited for, and then is in the way.
run_sql($local, 'DROP FOREIGN TABLE shop_busy.mine', @alice);
my $maker = $local->background_psql('postgres', on_error_stop => 1);
$maker->query_safe('BEGIN; CREATE TABLE shop_busy.late ()');
my $refresher = $local->background_psql('postgres', on_error_stop => 0);
$refresher->query_until(qr/began/, "\\echo began\nSELECT change FROM datalink_refresh('shop');\n");
$local->poll_query_until('postgres',
	"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock')");
$maker->query_safe('COMMIT');
$maker->quit;
$refresher->quit;
like(schemas('shop'), qr/shop_busy:late/, 'a schema in which something is being made stays');
run_sql($local, "DROP TABLE shop_busy.late; SELECT * FROM datalink_refresh('shop')");

# The remote's role loses the use of one that is linked.
run_sql($remote, 'GRANT USAGE ON SCHEMA hidden TO app', dbname => 'orders');
refreshed($local, 'shop', '', @alice);
run_sql($remote, 'REVOKE USAGE ON SCHEMA hidden FROM app', dbname => 'orders');
is(drift($local, 'shop', @alice), 'shop_hidden: schema not usable: queries fail until the remote runs:'
	  . ' GRANT USAGE ON SCHEMA "hidden" TO "app"; [the privileges of the remote\'s role]',
	'a schema that is not usable any more stays');
run_sql($remote, 'DROP SCHEMA hidden CASCADE', dbname => 'orders');
refreshed($local, 'shop', '', @alice);

# --- what of the remote is linked ---

run_sql($local, "SELECT datalink_alter('shop', except_tables => '{public.item,invoice}')", @alice);
is(schemas('shop'), "shop:\nshop_public:customer,spent\nshop_sales:customer",
	'except_tables: "schema.table", and "table" in any schema');
run_sql($local, "SELECT datalink_alter('shop', except_tables => '{}', only_tables => '{sales.*}')", @alice);
is(schemas('shop'), "shop:\nshop_sales:customer,invoice", 'only_tables: "schema.*"');
fails($local, "SELECT datalink_alter('shop', only_tables => '{sales.nothing,no.*}')", '42P01',
	qr/only_tables names tables/, 'what is not there', @alice);
run_sql($local, "SELECT datalink_alter('shop', only_tables => '{}')", @alice);
is(schemas('shop'), "shop:\nshop_public:customer,item,spent\nshop_sales:customer,invoice", 'all again');

# --- names that cannot be had ---

my $long = 'l' x 59;
on_remote("CREATE SCHEMA \"Odd Name\"; CREATE SCHEMA $long; CREATE SCHEMA taken; CREATE SCHEMA bobs");
run_sql($local, 'CREATE SCHEMA shop_taken', @alice);
run_sql($local, 'CREATE SCHEMA shop_bobs', role => 'bob');
my $error = fails($local, "SELECT datalink_refresh('shop')", '42602',
	qr/cannot have a schema for each/, 'names that cannot be had', @alice);
like($error->{detail}, qr/"Odd Name".*is no name.*"bobs".*belongs to role "bob".*"$long".*is no name.*"taken".*exists already/s,
	'all at once, and why');
like($error->{hint}, qr/except_tables => ARRAY\['Odd Name\.\*', 'bobs\.\*'/, 'and how to go on');
fails($local, link_sql($remote, 'other', $all), '42602', qr/cannot have a schema/, 'a creation, too', @alice);
is(schemas('other'), '', 'leaves nothing');
on_remote("DROP SCHEMA \"Odd Name\"; DROP SCHEMA $long; DROP SCHEMA taken; DROP SCHEMA bobs");
run_sql($local, 'DROP SCHEMA shop_taken, shop_bobs');

# --- native commands ---

run_sql($local, 'DROP SCHEMA shop_sales CASCADE', @alice);
is(link_of($local, 'shop')->{state}, 'valid', 'one schema dropped natively: the link stays');
refreshed($local, 'shop', '', @alice);
is(schemas('shop'), "shop:\nshop_public:customer,item,spent\nshop_sales:customer,invoice",
	'and a refresh brings it back');
run_sql($local, 'SELECT count(*) FROM shop_sales.invoice', role => 'reader');
run_sql($local, 'ALTER SCHEMA shop_sales RENAME TO verkauf', @alice);
is(drift($local, 'shop', @alice), '', 'one schema renamed: the link follows');
is(link_of($local, 'shop')->{tables}, '5', 'and counts');
run_sql($local, 'ALTER SCHEMA shop RENAME TO store', @alice);
is(drift($local, 'store', @alice), '', 'the link renamed');
is(run_sql($local, "SELECT srvname FROM pg_foreign_server"), 'store', 'its server follows');
run_sql($local, "SELECT datalink_set_remote('store', '" . url($remote) . "')", @alice);
is(drift($local, 'store', @alice), '', 'set_remote');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/all_schemas.sql';
$local->command_ok([ 'pg_dump', '-Fp', '-f', $dump, $local->connstr('postgres') ], 'pg_dump');
run_sql($local, 'CREATE DATABASE copy');
$local->command_ok([ 'psql', '-Xqv', 'ON_ERROR_STOP=1', '-f', $dump, $local->connstr('copy') ], 'restored');
is(run_sql($local, "SELECT name, tables, state FROM datalink_list()", dbname => 'copy'),
	'store|5|valid', 'one link');
is(run_sql($local, "SELECT (datalink_confirm('store')).name", dbname => 'copy')
	  . drift($local, 'store', dbname => 'copy'), 'store', 'that is what it was');
run_sql($local, 'REASSIGN OWNED BY alice TO bob; GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO bob',
	dbname => 'copy');
run_sql($local, "SELECT datalink_set_remote('store', '" . url($remote) . "')", dbname => 'copy', role => 'bob');
is(drift($local, 'store', dbname => 'copy', role => 'bob'), '', 'another owner');
like(messages_of($local, 'DROP OWNED BY bob CASCADE', dbname => 'copy'), qr/1 data link is invalid: store/,
	'DROP OWNED');
is(schemas('store', dbname => 'copy'), '', 'leaves no schema');

# --- reset, and set_remote after it ---

run_sql($local, 'CREATE TABLE public.t ()');
like(messages_of($local, 'DROP SCHEMA public CASCADE'), qr/1 data link is invalid: store/, 'a reset');
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(store|shop_|verkauf)'"), '0',
	'takes all schemas along');
run_sql($local, "SELECT datalink_set_remote('store', '" . url($remote) . "')", @alice);
is(run_sql($local, "SELECT string_agg(DISTINCT foreign_table_schema, ' ' ORDER BY foreign_table_schema)"
		  . ' FROM information_schema.foreign_tables', @alice), 'shop_public verkauf',
	'set_remote makes them again, by their names');
is(run_sql($local, 'SELECT count(*) FROM verkauf.invoice', role => 'reader'), '3', 'grants included');
run_sql($local, "SELECT datalink_revoke('store', 'reader')", @alice);
fails($local, 'SELECT count(*) FROM verkauf.invoice', '42501', qr/denied for schema/, 'revoke', role => 'reader');
like(messages_of($local, 'DROP SCHEMA verkauf, shop_public CASCADE', @alice),
	qr/1 data link is invalid: store/, 'the last schema dropped');
is(link_of($local, 'store')->{reason}, 'the last of its schemas was dropped', 'is told');
run_sql($local, link_sql($remote, 'store', $all), @alice);
is(schemas('store'), "store:\nstore_public:customer,item,spent\nstore_sales:customer,invoice", 'made anew');
is(run_sql($local, "SELECT (datalink_alter('store', read_only => true)).read_only", @alice), 't',
	'read_only');
fails($local, "DELETE FROM store_sales.invoice", '55000', undef, 'for all schemas', @alice);

# --- drop ---

like(messages_of($local, 'BEGIN; DROP SCHEMA store; SELECT count(*) AS left FROM pg_namespace'
	  . " WHERE nspname LIKE 'store%' \\gset \\warn left: :left \nROLLBACK", @alice),
	qr/1 data link is invalid: store.*left: 0/s, "the schema of the link's name dropped");
run_sql($local, 'CREATE VIEW work.v AS SELECT * FROM store_sales.invoice;'
	  . 'CREATE VIEW store_sales.own AS SELECT * FROM store_public.item; CREATE VIEW store.w AS SELECT 1', @alice);
is(link_of($local, 'store')->{state}, 'valid', "views of a user's in the link's schemas");
is(drift($local, 'store', @alice), '', 'are none of its business');
$error = fails($local, "SELECT datalink_drop('store', cascade => false)", '2BP01', qr/depend/, 'drop', @alice);
is($error->{detail}, "view work.v\nview store.w\nview store_sales.own", 'names what depends on it');
run_sql($local, "SELECT datalink_drop('store')", @alice);
is(schemas('store'), '', 'a drop takes all schemas');
is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server'), '0', 'and the server');

# --- two of the remote's schemas for one name; the order of the tables ---

on_remote('CREATE SCHEMA quo; CREATE TABLE quo.customer (id int)');
run_sql($local, link_sql($remote, 'shop', $all) . '; ALTER SCHEMA shop_quo RENAME TO shop_b;'
	  . 'DROP SCHEMA shop_b CASCADE', @alice);
on_remote('CREATE SCHEMA b');
$error = fails($local, "SELECT datalink_refresh('shop')", '42P06', qr/cannot have a schema for each/,
	'the name of one that was renamed and dropped is wanted for another', @alice);
is($error->{detail}, q(For the remote schema "quo": "shop_b" is to be another remote schema's.), 'is told');
on_remote('DROP SCHEMA b');
run_sql($local, "SELECT datalink_refresh('shop')", @alice);
is(run_sql($local, "SELECT string_agg(relation::text, ' ') FROM datalink_tables('shop')"),
	'shop_b.customer shop_public.customer shop_public.item shop_public.spent shop_sales.customer'
	  . ' shop_sales.invoice', 'tables by schema and name');
run_sql($local, "SELECT datalink_drop('shop')", @alice);

# --- a server that names schemas which were never the link's ---

run_sql($local, <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO bob;
GRANT CREATE ON DATABASE postgres TO bob;
CREATE SCHEMA bobs_data;
CREATE TABLE bobs_data.precious ();
END
my $forge = 'CREATE SCHEMA bobs; CREATE SERVER bobs FOREIGN DATA WRAPPER datalinks'
  . " OPTIONS (link 'bobs', remote_schema '*', schemas '{bobs_data,x,bobs,y,bobs,z}')";
run_sql($local, $forge, role => 'bob');
unlike(messages_of($local, 'BEGIN; CREATE SCHEMA public; CREATE TABLE public.t (); DROP SCHEMA public CASCADE; ROLLBACK'),
	qr/clears the tables/, 'named twice, a schema is cleared once');
like(messages_of($local, "REASSIGN OWNED BY bob TO CURRENT_USER; SELECT datalink_drop('bobs')"),
	qr/NOTICE:.*schema "bobs_data" is not empty and stays/, 'a new owner of the server drops it');
is(run_sql($local, "SELECT to_regclass('bobs_data.precious'), to_regnamespace('bobs')"),
	'bobs_data.precious|', 'and keeps what was always his');

# --- an invalid link, whose names others have taken ---

run_sql($local, link_sql($remote, 'shop', $all) . '; DROP SCHEMA shop', @alice);
run_sql($local, 'CREATE SCHEMA shop; CREATE SCHEMA shop_sales', role => 'bob');
run_sql($local, "SELECT datalink_drop('shop')");
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'shop%' AND nspowner = 'bob'::regrole"),
	2, 'they keep them when it is dropped');

done_testing();
