# What users keep in a link's schema is theirs: a drop names it, and without cascade refuses.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
$local->safe_psql('postgres', 'CREATE EXTENSION postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw');

sub left
{
	return run_sql($local, "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('shop')::oid"
		  . " AND relkind IN ('r', 'v', 'f', 'S') ORDER BY 1");
}

# Each is the only one in the way.
for my $case (
	[ 'CREATE TABLE shop.my_cache AS SELECT 1 AS a', 'table shop.my_cache', 'TABLE shop.my_cache' ],
	[ 'CREATE TABLE shop.keyed (id serial PRIMARY KEY)', 'table shop.keyed', 'TABLE shop.keyed' ],
	[ 'CREATE VIEW shop.v AS SELECT 1 AS a', 'view shop.v', 'VIEW shop.v' ],
	[ 'CREATE MATERIALIZED VIEW shop.m AS SELECT 1 AS a', 'materialized view shop.m', 'MATERIALIZED VIEW shop.m' ],
	[ 'CREATE SEQUENCE shop.s', 'sequence shop.s', 'SEQUENCE shop.s' ],
	[ q{CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql AS 'SELECT 1'}, 'function shop.f()', 'FUNCTION shop.f' ],
	[ 'CREATE TYPE shop.t AS ENUM ()', 'type shop.t', 'TYPE shop.t' ],
	[ 'CREATE DOMAIN shop.d AS int', 'type shop.d', 'DOMAIN shop.d' ],
	[ 'CREATE FOREIGN TABLE shop.e (a int) SERVER elsewhere', 'foreign table shop.e', 'FOREIGN TABLE shop.e' ])
{
	my ($make, $named, $what) = @$case;
	run_sql($local, link_sql($remote, 'shop'));
	run_sql($local, $make);
	my $error = fails($local, "SELECT datalink_drop('shop', cascade => false)", '2BP01', qr/cannot drop data link "shop"/,
		"$named refuses a drop without cascade");
	is($error->{detail}, $named, 'and is named, it alone');
	is(link_of($local, 'shop')->{state}, 'valid', 'the link is as it was');
	is(link_of($local, 'shop')->{tables}, 3, 'and counts its own tables only');
	like(messages_of($local, "BEGIN; SELECT datalink_drop('shop'); ROLLBACK"),
		qr/NOTICE:  00000: dropping data link "shop" dropped an object besides its tables\nDETAIL:  \Q$named\E\n/,
		'with cascade it is named as it goes');
	run_sql($local, "DROP $what");
	is(messages_of($local, "SELECT datalink_drop('shop', cascade => false)"), '', 'a drop of the link alone says nothing');
	is(left(), '', 'and leaves nothing');
}

# What the README has one grant is in no way, nor are other roles' mappings and a table of the
# link's own that the user made.
make_role($local, 'reporting');
run_sql($local, link_sql($remote, 'shop'));
my $server = run_sql($local, 'SELECT srvname FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = srvfdw'
	  . " WHERE fdwname = 'datalinks'");
run_sql($local, <<"END");
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO reporting;
CREATE USER MAPPING FOR reporting SERVER $server OPTIONS (user 'app', password 'x');
CREATE USER MAPPING FOR PUBLIC SERVER $server OPTIONS (user 'app', password 'x');
CREATE FOREIGN TABLE shop.again (id int) SERVER $server OPTIONS (schema_name 'public', table_name 'item');
END
is(messages_of($local, "SELECT datalink_drop('shop', cascade => false)"), '', 'mappings and default privileges go');
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'"), 0, 'with the schema');

# A table of the link elsewhere is outside its schema, and not counted.
run_sql($local, link_sql($remote, 'shop'));
run_sql($local, "CREATE FOREIGN TABLE mine (id int) SERVER $server OPTIONS (schema_name 'public', table_name 'item')");
is(link_of($local, 'shop')->{tables}, 3, 'the list counts what is in its schema');
fails($local, "SELECT datalink_drop('shop', cascade => false)", '2BP01', undef, 'a foreign table elsewhere refuses');

done_testing();
