# Two-phase commit: when it is used, what it refuses and what becomes of the transaction then, and how
# what it leaves in doubt is shown and ended. Who is killed at which step stands in the file beside this.

use strict;
use warnings;

use DataLinks;
use IPC::Run;
use Pooler;
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;
use Time::HiRes qw(sleep time);

my ($local, $remote) = start_nodes('log_min_duration_statement = -1');
$remote->append_conf('postgresql.conf', "max_prepared_transactions = 10\nlog_statement = 'all'");
$remote->restart;
$remote->safe_psql('postgres', 'CREATE DATABASE bills OWNER app');
my %relay = map { $_ => Relay->new($remote->port, $local->basedir, $_) } qw(a b);
my %dbname = (a => 'orders', b => 'bills');
for my $link (qw(a b))
{
	run_sql($remote, <<'END', dbname => $dbname{$link}, role => 'app');
CREATE TABLE part (n int);
CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE refused (what text);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE NEW.what;
	RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON refused FOR EACH ROW EXECUTE FUNCTION refuse();
END
	run_sql($local, link_sql($remote, $link, "only_tables => '{part,late,refused}'", port => $relay{$link}->port, dbname => $dbname{$link}));
}
run_sql($local, 'CREATE TABLE here (n int); CREATE TABLE late_here (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
run_sql($local, "SELECT datalink_disconnect()");

my $on = "SET datalinks.two_phase = on;\n";

sub count
{
	my ($n) = @_;
	return join ' ', map { $_->[0]->safe_psql($_->[1], "SELECT count(*) FROM $_->[2] WHERE n = $n") }
	  [ $local, 'postgres', 'here' ], [ $remote, 'orders', 'part' ], [ $remote, 'bills', 'part' ];
}

sub prepared
{
	return $remote->safe_psql('postgres', "SELECT count(*) FROM pg_prepared_xacts");
}

# How many transactions were prepared, and what the client was told, when this was run.
sub prepares_of
{
	my ($sql) = @_;
	my $since = log_size($remote);
	my $said = messages_of($local, $sql);
	my $log = log_of($remote, $since);
	my $prepares = () = $log =~ /(?:statement|execute <unnamed>): PREPARE TRANSACTION/g;
	return wantarray ? ($prepares, $said) : $prepares;
}

# When.
my $n = 0;

sub uses
{
	my ($expected, $sql, $parties, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	++$n;
	my ($prepares, $said) = prepares_of($sql =~ s/\bN\b/$n/gr);
	is($prepares, $expected, "$name: so many are prepared") or diag($said);
	is($said, '', '... and nothing is said');
	is(count($n), $parties, '... and it has happened');
	is(prepared(), 0, '... and nothing is left');
	return;
}
my $both = 'INSERT INTO a.part VALUES (N); INSERT INTO b.part VALUES (N)';
uses(0, "BEGIN; $both; INSERT INTO here VALUES (N); COMMIT", '1 1 1', 'off, as it is by default');
uses(2, "$on BEGIN; $both; COMMIT", '0 1 1', 'two remotes');
uses(2, "$on BEGIN; $both; INSERT INTO here VALUES (N); COMMIT AND CHAIN; COMMIT", '1 1 1', 'two remotes and here');
uses(1, "$on BEGIN; INSERT INTO a.part VALUES (N); INSERT INTO here VALUES (N); COMMIT", '1 1 0', 'one and here');
uses(1, "$on WITH w AS (INSERT INTO a.part VALUES (N) RETURNING n) INSERT INTO here SELECT n FROM w", '1 1 0', 'one statement');
uses(0, "$on INSERT INTO a.part VALUES (N)", '0 1 0', 'one alone');
uses(0, "$on BEGIN; INSERT INTO a.part VALUES (N); SELECT FROM b.part; SELECT FROM here; COMMIT", '0 1 0', 'one, and others are read');
uses(1, "$on BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM b.part; INSERT INTO a.part VALUES (N); INSERT INTO here VALUES (N); COMMIT",
	'1 1 0', 'others have only been read in a transaction of theirs');
uses(1, "$on BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO a.part VALUES (N); SELECT FROM here; COMMIT", '0 1 0',
	'one in SERIALIZABLE, which this database may refuse');
uses(0, "$on BEGIN; $both; ROLLBACK; BEGIN; SELECT FROM a.part; INSERT INTO here VALUES (N); COMMIT", '1 0 0', 'ROLLBACK');
uses(2, "$on BEGIN; SAVEPOINT x; $both; ROLLBACK TO x; SAVEPOINT y; $both; RELEASE y; INSERT INTO here VALUES (N); COMMIT", '1 1 1', 'savepoints');
uses(2, "BEGIN; $both; INSERT INTO here VALUES (N); SET LOCAL datalinks.two_phase = on; COMMIT", '1 1 1', 'SET LOCAL');
uses(4, "$on DO \$\$ BEGIN $both; COMMIT; $both; INSERT INTO here VALUES (N); INSERT INTO here VALUES (N); COMMIT; END \$\$", '2 2 2',
	'COMMIT in a DO block');
run_sql($local, "CREATE PROCEDURE twice(n int) LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO a.part VALUES (n);"
	  . " INSERT INTO here VALUES (n); COMMIT; INSERT INTO b.part VALUES (n); ROLLBACK; END \$\$");
uses(1, "$on CALL twice(N)", '1 1 0', 'COMMIT and ROLLBACK in a procedure');
uses(1, "$on PREPARE p AS INSERT INTO a.part VALUES (N); BEGIN; EXECUTE p; SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO here VALUES (N); COMMIT",
	'1 1 0', 'SET CONSTRAINTS');
uses(2, "$on BEGIN; $both; SET TRANSACTION READ ONLY; COMMIT", '0 1 1', 'a transaction that is read-only meanwhile');
uses(1, "$on SET synchronous_commit = off; SET default_transaction_read_only = on; BEGIN READ WRITE; INSERT INTO a.part VALUES (N);"
	  . " INSERT INTO here VALUES (N); COMMIT", '1 1 0', 'other settings');

# The link's owner can insist.
run_sql($local, "ALTER SERVER a OPTIONS (ADD two_phase 'true')");
uses(2, "BEGIN; $both; COMMIT", '0 1 1', 'a server that asks for it');
uses(1, "BEGIN; INSERT INTO b.part VALUES (N); SELECT FROM a.part; INSERT INTO a.part VALUES (N); INSERT INTO here VALUES (N); DELETE FROM here WHERE n = N; ROLLBACK;"
	  . " SET datalinks.two_phase = off; BEGIN; INSERT INTO a.part VALUES (N); INSERT INTO here VALUES (N); COMMIT", '1 1 0', '... which no session can turn off');
uses(0, "BEGIN; INSERT INTO b.part VALUES (N); SELECT FROM a.part; INSERT INTO here VALUES (N); COMMIT", '1 0 1', '... but only of those who write to it');
fails($local, "ALTER SERVER a OPTIONS (SET two_phase 'maybe')", '22023', qr/invalid value for option "two_phase"/, 'the option is a boolean');
run_sql($local, 'ALTER SERVER a OPTIONS (DROP two_phase)');
fails($local, "ALTER FOREIGN TABLE a.part OPTIONS (ADD two_phase 'true')", 'HV00D', undef, '... of the server');
fails($local, "BEGIN; INSERT INTO a.part VALUES (1); PREPARE TRANSACTION 'mine'", '0A000', qr/cannot PREPARE/, 'PREPARE TRANSACTION stays refused');

# What is refused, by whom ever, has not happened.
sub nowhere
{
	my ($sql, $sqlstate, $message, $hint, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	++$n;
	my $error = fails($local, "$on BEGIN; $both; INSERT INTO here VALUES (N); $sql; COMMIT" =~ s/\bN\b/$n/gr, $sqlstate, $message, $name);
	like($error->{hint} // '', $hint, '... and what to do');
	is(count($n), '0 0 0', '... and it has happened nowhere');
	is(prepared(), 0, '... and nothing is left');
	return;
}
my $without = qr/datalinks\.two_phase/;
nowhere("INSERT INTO b.refused VALUES ('NOTIFY x')", '0A000', qr/NOTIFY/, $without, 'NOTIFY on a remote');
nowhere("INSERT INTO b.refused VALUES ('CREATE TEMP TABLE t (a int)')", '0A000', qr/temporary/, $without, 'a temporary table there');
nowhere("INSERT INTO b.refused VALUES ('DECLARE c CURSOR WITH HOLD FOR SELECT 1')", '0A000', qr/WITH HOLD/, $without, 'a cursor WITH HOLD there');
nowhere("INSERT INTO a.refused VALUES ('NOTIFY x')", '0A000', qr/NOTIFY/, $without, 'NOTIFY on the first, while the second prepares');
nowhere('INSERT INTO a.late VALUES (1), (1)', '23505', qr/late_n_key/, qr/\A\z/, 'a deferred constraint on the first');
nowhere('INSERT INTO b.late VALUES (1), (1)', '23505', qr/late_n_key/, qr/\A\z/, 'a deferred constraint there');
nowhere('INSERT INTO late_here VALUES (1), (1)', '23505', qr/late_here_n_key/, qr/\A\z/, 'a deferred constraint here');
nowhere("INSERT INTO b.refused VALUES ('SELECT 1/0')", '22012', qr/zero/, qr/\A\z/, 'an error before');

# Write skew, found when the COMMIT here has all but come.
run_sql($local, 'CREATE TABLE skew (n int PRIMARY KEY, v int); INSERT INTO skew VALUES (1, 0), (2, 0)');
my $one = $local->background_psql('postgres', on_error_stop => 0);
my $two = $local->background_psql('postgres');
++$n;
$one->query_safe("$on BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT v FROM skew WHERE n = 1; UPDATE skew SET v = 1 WHERE n = 2;"
	  . " INSERT INTO a.part VALUES ($n); INSERT INTO b.part VALUES ($n); INSERT INTO here VALUES ($n)");
$two->query_safe('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT v FROM skew WHERE n = 2; UPDATE skew SET v = 1 WHERE n = 1; COMMIT');
my $since = log_size($remote);
$one->query('COMMIT');
like($one->{stderr}, qr/could not serialize access/, 'this database refuses');
$one->{stderr} = '';
like(log_of($remote, $since), qr/PREPARE TRANSACTION.*ROLLBACK PREPARED/s, '... after the remotes have prepared');
is(count($n), '0 0 0', '... and it has happened nowhere');
is(prepared(), 0, '... and nothing is left');
is($one->query_safe("BEGIN; INSERT INTO a.part VALUES ($n); INSERT INTO b.part VALUES ($n); INSERT INTO here VALUES ($n); COMMIT; SELECT 'done'"),
	'done', '... and the session goes on');
is(count($n), '1 1 1', '... with a transaction that is not refused');
$_->quit for $one, $two;

# No room there.
$remote->append_conf('postgresql.conf', 'max_prepared_transactions = 1');
$remote->restart;
nowhere('SELECT', '53200', qr/maximum number of prepared transactions/, qr/max_prepared_transactions on the remote.*datalinks\.two_phase/s, 'too few');
$remote->append_conf('postgresql.conf', 'max_prepared_transactions = 0');
$remote->restart;
nowhere('SELECT', '55000', qr/prepared transactions are disabled/, qr/max_prepared_transactions on the remote.*datalinks\.two_phase/s, 'none');
uses(0, "BEGIN; $both; INSERT INTO here VALUES (N); COMMIT", '1 1 1', '... and off goes without');
is(run_sql($local, 'SELECT count(*) FROM datalink_in_doubt()'), 0, '... and the functions answer');
$remote->append_conf('postgresql.conf', 'max_prepared_transactions = 10');
$remote->restart;

# What is stopped while it commits.
sub begin_sql
{
	my ($sql) = @_;
	my %session = (out => '', err => '');
	my $file = $local->basedir . '/doer.sql';
	unlink $file;
	append_to_file($file, "$sql;\n");
	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $local->connstr('postgres') . ' application_name=doer', '-f', $file ],
		'<', \undef, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return \%session;
}

sub all_three
{
	++$n;
	return "BEGIN; $both; INSERT INTO here VALUES (N); COMMIT" =~ s/\bN\b/$n/gr;
}

for my $case ([ 'a cancel', sub { $local->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'doer'") }, '' ],
	[ 'statement_timeout', sub { }, "SET statement_timeout = '1s';" ])
{
	my ($name, $strike, $before) = @$case;
	for my $what (qw(hold keep))
	{
		$relay{b}->at('PREPARE TRANSACTION', $what);
		my $doer = begin_sql("$on $before" . all_three() . "; SELECT 'goes on'");
		$relay{b}->await;
		my $started = time;
		$strike->();
		$doer->{run}->finish;
		cmp_ok(time - $started, '<', 15, "$name at PREPARE, $what: comes to an end");
		like($doer->{err}, qr/ERROR:  57014: /, '... with its error');
		like($doer->{err}, qr/WARNING: .*server "b".*is rolled back here, and in doubt there.*datalink_resolve/s, '... and a WARNING');
		like($doer->{out}, qr/goes on/, '... and the session goes on');
		$relay{b}->release;
		sleep 0.2;
		run_sql($local, 'SELECT FROM datalink_resolve()');
		is(count($n), '0 0 0', '... and it has happened nowhere');
		is(prepared(), 0, '... and nothing is left');
	}
}

# A remote that is not heard of after the COMMIT here.
for my $what (qw(hold keep cut lose))
{
	$relay{b}->at('COMMIT PREPARED', $what);
	my $started = time;
	my $said = messages_of($local, $on . all_three() . '; INSERT INTO here VALUES (0)');
	cmp_ok(time - $started, '<', 12, "COMMIT PREPARED, $what: COMMIT comes to an end");
	like($said, qr/WARNING:  01000: [^\n]*server "b"\nDETAIL:  [^\n]* is committed here, and in doubt there: [^\n]*\.\nHINT:  datalink_in_doubt\(\)/, '... with a WARNING');
	unlike($said, qr/ERROR|FATAL/, '... and no error');
	is(count(0) =~ s/ .*//r, 1, '... and the session goes on');
	run_sql($local, 'DELETE FROM here WHERE n = 0');
	is(count($n), $what =~ /hold|cut/ ? '1 1 0' : '1 1 1', '... and b follows later, or has');
	$relay{b}->release;
	sleep 0.2;
	if ($what eq 'cut')
	{
		like(run_sql($local, 'SELECT name, gid, prepared_at > now() - interval \'1 minute\' AND prepared_at <= now(), verdict FROM datalink_in_doubt()'),
			qr/\Ab\|datalinks_\d+_\d+_\d+_2\|t\|committed\z/, '... which is told');
		like(run_sql($local, "SELECT * FROM datalink_resolve('a')"), qr/\A\z/, '... and a has nothing');
		like(run_sql($local, "SELECT * FROM datalink_resolve('b')"), qr/\Ab\|datalinks_\d+_\d+_\d+_2\|committed\|committed\z/, '... and ended');
	}
	run_sql($local, 'SELECT FROM datalink_resolve()');
	is(count($n), '1 1 1', '... and then it has happened everywhere');
	is(prepared(), 0, '... and nothing is left');
}
$relay{b}->at('ROLLBACK PREPARED', 'cut');
my $said = messages_of($local, "$on BEGIN; INSERT INTO here VALUES (1); INSERT INTO b.part VALUES (999); INSERT INTO a.refused VALUES ('NOTIFY x'); COMMIT");
$relay{b}->release;
like($said, qr/\A(?=.*ERROR:  0A000)(?=.*WARNING: .*is rolled back here, and in doubt there)/s, 'a remote that is not heard of after a refusal');
like(run_sql($local, 'SELECT name, verdict, outcome FROM datalink_resolve()'), qr/\Ab\|aborted\|rolled back\z/, '... and resolved');

# Who is at it is left alone.
$relay{b}->at('PREPARE TRANSACTION', 'hold');
my $doer = begin_sql($on . all_three());
$relay{b}->await;
$remote->poll_query_until('postgres', 'SELECT count(*) = 1 FROM pg_prepared_xacts') or die;
is(run_sql($local, 'SELECT name, verdict, outcome FROM datalink_resolve()'), 'a|in progress|left', 'what is under way is left alone');
is(prepared(), 1, '... there, too');
$relay{b}->release;
$doer->{run}->finish;
is(count($n) . $doer->{err}, '1 1 1', '... and comes to its end');

# Whoever resolves first: neither the session that commits nor another that resolves complains.
$relay{b}->at('COMMIT PREPARED', 'hold');
$doer = begin_sql($on . all_three());
$relay{b}->await;
run_sql($local, "CREATE SERVER direct FOREIGN DATA WRAPPER datalinks OPTIONS (host '127.0.0.1', port '" . $remote->port . "', dbname 'bills', link 'direct');"
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER direct OPTIONS (user 'app', password '" . password_of('app') . "'); CREATE SCHEMA direct");
is(run_sql($local, "SELECT name, verdict, outcome FROM datalink_resolve('direct')"), 'direct|committed|committed', 'another session resolves it first');
$relay{b}->release;
$doer->{run}->finish;
is(count($n) . $doer->{err}, '1 1 1', '... and the one that commits takes it so');
run_sql($local, 'DROP SERVER direct CASCADE; DROP SCHEMA IF EXISTS direct; SELECT datalink_drop(\'direct\', if_exists => true)');

$relay{b}->at('COMMIT PREPARED', 'cut');
messages_of($local, $on . all_three());
$relay{b}->at('COMMIT PREPARED', 'hold');
my $resolver = begin_sql('SELECT name, verdict, outcome FROM datalink_resolve()');
$relay{b}->await;
$remote->safe_psql('bills', "SET SESSION AUTHORIZATION app; COMMIT PREPARED '" . $remote->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts') . "'");
$relay{b}->release;
$resolver->{run}->finish;
is("$resolver->{out}$resolver->{err}", "b|committed|committed\n", 'two who resolve the same agree');
is(count($n), '1 1 1', '... and it has happened');

# What is not ours is not touched.
my $prefix = 'datalinks_' . $local->safe_psql('postgres', "SELECT system_identifier || '_' || (SELECT oid FROM pg_database WHERE datname = 'postgres') FROM pg_control_system()");
make_role($remote, 'other');
$remote->safe_psql($_, 'GRANT ALL ON ALL TABLES IN SCHEMA public TO other') for values %dbname;
my $old = $local->safe_psql('postgres', 'SELECT txid_current()');
my $next = $old + 1000000;
my @foreign = (
	[ 'bills', 'other', "${prefix}_${old}_1" ], [ 'bills', 'app', "${prefix}9_${old}_1" ], [ 'bills', 'app', "datalinks_9${\ ($prefix =~ s/datalinks_//r)}_${old}_1" ],
	[ 'bills', 'app', "${prefix}_${old}_x" ], [ 'bills', 'app', "${prefix}_0${old}_1" ], [ 'bills', 'app', "${prefix}_${next}_1" ],
	[ 'bills', 'app', "${prefix}_1_1" ], [ 'postgres', 'app', "${prefix}_${old}_2" ]);
for (@foreign)
{
	my ($dbname, $role, $gid) = @$_;
	$remote->safe_psql($dbname, "SET SESSION AUTHORIZATION $role; BEGIN; SELECT txid_current(); PREPARE TRANSACTION '$gid'");
}
my (undef, $out, $err) = (0, run_sql($local, 'SELECT gid, verdict, outcome FROM datalink_resolve() ORDER BY length(gid)'), messages_of($local, 'SELECT datalink_resolve()'));
is($out, "${prefix}_1_1|unknown|left\n${prefix}_${next}_1|unknown|left", 'who knows no verdict decides nothing');
like($err, qr/WARNING: .*"${prefix}_1_1" is left as it is.*COMMIT PREPARED or ROLLBACK PREPARED/s, '... and says so');
is(prepared(), scalar @foreign, '... and what others have prepared stays: of another role, database, cluster, or program');
for (@foreign)
{
	my ($dbname, undef, $gid) = @$_;
	$remote->safe_psql($dbname, "ROLLBACK PREPARED '$gid'");
}

# Whose mapping: one's own; superusers look through everybody's.
make_role($local, $_) for qw(alice bob);
run_sql($local, "GRANT USAGE ON SCHEMA a, b TO alice; GRANT SELECT, INSERT ON a.part, b.part, here TO alice; GRANT CREATE ON SCHEMA public TO alice;"
	  . "CREATE USER MAPPING FOR alice SERVER $_ OPTIONS (user 'other', password '" . password_of('other') . "')") for qw(a b);
run_sql($local, 'GRANT INSERT ON here TO alice');
for my $who ('alice', undef)
{
	$relay{b}->at('COMMIT PREPARED', 'cut');
	messages_of($local, $on . all_three(), role => 'alice');
	$relay{b}->release;
	is(run_sql($local, 'SELECT count(*) FROM datalink_in_doubt()', role => 'bob'), 0, 'who has no mapping sees nothing');
	fails($local, "SELECT datalink_resolve('b')", '42501', qr/permission denied for data link "b"/, '... and may not ask for a link', role => 'bob');
	my @as = $who ? (role => $who) : ();
	is(run_sql($local, 'SELECT name, verdict FROM datalink_in_doubt()', @as), 'b|committed', ($who // 'the superuser') . ' sees it');
	is(run_sql($local, "SELECT name, outcome FROM datalink_resolve('b')", @as), 'b|committed', '... and ends it');
	is(count($n), '1 1 1', '... and it has happened');
}
run_sql($local, "DROP USER MAPPING FOR alice SERVER b; CREATE USER MAPPING FOR PUBLIC SERVER b OPTIONS (user 'other', password '" . password_of('other') . "')");
$relay{b}->at('COMMIT PREPARED', 'cut');
messages_of($local, $on . all_three(), role => 'alice');
$relay{b}->release;
is(run_sql($local, 'SELECT count(*) FROM datalink_in_doubt()', role => 'alice'), 0, "PUBLIC's mapping alone does not let look");
is(run_sql($local, "SELECT name, outcome FROM datalink_resolve()"), 'b|committed', '... but a superuser does, through it');
is(count($n), '1 1 1', '... and it has happened');

# The backend is told to go while it waits.
for my $message ('PREPARE TRANSACTION', 'COMMIT PREPARED')
{
	$relay{b}->at($message, 'hold');
	$doer = begin_sql($on . all_three());
	$relay{b}->await;
	my $started = time;
	$local->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doer'");
	$local->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'doer'") or die;
	cmp_ok(time - $started, '<', 15, "$message: a backend that is terminated goes");
	$doer->{run}->finish;
	$relay{b}->release;
	sleep 0.2;
	run_sql($local, 'SELECT FROM datalink_resolve()');
	is(count($n), $message =~ /COMMIT/ ? '1 1 1' : '0 0 0', '... and all is as here');
	is(prepared(), 0, '... and nothing is left');
}
fails($local, 'BEGIN READ ONLY; SELECT datalink_resolve()', '25006', qr/datalink_resolve\(\)/, 'not in a read-only transaction');
is(error_of($local, 'BEGIN READ ONLY; SELECT datalink_in_doubt()')->{sqlstate}, undef, '... but to look is allowed');
fails($local, "SELECT datalink_resolve('nothing')", '42704', qr/nothing/, 'no such link');

# One that is gone keeps nobody from the others.
$relay{b}->at('COMMIT PREPARED', 'cut');
messages_of($local, $on . all_three());
$relay{b}->release;
run_sql($local, "ALTER SERVER a OPTIONS (SET port '1')");
is(run_sql($local, 'SELECT name, outcome FROM datalink_resolve()'), 'b|committed', 'a remote that is gone does not hinder');
like(messages_of($local, 'SELECT datalink_in_doubt()'), qr/WARNING:  01000: could not look at the remote of data link "a".*could not connect/s, '... and is told');
fails($local, "SELECT datalink_resolve('a')", '08001', qr/could not connect/, '... as an error where it was named');
run_sql($local, "ALTER SERVER a OPTIONS (SET port '" . $relay{a}->port . "')");
is(prepared(), 0, 'nothing is left prepared');

# Through a pooler: who ends a transaction there may be another backend than who prepared it.
SKIP:
{
	my $pooler = Pooler->new($remote, values %dbname) or skip 'no PgBouncer is installed';
	run_sql($local, "ALTER SERVER $_ OPTIONS (SET port '" . $pooler->port . "')") for qw(a b);
	uses(2, "$on BEGIN; $both; INSERT INTO here VALUES (N); COMMIT; SELECT FROM a.part, b.part WHERE false", '1 1 1', 'through a pooler');
	nowhere("INSERT INTO b.refused VALUES ('NOTIFY x')", '0A000', qr/NOTIFY/, $without, '... a refusal');
	is(run_sql($local, 'SELECT count(*) FROM datalink_resolve()'), 0, '... and the functions answer');
	$pooler->stop;
}
$_->stop for values %relay;

done_testing();
