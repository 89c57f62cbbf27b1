# Servers and links that a role makes to harm others: options that cannot be read, more of them than
# a reset could look at one by one, more privileges than can be remembered, locks that are held.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes('max_connections = 100');
make_role($local, $_) for qw(alice mallory);
$local->safe_psql('postgres', 'CREATE DATABASE template_links');
$local->safe_psql('template_links', <<'END');
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, mallory;
CREATE TABLE public.app_table (id int);
END

my $databases = 0;

# A new database with the superuser's link sums.
sub new_database
{
	my $name = 'db' . ++$databases;
	$local->safe_psql('postgres',
		"CREATE DATABASE $name TEMPLATE template_links; "
		  . "GRANT CREATE ON DATABASE $name TO alice, mallory");
	run_sql($local, link_sql($remote, 'sums'), dbname => $name);
	return (dbname => $name);
}

sub states
{
	my (%db) = @_;
	return join ' ', map { "$_->{name}=$_->{state}" } links($local, %db);
}

my $reset = 'DROP SCHEMA public CASCADE';
my $superuser = run_sql($local, 'SELECT current_user');

# The reset makes sums invalid, takes its password and its server, and fails for nobody.
sub reset_is_done
{
	my ($name, %db) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $messages = messages_of($local, "SET lock_timeout = 0; $reset", %db);
	unlike($messages, qr/ERROR/, "$name: the reset goes through");
	is(link_of($local, 'sums', %db)->{state}, 'invalid', "$name: the link is invalid");
	is( run_sql($local, "SELECT count(*) FROM pg_user_mappings WHERE usename = '$superuser'", %db),
		0, "$name: its password is gone");
	return $messages;
}

# --- options that are no list ---

my $server = "CREATE SERVER evil FOREIGN DATA WRAPPER datalinks OPTIONS (host 'h', link 'evil', "
  . "remote_schema 'public'";
my %db = new_database();
for my $keyword (qw(only_tables except_tables types_made))
{
	for my $list ('{NULL}', '{a,null}', '{{a}}', 'a', '{a', '[1:1]={a}')
	{
		fails($local, "SET array_nulls = off; $server, $keyword '$list')", '22023',
			qr/invalid value for option "$keyword"/, "$keyword '$list' is refused", %db,
			role => 'mallory');
	}
}
run_sql($local, "SET array_nulls = off; $server, only_tables '{\"NULL\"}')", %db,
	role => 'mallory');
is(states(%db), 'evil=invalid sums=valid', 'a table of the name NULL is not');
fails($local, q{SET array_nulls = off; ALTER SERVER evil OPTIONS (SET only_tables '{NULL}')},
	'22023', undef, 'nor can it be altered so', %db, role => 'mallory');
fails($local,
	q<DO $$ BEGIN EXECUTE format('ALTER SERVER evil OPTIONS (SET only_tables %L)',
		'{' || repeat('a,', 2200000) || 'a}'); END $$>,
	'22023', qr/options are too long/, 'nor to a list of megabytes', %db, role => 'mallory');

# --- servers that were stored so all the same ---

my @unreadable = (
	q<ARRAY['link=evil', 'remote_schema=public', 'only_tables={NULL}']>,
	q<ARRAY['link=evil', 'remote_schema']>,
	q<ARRAY['link=evil', NULL]>,
	q<ARRAY[['link=evil', 'only_tables=a'], ['updatable=x', 'types_made={']]>,
	q<ARRAY['link=' || repeat('x', 100)]>,
	q{ARRAY['link=evil', 'only_tables={' || repeat('a', 5000000) || '}']});
for my $options (@unreadable)
{
	%db = new_database();
	run_sql($local, "$server)", %db, role => 'mallory');
	run_sql($local, "UPDATE pg_foreign_server SET srvoptions = $options WHERE srvname = 'evil'", %db);
	my $text = substr $options, 0, 60;
	like(states(%db), qr/\bsums=valid\b/, "$text: the list shows the others");
	like(run_sql($local, q{SELECT name, status FROM datalink_check() WHERE name = 'sums'}, %db),
		qr/sums\|ok/, "$text: the check checks the others");
	run_sql($local, q{CREATE SERVER other FOREIGN DATA WRAPPER datalinks; DROP SERVER other;
		CREATE SCHEMA plain; DROP SCHEMA plain}, %db);
	reset_is_done($text, %db);
	# PostgreSQL itself cannot drop the one with a NULL.
	next if $options =~ /, NULL\]/;
	is(run_sql($local, q{DROP EXTENSION datalinks CASCADE; SELECT count(*) FROM pg_foreign_server},
			%db), 0, "$text: the extension can be dropped");
}

# --- a thousand claims, a hundred links ---

my ($port, $password) = ($remote->port, password_of('app'));

# Servers of mallory's, with mappings; each with a schema and a table of its own where `real`.
sub make_servers
{
	my ($count, $real, %db) = @_;
	my $schema = $real
	  ? q{EXECUTE format('CREATE SCHEMA %I', name);
		EXECUTE format('CREATE FOREIGN TABLE %I.t (id int) SERVER %I', name, name);}
	  : '';
	my $prefix = $real ? 'a_link' : 'claim';
	run_sql($local, <<"END", %db, role => 'mallory');
DO \$\$
DECLARE name text;
BEGIN
	FOR i IN 1..$count LOOP
		name := '$prefix' || i;
		EXECUTE format('CREATE SERVER %I FOREIGN DATA WRAPPER datalinks OPTIONS (host ''127.0.0.1'','
			' port ''$port'', dbname ''orders'', link %L, remote_schema ''public'')',
			name, CASE WHEN $real = 1 THEN name ELSE 'sums' END);
		EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER %I OPTIONS (user ''app'','
			' password ''$password'')', name);
		$schema
	END LOOP;
END \$\$;
END
	return;
}

# What a reset costs: tuples that it reads in these catalogs, and locks that it holds at its end.
my @catalogs = qw(pg_foreign_server pg_user_mapping pg_foreign_table pg_namespace);

sub cost_of_reset
{
	my (%db) = @_;
	my $tuples = join ', ',
	  map { "pg_stat_get_xact_tuples_returned('$_'::regclass) AS $_" } @catalogs;
	my $out = run_sql($local, <<"END", %db);
BEGIN;
SET client_min_messages = error;
SELECT count(*) FROM datalink_list();
CREATE TEMP TABLE before ON COMMIT DROP AS SELECT $tuples;
$reset;
SELECT ${\ join(', ', map { "pg_stat_get_xact_tuples_returned('$_'::regclass) - $_" } @catalogs)},
	(SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()) FROM before;
ROLLBACK;
END
	my (undef, $last) = split /\n/, $out;
	my %cost;
	@cost{ @catalogs, 'locks' } = split /\|/, $last;
	return %cost;
}

%db = new_database();
my %alone = cost_of_reset(%db);
make_servers(1000, 0, %db);
my %beside = cost_of_reset(%db);
is($beside{locks}, $alone{locks}, 'a thousand claims take no lock of a reset');
cmp_ok($beside{pg_foreign_server}, '<=', 10 * 1001, 'their servers are read a few times');
cmp_ok($beside{pg_user_mapping}, '<=', 10 * 1001, 'and so are their mappings');
reset_is_done('beside a thousand claims', %db);
is(run_sql($local, 'SELECT count(*) FROM pg_user_mappings', %db), 1000, 'which it leaves alone');
is(run_sql($local, 'SELECT name FROM datalinks.invalid_link', %db), 'sums', 'and does not remember');

%db = new_database();
make_servers(50, 1, %db);
my %fewer = cost_of_reset(%db);
%db = new_database();
make_servers(200, 1, %db);
my %more = cost_of_reset(%db);
for my $catalog (@catalogs)
{
	cmp_ok($more{$catalog}, '<', 6 * $fewer{$catalog} + 500,
		"four times the links are some four times the work in $catalog");
}
my $size = run_sql($local, q{SELECT current_setting('max_locks_per_transaction')::int
	* current_setting('max_connections')::int}, %db);
cmp_ok($more{locks}, '<', $size, 'no reset fills the lock table');
my $messages = reset_is_done('beside 200 links of another role', %db);
like($messages, qr/WARNING:  \w{5}: 201 data links are invalid: .*\bsums, and 101 more/,
	"all of them are invalid, and the superuser's is among those that are named");
is(run_sql($local, 'SELECT count(*) FROM pg_user_mappings', %db), 0, 'and without a password');
is(run_sql($local, q{SELECT to_regnamespace('sums')}, %db), '',
	"the superuser's is cleared away before those of somebody with many");

# --- more privileges than can be remembered ---

%db = new_database();
run_sql($local, 'GRANT SELECT ON sums.customer TO alice', %db);
make_servers(1, 1, %db);
run_sql($local, <<'END', %db, role => 'mallory');
DO $$
DECLARE columns text := (SELECT string_agg('c' || i, ', ') FROM generate_series(1, 1590) i);
BEGIN
	FOR i IN 1..13 LOOP
		EXECUTE format('CREATE FOREIGN TABLE a_link1.wide%s (%s int) SERVER a_link1', i,
			replace(columns, ',', ' int,'));
		EXECUTE format('GRANT SELECT (%s) ON a_link1.wide%s TO alice', columns, i);
	END LOOP;
END $$;
END
$messages = reset_is_done('beside 20,000 column privileges', %db);
like($messages, qr/^(?:DETAIL:  )?Privileges could not be remembered of: a_link1\.$/m, 'which the warning names');
is(states(%db), 'a_link1=invalid sums=invalid', 'that link is invalid, too');
is( run_sql($local, q{SELECT name, jsonb_array_length(grants) FROM datalinks.invalid_link
	ORDER BY name}, %db), "a_link1|0\nsums|1", "others' privileges are remembered");

# --- somebody else's claim to the name of a link that was reset ---

%db = new_database();
run_sql($local, link_sql($remote, 'hers'), %db, role => 'alice');
run_sql($local, $reset, %db);
run_sql($local, q{CREATE SERVER squat FOREIGN DATA WRAPPER datalinks OPTIONS (link 'hers', remote_schema 'public')},
	%db, role => 'mallory');
fails($local, "SELECT datalink_drop('hers')", '42501', undef, "a claim to the name of another's link", %db, role => 'mallory');
run_sql($local, "SELECT datalink_drop('hers')", %db, role => 'alice');
is(run_sql($local, q{SELECT count(*) FROM datalinks.invalid_link WHERE name = 'hers'}, %db), 0,
	'does not keep its owner from having it forgotten');
is(run_sql($local, q{SELECT count(*) FROM pg_foreign_server WHERE srvname = 'squat'}, %db), 1, '... and stays what it is');

# --- locks that others hold ---

sub hold_open
{
	my ($sql, $role, %db) = @_;
	my %session = (in => "BEGIN; $sql; SELECT 'held';\n", out => '');
	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', connection($local, $role, $db{dbname}) ],
		'<', \$session{in}, '>', \$session{out}, IPC::Run::timeout(60));
	$session{run}->pump until $session{out} =~ /^held$/m;
	return \%session;
}

sub close_session
{
	my ($session) = @_;
	$session->{in} .= "ROLLBACK;\n\\q\n";
	$session->{run}->finish;
	return;
}

%db = new_database();
run_sql($local, 'GRANT USAGE ON FOREIGN SERVER sums TO alice', %db);
my $sums = 'sums';
run_sql($local, "CREATE USER MAPPING FOR CURRENT_USER SERVER $sums OPTIONS (user 'a', password 'b')",
	%db, role => 'alice');
my $session =
  hold_open("ALTER USER MAPPING FOR CURRENT_USER SERVER $sums OPTIONS (SET user 'c')", 'alice', %db);
$messages = messages_of($local, "SET lock_timeout = 0; $reset", %db);
unlike($messages, qr/ERROR/, 'a mapping that its user is changing: the reset goes through');
is( run_sql($local, "SELECT count(*) FROM pg_user_mappings WHERE usename = '$superuser'", %db), 0,
	"the owner's password is gone");
like($messages, qr/Still with another role's password: sums \(/, 'the warning tells which could not be taken');
close_session($session);

done_testing();
