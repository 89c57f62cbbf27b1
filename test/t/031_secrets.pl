# The password stands in pg_user_mapping and nowhere else.
#
# What the server itself writes is not ours to hide and is left out here: statements that clients
# send, under log_statement and log_min_duration_statement; those that fail before any function of
# ours is called (a syntax error, a wrong number of arguments); the text of DO blocks in
# pg_stat_statements, which normalizes the constants of no utility command.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

use DataLinks;
use EchoServer;

my ($local, $remote) = start_nodes(
	'log_min_messages = debug1', 'log_error_verbosity = verbose', 'log_statement = none',
	'log_min_duration_statement = -1', "shared_preload_libraries = 'pg_stat_statements'",
	'pg_stat_statements.track = all');
my $echo = EchoServer->new;
$local->safe_psql('postgres', 'CREATE SCHEMA watch; CREATE EXTENSION pg_stat_statements SCHEMA watch');
make_role($local, $_) for qw(alice bob);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE postgres TO alice;
END

# Two passwords; no part of the marker needs quotes or percent-encoding, so it shows in any form.
my $marker = 'MkZq7Xw';
my %password = (plain => "${marker}plain", special => qq($marker %'"\\:/?#[]&=+\$é\@x));
my %encoded = map { $_ => $password{$_} =~ s/([^\w])/sprintf '%%%02X', ord $1/ger } keys %password;
for my $role (sort keys %password)
{
	my $literal = $password{$role} =~ s/'/''/gr;
	$remote->safe_psql('orders',
		"SET standard_conforming_strings = on; CREATE ROLE $role LOGIN PASSWORD '$literal';"
		  . " GRANT SELECT ON ALL TABLES IN SCHEMA public TO $role");
}
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA moods;
CREATE TYPE moods.mood AS ENUM ('sad', 'happy');
CREATE TABLE moods.person (id int, mood moods.mood);
END

my $start = log_size($local);

# The log must be one that would tell: other functions' errors are in it, statement and all.
error_of($local, "SELECT 'tell-tale', 1/0");
like(log_of($local, $start), qr/STATEMENT:  SELECT 'tell-tale'/, 'the log tells what failed');

# What the client sees, and the log, must not hold the marker.
sub hides
{
	my ($sql, $expected, $name, %given) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $since = log_size($local);
	my $messages = messages_of($local, "SET client_min_messages = debug1;\n$sql", %given);
	my ($state) = $messages =~ /(?:ERROR|FATAL):  (\w{5}):/;
	is($state // 'no error', $expected, "$name: ends as expected") or diag $messages;
	unlike($messages, qr/$marker/, "$name: the client's messages");
	my $log = log_of($local, $since);
	unlike($log, qr/$marker/, "$name: the log");
	return $messages;
}

sub create
{
	my ($url, $more) = @_;
	$url =~ s/'/''/g;
	return "SELECT name FROM datalink_create('$url', " . ($more // "'orders'") . ');';
}

my $at = '127.0.0.1:' . $remote->port;
my %url = map { $_ => "postgres://$_:$encoded{$_}\@$at/orders" } keys %password;
my $keywords = sub { my $v = $password{plain}; "host=127.0.0.1 port=${\ $remote->port} $_[0]" };

# Every way to call, successful or not: the SQL, its SQLSTATE, what it is.
my @calls;
for my $role (sort keys %url)
{
	push @calls,
	  [ create($url{$role}), 'no error', "create ($role)" ],
	  [ create($url{$role}), '42710', "create again ($role)" ],
	  [ create($url{$role}, "'orders', if_not_exists => true"), 'no error', "if_not_exists ($role)" ],
	  [ create("$url{$role}?sslmode=prefer", "'orders', if_not_exists => true"), '42710',
		"if_not_exists, another remote ($role)" ],
	  [ create($url{$role} =~ s/\@/more\@/r, "'orders', if_not_exists => true"), '42710',
		"if_not_exists, another password ($role)" ],
	  [ "SELECT count(*) FROM orders.customer, datalink_list();", 'no error', "use ($role)" ],
	  [ "SELECT name FROM datalink_set_remote('orders', '$url{$role}');", 'no error',
		"set_remote ($role)" ],
	  [ "SELECT name FROM datalink_set_remote('orders', '${\ ($url{$role} =~ s/\@/x\@/r)}');", '08001',
		"set_remote, a wrong password ($role)" ],
	  [ "SELECT name FROM datalink_set_remote('$url{$role}', 'orders');", '42602',
		"set_remote, in the wrong order ($role)" ],
	  [ "SELECT * FROM datalink_diff('orders');", 'no error', "diff ($role)" ],
	  [ 'DROP FOREIGN TABLE orders.item;'
		  . " SELECT * FROM datalink_refresh('orders');", 'no error', "refresh ($role)" ],
	  [ "ALTER SERVER orders OPTIONS (SET port '${\ $echo->port}', SET dbname 'echo');"
		  . " SELECT * FROM datalink_refresh('orders');", 'XX000', "refresh, echoed ($role)" ],
	  [ "SELECT * FROM datalink_diff('orders');", 'XX000', "diff, echoed ($role)" ],
	  [ "SELECT datalink_drop('orders');", 'no error', "drop ($role)" ],
	  [ create($url{$role} =~ s/\@/more\@/r), '08001', "a wrong password ($role)" ],
	  [ create("$url{$role}?no_such=1"), '22023', "an unknown parameter ($role)" ],
	  [ create("$url{$role}?$marker=1"), '22023', "a secret for a parameter ($role)" ],
	  [ create($url{$role}, "'orders', 'moods'"), '42704', "missing types ($role)" ],
	  [ create($url{$role}, "'orders', 'nowhere'"), 'HV00Q', "a missing schema ($role)" ],
	  [ create($url{$role}, "'orders', only_tables => '{nothing}'"), undef, "unknown tables ($role)" ],
	  [ create($url{$role}, "'Orders'"), '42602', "a name that is none ($role)" ],
	  [ create($url{$role}, "'pg_catalog'"), '42602', "a reserved name ($role)" ],
	  [ create($url{$role}, "NULL"), '22004', "no name ($role)" ],
	  [ create($url{$role}, "'orders', only_tables => '{a}', except_tables => '{b}'"), '22023',
		"contradictory arguments ($role)" ],
	  [ create($url{$role}, "'public'"), '42P06', "an existing schema ($role)" ],
	  [ create('orders', "'$encoded{$role}'"), '42602', "arguments in the wrong order ($role)" ],
	  [ "SELECT datalink_drop('$url{$role}');", '42602', "drop, the URL for a name ($role)" ],
	  [ "DO \$\$ BEGIN PERFORM datalink_refresh('$url{$role}'); END \$\$;", '42602',
		"refresh from PL/pgSQL, the URL for a name ($role)" ],
	  [ create($url{$role} =~ s/\@127/\@no-such-host.invalid,127/r =~ s/:\d+\//:1,1\//r), undef,
		"unreachable hosts ($role)" ];
}
push @calls,
  [ create("postgres://plain:$marker%zz\@$at/orders"), '22023', 'a bad percent-encoding' ],
  [ create("postgres://plain:p\@$marker\@$at/orders"), '22023', 'an "@" in the password' ],
  [ create("postgres://plain:$marker/x\@$at/orders"), '22023', 'a "/" in the password' ],
  [ create("postgres://plain:$marker#x\@$at/orders"), undef, 'a "#" in the password' ],
  [ create("postgres://plain:$marker x\@$at/orders"), undef, 'a space in the password' ],
  [ create("postgres://plain:$marker\%00\@$at/orders"), '22023', 'a zero byte in the password' ],
  [ create("postgres://plain:$marker\%ff\@$at/orders"), '22023', 'invalid text in the password' ],
  [ create("mysql://plain:$marker\@$at/orders"), '22023', 'another scheme' ],
  [ create($marker), '22023', 'no URL at all' ],
  [ create($keywords->("user=plain password=a $marker dbname=orders")), '22023',
	'a keyword string without quotes' ],
  [ create($keywords->("user=plain password='$marker dbname=orders")), '22023',
	'a keyword string with one quote' ],
  [ create($keywords->("user=plain password='x' $marker='1' dbname=orders")), '22023',
	'a secret for a keyword' ],
  [ create($keywords->("user=plain passwd=$marker dbname=orders")), '22023', 'a misspelt keyword' ],
  [ create($keywords->("user=plain sslpassword=$marker dbname=orders password=x")), undef,
	'another secret of libpq' ],
  [ create("postgres://plain:$encoded{plain}\@127.0.0.1:${\ $echo->port}/refuse"), '08001',
	'a remote that repeats it when it refuses' ],
  [ create("postgres://special:$encoded{special}\@127.0.0.1:${\ $echo->port}/refuse"), '08001',
	'and one with special characters' ],
  [ create("postgres://plain:$encoded{plain}\@127.0.0.1:${\ $echo->port}/echo"), 'XX000',
	'a remote that repeats it in every error' ],
  [ create("postgres://special:$encoded{special}\@127.0.0.1:${\ $echo->port}/echo"), 'XX000',
	'and one with special characters in every error' ],
  [ create("postgres://plain:$encoded{plain}\@127.0.0.1:${\ $echo->port}/silent?connect_timeout=2"),
	'08001', 'a remote that never answers' ];

for my $call (@calls)
{
	my ($sql, $expected, $name) = @$call;
	if (!defined $expected)
	{
		$expected = error_of($local, $sql)->{sqlstate} // 'no error';
		run_sql($local, "SELECT datalink_drop('orders', if_exists => true)") if $sql =~ /datalink_create/;
	}
	hides($sql, $expected, $name);
}

# --- as a plain role ---

hides(create($url{plain}), 'no error', 'a plain role creates', role => 'alice');
hides(create($url{plain} =~ s/\@/x\@/r, "'other'"), '08001', 'a plain role fails', role => 'alice');
hides(create($url{plain}, "'other'"), '42501', 'a role without the privilege', role => 'bob');
unlike(run_sql($local, 'SELECT * FROM datalink_list()', role => 'bob'), qr/$marker|app|plain\@/,
	'datalink_list() of a role without rights');
unlike(run_sql($local, 'SELECT * FROM datalink_list()'), qr/$marker/, 'datalink_list()');
hides('DROP SCHEMA orders CASCADE;', 'no error', 'a schema dropped', role => 'alice');
unlike(run_sql($local, 'SELECT * FROM datalinks.invalid_link'), qr/$marker/, 'datalinks.invalid_link');
hides(create($url{special}), 'no error', 'made again', role => 'alice');
hides('CREATE TABLE public.t (); DROP SCHEMA public CASCADE; CREATE SCHEMA public;', 'no error',
	'a reset');
unlike(run_sql($local, 'SELECT * FROM datalinks.invalid_link'), qr/$marker/, 'invalid_link after it');
hides("SELECT datalink_drop('orders');", 'no error', 'an invalid link dropped');

# --- from within other languages: their CONTEXT repeats the statement ---

my $wrong = create($url{plain} =~ s/\@/more\@/r) =~ s/;\z//r;
my $right = create($url{plain}) =~ s/;\z//r;
my $perform = sub { $_[0] =~ s/SELECT name/PERFORM name/r };
run_sql($local, 'CREATE SCHEMA IF NOT EXISTS public');
for my $case ([ 'success', $right, 'no error' ], [ 'failure', $wrong, '08001' ])
{
	my ($word, $sql, $state) = @$case;
	my $drop = "PERFORM datalink_drop('orders', true);";
	hides("DO \$do\$ BEGIN ${\ $perform->($sql)}; RAISE NOTICE 'done'; $drop END \$do\$;", $state,
		"a DO block, $word");
	hides("DO \$do\$ BEGIN EXECUTE \$x\$$sql\$x\$; $drop END \$do\$;", $state,
		"EXECUTE in a DO block, $word");
	hides("DO \$do\$ BEGIN ${\ $perform->($sql)}; RAISE WARNING 'and then'; $drop END \$do\$;",
		$state, "a warning in the same statement, $word");
	hides("DO \$do\$ BEGIN ${\ $perform->($sql)}; $drop EXCEPTION WHEN others THEN"
		  . " RAISE NOTICE '% % %', SQLSTATE, SQLERRM, 'caught'; END \$do\$;",
		'no error', "caught, $word");
	hides("$sql \\; SELECT 1/0;", $state eq 'no error' ? '22012' : $state,
		"an error later in the same message, $word");
}
# The functions' texts are loaded without the log looking on: CREATE FUNCTION is not ours.
run_sql($local, <<"END");
CREATE FUNCTION link_it() RETURNS void LANGUAGE plpgsql AS
	\$f\$ BEGIN ${\ $perform->($wrong)}; END \$f\$;
CREATE FUNCTION link_it_sql() RETURNS text LANGUAGE sql AS \$f\$ $wrong \$f\$;
END
hides('SELECT link_it();', '08001', 'a PL/pgSQL function');
hides('SELECT link_it_sql();', '08001', 'a function in SQL');
hides("PREPARE p(text) AS SELECT name FROM datalink_create(\$1, 'orders');"
	  . " SELECT 1;", 'no error', 'a prepared statement');

# --- while it runs, and after ---

sub start_session
{
	my ($sql) = @_;
	my %session = (in => "$sql\n", out => '', err => '');
	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-d',
			$local->connstr('postgres') . ' application_name=watched' ],
		'<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(60));
	$session{run}->pump_nb;
	return \%session;
}

my $watch = q{SELECT query FROM pg_stat_activity WHERE application_name = 'watched'};

sub shows
{
	my ($pattern, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($shown, $deadline) = ('', time + 30);
	while (time < $deadline)
	{
		$shown = run_sql($local, $watch);
		last if $shown =~ $pattern;
		sleep 0.05;
	}
	like($shown, $pattern, $name);
	unlike($shown, qr/$marker/, "$name: no password");
}

my $silent = create("postgres://plain:$encoded{plain}\@127.0.0.1:${\ $echo->port}/silent");
my $session = start_session($silent);
shows(qr/datalink_create\('postgres:\/\/127\.0\.0\.1:${\ $echo->port}\/silent', 'orders'\)/,
	'pg_stat_activity during the connection shows the redacted call');
run_sql($local, q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity
	WHERE application_name = 'watched'});
$session->{in} .= "\\q\n";
$session->{run}->finish;
like($session->{err}, qr/canceling statement due to user request/, 'it can be cancelled');
unlike($session->{err}, qr/$marker/, 'and says nothing');

# Nobody gets past this lock to make a foreign table.
my $lock = start_session('SET application_name = lock; BEGIN;'
	  . " LOCK TABLE pg_catalog.pg_foreign_table IN SHARE MODE; SELECT 'held';");
$lock->{run}->pump until $lock->{out} =~ /held/;
$session = start_session("$right;\nSELECT 'linked' \\g /dev/stderr");
shows(qr/datalink_create\('postgres:.*'orders'\) .*\b0 of 3 tables/,
	'while the tables are made it shows how many');
$lock->{in} .= "COMMIT;\n\\q\n";
$lock->{run}->finish;
$session->{run}->pump until $session->{err} =~ /linked/;
$session->{in} .= "\\q\n";
$session->{run}->finish;
$session = start_session("SELECT datalink_drop('orders');\n$right;\n\\echo done\n");
$session->{run}->pump until $session->{out} =~ /done/;
shows(qr/datalink_create/, 'when it is done');
$session->{in} .= "\\q\n";
$session->{run}->finish;

# --- what is left ---

unlike(log_of($local, $start) =~ s/^.*CREATE FUNCTION link_it.*?^(?=\d{4}-)//gmsr, qr/$marker/,
	'the whole log');
my $statements = run_sql($local,
	q{SELECT string_agg(query, E'\n') FROM watch.pg_stat_statements
	WHERE query !~ '^(DO|CREATE FUNCTION|CREATE ROLE)'});
like($statements, qr/CREATE SERVER/, 'pg_stat_statements has the statements of our functions');
unlike($statements, qr/$marker/, 'and no password');
is(run_sql($local, q{SELECT count(*) FROM pg_user_mapping WHERE umoptions::text LIKE '%} . "$marker%'"),
	1, 'it stands in the mapping');
is(run_sql($local, q{SELECT count(*) FROM pg_foreign_server WHERE srvoptions::text
	|| coalesce(srvversion, '') LIKE '%} . "$marker%'"), 0, 'and not in the server');

# --- queries on a link ---

my $query = 'SELECT * FROM orders.customer;';
$remote->safe_psql('orders', "ALTER ROLE plain PASSWORD 'another'");
hides($query, '08001', 'a query after the remote changed the password');
hides("SELECT * FROM datalink_refresh('orders');", '08001', 'a refresh after that');
$remote->safe_psql('orders', "ALTER ROLE plain PASSWORD '$password{plain}'");
run_sql($local, "ALTER SERVER orders OPTIONS (SET port '${\ $echo->port}', SET dbname 'echo')");
unlike(messages_of($local, $query), qr/$marker/, 'a query on a remote that repeats the password');

# --- a way that leaves nothing even where every statement is logged ---

run_sql($local, "SELECT datalink_drop('orders')");
$local->append_conf('postgresql.conf', "log_statement = all\nlog_min_duration_statement = 0");
$local->reload;
my $since = log_size($local);
{
	local $ENV{PGOPTIONS} = "-c app.orders_url=$url{plain}";
	run_sql($local, "SELECT datalink_create(current_setting('app.orders_url'), 'orders')");
	error_of($local, "SELECT datalink_create(current_setting('app.orders_url'), 'orders')");
}
is(link_of($local, 'orders')->{state}, 'valid', 'a URL from a setting');
like(log_of($local, $since), qr/current_setting\('app\.orders_url'\)/, 'the statement is logged');
unlike(log_of($local, $since), qr/$marker/, 'the password is not');

$echo->stop;
done_testing();
