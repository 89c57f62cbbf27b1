# Whatever breaks a write through a link, at whatever moment: nothing is half done, no transaction
# stays open there, and the session goes on with its next statement.

use strict;
use warnings;

use DataLinks;
use FakeRemote;
use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Test::More;

my ($local, $remote) = start_nodes();
$remote->append_conf('postgresql.conf', 'restart_after_crash = on');
$remote->reload;
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TABLE goal (id int PRIMARY KEY, s text);
CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO goal SELECT -i, 'before' FROM generate_series(1, 2000) i;
END

# The link goes through a relay that can be told what to do when a COMMIT passes.
my $at_commit = $local->basedir . '/at_commit';
my $remote_port = $remote->port;

sub relay
{
	my ($peer) = @_;
	my $near = $peer->{connection};
	my $far = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $remote_port) or return;
	setsockopt($_, IPPROTO_TCP, TCP_NODELAY, 1) for $near, $far;
	my $select = IO::Select->new($near, $far);
	while (my @ready = $select->can_read)
	{
		for my $from (@ready)
		{
			sysread($from, my $data, 1 << 16) or return;
			my $what = $from == $near && $data =~ /COMMIT\0/ && -s $at_commit ? slurp_file($at_commit) : '';
			return if $what eq 'lose';
			1 while $what eq 'hang' && sysread($near, $data, 1 << 16);
			return if $what eq 'hang';
			my $to = $from == $near ? $far : $near;
			for (my $sent = 0; $sent < length $data;)
			{
				$sent += syswrite($to, $data, length($data) - $sent, $sent) // return;
			}
			next unless $what eq 'commit';
			# The remote's answer is read, so that it has committed, and lost.
			sysread($far, $data, 1 << 16);
			return;
		}
	}
	return;
}

my $fake = FakeRemote->new(\&relay);
run_sql($local, link_sql($remote, 'w', undef, port => $fake->port));
run_sql($local, link_sql($remote, 'direct'));

# What happens in the middle of a statement: a local function does it, when it comes to a row.
my $there = $remote->connstr('postgres');
my $ours = "application_name LIKE 'datalinks: %'";
my $bin = $ENV{PRIVATE_BIN} // $remote->config_data('--bindir');
my ($data, $log) = ($remote->data_dir, $remote->logfile);
my %there = (
	'its backend there is terminated' =>
	  "psql -XAtqd \"$there\" -c \"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE $ours\"",
	'the remote is stopped at once' => "\"$bin/pg_ctl\" -s -D \"$data\" -l \"$log\" -m immediate restart",
	'its backend there is killed' =>
	  "kill -9 \$(psql -XAtqd \"$there\" -c \"SELECT pid FROM pg_stat_activity WHERE $ours\");"
	  . " for i in \$(seq 300); do sleep 0.1; psql -XAtqd \"$there\" -c 'SELECT' && break; done");
my %here = (
	'it is cancelled here' => 'PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(60)',
	'it takes too long here' => 'PERFORM pg_sleep(60)',
	'an error here' => 'PERFORM 1 / (at - at)',
	'its backend here is terminated' => 'PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60)');

# SQLSTATEs, and whether the connection there, or the session here, is lost with it.
my %outcome = (
	'its backend there is terminated' => { states => qr/57P01|08\w{3}/, loses => 1 },
	'the remote is stopped at once' => { states => qr/57P0[12]|08\w{3}/, loses => 1 },
	'its backend there is killed' => { states => qr/57P02|08\w{3}/, loses => 1 },
	'it is cancelled here' => { states => qr/57014/ },
	'it takes too long here' => { states => qr/57014/, before => "SET statement_timeout = '1s';" },
	'an error here' => { states => qr/22012/ },
	'its backend here is terminated' => { ends => 1 });

sub prepare_strike
{
	my ($strike) = @_;
	my $body = $here{$strike};
	if (!$body)
	{
		my $script = $local->basedir . '/strike.sh';
		unlink $script;
		append_to_file($script, "exec >/dev/null 2>&1 </dev/null\n$there{$strike}\nexit 0\n");
		$body = "COPY (SELECT) TO PROGRAM 'sh \"$script\"'";
	}
	run_sql($local, <<"END");
CREATE OR REPLACE FUNCTION strike(i int, at int) RETURNS int LANGUAGE plpgsql VOLATILE AS \$\$
BEGIN
	IF i = at THEN $body; END IF;
	RETURN i;
END \$\$;
END
	return;
}
prepare_strike('an error here');
run_sql($local, <<'END');
CREATE SEQUENCE copied;
CREATE FOREIGN TABLE w.copied (id int, s text DEFAULT strike(nextval('copied')::int, 3000)::text) SERVER w
	OPTIONS (schema_name 'public', table_name 'goal');
END

# In what: statements, all of which fail or are undone where the connection is lost; how many rows
# they leave where only the statement fails.
my $struck = 'INSERT INTO w.goal SELECT strike(i, 3000), repeat(\'x\', 200) FROM generate_series(1, 6000) i';
my @steps = (
	[ 'before the first row', 'SELECT count(*) FROM w.goal; INSERT INTO w.goal SELECT strike(i, 1) FROM generate_series(1, 10) i' ],
	[ 'after the first row', 'INSERT INTO w.goal SELECT strike(i, 2) FROM generate_series(1, 10) i' ],
	[ 'among the first rows', 'INSERT INTO w.goal SELECT strike(i, 50) FROM generate_series(1, 90) i' ],
	[ 'where COPY begins', 'INSERT INTO w.goal SELECT strike(i, 101) FROM generate_series(1, 300) i' ],
	[ 'in a COPY', $struck ],
	[ 'in COPY ... FROM', "SELECT setval('copied', 1); COPY w.copied (id) FROM PROGRAM 'seq 1 6000'" ],
	[ 'at RETURNING', 'INSERT INTO w.goal SELECT i FROM generate_series(1, 1500) i RETURNING strike(id, 500)' ],
	[ 'row by row', 'UPDATE w.goal SET s = \'new\' WHERE strike(-id, 1000) <> 0' ],
	[ 'at RETURNING of what went whole', 'DELETE FROM w.goal WHERE id < 0 RETURNING strike(-id, 1000)' ],
	[ 'in a fetch after a write', <<'END' ],
BEGIN;
INSERT INTO w.goal VALUES (1, 'cursor');
DECLARE c CURSOR FOR SELECT strike(-id, 700) FROM w.goal WHERE id < 0 ORDER BY id DESC;
FETCH 2000 FROM c;
COMMIT
END
	[ 'in a savepoint', <<"END", 2 ],
BEGIN;
INSERT INTO w.goal VALUES (10001);
SAVEPOINT a;
$struck;
ROLLBACK TO a;
INSERT INTO w.goal VALUES (10002);
COMMIT
END
	[ 'in a block with EXCEPTION', <<"END", 2 ],
DO \$\$
BEGIN
	INSERT INTO w.goal VALUES (10001);
	BEGIN
		$struck;
	EXCEPTION WHEN OTHERS OR query_canceled THEN
		RAISE LOG 'caught %', SQLSTATE;
	END;
	INSERT INTO w.goal VALUES (10002);
END \$\$
END
	[ 'in a transaction that read before', "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM w.goal; $struck; COMMIT" ]);

sub rows_there
{
	return $remote->safe_psql('orders', "SELECT count(*) FILTER (WHERE s = 'before'), count(*) FROM goal");
}

sub nothing_open
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok($remote->poll_query_until('orders',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE $ours AND state <> 'idle'"), "nothing stays open there: $name");
}

# The SQLSTATEs of statements, one session's, and what it printed beside them.
sub states_of
{
	my (@statements) = @_;
	my ($out, $error) = ('', '');
	$local->psql('postgres', join('', map { "$_;\n\\echo state :SQLSTATE\n" } @statements), stdout => \$out, stderr => \$error,
		on_error_stop => 0, timeout => $PostgreSQL::Test::Utils::timeout_default, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return ([ $out =~ /^state (\w+)$/mg ], $out, $error);
}

my @next = ("INSERT INTO w.goal VALUES (20000, 'next')", 'SELECT count(*) || \' next\' FROM w.goal WHERE id = 20000',
	'DELETE FROM w.goal WHERE id = 20000');

for my $strike (sort keys %outcome)
{
	my ($states, $loses, $ends, $before) = @{ $outcome{$strike} }{qw(states loses ends before)};
	prepare_strike($strike);
	for my $step (@steps)
	{
		my ($where, $sql, $left) = @$step;
		my $name = "$strike $where";
		my (undef, $out, $error) = states_of(($before // ()), $sql, 'RESET statement_timeout', @next);
		# A session that is lost before it was needed is replaced. On a busy machine the end of the
		# connection may come in after that of the process.
		if ($loses && $where eq 'before the first row')
		{
			my $unnoticed = $error =~ /ERROR:  (?:$states): /;
			is(rows_there(), $unnoticed ? '2000|2000' : '2000|2010', "$name: the session is replaced") || diag($error);
			$remote->safe_psql('orders', 'DELETE FROM goal WHERE id > 0');
			next;
		}
		like($error, qr/(?:ERROR|FATAL):  (?:$states): /, "$name: the error") unless $ends || ($left && !$loses && $sql =~ /EXCEPTION/);
		is(rows_there(), $left && !$loses && !$ends ? 2000 . '|' . (2000 + $left) : '2000|2000', '... all or nothing');
		nothing_open($name);
		like($out, qr/^state 00000\nstate 00000\n1 next\nstate 00000\nstate 00000\s*\z/m, '... and the session goes on') || diag($error) unless $ends;
		$remote->safe_psql('orders', 'DELETE FROM goal WHERE id > 0') if $left;
	}
}
$remote->_update_pid(1);

# COMMIT on its way.
sub at_commit
{
	my ($what) = @_;
	unlink $at_commit;
	append_to_file($at_commit, $what) if $what;
	return;
}

# Runs SQL in the background, which hangs in its COMMIT until it is cancelled there; returns its errors.
sub cancelled
{
	my ($sql) = @_;
	my $error = '';
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $local->connstr('postgres'), '-c', $sql ],
		'<', \undef, '>', \my $out, '2>', \$error, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	my $hanging = "backend_type = 'client backend' AND pid <> pg_backend_pid() AND wait_event_type = 'Extension'";
	# It waits there a moment before, for the rows.
	$remote->poll_query_until('orders', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $ours"
		  . " AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '0.5 s'") or die;
	$local->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE $hanging");
	$run->finish;
	return $error;
}

for my $case (
	[ 'lose', qr/08007/, 0, 'the connection is lost before the remote has it' ],
	[ 'commit', qr/08007/, 1, 'the connection is lost before its answer is there' ],
	[ 'hang', qr/08007/, 0, 'it is cancelled while it waits' ])
{
	my ($what, $expected, $committed, $name) = @$case;
	for my $sql ("INSERT INTO w.goal VALUES (1, 'commit')",
		"BEGIN; INSERT INTO w.goal VALUES (1, 'commit'); SAVEPOINT a; INSERT INTO w.goal VALUES (2); RELEASE a; COMMIT",
		"BEGIN; INSERT INTO w.goal VALUES (1, 'commit'); CREATE TABLE mark (a int); COMMIT")
	{
		my $rows = $sql =~ /SAVEPOINT/ ? 2 : 1;
		at_commit($what);
		my $error = $what eq 'hang' ? cancelled($sql) : (states_of($sql))[2];
		at_commit();
		like($error, qr/ERROR:  $expected: /, "at COMMIT $name");
		is(rows_there(), '2000|' . (2000 + $committed * $rows), '... and it is whole there, or not at all');
		is(run_sql($local, "SELECT to_regclass('mark')"), '', '... and not here');
		nothing_open($name);
		$remote->safe_psql('orders', 'DELETE FROM goal WHERE id > 0');
	}
}
at_commit('lose');
my ($list) = states_of('BEGIN', 'SELECT count(*) FROM w.goal', 'COMMIT');
at_commit();
is_deeply([ grep { $_ ne '00000' } @$list ], [], 'who has only read does not care');

# Locks there.
my $holder = $remote->background_psql('orders');
$holder->query_safe("BEGIN; UPDATE goal SET s = 'before' WHERE id = -7");
$remote->safe_psql('postgres', "ALTER ROLE app SET lock_timeout = '200ms'");
for my $sql ("UPDATE w.goal SET s = 'new' WHERE id BETWEEN -10 AND -1", "UPDATE w.goal SET s = 'new' WHERE strike(id, 0) < 0",
	"DELETE FROM w.goal WHERE id = -7", "TRUNCATE w.goal", "SELECT FROM w.goal FOR UPDATE")
{
	my ($states, $out, $error) = states_of('BEGIN', "INSERT INTO w.goal VALUES (1)", 'SAVEPOINT a', $sql, 'ROLLBACK TO a',
		'INSERT INTO w.goal VALUES (2)', 'COMMIT', @next);
	like($error, qr/ERROR:  55P03: /, "a lock_timeout there: $sql");
	is(join(' ', @$states[3 .. $#$states]), join(' ', '55P03', ('00000') x 6), '... and the transaction goes on');
	is(rows_there(), '2000|2002', '... and commits');
	nothing_open($sql);
	$remote->safe_psql('orders', 'DELETE FROM goal WHERE id > 0');
}
$holder->query_safe('ROLLBACK');
$holder->quit;
$remote->safe_psql('postgres', 'ALTER ROLE app RESET lock_timeout');

# A statement that fails again and again leaves nothing behind.
my $grown = <<'END';
DO $$
DECLARE before bigint; after bigint; n int := 0;
BEGIN
	FOR turn IN 1 .. 1200 LOOP
		BEGIN
			%s;
		EXCEPTION WHEN unique_violation OR division_by_zero THEN
			n := n + 1;
		END;
		IF turn = 200 THEN before := memory(); END IF;
	END LOOP;
	after := memory();
	ASSERT n = 1200, n;
	PERFORM set_config('test.grown', (after - before)::text, false);
END $$;
SELECT current_setting('test.grown');
END
run_sql($local, <<'END');
CREATE FUNCTION memory() RETURNS bigint LANGUAGE sql VOLATILE AS
	$$ SELECT substring(pg_read_file('/proc/self/status') FROM 'VmData:\s*(\d+) kB')::bigint $$;
END
prepare_strike('an error here');
for my $sql (
	'INSERT INTO w.goal VALUES (-1)',
	'INSERT INTO w.goal VALUES (-1) RETURNING id',
	'INSERT INTO w.goal SELECT i FROM generate_series(1, 50) i UNION ALL SELECT -1',
	'INSERT INTO w.goal SELECT i, repeat(\'x\', 100) FROM generate_series(1, 150) i UNION ALL SELECT -1, \'\'',
	'INSERT INTO w.goal SELECT strike(i, 150), repeat(\'x\', 100) FROM generate_series(1, 300) i',
	'UPDATE w.goal SET id = -2 WHERE id = -1',
	'UPDATE w.goal SET s = \'x\' WHERE strike(-id, 40) < 50')
{
	my $kilobytes = run_sql($local, sprintf $grown, $sql =~ s/ RETURNING id/ RETURNING id INTO n/r);
	cmp_ok($kilobytes, '<', 400, "1,000 times does not grow ($kilobytes kB): $sql");
	is(rows_there(), '2000|2000', '... and changes nothing');
}
my $failing = "INSERT INTO w.late VALUES (1), (1);\n";
my @memory = split /\n/, (states_of(($failing) x 100, 'SELECT memory()', ($failing) x 1000, 'SELECT memory()'))[1] =~ s/^state .*\n//mgr;
cmp_ok($memory[1] - $memory[0], '<', 400, "nor does a commit that is refused ($memory[0] kB, $memory[1] kB)");

done_testing();
