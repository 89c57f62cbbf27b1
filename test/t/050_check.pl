# datalink_check: many links at once, whatever their remotes do.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use IO::Socket::INET;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my ($local, $remote) = start_nodes();

# A link to somewhere else than where it was made: the first part of its options replaced.
sub point
{
	my ($name, %options) = @_;
	my $list = join(', ', map { "SET $_ '$options{$_}'" } sort keys %options);
	my $server = $name;
	run_sql($local, "ALTER SERVER $server OPTIONS ($list)");
}

# The row of a link, or of all of them, as hashes by name.
sub check
{
	my ($arguments, %given) = @_;
	my @columns = qw(name status latency server_version tls detail);
	my $fields = join(', ', map { "replace(coalesce($_\::text, '-'), E'\\n', ' / ')" } @columns);
	my $node = delete $given{node} // $local;
	my $before = delete $given{before} // '';
	my $rows = run_sql($node, "$before SELECT $fields FROM datalink_check($arguments)", %given);
	my %check;
	for my $line (split /\n/, $rows)
	{
		my %row;
		@row{@columns} = split /\|/, $line;
		$check{ $row{name} } = \%row;
	}
	return \%check;
}

sub connections_on_remote
{
	return run_sql($remote, "SELECT count(*) FROM pg_stat_activity WHERE datname = 'orders'");
}

sub none_left
{
	my ($name) = @_;
	ok($remote->poll_query_until('postgres',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = 'orders'"), $name);
}

# A listener that accepts (its backlog does) and never answers; a port where nobody listens.
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 128)
  or die "could not listen: $!";
my $silent_port = $silent->sockport;
my $closed = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp')
  or die "could not bind: $!";
my $closed_port = $closed->sockport;    # bound, not listening: refuses, and nobody else takes it

# A server that lets everybody in, in its own process, and then does to each connection what is told.
my @fakes;
sub fake
{
	my ($behave) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 9)
	  or die "could not listen: $!";
	my $pid = fork // die "could not fork: $!";
	if ($pid == 0)
	{
		$SIG{PIPE} = 'IGNORE';
		while (my $peer = $listener->accept)
		{
			# SSLRequest, StartupMessage: AuthenticationOk
			sysread $peer, my $request, 8;
			syswrite $peer, 'N';
			sysread $peer, my $startup, 4096;
			syswrite $peer, pack('aNN', 'R', 8, 0);
			$behave->($peer);
		}
		POSIX::_exit(0);
	}
	push @fakes, $pid;
	return $listener->sockport;
}
END { my $status = $?; kill 'KILL', @fakes; waitpid $_, 0 for @fakes; $? = $status }

run_sql($local, link_sql($remote, 'one'));
my $row = check("'one'")->{one};
is($row->{status}, 'ok', 'a link whose remote answers is ok');
like($row->{latency}, qr/\A00:00:00\.\d+\z/, 'its latency is a fraction of a second');
is($row->{server_version}, run_sql($remote, 'SHOW server_version'), 'its version is the remote\'s');
is($row->{detail}, '-', 'and there is nothing to tell');
is($row->{tls}, '-', 'without TLS there is no version of it');

fails($local, "SELECT datalink_check('nobody')", '42704', qr/"nobody" does not exist/,
	'an unknown link');
for my $timeout ('0', '-1s', '61min', '1 day', '200000 years')
{
	fails($local, "SELECT datalink_check(timeout => '$timeout')", '22023', qr/invalid timeout/,
		"timeout $timeout");
}
fails($local, "SELECT datalink_check(timeout => NULL)", '22004', undef, 'timeout NULL');
is(check("'one', '1h'")->{one}{status}, 'ok', 'an hour is a timeout');

# Fifty links, ten of them silent and ten refused.
run_sql($local, join(';', map { link_sql($remote, "l$_") } 1 .. 49));
point("l$_", port => $silent_port) for 1 .. 10;
point("l$_", port => $closed_port) for 11 .. 20;
my $timeout = 3;
my $begin = time;
my $all = check("timeout => '$timeout s'");
my $taken = time - $begin;
cmp_ok($taken, '<', 10 * $timeout, 'ten silent ones do not take ten timeouts');
cmp_ok($taken, '>=', $timeout, 'and not less');
my %count;
$count{ $_->{status} }++ for values %$all;
is_deeply(\%count, { ok => 30, timeout => 10, refused => 10 }, 'each has its status');
is($all->{l1}{detail}, "127.0.0.1:$silent_port: no answer within $timeout s", 'why: silence');
like($all->{l11}{detail}, qr/port $closed_port failed: Connection refused/, 'why: refused');
is_deeply([ map { $all->{l1}{$_} } qw(latency server_version tls) ], [ ('-') x 3 ],
	'nothing else is known of a silent remote');
none_left('no connection is left');

# Cancelled, in whatever way, it ends at once.
$begin = time;
fails($local, "SET statement_timeout = '500ms'; SELECT count(*) FROM datalink_check(timeout => '60s')",
	'57014', qr/statement timeout/, 'statement_timeout ends it');
cmp_ok(time - $begin, '<', 50, 'at once');
none_left('and leaves no connection');

my $background = $local->background_psql('postgres', on_error_stop => 0);
$background->{stdin} .= "SELECT count(*) FROM datalink_check(timeout => '10min') AS waiting;\n";
$background->{run}->pump_nb;
ok($local->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%AS waiting%'"
		  . " AND pid <> pg_backend_pid() AND wait_event_type = 'Extension'"), 'it waits');
run_sql($local, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%AS waiting%'"
	  . ' AND pid <> pg_backend_pid()');
ok($local->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%AS waiting%'"
		  . " AND pid <> pg_backend_pid() AND state = 'idle'"), 'pg_cancel_backend ends it');
none_left('and leaves no connection, in a session that goes on');
$background->{stdin} .= "\\q\n";
$background->{run}->finish;

# Too few descriptors for all at once: in groups, each link with its own time.
$local->append_conf('postgresql.conf', 'max_files_per_process = 64');
$local->restart;
$begin = time;
my $groups = check("timeout => '$timeout s'");
$taken = time - $begin;
%count = ();
$count{ $_->{status} }++ for values %$groups;
is_deeply(\%count, { ok => 30, timeout => 10, refused => 10 }, 'the same in groups');
cmp_ok($taken, '<', 10 * $timeout, 'and again not in as many timeouts as there are silent ones');
is(run_sql($local, "SELECT count(*) FROM generate_series(1, 20) g,"
		  . " LATERAL datalink_check('l21', make_interval(secs => 5 + g)) WHERE status = 'ok'"),
	'20', 'a session gives back the descriptors');
none_left('no connection is left by groups');
$local->append_conf('postgresql.conf', 'max_files_per_process = 1000');
$local->restart;
run_sql($local, join(';', map { "SELECT datalink_drop('l$_')" } 1 .. 49));

# Wrong passwords and databases.
run_sql($local, link_sql($remote, 'auth'));
my $server = 'auth';
run_sql($local, "ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (SET password 'wrong-secret')");
$row = check("'auth'")->{auth};
is($row->{status}, 'authentication failed', 'a wrong password');
like($row->{detail}, qr/FATAL:  password authentication failed for user "app"\z/,
	'the reason is as libpq gives it');
unlike($row->{detail}, qr/wrong-secret|28P01|auth\.c/, 'without secrets, codes, places in a source');
run_sql($local, "ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (DROP password)");
is(check("'auth'")->{auth}{status}, 'authentication failed', 'no password');
run_sql($local, "ALTER USER MAPPING FOR CURRENT_USER SERVER $server OPTIONS (ADD password '"
	  . password_of('app') . "')");
point('auth', dbname => 'gone');
$row = check("'auth'")->{auth};
is($row->{status}, 'unreachable', 'no such database');
like($row->{detail}, qr/FATAL:  database "gone" does not exist/, 'and why');
run_sql($local, "ALTER SERVER $server OPTIONS (SET dbname 'pw-app-wp')");
unlike(check("'auth'")->{auth}{detail}, qr/pw-app-wp/, 'a secret that the remote repeats is hidden');
is(check("'auth'", before => "SET lc_messages = 'C';")->{auth}{status}, 'unreachable', 'in C');
run_sql($local, "ALTER SERVER $server OPTIONS (SET dbname 'orders', SET host 'no.such.host.invalid')");
is(check("'auth', '60s'")->{auth}{status}, 'unreachable', 'an unknown host');
run_sql($local, "ALTER SERVER $server OPTIONS (SET host '127.0.0.1', ADD sslmode 'nonsense')");
$row = check("'auth'")->{auth};
is($row->{status}, 'unreachable', 'options that libpq does not take');
like($row->{detail}, qr/sslmode/, 'are named');
run_sql($local, "SELECT datalink_drop('auth')");

# Several hosts.
run_sql($local, link_sql($remote, 'many'));
my $port = $remote->port;
my ($hosts2, $hosts3) = (join(',', ('127.0.0.1') x 2), join(',', ('127.0.0.1') x 3));
point('many', host => $hosts3, port => "$closed_port,$silent_port,$port");
$row = check("'many', '4s'")->{many};
is($row->{status}, 'ok', 'a host that answers, behind one that refuses and one that is silent');
is($row->{detail}, '-', 'and the others do not matter');
point('many', host => $hosts2, port => "$closed_port,$silent_port");
$row = check("'many', '2s'")->{many};
is($row->{status}, 'timeout', 'a refusing and a silent host');
like($row->{detail}, qr/refused.* \/ 127\.0\.0\.1:$silent_port: no answer within/, 'both are told');
point('many', port => "$closed_port,$closed_port");
is(check("'many'")->{many}{status}, 'refused', 'every host refuses');
run_sql($local, "SELECT datalink_drop('many')");

# The link's own connect_timeout counts where it is shorter.
run_sql($local, link_sql($remote, 'short', undef, query => '?connect_timeout=2'));
point('short', port => $silent_port);
$row = check("'short', '60s'")->{short};
is($row->{detail}, "127.0.0.1:$silent_port: no answer within 2 s", 'connect_timeout is kept to');
run_sql($local, "SELECT datalink_drop('short')");

# Remotes that let us in and then do not do as they should.
my $ready = pack('aNa', 'Z', 5, 'I');
my %fakes = (
	silent => [ 'timeout', sub { syswrite $_[0], $ready; sysread $_[0], my $rest, 4096 while 1 } ],
	dripping => [ 'timeout', sub {
		syswrite $_[0], pack('aN', 'S', 20_000);
		1 while syswrite($_[0], 'x') && usleep 20_000 } ],
	dripping_later => [ 'timeout', sub {
		syswrite $_[0], $ready . pack('aN', 'S', 20_000);
		1 while syswrite($_[0], 'x') && usleep 20_000 } ],
	closing => [ 'unreachable', sub { syswrite $_[0], $ready; sysread $_[0], my $query, 4096;
		close $_[0] } ],
	other => [ 'unreachable', sub { syswrite $_[0], $ready; sysread $_[0], my $query, 4096;
		syswrite $_[0], pack('aN', '1', 4) . pack('aN', '2', 4) . pack('aNn', 'T', 6, 0)
		  . pack('aNa*x', 'C', 13, 'SELECT 0') . $ready; sleep 1 } ],
	garbage => [ 'unreachable', sub { syswrite $_[0], "\xff" x 4096; sleep 1 } ],
);
run_sql($local, link_sql($remote, "fake_$_")) for sort keys %fakes;
point("fake_$_", port => fake($fakes{$_}[1])) for sort keys %fakes;
$begin = time;
$all = check("timeout => '2s'");
cmp_ok(time - $begin, '<', 2 * keys %fakes, 'not each of them takes a timeout of its own');
is($all->{"fake_$_"}{status}, $fakes{$_}[0], "a remote that is $_") for sort keys %fakes;
is($all->{one}{status}, 'ok', 'beside them, the others are well');
run_sql($local, "SELECT datalink_drop('fake_$_')") for sort keys %fakes;

# A remote that takes no writes.
run_sql($remote, "ALTER DATABASE orders SET default_transaction_read_only = on");
run_sql($local, link_sql($remote, 'reader', 'read_only => true'));
is(check("'one'")->{one}{status}, 'read-only', 'a remote that does not write');
is(check("'one'")->{one}{detail}, 'transactions of the remote are read-only', 'and why');
is(check("'reader'")->{reader}{status}, 'ok', 'is well for a link that only reads');
run_sql($remote, "ALTER DATABASE orders RESET default_transaction_read_only");
run_sql($local, "SELECT datalink_drop('reader')");

# A standby, as remote and as local.
for my $node ($remote, $local)
{
	$node->append_conf('postgresql.conf', "wal_level = replica\nmax_wal_senders = 3");
	$node->restart;
	$node->backup('base');
}
my $remote_standby = PostgreSQL::Test::Cluster->new('remote_standby');
$remote_standby->init_from_backup($remote, 'base', has_streaming => 1);
$remote_standby->start;
my $local_standby = PostgreSQL::Test::Cluster->new('local_standby');
$local_standby->init_from_backup($local, 'base', has_streaming => 1);
$local_standby->start;

is(check('', node => $local_standby)->{one}{status}, 'ok', 'it works on a standby');
is(check('', before => 'BEGIN READ ONLY;')->{one}{status}, 'ok', 'and in a read-only transaction');
point('one', port => $remote_standby->port);
$row = check("'one'")->{one};
is($row->{status}, 'read-only', 'a standby as the remote');
is($row->{detail}, 'the remote is a standby', 'and why');
$server = 'one';
run_sql($local, "ALTER SERVER $server OPTIONS (ADD target_session_attrs 'read-write')");
$row = check("'one'")->{one};
is($row->{status}, 'read-only', 'also where the link asks for another');
like($row->{detail}, qr/session is read-only/, 'and libpq says so');
point('one', host => $hosts2, port => $remote_standby->port . ",$port");
is(check("'one'")->{one}{status}, 'ok', 'with the primary as the next host all is well');
run_sql($local, "ALTER SERVER $server OPTIONS (SET target_session_attrs 'standby')");
point('one', port => "$port,$port");
is(check("'one'")->{one}{status}, 'unreachable', 'a primary where a standby is asked for');
run_sql($local, "ALTER SERVER $server OPTIONS (DROP target_session_attrs)");
$_->stop for $local_standby, $remote_standby;

# TLS.
SKIP:
{
	my $files = $remote->data_dir;
	skip 'no openssl', 2
	  if system("openssl req -new -x509 -days 2 -nodes -subj /CN=remote -keyout $files/server.key"
		  . " -out $files/server.crt >/dev/null 2>&1") != 0;
	chmod 0600, "$files/server.key";
	$remote->append_conf('postgresql.conf', 'ssl = on');
	$remote->restart;
	point('one', host => '127.0.0.1', port => $port);
	$row = check("'one'")->{one};
	is($row->{status}, 'ok', 'a remote with TLS');
	like($row->{tls}, qr/\ATLSv1\.[23]\z/, 'has its version');
}

# Roles.
make_role($local, $_) for qw(owner guest stranger);
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO owner;'
	  . 'GRANT CREATE ON DATABASE postgres TO owner');
run_sql($local, link_sql($remote, 'theirs'), role => 'owner');
my $theirs = 'theirs';
is_deeply([ sort keys %{ check('', role => 'owner') } ], ['theirs'], 'an owner sees the own link');
is(check('', role => 'owner')->{theirs}{status}, 'ok', 'and that it is ok');
is_deeply(check('', role => 'stranger'), {}, 'a role without rights sees none');
fails($local, "SELECT datalink_check('theirs')", '42501', qr/permission denied for data link "theirs"/,
	'and may not ask', role => 'stranger');
is(check('')->{theirs}{status}, 'ok', 'a superuser goes by the owner\'s mapping');
run_sql($local, "GRANT USAGE ON FOREIGN SERVER $theirs TO guest");
is_deeply(check('', role => 'guest'), {}, 'USAGE without a mapping is not enough');
fails($local, "SELECT datalink_check('theirs')", '42501', undef, 'and the name says so', role => 'guest');
run_sql($local, "CREATE USER MAPPING FOR guest SERVER $theirs OPTIONS (user 'app', password '"
	  . password_of('app') . "')");
is(check('', role => 'guest')->{theirs}{status}, 'ok', 'with both it is');

run_sql($local, "ALTER SERVER $theirs OPTIONS (SET port '$closed_port')", role => 'owner');
$row = check('', role => 'owner')->{theirs};
is("$row->{status} $row->{detail}", 'unreachable -', 'reasons are for superusers');
like(check('')->{theirs}{detail}, qr/Connection refused/, 'who get them');

# A remote that lets anybody in, by an owner's link to the local socket.
my $socket = $local->host;
my $superuser = run_sql($local, 'SELECT current_user');
run_sql($local, "ALTER SERVER $theirs OPTIONS (SET host '$socket', SET port '" . $local->port
	  . "', SET dbname 'postgres')");
run_sql($local, "ALTER USER MAPPING FOR owner SERVER $theirs OPTIONS (SET user '$superuser')",
	role => 'owner');
for my $who ({ role => 'owner' }, {})
{
	$row = check("'theirs'", %$who)->{theirs};
	is($row->{status}, 'authentication failed', 'a remote that asked for no password');
	like($row->{detail}, qr/did not ask for the password|cannot connect through a socket/,
		'is told apart');
	is($row->{server_version}, '-', 'and was not asked anything');
}

# Invalid links.
run_sql($local, "ALTER USER MAPPING FOR owner SERVER $theirs OPTIONS (DROP password)");
$row = check('', role => 'owner')->{theirs};
is("$row->{status}: $row->{detail}", 'invalid: the user mapping of its owner has no password',
	'an invalid link, and its reason');
run_sql($local, "DROP SCHEMA theirs CASCADE", role => 'owner');
for my $arguments ('', "'theirs'")
{
	$row = check($arguments, role => 'owner')->{theirs};
	is($row->{status}, 'invalid', 'a link that was reset');
	is($row->{detail}, link_of($local, 'theirs')->{reason}, 'has the reason of the list');
}
is_deeply(check('', role => 'stranger'), {}, 'and is left out for others');
fails($local, "SELECT datalink_check('theirs')", '42501', undef, 'or refused', role => 'stranger');

is(connections_on_remote(), '0', 'no connection is left at the end');

done_testing();
