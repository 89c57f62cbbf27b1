# Who may connect without a password: superusers alone, on every side: who calls, whose server it
# is, whose mapping. It is known before anything runs on the other side, so far as libpq can.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use FakeRemote;
use PostgreSQL::Test::Utils;
use Test::More;

my ($local, $remote) = start_nodes();
my $superuser = run_sql($local, 'SELECT current_user');
my ($socket, $port) = ($local->host, $local->port);
make_role($local, $_) for qw(alice bob);
make_role($local, 'root', 'SUPERUSER');
run_sql($local, <<'SQL');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob;
CREATE DATABASE inside;
SQL
my $has_require_auth = run_sql($local, "SELECT current_setting('server_version_num')::int >= 160000") eq 't';

# Over TCP the local server lets "trusted" and the superuser in without a password, its socket the
# superuser ("trust", and "peer" in the database inside).
make_role($local, 'trusted');
my $hba = slurp_file($local->data_dir . '/pg_hba.conf');
open my $file, '>', $local->data_dir . '/pg_hba.conf' or die $!;
print $file "local inside \"$superuser\" peer\nhost all trusted,\"$superuser\" 127.0.0.1/32 trust\n$hba";
close $file;
$local->reload;
ok($local->poll_query_until('postgres', "SELECT count(*) = 2 FROM pg_hba_file_rules"
		  . " WHERE user_name @> '{$superuser}' AND auth_method IN ('peer', 'trust') AND line_number < 3"),
	'the local server lets its superuser in');

# A link `x` as the superuser lays it out, then given to its owner; the mapping is the owner's.
my $made = 0;
sub lay_out
{
	my ($owner, $options, $user, $more) = @_;
	$more //= '';
	run_sql($local, <<"SQL");
DROP SERVER IF EXISTS trap CASCADE;
DROP SCHEMA IF EXISTS x CASCADE;
CREATE SCHEMA x AUTHORIZATION $owner;
CREATE SERVER trap FOREIGN DATA WRAPPER datalinks OPTIONS ($options, connect_timeout '10',
	link 'x', remote_schema 'public', created_at '2020-01-01T00:00:00Z');
ALTER SERVER trap OWNER TO $owner;
CREATE USER MAPPING FOR $owner SERVER trap OPTIONS (user '$user', password 'whatever'$more);
GRANT USAGE ON FOREIGN SERVER trap TO alice, bob;
SQL
}

sub roles
{
	my ($role) = @_;
	return $role eq $superuser ? () : (role => $role);
}

# --- the matrix: caller, owner, way in ---

my %ways = (
	'a socket that trusts' => "host '$socket', port '$port', dbname 'postgres'",
	'a socket of peers' => "host '$socket', port '$port', dbname 'inside'",
	'the default socket' => "port '$port', dbname 'postgres'",
	'TCP that trusts' => "host '127.0.0.1', port '$port', dbname 'postgres'");
my $log = log_size($local);
for my $way (sort keys %ways)
{
	for my $owner ('alice', 'root')
	{
		lay_out($owner, $ways{$way}, $superuser);
		for my $caller ('alice', 'root', $superuser)
		{
			next if $owner eq 'root' && $caller eq 'alice';
			my $case = "$way, $owner\'s link, $caller calls";
			if ($owner eq 'alice')
			{
				fails($local, "SELECT * FROM datalink_$_('x')", '2F003', qr/password is required/,
					"$case: $_", roles($caller)) for qw(diff refresh);
				is(run_sql($local, "SELECT status FROM datalink_check('x')", roles($caller)),
					'authentication failed', "$case: check");
			}
			# The default socket may stand elsewhere; what counts is that no rule of ours is in the way.
			else
			{
				my $error = error_of($local, "SELECT * FROM datalink_diff('x')", roles($caller));
				isnt($error->{sqlstate} // '', '2F003', "$case: nobody asks for a password");
			}
		}
	}
}

# A superuser's own mapping is not used for somebody else's server, nor what he would be let in with.
lay_out('alice', $ways{'TCP that trusts'}, 'trusted');
run_sql($local, "CREATE USER MAPPING FOR \"$superuser\" SERVER trap OPTIONS (user '$superuser')");
for my $function ('diff', 'refresh')
{
	fails($local, "SELECT * FROM datalink_$function('x')", '2F003', undef,
		"a superuser's mapping with alice's server: $function");
}
is(run_sql($local, "SELECT status FROM datalink_check('x')"), 'authentication failed', 'and check');

# A superuser's server: a plain role brings a mapping of its own and is asked for the password.
lay_out('root', $ways{'TCP that trusts'}, 'trusted');
run_sql($local, "CREATE USER MAPPING FOR bob SERVER trap OPTIONS (user '$superuser', password 'x')",
	role => 'bob');
is(run_sql($local, "SELECT status FROM datalink_check('x')", role => 'bob'), 'authentication failed',
	"a superuser's server and a plain role's mapping");

# A superuser may say that a mapping needs no password.
lay_out('alice', $ways{'TCP that trusts'}, 'trusted', ", password_required 'false'");
is(run_sql($local, "SELECT status FROM datalink_check('x')", role => 'alice'), 'ok',
	'password_required=false, by a superuser');

# What a superuser's SECURITY DEFINER function does, its caller has a say in.
lay_out('root', $ways{'TCP that trusts'}, 'trusted');
run_sql($local, 'CREATE FUNCTION public.look() RETURNS text SECURITY DEFINER LANGUAGE sql AS'
	  . " \$\$ SELECT status FROM datalink_check('x') \$\$", role => 'root');
is(run_sql($local, 'SELECT public.look()', role => 'root'), 'ok', 'a superuser calls it');
is(run_sql($local, 'SELECT public.look()', role => 'bob'), 'authentication failed', 'a plain role does');

# Whoever owns the link looks through its owner's mapping, and tells the remote nothing of his own.
run_sql($local, link_sql($remote, 'orders'), role => 'alice');
my $orders = link_of($local, 'orders')->{remote_name};
run_sql($local, "CREATE USER MAPPING FOR \"$superuser\" SERVER $orders OPTIONS (user 'root', password 'his')");
is(run_sql($local, "SELECT count(*) FROM datalink_diff('orders')"), 0, "a superuser's diff");
is(run_sql($local, "SELECT status FROM datalink_check('orders')"), 'ok', 'and check');

# What a superuser wrote into a plain role's mapping, he answers for.
run_sql($local, "ALTER USER MAPPING FOR alice SERVER $orders OPTIONS (ADD sslcert '/no/such/file')");
is(run_sql($local, "SELECT status FROM datalink_check('orders')", role => 'alice'), 'ok',
	"a superuser's sslcert in alice's mapping");
run_sql($local, "SELECT datalink_drop('orders')");

# --- nothing runs before the password was looked at ---

# auto_explain stands for any library; it is loaded when a session begins, or not.
run_sql($local, "ALTER SYSTEM SET log_min_messages = 'debug1'; SELECT pg_reload_conf()");
my $preload = '-c session_preload_libraries=auto_explain';
for my $owner ('alice', 'bob')
{
	lay_out($owner, "host '127.0.0.1', port '$port', dbname 'inside', options '$preload'", $superuser);
	$log = log_size($local);
	for my $function (qw(diff refresh))
	{
		fails($local, "SELECT * FROM datalink_$function('x')", '42501', qr/option "options"/,
			"startup options, $owner\'s link: $function");
	}
	run_sql($local, "SELECT datalink_check('x')");
	unlike(log_of($local, $log), qr/loaded library "auto_explain"/, 'no library was loaded');
}

# --- the validator: what a plain role cannot even write down ---

my %refused = (
	'a socket' => "host '$socket'",
	'an abstract socket' => "host '\@name'",
	'a socket among hosts' => "host '127.0.0.1,$socket', port '1,2'");
unless ($has_require_auth)
{
	for my $case (sort keys %refused)
	{
		fails($local, "CREATE SERVER s FOREIGN DATA WRAPPER datalinks OPTIONS ($refused{$case})", '2F003',
			undef, "$case: CREATE SERVER", role => 'alice');
	}
}
run_sql($local, "CREATE SERVER s FOREIGN DATA WRAPPER datalinks OPTIONS (host '127.0.0.1')",
	role => 'alice');
for my $options ($preload, '-csession_preload_libraries=x', '--session-preload-libraries=x',
	'--SESSION_PRELOAD_LIBRARIES=x', '-c local_preload_libraries=x', '-c role=postgres', '-S 100', '-P',
	'-c', '--', 'work_mem=1', '-c work_mem', '-c statement_timeout=1 -c session_preload_libraries=x',
	'-c search_path=a\\ b -c session\\_preload_libraries=x', "-c work_mem=1\t-c role=x", '-cx=1')
{
	my $literal = $options =~ s/'/''/gr;
	fails($local, "ALTER SERVER s OPTIONS (ADD options E'" . ($literal =~ s/\\/\\\\/gr) . "')", '42501',
		qr/permission denied to set connection option "options"/, "options $options", role => 'alice');
}
for my $options ('-c statement_timeout=5s', '-csearch_path=a,b --work-mem=1MB',
	'-c DateStyle=ISO -c TimeZone=UTC --lock_timeout=1', '-c application_name=a\\ b', '')
{
	run_sql($local, "ALTER SERVER s OPTIONS (ADD options E'" . ($options =~ s/\\/\\\\/gr) . "')",
		role => 'alice');
	run_sql($local, 'ALTER SERVER s OPTIONS (DROP options)', role => 'alice');
	pass("options $options");
}
fails($local, "ALTER SERVER s OPTIONS (ADD $_)", '42501', qr/permission denied to set/, $_, role => 'alice')
  for "service 'x'", "passfile '/x'", "sslcert '/x'", "sslkey '/x'", "krbsrvname 'x'",
  "gssencmode 'require'";
run_sql($local, 'DROP SERVER s', role => 'alice');

# A superuser's server with what only he may set, later given to alice.
for my $options ("sslcert '/x'", "service 'x'", "options '$preload'")
{
	lay_out('alice', "host '127.0.0.1', port '" . $remote->port . "', dbname 'orders', $options", 'app');
	fails($local, "SELECT * FROM datalink_diff('x')", '42501', qr/permission denied to use connection option/,
		"$options in a server that was given to alice", role => 'alice');
	isnt(run_sql($local, "SELECT status FROM datalink_check('x', '1s')", role => 'alice'), 'ok', 'and check');
}

# --- the server's own passwords go nowhere ---

my $home = PostgreSQL::Test::Utils::tempdir();
append_to_file("$home/pgpass", "*:*:*:*:the-servers-own-password\n");
chmod 0600, "$home/pgpass";
$local->stop;
{
	local $ENV{PGPASSFILE} = "$home/pgpass";
	$local->start;
}
my $seen = "$home/seen";
my $fake = FakeRemote->new(
	sub {
		my ($peer) = @_;
		$peer->read_startup;
		$peer->send_message('R', pack('N', 3));
		my (undef, $password) = $peer->read_message;
		append_to_file($seen, "$password\n");
	});
lay_out('alice', "host '127.0.0.1', port '" . $fake->port . "', dbname 'x'", 'app');
run_sql($local, "CREATE USER MAPPING FOR \"$superuser\" SERVER trap OPTIONS (user 'app')");
run_sql($local, 'ALTER USER MAPPING FOR alice SERVER trap OPTIONS (DROP password)');
for my $caller ('alice', $superuser)
{
	error_of($local, "SELECT * FROM datalink_$_('x')", roles($caller)) for qw(diff refresh);
	error_of($local, "SELECT datalink_check('x', '1s')", roles($caller));
}
unlike(-e $seen ? slurp_file($seen) : '', qr/the-servers-own/, 'no password of a file of the server\'s went out');
$fake->stop;

# --- what a plain role learns from a check ---

lay_out('alice', "host '127.0.0.1', port '1', dbname 'x'", 'app');
my $silent = FakeRemote->new(sub { sleep 600 });
my $closed = PostgreSQL::Test::Cluster::get_free_port();
my %said;
for my $host ("host '127.0.0.1', SET port '$closed'", "host '127.0.0.1', SET port '" . $silent->port . "'",
	"host 'no-such-host.invalid', SET port '$closed'")
{
	run_sql($local, "ALTER SERVER trap OPTIONS (SET $host)", role => 'alice');
	my $row = run_sql($local, <<'SQL', role => 'alice');
SELECT status, latency, tls, detail, clock_timestamp() - now() > '0.9s'
FROM (SELECT now()) n, datalink_check('x', '1s')
SQL
	$said{$row}++;
}
is_deeply([ keys %said ], ['unreachable||||t'], 'refused, silent and unknown hosts look alike')
  or diag explain \%said;
$silent->stop;

done_testing();
