# What the remote's role may not read there: said at create and for the tables that a refresh adds,
# in one message each; a remote schema that it may not use shows in diff. Nothing of it is refused.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();

sub on_remote
{
	my ($sql) = @_;
	$remote->safe_psql('orders', "SET client_min_messages = warning; $sql");
}

# How often the message is given, and whether its fields match.
sub said_once
{
	my ($messages, $message, $fields, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $count = () = $messages =~ /$message/g;
	is($count, 1, "$name: one message");
	like($messages, $fields, "$name: what it says");
}

my $cannot_read = qr/NOTICE:  00000: the remote's role cannot read \d+ of the tables/;
my $left_out = qr/NOTICE:  00000: columns of the remote that are named as system columns are left out/;
my $no_usage = qr/WARNING:  01000: the remote's role "app" may not use the remote schema/;

on_remote(<<'END');
CREATE SCHEMA kept;
GRANT USAGE ON SCHEMA kept TO app;
CREATE TABLE kept.open (id int);
CREATE TABLE kept.wide (id int, secret text);
CREATE TABLE kept."Shut" (id int, secret text);
CREATE TABLE kept.write_only (id int);
CREATE TABLE kept.bare ();
CREATE VIEW kept.view AS SELECT 1 AS one;
CREATE TABLE kept.parted (id int) PARTITION BY LIST (id);
GRANT SELECT ON kept.open TO app;
GRANT SELECT (id) ON kept.wide TO app;
GRANT INSERT ON kept.write_only TO app;
GRANT SELECT ON kept.parted TO PUBLIC;
END

# --- tables ---

my $kept = "remote_schema => 'kept'";
said_once(messages_of($local, link_sql($remote, 'kept', $kept)),
	$cannot_read, qr/DETAIL:  It has no SELECT on Shut, bare, view, write_only\.\nHINT:  Grant it there/,
	'create');
is(link_of($local, 'kept')->{tables}, 7, 'they are linked');
is(run_sql($local, 'SELECT count(id) FROM kept.wide'), 0, 'one readable column is enough');
unlike(messages_of($local, link_sql($remote, 'few', "$kept, only_tables => '{open,wide}'")),
	$cannot_read, 'nothing of tables that are not linked');
unlike(messages_of($local, link_sql($remote, 'sales')), $cannot_read, 'nothing where all can be read');

is(run_sql($local, "SELECT count(*) FROM datalink_diff('kept')"), 0, 'it is no drift');
unlike(messages_of($local, "SELECT * FROM datalink_refresh('kept')"),
	$cannot_read, 'a refresh does not repeat it');
on_remote('CREATE TABLE kept.added (id int); CREATE TABLE kept.added_open (id int);'
	  . ' GRANT SELECT ON kept.added_open TO app; ALTER TABLE kept."Shut" ADD more int');
said_once(messages_of($local, "SELECT * FROM datalink_refresh('kept')"),
	$cannot_read, qr/DETAIL:  It has no SELECT on Shut, added, bare, view, write_only\.$/m, 'refresh, where it adds one');
on_remote('CREATE TABLE kept.chosen (id int)');
said_once(messages_of($local, "SELECT name FROM datalink_alter('kept', except_tables => '{added}')"),
	$cannot_read, qr/DETAIL:  It has no SELECT on Shut, bare, chosen, view, write_only\.$/m, 'alter, too');

on_remote('CREATE SCHEMA many; GRANT USAGE ON SCHEMA many TO app');
on_remote(join ';', map { sprintf 'CREATE TABLE many.%s_%03d ()', 'n' x 58, $_ } 1 .. 130);
said_once(messages_of($local, link_sql($remote, 'many', "remote_schema => 'many'")),
	$cannot_read, qr/n_100, and 30 more\.$/m, 'many tables');

# --- columns that no foreign table can have ---

on_remote(<<'END');
CREATE VIEW public.places AS SELECT 1 AS ctid, 2 AS place, 3 AS xmin;
GRANT SELECT ON public.places TO app;
END
said_once(messages_of($local, "SELECT * FROM datalink_refresh('sales')"),
	$left_out, qr/DETAIL:  places\.ctid, places\.xmin$/m, 'a refresh that adds such a table');
is(run_sql($local, "SELECT count(*) FROM datalink_diff('sales')"), 0, 'they are no drift');
unlike(messages_of($local, "SELECT * FROM datalink_refresh('sales')"), $left_out, 'it is said once');

# --- a schema ---

on_remote('CREATE SCHEMA "Odd ""One"; GRANT USAGE ON SCHEMA "Odd ""One" TO app;'
	  . ' CREATE TABLE "Odd ""One".t (id int); GRANT SELECT ON "Odd ""One".t TO app');
my $odd = "remote_schema => 'Odd \"One'";
run_sql($local, link_sql($remote, 'odd', $odd));
is(run_sql($local, "SELECT * FROM datalink_diff('odd')"), '', 'a schema that can be used');
on_remote('REVOKE USAGE ON SCHEMA "Odd ""One" FROM app');

my $row = "odd|schema not usable|queries fail until the remote runs: GRANT USAGE ON SCHEMA"
  . qq{ "Odd ""One" TO "app";|{"the privileges of the remote's role"}};
is(run_sql($local, "SELECT * FROM datalink_diff('odd')"), $row, 'a right that was lost shows in diff');
is(run_sql($local, "SELECT * FROM datalink_refresh('odd')"), $row, 'and in a refresh, which cannot help');
on_remote('CREATE TABLE "Odd ""One".u (id int); GRANT SELECT ON "Odd ""One".u TO app');
is( run_sql($local, "SELECT object, change, blocked_by FROM datalink_refresh('odd') OFFSET 1"),
	'odd.u|table added|{}', 'which goes on with the rest');
said_once(messages_of($local, "SELECT name FROM datalink_set_remote('odd', '" . url($remote) . "')"),
	qr/the new remote differs/,
	qr/DETAIL:  odd: schema not usable\nHINT:  datalink_diff\(\) shows what to do on the remote/,
	'a remote that was set');
said_once(messages_of($local, link_sql($remote, 'odd_too', $odd)),
	$no_usage, qr/HINT:  Run there: GRANT USAGE ON SCHEMA "Odd ""One" TO "app";/, 'create');
is(link_of($local, 'odd_too')->{tables}, 2, 'which links all the same');
fails($local, 'SELECT * FROM odd_too.t', '42501', undef, 'a query says it, too');

my ($grant) = run_sql($local, "SELECT detail FROM datalink_diff('odd')") =~ /(GRANT .*;)/;
on_remote($grant);
is(run_sql($local, "SELECT * FROM datalink_diff('odd')"), '', 'the statement mends it');
is(run_sql($local, 'SELECT count(*) FROM odd_too.t'), 0, 'for every link');

# An empty schema without rights has the row, too.
on_remote('CREATE SCHEMA nothing');
my $messages = messages_of($local, link_sql($remote, 'nothing', "remote_schema => 'nothing'"));
said_once($messages, $no_usage, qr/has no tables to link/, 'an empty schema');
is(run_sql($local, "SELECT change FROM datalink_diff('nothing')"), 'schema not usable', 'and its row');

# --- types that a refresh makes ---

run_sql($local, link_sql($remote, 'typed', "create_types => true, only_tables => '{customer}'"));
on_remote(<<'END');
CREATE SCHEMA kinds;
CREATE TYPE kinds.mood AS ENUM ('sad', 'happy');
CREATE TYPE kinds."Pair" AS (a int, m kinds.mood);
ALTER TABLE public.customer ADD pair kinds."Pair";
END
is( run_sql($local, "SELECT object, change, detail, blocked_by FROM datalink_refresh('typed')"),
	join("\n", 'kinds.mood|type added|as the remote defines it|{}',
		'kinds."Pair"|type added|as the remote defines it|{}',
		'typed.customer.pair|column added|kinds."Pair"|{}'),
	'a refresh reports the types that it makes, in order');
is(run_sql($local, "SELECT * FROM datalink_refresh('typed')"), '', 'once');

done_testing();
