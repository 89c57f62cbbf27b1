# A transaction that wrote to two remotes and here is stopped at each step of a commit in two phases,
# and whoever takes part in it is killed just then: when all is up again and datalink_resolve() was
# called, it has happened everywhere or nowhere, and nothing is left prepared.

use strict;
use warnings;

use DataLinks;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;

my ($local, $first) = start_nodes();
my $second = start_node('second');
make_role($second, 'app');
$second->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
make_remote_schema($second);
for my $node ($local, $first, $second)
{
	$node->append_conf('postgresql.conf',
		"restart_after_crash = on\nmax_prepared_transactions = 10\nwal_level = replica\nmax_wal_senders = 1");
	$node->restart;
}
my %relay = (a => Relay->new($first->port, $local->basedir, 'a'), b => Relay->new($second->port, $local->basedir, 'b'));
my %remote = (a => $first, b => $second);
for my $link (qw(a b))
{
	run_sql($remote{$link}, 'CREATE TABLE part (n int)', dbname => 'orders', role => 'app');
	run_sql($local, link_sql($remote{$link}, $link, "only_tables => '{part}'", port => $relay{$link}->port));
}
run_sql($local, 'CREATE TABLE here (n int); CREATE TABLE blocked (n int)');

my $timeout = IPC::Run::timeout(3 * $PostgreSQL::Test::Utils::timeout_default);

# A psql of its own, under a name by which its backend is found.
sub begin_sql
{
	my ($name, $sql) = @_;
	my %session = (out => '', err => '');
	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $local->connstr('postgres') . " application_name=$name", '-c', $sql ],
		'<', \undef, '>', \$session{out}, '2>', \$session{err}, $timeout);
	return \%session;
}

sub await_event
{
	my ($name, $event) = @_;
	return $local->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$name' AND wait_event = '$event'") || die "no $event";
}

# Waits for a standby that never comes: a COMMIT of what has written is on disk then, and stays there.
sub await_standby
{
	$local->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
	$local->reload;
	# The checkpointer tells the others, soon.
	for (1 .. 100)
	{
		my $probe = begin_sql('probe', 'INSERT INTO blocked VALUES (1)');
		# It has begun some time after its start, and waits, or has ended before anybody looks.
		my $waits = 0;
		until ($waits)
		{
			$probe->{run}->pump_nb if $probe->{run}->pumpable;
			last unless $probe->{run}->pumpable;
			$waits = $local->safe_psql('postgres', "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE application_name = 'probe' AND wait_event = 'SyncRep'");
		}
		$probe->{run}->finish;
		return if $waits;
	}
	die 'nobody waits for a standby';
}

sub forget_standby
{
	$local->safe_psql('postgres', 'ALTER SYSTEM RESET synchronous_standby_names');
	$local->reload;
	return;
}

# is_one: the transaction has committed here by then; goes_on: it does where a remote is struck.
my $blocker;
my @steps = (
	[ 'before any PREPARE', begin => sub { $_->at('PREPARE TRANSACTION', 'hold') for @relay{qw(a b)} },
		await => sub { $_->await for @relay{qw(a b)} } ],
	[ 'between two PREPAREs', begin => sub { $relay{b}->at('PREPARE TRANSACTION', 'hold') },
		await => sub { $relay{b}->await; prepared('a') } ],
	[ 'after all PREPAREs, not knowing it', goes_on => 1, begin => sub { $relay{b}->at('PREPARE TRANSACTION', 'keep') },
		await => sub { $relay{b}->await; prepared('a') } ],
	# Who notifies waits for others who do, just before the COMMIT here.
	[ 'between all PREPAREs and the COMMIT here', goes_on => 1, begin => sub {
			await_standby();
			$blocker = begin_sql('blocker', 'BEGIN; INSERT INTO blocked VALUES (1); NOTIFY x; COMMIT');
			await_event('blocker', 'SyncRep');
		}, await => sub { await_event('doer', 'object') }, end => \&forget_standby ],
	[ 'after the COMMIT here', waits => 1, is_one => 1, begin => \&await_standby,
		await => sub { await_event('doer', 'SyncRep') }, end => \&forget_standby ],
	[ 'between two COMMIT PREPAREDs', is_one => 1, begin => sub { $relay{b}->at('COMMIT PREPARED', 'hold') }, await => sub { $relay{b}->await } ],
	[ 'after all COMMIT PREPAREDs, not knowing it', is_one => 1, begin => sub { $relay{b}->at('COMMIT PREPARED', 'keep') },
		await => sub { $relay{b}->await } ]);

sub prepared
{
	my ($link) = @_;
	return $remote{$link}->poll_query_until('postgres', 'SELECT count(*) = 1 FROM pg_prepared_xacts') || die "nothing prepared";
}

sub kill_backend
{
	my ($node, $condition) = @_;
	my $started = $node->safe_psql('postgres', "SELECT pg_postmaster_start_time()");
	my ($pid) = split /\n/, $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE $condition");
	kill 'KILL', $pid or die "could not kill $pid: $!";
	# All the others go with it.
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $condition") || die;
	return;
}

sub restart
{
	my ($node) = @_;
	$node->stop('immediate');
	$node->start;
	return;
}

my %strikes = (
	'its backend is killed' => sub { kill_backend($local, "application_name = 'doer'") },
	'its server is stopped at once' => sub { restart($local) },
	'a remote backend is killed' => sub { kill_backend($second, "application_name LIKE 'datalinks: %'") },
	'a remote is stopped at once' => sub { restart($second) });

my $n = 0;
for my $step (@steps)
{
	my ($where, %step) = @$step;
	for my $strike (sort keys %strikes)
	{
		my $name = "$where, $strike";
		++$n;
		$step{begin}->();
		# What is in doubt needs the COMMIT on disk, whatever the session says.
		my $durability = $step{waits} ? 'on' : 'off';
		my $doer = begin_sql('doer', <<"END");
SET datalinks.two_phase = on;
SET synchronous_commit = $durability;
BEGIN;
INSERT INTO a.part VALUES ($n);
INSERT INTO b.part VALUES ($n);
INSERT INTO here VALUES ($n);
NOTIFY y;
COMMIT;
SELECT 'committed';
END
		$step{await}->();
		$strikes{$strike}->();
		$relay{$_}->release for qw(a b);
		$step{end}->() if $step{end};
		$_ && eval { $_->{run}->finish } for $doer, $blocker;
		$blocker = undef;

		# A COMMIT here that went on past the strike may leave the other remote's part to it.
		my $left = run_sql($local, "SELECT DISTINCT verdict FROM datalink_in_doubt() ORDER BY 1");
		unlike($left, qr/progress|unknown/, "$name: what is left has a verdict ($left)");
		run_sql($local, 'SELECT count(*) FROM datalink_resolve()');
		my @parties = map { $_->[0]->safe_psql($_->[1], "SELECT count(*) FROM $_->[2] WHERE n = $n") }
		  [ $local, 'postgres', 'here' ], [ $first, 'orders', 'part' ], [ $second, 'orders', 'part' ];
		like("@parties", qr/\A(?:0 0 0|1 1 1)\z/, '... everywhere or nowhere');
		is($parties[0], 1, '... and committed, as was said') if $doer->{out} =~ /committed/;
		is($parties[0], $strike =~ /remote/ && $step{goes_on} || $step{is_one} ? 1 : 0, '... as the COMMIT here was on disk, or not');
		is(join('', map { $_->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts') } $first, $second), '00',
			'... and nothing is left prepared');
	}
}
is(run_sql($local, 'SELECT count(*) FROM datalink_in_doubt()'), 0, 'nothing is in doubt');

done_testing();
