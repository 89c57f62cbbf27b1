# Anybody who may use the wrapper can make a server that claims any schema as its link. It must be
# of no use against others, nor may a schema "public" of one's own.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice mallory);
$local->safe_psql('postgres', 'CREATE DATABASE template_links');
$local->safe_psql('template_links', <<'END');
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, mallory;
CREATE TABLE public.app_table (id int);
CREATE SCHEMA payroll;
CREATE TABLE payroll.salary (id int);
END

my $databases = 0;

# A new database with a link of alice's and one of the superuser's.
sub new_database
{
	my $name = 'db' . ++$databases;
	my %db = (dbname => $name);
	$local->safe_psql('postgres',
		"CREATE DATABASE $name TEMPLATE template_links; "
		  . "GRANT CREATE ON DATABASE $name TO alice, mallory");
	run_sql($local, link_sql($remote, 'hers'), %db, role => 'alice');
	run_sql($local, link_sql($remote, 'sums'), %db);
	return %db;
}

# A server of mallory's that says it is the link of that name, with a mapping that works.
sub forge
{
	my ($name, %db) = @_;
	my ($port, $password) = ($remote->port, password_of('app'));
	run_sql($local, <<"END", %db, role => 'mallory');
CREATE SERVER forged_$name FOREIGN DATA WRAPPER datalinks
	OPTIONS (host '127.0.0.1', port '$port', dbname 'orders', link '$name',
		remote_schema 'public', created_at '2020-01-01T00:00:00Z');
CREATE USER MAPPING FOR CURRENT_USER SERVER forged_$name OPTIONS (user 'app', password '$password');
END
}

# "hers:alice:valid", for every row of the list.
sub listed
{
	my (%db) = @_;
	return join ' ', sort map { "$_->{name}:$_->{owner}:$_->{state}" }
	  links($local, dbname => $db{dbname});
}

my $superuser = run_sql($local, 'SELECT current_user');

sub both_stand
{
	my ($name, %db) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $list = listed(%db);
	ok($list =~ /hers:alice:valid/ && $list =~ /sums:$superuser:valid/, $name) or diag $list;
	is( run_sql($local, 'SELECT (SELECT count(*) FROM sums.customer)', %db)
		  . run_sql($local, 'SELECT count(*) FROM hers.customer', %db, role => 'alice'),
		22, "$name: both work");
}

# --- another's link ---

my %db = new_database();
forge($_, %db) for qw(hers sums);
both_stand('forged links beside the real ones', %db);
unlike(listed(%db), qr/mallory:valid/, 'a server that claims a schema of others is no valid link');
for my $name (qw(hers sums))
{
	fails($local, "SELECT datalink_drop('$name')", '42501', qr/must be owner of data link "$name"/,
		"datalink_drop('$name') by the forger", %db, role => 'mallory');
	fails($local, link_sql($remote, $name), '42710', qr/"$name" already exists/,
		"datalink_create('$name') by the forger", %db, role => 'mallory');
	is(link_of($local, $name, %db)->{name}, $name, "$name is listed");
}
run_sql($local, 'DROP SERVER forged_hers CASCADE', %db, role => 'mallory');
both_stand("the forger's server dropped", %db);
is(run_sql($local, 'SELECT count(*) FROM datalinks.invalid_link', %db), 0, 'nothing is noted');
run_sql($local, 'DROP OWNED BY mallory', %db, role => 'mallory');
both_stand("all of the forger's dropped", %db);
run_sql($local,
	"GRANT CREATE ON DATABASE $db{dbname} TO mallory; "
	  . 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO mallory', %db);
forge('hers', %db);
run_sql($local, "SELECT datalink_drop('hers')", %db, role => 'alice');
is( run_sql($local, q{SELECT to_regnamespace('hers'), count(*) FROM pg_foreign_server
	WHERE srvname = 'forged_hers'}, %db), '|1', 'datalink_drop by the owner takes the real one');

# --- a schema that is no link ---

%db = new_database();
forge('payroll', %db);
is(link_of($local, 'payroll', %db)->{state}, 'invalid', 'a schema of others makes no valid link');
for my $function (qw(datalink_diff datalink_refresh))
{
	fails($local, "SELECT * FROM $function('payroll')", '55000', qr/"payroll" is invalid/,
		"$function of it is refused", %db);
	fails($local, "SELECT * FROM $function('hers')", '42501', undef,
		"$function of another's link is refused", %db, role => 'mallory');
}
run_sql($local, "SELECT datalink_drop('payroll')", %db, role => 'mallory');
is(run_sql($local, 'SELECT count(*) FROM payroll.salary', %db), 0, 'the forger drops only its server');
forge('payroll', %db);
run_sql($local, "SELECT datalink_drop('payroll')", %db);
is(run_sql($local, 'SELECT count(*) FROM payroll.salary', %db), 0, 'so does a superuser');
forge('payroll', %db);
run_sql($local, 'DROP SCHEMA public CASCADE', %db);
is(run_sql($local, 'SELECT count(*) FROM payroll.salary', %db), 0, 'and so does a reset');
is(run_sql($local, 'SELECT srvname FROM pg_foreign_server', %db), 'forged_payroll',
	'which takes the servers of links, and leaves what only claims to be one');

%db = new_database();
forge('payroll', %db);
run_sql($local, "SELECT datalink_drop('payroll')", %db, role => 'mallory');
forge('payroll', %db);
run_sql($local, 'DROP SERVER forged_payroll CASCADE', %db, role => 'mallory');
is(run_sql($local, 'SELECT count(*) FROM datalinks.invalid_link', %db), 0,
	'a forged link is not remembered');
fails($local, "SELECT datalink_drop('payroll')", '42704', qr/"payroll" does not exist/,
	'there is nothing to drop', %db);
is(run_sql($local, 'SELECT count(*) FROM payroll.salary', %db), 0, 'least of all the schema');

# --- another's invalid link ---

%db = new_database();
run_sql($local, 'DROP SCHEMA hers CASCADE', %db, role => 'alice');
is(link_of($local, 'hers', %db)->{state}, 'invalid', 'an invalid link');
fails($local, link_sql($remote, 'hers'), '42501', qr/must be owner of data link "hers"/,
	'its name cannot be taken by another role', %db, role => 'mallory');
fails($local, "SELECT datalink_drop('hers')", '42501', qr/must be owner of data link "hers"/,
	'nor can it be dropped', %db, role => 'mallory');
forge('hers', %db);
like(listed(%db), qr/hers:alice:invalid/, 'nor hidden from the list by a forged one');
my $remembered = q{SELECT owner, reason FROM datalinks.invalid_link WHERE name = 'hers'};
error_of($local, "SELECT datalink_drop('hers')", %db, role => 'mallory');
is(run_sql($local, $remembered, %db), 'alice|its schema was dropped', 'nor dropped that way');
error_of($local, 'DROP SERVER forged_hers CASCADE', %db, role => 'mallory');
is(run_sql($local, $remembered, %db), 'alice|its schema was dropped', "nor written over that way");
forge('hers', %db) unless run_sql($local,
	"SELECT count(*) FROM pg_foreign_server WHERE srvname = 'forged_hers'", %db);
fails($local, link_sql($remote, 'hers'), '42501', qr/must be owner of data link "hers"/,
	'nor taken over', %db, role => 'mallory');
is(run_sql($local, $remembered, %db), 'alice|its schema was dropped', 'it is remembered as it was');
my $set_remote = "SELECT name FROM datalink_set_remote('hers', '${\ url($remote)}')";
fails($local, $set_remote, '42501', qr/must be owner of data link "hers"/,
	'nor rebuilt by datalink_set_remote', %db, role => 'mallory');
run_sql($local, $set_remote, %db, role => 'alice');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', %db, role => 'alice'), 2,
	'which rebuilds it for its owner beside the forged one');
run_sql($local, 'DROP SCHEMA hers CASCADE', %db, role => 'alice');
run_sql($local, link_sql($remote, 'hers'), %db, role => 'alice');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', %db, role => 'alice'), 2,
	'and its owner can make it again beside the forged one');
like(listed(%db), qr/hers:alice:valid/, 'which the list says');

# --- a forged link must not keep the real one from being made invalid ---

%db = new_database();
forge($_, %db) for qw(hers sums);
run_sql($local, 'DROP SCHEMA hers CASCADE', %db, role => 'alice');
like(listed(%db), qr/hers:alice:invalid/, 'its schema dropped, the real link is invalid');
is(run_sql($local, q{SELECT count(*) FROM pg_user_mappings WHERE usename = 'alice'}, %db), 0,
	'and its password gone');
run_sql($local, 'DROP SCHEMA public CASCADE', %db);
is(run_sql($local, q{SELECT count(*) FROM pg_user_mappings WHERE usename <> 'mallory'}, %db), 0,
	'a reset takes the passwords of all links');
is( run_sql($local, 'SELECT name, owner FROM datalinks.invalid_link ORDER BY name', %db),
	"hers|alice\nsums|$superuser", 'and remembers the real ones');

# --- a schema and a server natively made under the name of an invalid link ---

%db = new_database();
run_sql($local, 'DROP SCHEMA hers CASCADE', %db, role => 'alice');
run_sql($local, 'CREATE SCHEMA hers', %db, role => 'mallory');
forge('hers', %db);
run_sql($local, 'DROP SCHEMA hers CASCADE', %db, role => 'mallory');
is(run_sql($local, $remembered, %db), 'alice|its schema was dropped',
	'their drop does not write over what is remembered');
run_sql($local, 'CREATE SCHEMA hers', %db, role => 'mallory');
forge('hers', %db);
run_sql($local, "SELECT datalink_drop('hers')", %db, role => 'mallory');
is(run_sql($local, $remembered, %db), 'alice|its schema was dropped', 'nor does datalink_drop');
run_sql($local, link_sql($remote, 'hers'), %db, role => 'alice');
like(listed(%db), qr/^hers:alice:valid sums/, 'the owner makes the link again');

# --- new names ---

%db = new_database();
run_sql($local, 'CREATE SCHEMA mine', %db, role => 'mallory');
forge($_, %db) for qw(hers sums);
run_sql($local, 'ALTER SCHEMA hers RENAME TO hers2', %db, role => 'alice');
is(run_sql($local, q{SELECT srvoptions @> '{link=hers}' FROM pg_foreign_server
	WHERE srvname = 'forged_hers'}, %db), 't', "a renamed schema takes no other's server along");
run_sql($local, 'ALTER SCHEMA hers2 RENAME TO hers', %db, role => 'alice');
both_stand('renamed and back', %db);
run_sql($local, 'DROP SERVER forged_hers CASCADE; DROP SERVER forged_sums CASCADE', %db);
run_sql($local, 'ALTER SCHEMA mine RENAME TO yours; ALTER SCHEMA yours RENAME TO mine', %db,
	role => 'mallory');
both_stand('schemas of no link renamed', %db);

# --- a public of one's own, a schema of one's own ---

%db = new_database();
run_sql($local, 'ALTER SCHEMA public RENAME TO saved', %db);
run_sql($local, link_sql($remote, 'theirs'), %db, role => 'mallory');
run_sql($local, 'CREATE SCHEMA public; CREATE TABLE public.t (); DROP SCHEMA public CASCADE', %db,
	role => 'mallory');
both_stand('a public of their own, made and dropped by a plain role', %db);
is(link_of($local, 'theirs', %db)->{state}, 'invalid', "makes that role's own link invalid");
run_sql($local, 'CREATE SCHEMA own; CREATE TABLE own.t (); DROP SCHEMA own CASCADE', %db,
	role => 'mallory');
both_stand('any other schema of their own', %db);
is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server', %db), 2, 'with their servers');

# --- the functions of the triggers ---

run_sql($local, 'CREATE SCHEMA own', %db, role => 'mallory');
fails($local, 'SELECT datalinks.follow_drop()', '39P03', undef, 'no trigger function can be called',
	%db, role => 'mallory');
fails($local, 'CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION datalinks.follow_drop()',
	'42501', undef, 'nor attached by a plain role', %db, role => 'mallory');
fails($local, $_, '42501', undef, "not by a plain role: $_", %db, role => 'mallory')
  for 'ALTER EVENT TRIGGER datalinks_note_links DISABLE', 'DROP SCHEMA datalinks CASCADE',
  'ALTER SERVER sums RENAME TO x', "ALTER SERVER sums OPTIONS (SET link 'mine')",
  'DROP SERVER sums CASCADE', 'CREATE USER MAPPING FOR CURRENT_USER SERVER sums',
  'CREATE FOREIGN TABLE own.t (id int) SERVER sums';

done_testing();
