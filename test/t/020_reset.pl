# What a reset of the local database does to its links, and what is no reset.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob mallory dba);
$local->safe_psql('postgres', 'CREATE DATABASE template_links');
$local->safe_psql('template_links', <<'END');
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob, mallory, dba;
CREATE TABLE public.app_table (id int);
END

my $databases = 0;

# A new database with the extension and a table in public; dba owns it.
sub new_database
{
	my $name = 'db' . ++$databases;
	$local->safe_psql('postgres',
		"CREATE DATABASE $name TEMPLATE template_links OWNER dba; "
		  . "GRANT CREATE ON DATABASE $name TO alice, bob, mallory");
	return (dbname => $name);
}

# One with a link of each: the superuser (sums), alice (hers), bob (his).
sub new_database_with_links
{
	my %db = new_database();
	make_link('sums', %db);
	make_link('hers', %db, role => 'alice');
	make_link('his', %db, role => 'bob');
	return %db;
}

sub make_link
{
	my ($name, %db) = @_;
	run_sql($local, link_sql($remote, $name), %db);
}

# "hers=invalid his=valid": every link and its state.
sub states
{
	my (%db) = @_;
	return join ' ', map { "$_->{name}=$_->{state}" } links($local, dbname => $db{dbname});
}

sub count_in
{
	my ($catalog, %db) = @_;
	return run_sql($local, "SELECT count(*) FROM $catalog", dbname => $db{dbname});
}

my $all_valid = 'hers=valid his=valid sums=valid';
my $all_invalid = 'hers=invalid his=invalid sums=invalid';

# --- the reset itself ---

my %db = new_database_with_links();
is(states(%db), $all_valid, 'three links to begin with');
run_sql($local, <<'END', %db);
CREATE VIEW public.uses_link AS SELECT * FROM sums.customer;
CREATE SCHEMA reports;
CREATE VIEW reports.outside AS SELECT * FROM hers.customer;
GRANT SELECT ON sums.customer TO bob;
END
my $messages = messages_of($local, 'DROP SCHEMA public CASCADE', %db);
is(states(%db), $all_invalid, 'DROP SCHEMA public CASCADE by a superuser: every link');
my @warnings = $messages =~ /WARNING:  (.*)/g;
is(scalar @warnings, 1, 'one warning') or diag $messages;
like($warnings[0], qr/3 data links are invalid: hers, his, sums/, 'which counts and names them');
like($messages, qr/DETAIL:  .*reports\.outside/, 'and what went along outside their schemas');
is(count_in($_, %db), 0, "nothing left in $_")
  for qw(pg_foreign_server pg_user_mappings pg_foreign_table);
is( run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname IN ('hers','his','sums')", %db),
	0, 'nor of the schemas');
my $sums = link_of($local, 'sums', %db);
is($sums->{reason}, 'the database was reset: schema "public" was dropped', 'the list says why');
like($sums->{invalidated_at}, qr/^\d{4}-\d\d-\d\d /, 'and since when');
is($sums->{remote}, 'postgres://127.0.0.1:' . $remote->port . '/orders', 'and what it was');
is($sums->{owner}, 'postgres', 'whose it was') if getpwuid($>) eq 'postgres';
is( run_sql($local, "SELECT grants FROM datalinks.invalid_link WHERE name = 'sums'", %db) =~
	  /"role" *: *"bob"/ ? 1 : 0, 1, 'its grants are remembered');

run_sql($local, 'CREATE SCHEMA public', %db);
make_link('hers', %db, role => 'alice');
make_link('sums', %db);
is(states(%db), 'hers=valid his=invalid sums=valid', 'made again, they are valid');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', %db, role => 'alice'), 2, 'and work');
is(count_in('datalinks.invalid_link', %db), 1, 'what was made again is no longer remembered');
run_sql($local, "SELECT datalink_drop('his')", %db, role => 'bob');
is(states(%db), 'hers=valid sums=valid', 'an invalid link can be dropped');

%db = new_database_with_links();
run_sql($local, 'DROP SCHEMA public CASCADE', %db, role => 'dba');
is(states(%db), $all_invalid, "by the database's owner: every link");

%db = new_database_with_links();
run_sql($local, 'ALTER SCHEMA public OWNER TO alice; ALTER TABLE public.app_table OWNER TO alice',
	%db);
run_sql($local, 'DROP SCHEMA public CASCADE', %db, role => 'alice');
is(states(%db), 'hers=invalid his=valid sums=valid', 'by another role: its own links alone');

# --- what is no reset ---

%db = new_database_with_links();
run_sql($local, 'DROP TABLE public.app_table; CREATE EXTENSION pg_stat_statements', %db);
run_sql($local, 'DROP SCHEMA public CASCADE', %db);
is(states(%db), $all_valid, "a public that holds only an extension's views is no reset");
run_sql($local, 'CREATE SCHEMA public; DROP SCHEMA public', %db);
is(states(%db), $all_valid, 'nor is an empty one');

%db = new_database_with_links();
run_sql($local, 'BEGIN; DROP SCHEMA public CASCADE; ROLLBACK', %db);
is(states(%db), $all_valid, 'a transaction that rolls back leaves the links valid');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', %db, role => 'alice'), 2, 'and usable');
run_sql($local,
	'BEGIN; SAVEPOINT s; DROP SCHEMA public CASCADE; ROLLBACK TO s; DROP TABLE public.app_table; COMMIT',
	%db);
is(states(%db), $all_valid, 'so does one that rolls back to a savepoint');

%db = new_database_with_links();
fails($local, 'DROP SCHEMA public', '2BP01', undef, 'without CASCADE it is refused', %db);
is(states(%db), $all_valid, 'and nothing has happened');
run_sql($local, 'ALTER SCHEMA public RENAME TO saved; CREATE SCHEMA public', %db);
run_sql($local, 'DROP SCHEMA IF EXISTS nowhere, public CASCADE', %db);
is(states(%db), $all_valid, 'nor is it a reset to drop a new, empty one');
run_sql($local, 'DROP TABLE saved.app_table; DROP TABLE IF EXISTS saved.nothing', %db);
is(states(%db), $all_valid, 'nor to drop all tables');

# --- settings ---

%db = new_database_with_links();
run_sql($local, 'SET session_replication_role = replica; DROP SCHEMA public CASCADE', %db);
is(states(%db), $all_invalid, 'session_replication_role = replica makes no difference');

%db = new_database_with_links();
run_sql($local, 'CREATE SCHEMA app; CREATE TABLE app.t (); CREATE SCHEMA "My App"; '
	  . 'CREATE TABLE "My App".t (); CREATE SCHEMA other; CREATE TABLE other.t ()', %db);
run_sql($local,
	q{SET datalinks.reset_schemas = 'app, "My App"'; DROP SCHEMA other, public CASCADE}, %db);
is(states(%db), $all_valid, 'schemas that are not in datalinks.reset_schemas do not matter');
run_sql($local,
	q{SET datalinks.reset_schemas = 'app, "My App"'; DROP SCHEMA "My App" CASCADE}, %db);
is(states(%db), $all_invalid, 'those that are, do');
is(link_of($local, 'his', %db)->{reason}, 'the database was reset: schema "My App" was dropped',
	'and are named');
my $loaded = 'SELECT FROM datalink_list()';
fails($local, "$loaded; SET datalinks.reset_schemas = ''", '42501', qr/permission denied to set/,
	'a plain role cannot set it', %db, role => 'alice');
fails($local, "$loaded; SET datalinks.reset_schemas = 'a b'", '22023', undef,
	'what is no list of names is refused', %db);

# Until the library is loaded, anybody may set what will become a setting: it must not count.
%db = new_database_with_links();
run_sql($local, 'ALTER TABLE public.app_table OWNER TO dba', %db);
run_sql($local, q{SET datalinks.reset_schemas = ''; DROP SCHEMA public CASCADE}, %db, role => 'dba');
is(states(%db), $all_invalid, 'nor before the library is loaded');

%db = new_database_with_links();
run_sql($local, q{SET datalinks.reset_schemas = ''; DROP SCHEMA public CASCADE}, %db);
is(states(%db), $all_valid, 'an empty list turns the reset off');

# --- a function, a multi-statement string, an extension: the command may come from anywhere ---

%db = new_database_with_links();
run_sql($local, q{DO $$ BEGIN EXECUTE 'DROP SCHEMA public CASCADE'; END $$}, %db);
is(states(%db), $all_invalid, 'a reset from PL/pgSQL');

%db = new_database_with_links();
run_sql($local, 'CREATE SCHEMA aside; CREATE TABLE aside.t (); DROP SCHEMA aside, public CASCADE',
	%db);
is(states(%db), $all_invalid, 'public dropped among others');

%db = new_database_with_links();
run_sql($local, 'ALTER SCHEMA public OWNER TO mallory', %db);
run_sql($local, 'DROP OWNED BY mallory CASCADE', %db);
is(states(%db), $all_invalid, "public dropped with all of its owner's, by a superuser");

# Twice within one transaction: the links made in between are reset, too.
%db = new_database();
run_sql($local, join('; ', 'BEGIN', link_sql($remote, 'a'), 'DROP SCHEMA public CASCADE',
	'CREATE SCHEMA public', 'CREATE TABLE public.t ()', link_sql($remote, 'a'),
	link_sql($remote, 'b'), 'DROP SCHEMA public CASCADE', 'COMMIT'), %db);
is(states(%db), 'a=invalid b=invalid', 'two resets in one transaction');

done_testing();
