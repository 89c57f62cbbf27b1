# The administrator's rules: which hosts a role may have the server connect to, and with how much
# TLS; and every way round them that we could think of. A listener tells whether anybody came.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use FakeRemote;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my ($local, $remote) = start_nodes();
my $superuser = run_sql($local, 'SELECT current_user');
my $scratch = PostgreSQL::Test::Utils::tempdir();
make_role($local, $_) for qw(alice bob);
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;'
	  . ' GRANT CREATE ON DATABASE postgres TO alice, bob');
my $has_require_auth = run_sql($local, "SELECT current_setting('server_version_num')::int >= 160000") eq 't';

# What must not be reached: it writes down that somebody came.
my $visits = "$scratch/visits";
my $forbidden = FakeRemote->new(
	sub {
		my ($peer) = @_;
		append_to_file($visits, "somebody\n");
		$peer->let_in;
	});
my $port = $forbidden->port;

sub nobody_came
{
	my ($test) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(!-s $visits, "$test: nobody came");
	unlink $visits;
}

# Names that resolve as this file says, each call taking the next of a name's answers.
my $names = "$scratch/names";
my $shim = "$scratch/names.so";
append_to_file("$scratch/names.c", <<'END');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
typedef int Look(const char *, const char *, const struct addrinfo *, struct addrinfo **);
static Look *next_look;
static int look(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	char name[300], answers[300], chosen[300] = "";
	static int calls;
	FILE *file = fopen(getenv("NAMES_FILE"), "r");
	if (next_look == NULL)
		next_look = (Look *) dlsym(RTLD_NEXT, "getaddrinfo");
	while (node != NULL && file != NULL && (hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0) && fscanf(file, "%299s %299s", name, answers) == 2)
		if (strcmp(name, node) == 0)
		{
			int number = calls++;
			char *save = NULL;
			for (char *one = strtok_r(answers, "|", &save); one != NULL; one = strtok_r(NULL, "|", &save))
			{
				snprintf(chosen, sizeof(chosen), "%s", one);
				if (number-- == 0)
					break;
			}
		}
	if (file != NULL)
		fclose(file);
	if (chosen[0] == '\0')
		return next_look(node, service, hints, list);
	struct addrinfo *all = NULL;
	char *save = NULL;
	for (char *one = strtok_r(chosen, ",", &save); one != NULL; one = strtok_r(NULL, ",", &save))
	{
		struct addrinfo *found = NULL;
		if (next_look(one, service, hints, &found) != 0)
			continue;
		struct addrinfo *end = found;
		while (end->ai_next != NULL)
			end = end->ai_next;
		end->ai_next = all;
		all = found;
	}
	*list = all;
	return all == NULL ? EAI_NONAME : 0;
}
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
	return look(node, service, hints, list);
}
END
append_to_file($names, <<'END');
db.allowed.test 127.0.0.1
evil.test 127.0.0.1
xdb.allowed.test 127.0.0.1
below.test 127.0.0.1
only.port.test 127.0.0.1
inside.test 127.0.0.2
both.test 127.0.0.2,127.0.0.1
rebound.test 127.0.0.2|127.0.0.1
v6.test ::ffff:127.0.0.1
END
my $has_shim = system("cc -shared -fPIC -o $shim $scratch/names.c -ldl 2>/dev/null") == 0;

# The server's environment is the administrator's as well; it may hold what libpq goes by.
sub restart_with
{
	my (%environment) = @_;
	$local->stop('fast');
	local @ENV{ keys %environment } = values %environment;
	local $ENV{NAMES_FILE} = $names;
	local $ENV{LD_PRELOAD} = $shim if $has_shim;
	$local->start;
	return;
}
restart_with();

sub allow
{
	my ($list) = @_;
	run_sql($local, "ALTER DATABASE postgres SET datalinks.allowed_hosts = '$list'");
	return;
}

my $password = password_of('app');

# A server as the superuser lays it out, then given to alice: `x`.
sub lay_out
{
	my ($options, $more) = @_;
	$more //= '';
	run_sql($local, <<"SQL");
SET client_min_messages = warning;
DROP SERVER IF EXISTS trap CASCADE;
DROP SCHEMA IF EXISTS x CASCADE;
CREATE SCHEMA x AUTHORIZATION alice;
CREATE SERVER trap FOREIGN DATA WRAPPER datalinks OPTIONS ($options, dbname 'orders', connect_timeout '10',
	link 'x', remote_schema 'public', created_at '2020-01-01T00:00:00Z');
ALTER SERVER trap OWNER TO alice;
CREATE USER MAPPING FOR alice SERVER trap OPTIONS (user 'app', password '$password'$more);
CREATE FOREIGN TABLE x.customer (id int, name text) SERVER trap OPTIONS (schema_name 'public');
ALTER FOREIGN TABLE x.customer OWNER TO alice;
SQL
	return;
}

my %uses = (
	'diff' => "SELECT datalink_diff('x')",
	'refresh' => "SELECT datalink_refresh('x')",
	'analyze' => "SELECT datalink_analyze('x')",
	'alter' => "SELECT datalink_alter('x', only_tables => '{customer}')",
	'SELECT' => 'SELECT * FROM x.customer',
	'INSERT' => "INSERT INTO x.customer VALUES (7, 'x')",
	'UPDATE' => "UPDATE x.customer SET name = 'x' WHERE random() < 2",
	'COPY' => "COPY x.customer FROM STDIN;\n7\tx\n\\.\n",
	'ANALYZE' => 'ANALYZE x.customer');

# --- each way to name a forbidden host, in each place where one is given and used ---

my %ways = (
	'its address' => "host '127.0.0.1'",
	'its name' => "host 'localhost'",
	'its name in capitals, with a dot' => "host 'LOCALHOST.'",
	'decimal' => "host '2130706433'",
	'hexadecimal' => "host '0x7f.1'",
	'octal' => "host '0177.0.0.1'",
	'short' => "host '127.1'",
	'IPv4 in IPv6' => "host '::ffff:127.0.0.1'",
	'any address' => "host '0.0.0.0'",
	'any IPv6 address' => "host '::'",
	'loopback of IPv6' => "host '::1'",
	'a zone' => "host '::1%lo'",
	'hostaddr' => "hostaddr '127.0.0.1'",
	'hostaddr under an allowed name' => "host 'db.allowed.test', hostaddr '127.0.0.1'",
	'hostaddr, decimal, under an allowed name' => "host 'db.allowed.test', hostaddr '2130706433'",
	'hostaddr, IPv4 in IPv6' => "hostaddr '::ffff:127.0.0.1'",
	'the second of a list' => "host '10.0.0.1,127.0.0.1'",
	'the second of a list of addresses' => "host 'db.allowed.test,db.allowed.test', hostaddr '10.0.0.1,127.0.0.1'",
	'another port of an allowed host' => "host 'only.port.test'",
	'a name like an allowed one' => "host 'xdb.allowed.test'",
	'a name above an allowed one' => "host 'below.test'");
$ways{'a name that leads there'} = "host 'evil.test'" if $has_shim;
$ways{'a name of IPv4 in IPv6'} = "host 'v6.test'" if $has_shim;
$ways{'one address of two'} = "host 'both.test'" if $has_shim;
allow('db.allowed.test, *.below.test, only.port.test:1, 10.0.0.0/8, 127.0.0.2');


for my $way (sort keys %ways)
{
	my $options = "$ways{$way}, port '" . ($ways{$way} =~ /host '[^']*,/ ? "$port,$port" : $port) . "'";
	my $url = join ' ', map { s/^(\w+) '(.*)'$/$1=$2/r } split /, /, $options;
	$url .= " user=app password=$password dbname=orders connect_timeout=5";
	fails($local, "SELECT datalink_create('$url', 'y')", '42501', qr/to connect to the remote/,
		"$way: create", role => 'alice');
	like(error_of($local, "SELECT datalink_create('$url', 'y')", role => 'alice')->{detail} // '',
		qr/^The setting datalinks\.allowed_hosts does not allow "[^*]*$/, "$way: and why");
	# The wrapper's validator looks nothing up: what it lets stand is refused when it is used.
	my $error = error_of($local, "CREATE SERVER y FOREIGN DATA WRAPPER datalinks OPTIONS ($options)", role => 'alice');
	like($error->{sqlstate} // 'stands', qr/^(42501|stands)$/, "$way: CREATE SERVER");
	run_sql($local, 'DROP SERVER IF EXISTS y');

	lay_out($options);
	for my $use (sort keys %uses)
	{
		fails($local, $uses{$use}, '42501', qr/to connect to the remote/, "$way: $use", role => 'alice');
	}
	fails($local, 'IMPORT FOREIGN SCHEMA public FROM SERVER trap INTO x', '0A000', undef,
		"$way: IMPORT FOREIGN SCHEMA", role => 'alice');
	fails($local, "SELECT datalink_set_remote('x', '$url')", '42501', qr/to connect to the remote/,
		"$way: set_remote", role => 'alice');
	like(run_sql($local, "SELECT status, detail FROM datalink_check('x', '0.2s')", role => 'alice'),
		qr/^unreachable\|The setting datalinks\.allowed_hosts does not allow/, "$way: check tells");
	# A superuser who looks at alice's link is no way round.
	like(error_of($local, "SELECT datalink_diff('x')")->{sqlstate} // '', qr/^(42501|08001)$/,
		"$way: a superuser's diff");
	is(run_sql($local, "SELECT name FROM datalink_list()", role => 'alice'), 'x', "$way: the list is readable");
	nobody_came($way);
}
fails($local, "CREATE SERVER y FOREIGN DATA WRAPPER datalinks OPTIONS ($_)", '42501', undef,
	"CREATE SERVER, $_", role => 'alice')
  for ($has_require_auth ? "host '/tmp'" : ()), "host '10.0.0.1,192.168.0.1'", "hostaddr 'db.allowed.test'";
run_sql($local, "CREATE SERVER y FOREIGN DATA WRAPPER datalinks OPTIONS (host '10.0.0.1')", role => 'alice');
fails($local, "ALTER SERVER y OPTIONS (SET host '127.0.0.1')", '42501', undef, 'ALTER SERVER', role => 'alice');
fails($local, "ALTER SERVER y OPTIONS (ADD hostaddr '127.0.0.1')", '42501', undef, 'and hostaddr', role => 'alice');
run_sql($local, 'DROP SERVER y', role => 'alice');

# --- what is allowed, by name and by what the name leads to ---

my $real = $remote->port;

# Links alice to the remote under another name, reads, and takes the link away.
sub links_to
{
	my ($host, $test, $query) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $url = "postgres://app:$password\@$host:$real/orders" . ($query // '');
	my $got = eval {
		run_sql($local, "SET client_min_messages = warning; SELECT FROM datalink_create('$url', 'y');"
			  . " SELECT count(*) FROM y.customer; SELECT datalink_drop('y')", role => 'alice');
	};
	is($got // $@, "2\n", $test);
	return;
}

allow("127.0.0.1:$real");
links_to('127.0.0.1', 'an address with its port');
links_to('2130706433', 'written in another way');
links_to('[::ffff:127.0.0.1]', 'and as IPv6');
allow("10.0.0.0/8, localhost:$real, ::1");
links_to('LocalHost', 'a name');
SKIP:
{
	skip 'no C compiler', 1 unless $has_shim;
	allow('*.allowed.test');
	links_to('db.allowed.test', 'a name below');
	allow('127.0.0.0/8');
	links_to('evil.test', 'a name that leads to what is allowed');
	links_to('inside.test,127.0.0.1', 'and the next host of a list');
	allow('*, !127.0.0.2');
	links_to('evil.test', 'all but some');
	for my $host ('inside.test', 'both.test', '127.0.0.2', 'evil.test,127.0.0.2')
	{
		my $error = error_of($local, "SELECT datalink_create('postgres://app:$password\@$host:$real/orders', 'y')",
			role => 'alice');
		my $last = (split ',', $host)[-1];
		is($error->{sqlstate}, '42501', "all but $host");
		like($error->{detail}, qr/excludes 127\.0\.0\.2, and so "\Q$last\E", port $real\.$/,
			'and by which rule, without the address');
	}
	like(error_of($local, "SET datalinks.rules_for_superusers = on;"
		  . " SELECT datalink_create('postgres://app:$password\@both.test:$real/orders', 'y')")->{detail},
		qr/excludes 127\.0\.0\.2, and so "both\.test", port $real \(127\.0\.0\.2\)\.$/, 'a superuser is told it');

	# A name that has another address the next time it is asked for: the one that was checked is used.
	allow('127.0.0.2');
	lay_out("host 'rebound.test', port '$port'");
	is(error_of($local, "SELECT datalink_diff('x')", role => 'alice')->{sqlstate}, '08001',
		'a name that changes its address between check and use');
	nobody_came('rebinding');
	fails($local, "SELECT datalink_diff('x'); SELECT datalink_diff('x')", '08001', undef, 'once more',
		role => 'alice');
	nobody_came('rebinding');
	allow('127.0.0.1');
	fails($local, "SELECT datalink_diff('x')", '42501', undef, 'and in the other order', role => 'alice');
	nobody_came('rebinding');

	# Whether there is a name inside is not for everybody to find out.
	allow('10.0.0.0/8');
	my %said;
	for my $host ('inside.test', 'no-such-name.invalid')
	{
		lay_out("host '$host', port '$port'");
		my $error = error_of($local, "SELECT datalink_diff('x')", role => 'alice');
		$said{ "$error->{sqlstate} $error->{detail}" =~ s/\Q$host\E/HOST/r } = 1;
	}
	is(keys %said, 1, 'a name that is forbidden looks like one that does not exist') or diag explain \%said;
}

# Sockets are hosts of their own: "*" is not for them, their directory is. (For a mapping whose
# password_required a superuser has taken away: else no plain role may use them.)
my $socket = $remote->host;
my $free = ", password_required 'false'";
$remote->append_conf('pg_hba.conf', 'local all app trust');
my $remote_hba = slurp_file($remote->data_dir . '/pg_hba.conf') =~ s/^(local all all)/local all app trust\n$1/mr;
unlink $remote->data_dir . '/pg_hba.conf';
$remote->append_conf('pg_hba.conf', $remote_hba);
$remote->reload;
lay_out("host '$socket', port '$real'", $free);
for my $case (
	[ '*', '42501' ], [ '/tmp, 0.0.0.0/0', '42501' ], [ "$socket:1", '42501' ], [ "$socket/", '' ],
	[ "$socket:$real", '' ], [ '/*', '' ])
{
	allow($case->[0]);
	is(error_of($local, 'SELECT * FROM x.customer', role => 'alice')->{sqlstate} // '', $case->[1],
		"a socket under $case->[0]");
}
allow('127.0.0.0/8');
lay_out("port '$real'", $free);
like(error_of($local, 'SELECT * FROM x.customer', role => 'alice')->{detail},
	qr/does not allow "\/[^"]*", port $real/, 'no host at all is the default socket');

# --- the server's environment and its service file ---

append_to_file("$scratch/services", "[there]\nhost=127.0.0.1\nport=$port\n[under]\nhostaddr=127.0.0.1\n");
allow('10.0.0.0/8, db.allowed.test, /*');
my $for_superusers = 'SET datalinks.rules_for_superusers = on;';
for my $environment ([ PGHOSTADDR => '127.0.0.1' ], [ PGSERVICE => 'under' ])
{
	restart_with(@$environment, PGSERVICEFILE => "$scratch/services");
	my $name = $environment->[0];
	lay_out("host 'db.allowed.test', port '$port'", $free);
	fails($local, $_, '42501', undef, "$name of the server: $_", role => 'alice')
	  for 'SELECT * FROM x.customer', "SELECT datalink_diff('x')";
	nobody_came($name);
}
restart_with(PGSERVICEFILE => "$scratch/services");
run_sql($local, 'SET client_min_messages = warning; DROP SERVER trap CASCADE; DROP SCHEMA x CASCADE');
for my $url ('service=there', 'service=under host=db.allowed.test port=' . $port, "postgres://127.0.0.1:$port/")
{
	fails($local, "$for_superusers SELECT datalink_create('$url', 'y')", '42501', undef,
		"a superuser under the rules: $url");
	nobody_came($url);
}
error_of($local, "SELECT datalink_create('service=there user=app password=x', 'y')");
ok(-s $visits, 'without rules_for_superusers, a superuser connects anywhere');
unlink $visits;

# --- who is exempt: nobody, unless all who have a say are superusers ---

run_sql($local, "CREATE FUNCTION public.look() RETURNS text SECURITY DEFINER LANGUAGE sql AS"
	  . " \$\$ SELECT detail FROM datalink_check('z', '1s') \$\$");
allow('*, /*');
run_sql($local, 'SET client_min_messages = warning;' . link_sql($remote, 'z'));
allow('10.0.0.0/8');
is(run_sql($local, 'SELECT count(*) FROM z.customer'), 2, "a superuser's link, used by one");
is(run_sql($local, 'SELECT coalesce(public.look(), $$fine$$)'), 'fine', 'and a SECURITY DEFINER function');
like(run_sql($local, 'SELECT public.look()', role => 'alice'), qr/allowed_hosts/, 'which somebody else calls');
run_sql($local, 'GRANT USAGE ON SCHEMA z TO bob; GRANT SELECT ON ALL TABLES IN SCHEMA z TO bob;'
	  . " CREATE USER MAPPING FOR bob SERVER z OPTIONS (user 'app', password '$password')");
fails($local, 'SELECT * FROM z.customer', '42501', undef, "a superuser's link, used by somebody else", role => 'bob');
run_sql($local, 'CREATE VIEW public.v AS SELECT * FROM z.customer; GRANT SELECT ON public.v TO bob');
fails($local, 'SELECT * FROM public.v', '42501', undef, "and through a superuser's view", role => 'bob');
fails($local, "$for_superusers SELECT * FROM z.customer", '42501', undef, 'a superuser under the rules');
run_sql($local, "SELECT datalink_drop('z')");

# --- a rule that is tightened: a link that stands, and a session that does ---

allow('*, /*');
run_sql($local, 'SET client_min_messages = warning;' . link_sql($remote, 'y'), role => 'alice');
my $session = Session->new(connection($local, 'alice'), 30);
is(($session->run('SELECT count(*) FROM y.customer', 1))[1], 2, 'a session of alice reads');
allow('10.0.0.0/8');
fails($local, 'SELECT * FROM y.customer', '42501', undef, 'her next session does not', role => 'alice');
fails($local, "SET ROLE alice; SELECT count(*) FROM y.customer; RESET ROLE;"
	  . " SET datalinks.allowed_hosts = '*'; SET ROLE alice; SELECT count(*) FROM y.customer", '42501', undef,
	'a superuser in her role', on_error_stop => 0);
my $changed = messages_of($local, "SET datalinks.allowed_hosts = '*'; SET ROLE alice; SELECT count(*) FROM y.customer;"
	  . " RESET ROLE; SET datalinks.allowed_hosts = ''; SET ROLE alice; SELECT count(*) FROM y.customer");
like($changed, qr/\A[^\n]*ERROR:  42501: /, 'an open connection is not used under another rule');
is(run_sql($local, "SELECT state FROM datalink_list() WHERE name = 'y'", role => 'alice'), 'valid', 'the list is readable');
is(run_sql($local, "SELECT read_only FROM datalink_alter('y', read_only => true)", role => 'alice'), 't',
	'what connects nowhere works: alter');
run_sql($local, 'ALTER SCHEMA y RENAME TO w', role => 'alice');
is(run_sql($local, "SELECT state FROM datalink_list() WHERE name = 'w'", role => 'alice'), 'valid', 'a new name');
run_sql($local, "SELECT datalink_drop('w')", role => 'alice');
is(run_sql($local, "SELECT count(*) FROM datalink_list() WHERE name = 'w'", role => 'alice'), 0, 'and drop');

# --- the settings ---

fails($local, "SELECT count(*) FROM datalink_list(); SET datalinks.$_", '42501', undef, "alice: SET $_", role => 'alice')
  for "allowed_hosts = '*'", "min_sslmode = 'disable'", 'rules_for_superusers = off';
for my $case ([ "allowed_hosts = 'a b'", qr/"a b" is not a host/ ], [ "allowed_hosts = '10.0.0.1/8'", qr/mask/ ],
	[ "allowed_hosts = 'a,,b'", qr/between two commas/ ], [ "min_sslmode = 'often'", qr/verify-full/ ])
{
	# LOAD: the session knows the settings, as under session_preload_libraries.
	for my $command ('SET', 'ALTER SYSTEM SET', 'ALTER ROLE bob SET', 'ALTER DATABASE postgres SET')
	{
		my $error = error_of($local, "LOAD 'datalinks'; $command datalinks.$case->[0]");
		is($error->{sqlstate}, '22023', "$command $case->[0]");
		like($error->{detail}, $case->[1], 'and why');
	}
	# Where nobody knows them yet it is found out later: then nothing may be connected to.
	run_sql($local, "ALTER ROLE alice SET datalinks.$case->[0]");
	fails($local, link_sql($remote, 'y'), '22023', qr/invalid value for parameter "datalinks\./,
		"found: $case->[0]", role => 'alice');
	run_sql($local, "ALTER ROLE alice RESET ALL");
}
fails($local, "ALTER ROLE alice SET datalinks.allowed_hosts = '*'", '42501', undef,
	'not even where nobody knows it', role => 'alice');
allow('10.0.0.0/8');
fails($local, "SET datalinks.allowed_hosts = '*'; " . link_sql($remote, 'y'), '42501', undef,
	'nor in a session that does not know it', role => 'alice', on_error_stop => 0);
# What comes with the connection has displaced the database's own before anybody knows what it is.
for my $option ('datalinks.allowed_hosts=*', 'datalinks.allowed_hosts=*,\\\\ /*', 'datalinks.allowed_hosts=10.0.0.0/8',
	'datalinks.min_sslmode=disable')
{
	my $other = Session->new(connection($local, 'alice') . " options='-c $option'", 30);
	like(($other->run(link_sql($remote, 'y'), 1))[2], qr/ERROR:  42501: permission denied to set parameter/,
		"nor with the connection: $option");
}
is(run_sql($local, "SELECT FROM datalink_list() WHERE false; SHOW datalinks.allowed_hosts", role => 'alice'), '10.0.0.0/8',
	'the setting of the database stands');
run_sql($local, 'ALTER DATABASE postgres RESET ALL');

# In postgresql.conf, and changed while a session stands.
run_sql($local, 'SET client_min_messages = warning;' . link_sql($remote, 'y'), role => 'alice');
my $standing = Session->new(connection($local, 'alice') . ' application_name=standing', 30);
my $read = "SET application_name = 'standing'; SELECT count(*) FROM y.customer";
is(($standing->run($read, 1))[1], 2, 'a session reads');
run_sql($local, "LOAD 'datalinks'; ALTER SYSTEM SET datalinks.allowed_hosts = '10.0.0.0/8'");
$local->reload;
ok($local->poll_query_until('postgres', "SELECT setting = '10.0.0.0/8' FROM pg_file_settings"
		  . " WHERE name = 'datalinks.allowed_hosts' AND sourcefile LIKE '%auto.conf'"), 'reloaded');
my $refused = '';
for (1 .. 100)
{
	(undef, undef, $refused) = $standing->run($read, 0);
	last if $refused ne '';
	select undef, undef, undef, 0.1;
}
like($refused, qr/ERROR:  42501: permission denied to connect to the remote/, 'and no more after the reload');
is(error_of($local, $read, role => 'alice')->{detail},
	"The setting datalinks.allowed_hosts does not allow \"127.0.0.1\", port $real.", 'nor does a new one');
run_sql($local, 'ALTER SYSTEM RESET ALL');
$local->reload;
run_sql($local, "SELECT datalink_drop('y')", role => 'alice');

# --- TLS ---

my $files = $remote->data_dir;
SKIP:
{
	skip 'no openssl', 1
	  if system("openssl req -new -x509 -days 2 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
		  . " -keyout $files/server.key -out $files/server.crt >/dev/null 2>&1") != 0;
	chmod 0600, "$files/server.key";
	$remote->append_conf('postgresql.conf', 'ssl = on');
	$remote->restart;
	my @modes = ('disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full');
	for my $least (0 .. $#modes)
	{
		run_sql($local, "ALTER DATABASE postgres SET datalinks.min_sslmode = '$modes[$least]'");
		for my $given (-1 .. $#modes)
		{
			my $query = ($given < 0 ? '?' : "?sslmode=$modes[$given]&") . "sslrootcert=$files/server.crt";
			my $test = "at least $modes[$least], and " . ($given < 0 ? 'nothing' : $modes[$given]);
			if (($given < 0 ? 2 : $given) >= $least)
			{
				links_to('127.0.0.1', $test, $query);
				next;
			}
			my $error = error_of($local, link_sql($remote, 'y', undef, query => $query), role => 'alice');
			is($error->{sqlstate}, '42501', $test);
			is($error->{detail}, "The setting datalinks.min_sslmode asks for sslmode $modes[$least] at least,"
				  . " and the connection has " . ($given < 0 ? 'prefer' : $modes[$given]) . '.', 'and why');
		}
	}
	run_sql($local, "ALTER DATABASE postgres SET datalinks.min_sslmode = 'require'");
	for my $mode ("sslmode 'prefer', ", '')
	{
		lay_out("${mode}host '127.0.0.1', port '$real'");
		fails($local, $uses{$_}, '42501', undef, "no TLS: $_", role => 'alice') for sort keys %uses;
		like(run_sql($local, "SELECT status, detail FROM datalink_check('x', '0.2s')", role => 'alice'),
			qr/^unreachable\|The setting datalinks\.min_sslmode asks/, 'check tells');
	}
	fails($local, "ALTER SERVER trap OPTIONS (ADD sslmode 'allow')", '42501', undef, 'ALTER SERVER', role => 'alice');
	run_sql($local, "ALTER SERVER trap OPTIONS (ADD sslmode 'require')", role => 'alice');
	is(run_sql($local, 'SELECT count(*) FROM x.customer', role => 'alice'), 2, 'with TLS');
	fails($local, "ALTER SERVER trap OPTIONS (DROP sslmode)", '42501', undef, 'and not without', role => 'alice');
	lay_out("host '$socket', port '$real'", $free);
	is(run_sql($local, 'SELECT count(*) FROM x.customer', role => 'alice'), 2, 'a socket has no TLS and needs none');
	restart_with(PGSSLMODE => 'disable');
	lay_out("host '127.0.0.1', port '$real'");
	like(error_of($local, 'SELECT * FROM x.customer', role => 'alice')->{detail}, qr/has disable/,
		'PGSSLMODE of the server');
}

$forbidden->stop;
done_testing();
