# The triggers never make the user's command fail or wait, and nobody can use them against others.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

use DataLinks;

# What a server has that nobody configured; the test nodes are smaller.
my ($local, $remote) = start_nodes('max_connections = 100');
make_role($local, $_) for qw(alice mallory);
$local->safe_psql('postgres', 'CREATE DATABASE template_links');
$local->safe_psql('template_links', <<'END');
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, mallory;
CREATE TABLE public.app_table (id int);
END

my $databases = 0;

sub new_database
{
	my $name = 'db' . ++$databases;
	$local->safe_psql('postgres',
		"CREATE DATABASE $name TEMPLATE template_links; "
		  . "GRANT CREATE ON DATABASE $name TO alice, mallory");
	return (dbname => $name);
}

sub make_link
{
	my ($name, %db) = @_;
	run_sql($local, link_sql($remote, $name), %db);
}

sub states
{
	my (%db) = @_;
	return join ' ', map { "$_->{name}=$_->{state}" } links($local, dbname => $db{dbname});
}

# Another session, which has run the SQL in a transaction and does not end it until closed.
sub hold_open
{
	my ($sql, %db) = @_;
	my %session = (in => "BEGIN; $sql; SELECT 'held';\n", out => '');
	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $local->connstr($db{dbname}) ],
		'<', \$session{in}, '>', \$session{out}, IPC::Run::timeout(60));
	$session{run}->pump until $session{out} =~ /^held$/m;
	return \%session;
}

sub close_session
{
	my ($session, $end) = @_;
	$session->{in} .= "$end;\n\\q\n";
	$session->{run}->finish;
}

# Runs the SQL and returns how long it took, in seconds.
sub seconds_of
{
	my ($sql, %db) = @_;
	my $start = time;
	run_sql($local, $sql, %db);
	return time - $start;
}

my $reset = 'SET lock_timeout = 0; DROP SCHEMA public CASCADE';
my $generous = 60;

# --- an open cursor in the same session ---

my %db = new_database();
make_link('orders', %db);
my $out = run_sql($local, <<'END', %db);
BEGIN;
DECLARE c CURSOR FOR SELECT name FROM orders.customer ORDER BY id;
FETCH 1 FROM c;
DROP SCHEMA public CASCADE;
FETCH 1 FROM c;
COMMIT;
END
is($out, "Ada\nGrace", 'a reset under an open cursor on a link: the cursor reads on');
is(states(%db), 'orders=invalid', 'the link is invalid all the same');
is(run_sql($local, 'SELECT count(*) FROM pg_user_mappings', %db), 0, 'its password is gone');
is(run_sql($local, q{SELECT to_regclass('orders.customer') IS NOT NULL}, %db), 't',
	'its tables stay for the time being');
is(link_of($local, 'orders', %db)->{reason},
	'the database was reset: schema "public" was dropped', 'and the list knows why');
fails($local, 'SELECT * FROM orders.customer', '42704', qr/user mapping not found/,
	'they cannot be read any more', %db);
make_link('orders', %db);
is(states(%db), 'orders=valid', 'datalink_create clears them away later');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %db), 2, 'and the link works');
is(run_sql($local, 'SELECT count(*) FROM datalinks.invalid_link', %db), 0, 'nothing is remembered');

# --- an idle reader in another session ---

%db = new_database();
make_link('orders', %db);
make_link('other', %db);
my $reader = hold_open("SELECT count(*) FROM orders.customer", %db);
cmp_ok(seconds_of($reset, %db), '<', $generous, 'a reset does not wait for an idle reader');
is(states(%db), 'orders=invalid other=invalid', 'all links are invalid');
is(run_sql($local, 'SELECT count(*) FROM pg_user_mappings', %db), 0, 'the passwords are gone at once');
is( run_sql($local, q{SELECT to_regnamespace('orders'), to_regnamespace('other')}, %db),
	'orders|', 'what the reader holds stays, the rest is gone');
close_session($reader, 'COMMIT');
run_sql($local, "SELECT datalink_drop('orders')", %db);
is(states(%db), 'other=invalid', 'datalink_drop clears it away later');
is(run_sql($local, q{SELECT to_regnamespace('orders')}, %db), '', 'schema and all');
is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server', %db), 0, 'and its server');

# --- a session that has changed a link's schema, or the memory of invalid links, and not committed ---

%db = new_database();
make_link('orders', %db);
$reader = hold_open("ALTER FOREIGN TABLE orders.customer OPTIONS (ADD fetch_size '5')", %db);
cmp_ok(seconds_of($reset, %db), '<', $generous, 'nor for a session that alters a table of a link');
is(states(%db), 'orders=invalid', 'the link is invalid');
close_session($reader, 'ROLLBACK');

%db = new_database();
make_link('orders', %db);
$reader = hold_open("SELECT datalink_drop('orders')", %db);
cmp_ok(seconds_of($reset, %db), '<', $generous, 'nor for a datalink_drop that is not committed');
close_session($reader, 'COMMIT');
is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server', %db), 0, 'which then goes through');

# --- read-only transactions, other rights ---

%db = new_database();
make_link('orders', %db);
run_sql($local, <<'END', %db);
SET default_transaction_deferrable = on;
SET row_security = off;
SET statement_timeout = '30s';
SET search_path = '';
SET check_function_bodies = off;
DROP SCHEMA public CASCADE;
END
is(states(%db), 'orders=invalid', "the session's settings make no difference");

# --- a link of 5,000 tables ---

{
	# It takes a larger lock table to make it in one transaction, but not to live with it.
	$remote->append_conf('postgresql.conf', 'max_locks_per_transaction = 1024');
	$remote->restart;
	run_sql($remote, <<'END', dbname => 'orders');
CREATE SCHEMA many;
GRANT ALL ON SCHEMA many TO app;
SET ROLE app;
DO $$ BEGIN FOR i IN 1..5000 LOOP EXECUTE format('CREATE TABLE many.t%s (id int)', i); END LOOP;
END $$;
END
	$local->append_conf('postgresql.conf', 'max_locks_per_transaction = 512');
	$local->restart;
	%db = new_database();
	run_sql($local, link_sql($remote, 'many', q{remote_schema => 'many'}), %db);
	make_link('orders', %db);
	$local->append_conf('postgresql.conf', 'max_locks_per_transaction = 64');
	$local->restart;
	is(link_of($local, 'many', %db)->{tables}, 5000, 'a link of 5,000 tables on default settings');
	my $messages = messages_of($local, $reset, %db);
	unlike($messages, qr/ERROR|out of shared memory/, 'DROP SCHEMA public CASCADE goes through');
	is(run_sql($local, q{SELECT to_regnamespace('public')}, %db), '', 'public is gone');
	is(states(%db), 'many=invalid orders=invalid', 'the links are invalid');
	is(run_sql($local, 'SELECT count(*) FROM pg_user_mappings', %db), 0, 'the passwords are gone');
	is(run_sql($local, q{SELECT to_regnamespace('orders')}, %db), '', 'the small one was cleared');
	like($messages, qr/clears the tables of: many/, 'the warning names the one that was not');
	# Whether it fits depends on what else the server holds.
	my $error = error_of($local, "SELECT datalink_drop('many')", %db);
	like($error->{hint} // 'max_locks_per_transaction', qr/max_locks_per_transaction/,
		'where datalink_drop finds too little room, it names the setting');
	$local->append_conf('postgresql.conf', 'max_locks_per_transaction = 512');
	$local->restart;
	run_sql($local, "SELECT datalink_drop('many', if_exists => true)", %db);
	is(states(%db), 'orders=invalid', 'and with it, clears everything away');
}

done_testing();
