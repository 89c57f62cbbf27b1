# What goes wrong on the way: each fault is an error in time, with libpq's reason for superusers, and
# leaves nothing behind, here or there.

use strict;
use warnings;

use DataLinks;
use FakeRemote;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my ($local, $remote) = start_nodes();
my $port = $remote->port;
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "no socket: $!";
my $closed = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
my $quiet = $silent->sockport;

sub create
{
	my ($hosts, $query, %given) = @_;
	my $password = $given{password} // password_of('app');
	my $dbname = $given{dbname} // 'orders';
	return "SELECT name FROM datalink_create('postgres://app:$password\@$hosts/$dbname"
	  . ($query // '') . "', 'faulty')";
}

# What "at once" may take on a machine that has much else to do.
my $generous = 60;

# Runs f; the seconds that it took.
sub seconds(&)
{
	my ($f) = @_;
	my $start = time;
	$f->();
	return time - $start;
}

sub nothing_left
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(run_sql($local, <<'END'), '0|0|0', "nothing is left of it: $name");
SELECT (SELECT count(*) FROM pg_foreign_server), (SELECT count(*) FROM pg_user_mappings),
	(SELECT count(*) FROM pg_namespace WHERE nspname = 'faulty')
END
	return;
}

# The remote's sessions of this role go away as soon as they notice that nobody listens.
sub no_session_left
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($remote->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'app'"), "no session is left there: $name");
	return;
}

# A psql that goes on by itself; waits until its session is in the state asked for.
sub in_background
{
	my ($sql, $ready) = @_;
	my ($out, $err) = ('', '');
	my $handle = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $local->connstr('postgres'),
			'-c', $sql ],
		'<', \undef, '>', \$out, '2>', \$err);
	$local->poll_query_until('postgres', $ready) or die 'the background session did not get there';
	return { handle => $handle, err => \$err };
}

my $waiting = "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'SELECT datalink_create%'
	AND wait_event_type = 'Extension' AND pid <> pg_backend_pid()";
my $cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT datalink_create%'
	AND pid <> pg_backend_pid()";

# What libpq has to say.
for my $case (
	[ 'a port where nobody listens', create("127.0.0.1:$closed"), qr/refused/i ],
	[ 'a host that does not exist', create("no-such-host.invalid:$port"), qr/translate host name/ ],
	[ 'a wrong password', create("127.0.0.1:$port", undef, password => 'wr0ng-pw'), qr/password authentication failed/ ],
	[ 'a wrong database', create("127.0.0.1:$port", undef, dbname => 'nowhere'), qr/"nowhere" does not exist/ ],
	[ 'TLS where there is none', create("127.0.0.1:$port", '?sslmode=require'), qr/SSL/ ],
	[ 'a socket that is none', "SELECT name FROM datalink_create('host=/no/where dbname=orders user=app password=x', 'faulty')", qr/No such file/ ])
{
	my ($name, $sql, $reason) = @$case;
	my $error = fails($local, $sql, '08001', qr/could not connect/, $name);
	like($error->{detail}, $reason, 'the superuser is told why');
	unlike(join(' ', values %$error), qr/wr0ng-pw|pw-app-wp/, 'without the password');
	nothing_left($name);
}
make_role($local, 'plain');
$local->safe_psql('postgres', 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO plain; GRANT CREATE ON DATABASE postgres TO plain');
my ($refused, $unknown) = map { error_of($local, $_, role => 'plain') }
  create("127.0.0.1:$closed"), create("127.0.0.1:$port", undef, dbname => 'nowhere');
delete $_->{location} for $refused, $unknown;
is($refused->{sqlstate}, '08001', 'others get the same error');
is_deeply($refused, $unknown, 'but cannot tell one fault from another');

# A remote that is too old.
my $old = FakeRemote->new(sub { my ($peer) = @_; $peer->let_in; $peer->read_message }, version => '9.6.24');
like(fails($local, create('127.0.0.1:' . $old->port), '0A000', qr/PostgreSQL version 9\.6\.24 is not supported/,
		'a remote that is too old')->{detail}, qr/PostgreSQL 10 or newer/, 'is told what would do');
nothing_left('a remote that is too old');
$old->stop;

# A listener that never answers.
my $took = seconds { fails($local, create("127.0.0.1:$quiet", '?connect_timeout=2'), '08001', undef, 'a silent peer') };
cmp_ok($took, '<', $generous, 'costs no more than connect_timeout');
cmp_ok($took, '>=', 1.9, 'and no less');
nothing_left('a silent peer');
$took = seconds { fails($local, "SET statement_timeout = '500ms'; " . create("127.0.0.1:$quiet"), '57014', qr/statement timeout/,
	'statement_timeout ends the wait') };
cmp_ok($took, '<', $generous, 'at once');
my $session = in_background(create("127.0.0.1:$quiet"), $waiting);
$took = seconds { run_sql($local, $cancel); $session->{handle}->finish };
like(${ $session->{err} }, qr/57014: canceling statement due to user request/, 'and so does a cancel');
cmp_ok($took, '<', $generous, 'at once');
nothing_left('a cancelled wait');

# Several hosts: one that refuses, one that is silent, one that answers.
$took = seconds { run_sql($local, create("127.0.0.1:$closed,127.0.0.1:$quiet,127.0.0.1:$port", '?connect_timeout=2')) };
cmp_ok($took, '<', $generous, 'hosts that refuse or are silent are passed over, each in its time');
is(link_of($local, 'faulty')->{tables}, 3, 'and the one that answers is linked');
run_sql($local, "SELECT datalink_drop('faulty')");
my $error = fails($local, create("127.0.0.1:$closed,127.0.0.1:$quiet", '?connect_timeout=2'), '08001', undef, 'no host of several');
like($error->{detail}, qr/$closed.*$quiet/s, 'each is named with its reason');

# target_session_attrs.
my $reader = start_node('reader', 'default_transaction_read_only = on');
$reader->safe_psql('postgres', "SET default_transaction_read_only = off; CREATE ROLE app LOGIN PASSWORD '" . password_of('app') . "'");
$reader->safe_psql('postgres', 'SET default_transaction_read_only = off; CREATE DATABASE orders OWNER app');
$reader->safe_psql('orders', 'SET default_transaction_read_only = off; SET ROLE app; CREATE TABLE only_here (a int)');
for my $case ([ 'read-write', 3 ], [ 'read-only', 1 ], [ 'any', 1 ])
{
	my ($wanted, $tables) = @$case;
	run_sql($local, create('127.0.0.1:' . $reader->port . ",127.0.0.1:$port", "?target_session_attrs=$wanted"));
	is(link_of($local, 'faulty')->{tables}, $tables, "target_session_attrs=$wanted picks the right host");
	run_sql($local, "SELECT datalink_drop('faulty')");
}
$error = fails($local, create('127.0.0.1:' . $reader->port, '?target_session_attrs=read-write'), '08001', undef,
	'no host with the attributes asked for');
like($error->{detail}, qr/read-only/, 'and why');
fails($local, create("127.0.0.1:$port", '?target_session_attrs=standby'), '08001', undef, 'no standby');
$reader->stop;

# The remote is full.
$remote->safe_psql('postgres', 'ALTER ROLE app CONNECTION LIMIT 0');
$error = fails($local, create("127.0.0.1:$port"), '08001', undef, 'a remote without free connections');
like($error->{detail}, qr/too many connections/, 'says so');
$remote->safe_psql('postgres', 'ALTER ROLE app CONNECTION LIMIT -1');

# The remote stalls in the middle of its answer: whatever ends the wait ends it at once.
my $lock = $remote->background_psql('orders', on_error_stop => 0);
$lock->query_safe('BEGIN; LOCK TABLE pg_catalog.pg_inherits IN ACCESS EXCLUSIVE MODE');
$took = seconds { fails($local, "SET statement_timeout = '1s'; " . create("127.0.0.1:$port"), '57014', qr/statement timeout/,
	'statement_timeout ends the wait for an answer') };
cmp_ok($took, '<', $generous, 'at once');
$session = in_background(create("127.0.0.1:$port"), $waiting);
$took = seconds { run_sql($local, $cancel); $session->{handle}->finish };
like(${ $session->{err} }, qr/57014: canceling statement due to user request/, 'and so does a cancel');
cmp_ok($took, '<', $generous, 'at once');
nothing_left('a stalled remote');

# The remote dies in the middle.
$session = in_background(create("127.0.0.1:$port"), $waiting);
$took = seconds { $remote->stop('immediate'); $session->{handle}->finish };
like(${ $session->{err} }, qr/ERROR:  (57P02|57P01|08006|08001): /, 'a remote that is stopped is an error');
cmp_ok($took, '<', $generous, 'at once');
nothing_left('a dead remote');
eval { $lock->quit };
$remote->start;
run_sql($local, create("127.0.0.1:$port"));
is(link_of($local, 'faulty')->{state}, 'valid', 'and once it is back the same session of the same server links it');
run_sql($local, "SELECT datalink_drop('faulty')");
no_session_left('after all this');

# 2,000 tables: an end in the middle of making them.
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA many; GRANT USAGE ON SCHEMA many TO app;
SELECT format('CREATE TABLE many.t%s (a int, b text, c numeric(10,2), d timestamptz)', i)
	FROM generate_series(1, 2000) i \gexec
END
# One of them takes its time, so that there is a middle however fast or loaded the machine is.
run_sql($local, <<'END');
CREATE FUNCTION stall() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'faulty.t1500')
	THEN PERFORM pg_sleep(60); END IF;
END $$;
CREATE EVENT TRIGGER stall ON ddl_command_end WHEN TAG IN ('CREATE FOREIGN TABLE')
	EXECUTE FUNCTION stall();
END
my $many = link_sql($remote, 'faulty', "remote_schema => 'many'");
fails($local, "SET statement_timeout = '3s'; $many", '57014', undef, 'a timeout in the middle of a creation');
nothing_left('a timeout in the middle');
$session = in_background($many, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '% of 2000 tables */'");
run_sql($local, $cancel);
$session->{handle}->finish;
like(${ $session->{err} }, qr/57014: /, 'a cancel in the middle, seen by its progress');
nothing_left('a cancel in the middle');
$session = in_background($many, "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '% of 2000 tables */'");
run_sql($local, $cancel =~ s/cancel/terminate/r);
$session->{handle}->finish;
nothing_left('a backend that is terminated in the middle');
no_session_left('after the ends in the middle');
run_sql($local, 'DROP EVENT TRIGGER stall; DROP FUNCTION stall()');

# Many failures in one session leak nothing.
sub failures
{
	my ($times) = @_;
	return join('', map { "$_;\n" } (create("127.0.0.1:$closed"), create("127.0.0.1:$port", undef, password => 'no'),
		link_sql($remote, 'faulty', "remote_schema => 'absent'"), link_sql($remote, 'faulty', "only_tables => '{absent}'"),
		link_sql($remote, 'faulty', "remote_schema => 'untyped'"), link_sql($remote, 'Bad Name'))) x $times;
}
$remote->safe_psql('orders', "CREATE SCHEMA untyped; GRANT USAGE ON SCHEMA untyped TO app;
	CREATE TYPE untyped.t AS ENUM ('a'); CREATE TABLE untyped.u (t untyped.t)");
# Sockets: the backend's files are opened and kept as it sees fit.
my $measure = <<'END';
CREATE TEMPORARY TABLE IF NOT EXISTS sockets (n int);
TRUNCATE sockets;
COPY sockets FROM PROGRAM 'ls -l /proc/$PPID/fd | grep -c socket:';
SELECT 'used', (SELECT sum(used_bytes) FROM pg_backend_memory_contexts),
	(SELECT used_bytes FROM pg_backend_memory_contexts WHERE name = 'TopMemoryContext'),
	(SELECT n FROM sockets),
	substring(pg_read_file('/proc/self/status', 0, 10000, true) from 'VmData:\s+(\d+)');
END
my ($output, $errors) = ('', '');
IPC::Run::run([ 'psql', '-XAtq', '-F', ' ', '-d', $local->connstr('postgres') ],
	'<', \("$measure$measure" . failures(10) . $measure . failures(34) . $measure), '>', \$output, '2>', \$errors);
my @measured = map { [ split / / ] } grep { /^used/ } split /\n/, $output;
is(scalar @measured, 4, 'a session that saw 264 failures lives');
is(scalar(() = $errors =~ /ERROR:/g), 264, 'all of which failed');
my ($first, $last) = @measured[ 2, 3 ];
note("after 60 failures: @$first; after 264: @$last");
cmp_ok($last->[1] - $first->[1], '<', 64 * 1024, 'backend memory does not grow');
cmp_ok($last->[2] - $first->[2], '<', 8 * 1024, 'nor does TopMemoryContext');
is($last->[3], $first->[3], 'nor the number of open sockets');
cmp_ok($last->[4] - $first->[4], '<', 1024, 'nor the memory of C++ and libpq');
no_session_left('after many failures');
nothing_left('many failures');
$local->stop;
$remote->stop;

# No file descriptor is left for the connection.
my $tight = start_node('tight', 'max_files_per_process = 64', 'shared_buffers = 1MB');
$tight->safe_psql('postgres', 'CREATE EXTENSION datalinks; CREATE EXTENSION dblink');
$remote->start;
my $connections = join '', map {
	sprintf "SELECT dblink_connect('c%d', 'host=127.0.0.1 port=%d user=app password=%s dbname=orders');\n",
		$_, $port, password_of('app') } 1 .. 40;
my (undef, undef, $said) = $tight->psql('postgres', $connections . link_sql($remote, 'faulty'),
	on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
my ($ours) = $said =~ /(?:.*psql:)?(ERROR:[^\n]*could not connect to the remote.*)/s;
like($ours // $said, qr/53000: could not connect to the remote.*too many open files.*HINT:  Raise/s,
	'no file descriptor for the connection is an error of its own');

done_testing();
