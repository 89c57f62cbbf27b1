# What a remote, or a role with a link of its own, can do to make a backend hang: nothing that
# statement_timeout, or the link's own deadline, does not end.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use FakeRemote;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

# Names that begin with "slow" take three seconds to look up, and are not found.
my $slow = PostgreSQL::Test::Utils::tempdir() . '/slow.so';
{
	open my $source, '>', "$slow.c" or die $!;
	print $source <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <time.h>
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
				struct addrinfo **result)
{
	int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
		dlsym(RTLD_NEXT, "getaddrinfo");
	struct timespec left = {3, 0};
	if (node == NULL || strncmp(node, "slow", 4) != 0)
		return next(node, service, hints, result);
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
	return EAI_AGAIN;
}
C
	close $source;
	$slow = '' if system('cc', '-shared', '-fPIC', '-o', $slow, "$slow.c", '-ldl') != 0;
}
local $ENV{LD_PRELOAD} = $slow if $slow;
my ($local, $remote) = start_nodes();
delete local $ENV{LD_PRELOAD};

make_role($local, 'alice');
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . 'GRANT CREATE ON DATABASE postgres TO alice');
my @alice = (role => 'alice');
run_sql($local, link_sql($remote, 'shop'), @alice);

sub alter
{
	my ($options) = @_;
	run_sql($local, "ALTER SERVER shop OPTIONS ($options)", @alice);
}

# How the SQL failed, and that it did before long.
sub ends
{
	my ($sql, $sqlstate, $message, $name, %given) = @_;
	my $begin = time;
	my $error = fails($local, $sql, $sqlstate, $message, $name, %given);
	cmp_ok(time - $begin, '<', $given{within} // 30, "$name: before long");
	return $error;
}

my $diff = "SELECT * FROM datalink_diff('shop')";

# --- arithmetic without an end ---

# As SCRAM's challenge, in so many pieces.
sub challenge
{
	my ($rounds, $pieces) = @_;
	return sub {
		my ($peer) = @_;
		$peer->read_startup;
		$peer->send_message('R', pack('N', 10) . "SCRAM-SHA-256\0\0");
		my (undef, $body) = $peer->read_message;
		my ($nonce) = $body =~ /r=([^,]+)/ or die 'no nonce';
		my $message = FakeRemote::Peer::message('R',
			pack('N', 11) . "r=${nonce}xyz,s=c2FsdHNhbHRzYWx0c2FsdA==,i=$rounds");
		my $size = int(length($message) / $pieces) + 1;
		while ($message ne '')
		{
			$peer->send_bytes(substr($message, 0, $size, ''));
			sleep 1 if $message ne '';
		}
		$peer->read_message;
		sleep 60;
	};
}
for my $case ([ '2000000000', 1 ], [ '2000000000', 3 ], [ ' +2000000000', 1 ], [ '4297067296', 1 ])
{
	my ($rounds, $pieces) = @$case;
	my $fake = FakeRemote->new(challenge($rounds, $pieces));
	alter("SET port '" . $fake->port . "'");
	my $error = ends($diff, '08001', undef, "$rounds rounds in $pieces pieces");
	like($error->{detail}, qr/too many rounds/, 'which is the reason');
	my $row = run_sql($local, "SELECT status, detail FROM datalink_check('shop', '10s')");
	like($row, qr/\Aunreachable\|.*too many rounds/, 'a check says so, too');
	$fake->stop;
}
# A real one is asked in pieces as well, and gets its answer: then it falls silent.
{
	my $fake = FakeRemote->new(challenge(4096, 2));
	alter("SET port '" . $fake->port . "', SET connect_timeout '4'");
	ends($diff, '08001', undef, 'a fair challenge in two pieces is answered');
	alter("SET connect_timeout '10'");
	$fake->stop;
}

# --- files that have no end ---

my $fake = FakeRemote->new(sub { my ($peer) = @_; $peer->read_startup }, tls => 'S');
alter("SET port '" . $fake->port . "', ADD sslmode 'verify-ca', ADD sslrootcert '/dev/ptmx'");
for my $file ('/dev/ptmx', '/dev/zero', '/proc/self/pagemap', '/')
{
	alter("SET sslrootcert '$file'");
	my $error = ends($diff, '22023', undef, "sslrootcert=$file", @alice);
	like($error->{detail}, qr/sslrootcert must name a regular file/, 'which is why');
	is(run_sql($local, "SELECT status FROM datalink_check('shop')", @alice), 'unreachable',
		'a check does not hang');
}
alter("SET sslrootcert '/no/such/file'");
ends($diff, '08001', undef, 'a file that is not there', @alice);
alter('DROP sslmode, DROP sslrootcert');
$fake->stop;

# --- a remote that does not read ---

$fake = FakeRemote->new(
	sub {
		my ($peer) = @_;
		$peer->let_in;
		$peer->answer_begin;
		sleep 600;
	});
my $tables = "ARRAY(SELECT repeat('x', 10000) || g FROM generate_series(1, 350) g)";
ends("SET statement_timeout = '4s'; " . link_sql($remote, 'big', "only_tables => $tables",
		port => $fake->port), '57014', undef, 'a query of 3.5 MB that the remote does not read');
$fake->stop;

# Nor one that does not read how it is greeted.
$fake = FakeRemote->new(sub { sleep 600 });
for my $option (qw(dbname options application_name))
{
	my $value = $option eq 'options' ? "'-c search_path=' || repeat('x', 1000000)" : "repeat('x', 1000000)";
	run_sql($local, "DO \$\$ BEGIN EXECUTE format('ALTER SERVER shop OPTIONS (SET port %L, "
		  . ($option eq 'dbname' ? 'SET' : 'ADD') . " $option %L)', '" . $fake->port
		  . "', $value); END \$\$", @alice);
	my $error = ends($diff, '22023', undef, "1 MB of $option", @alice);
	like($error->{detail}, qr/up to 8192 bytes/, 'which is why');
	alter($option eq 'dbname' ? "SET dbname 'orders'" : "DROP $option");
}
$fake->stop;

# --- options that make no connection ---

for my $case (
	[ "SET port '1,2,3'", "SET port '" . $remote->port . "'", qr/list of ports/ ],
	[ "SET connect_timeout 'abc'", "SET connect_timeout '10'", qr/connect_timeout is not/ ],
	[ "SET host 'a,b', ADD hostaddr '127.0.0.1'", "SET host '127.0.0.1', DROP hostaddr", qr/differ in length/ ])
{
	my ($wrong, $right, $why) = @$case;
	alter($wrong);
	for my $function (qw(diff refresh))
	{
		my $error = fails($local, "SELECT * FROM datalink_$function('shop')", '22023', undef,
			"$wrong: $function");
		like($error->{detail}, $why, 'which is why');
	}
	is(run_sql($local, "SELECT status FROM datalink_check('shop')"), 'unreachable', "$wrong: check");
	alter($right);
}

# --- names that resolve slowly ---

SKIP:
{
	skip 'no C compiler', 5 unless $slow;
	alter("SET host 'slow1,slow2,slow3,slow4,slow5', SET port '5432'");
	ends("SET statement_timeout = '1s'; $diff", '57014', undef, 'five slow names and a statement_timeout',
		within => 10);
	alter("SET host 'slow1', SET port '" . $remote->port . "'");
	run_sql($local, join(';', link_sql($remote, 'well'), map { link_sql($remote, "slow$_") } 1 .. 4));
	for my $nth (1 .. 4)
	{
		run_sql($local, "ALTER SERVER slow$nth OPTIONS (SET host 'slow$nth')");
	}
	my $begin = time;
	my $rows = run_sql($local, "SELECT name, status FROM datalink_check(timeout => '1s')");
	cmp_ok(time - $begin, '<', 10, 'five links whose names resolve slowly: one look-up, not five');
	like($rows, qr/^well\|ok$/m, 'a link that needs no look-up is not kept waiting');
	is(() = $rows =~ /\|(?:timeout|unreachable)$/mg, 5, 'and the others have their status');
}

done_testing();
