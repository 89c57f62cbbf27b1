# What roles may do that hold nothing but USAGE on the wrapper, and what they may not.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob nobody_special);
make_role($remote, 'loose');
my $superuser = run_sql($local, 'SELECT current_user');
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob, nobody_special;
CREATE TABLE public.invoice (customer_id int, total int);
INSERT INTO public.invoice VALUES (1, 10), (2, 20);
GRANT SELECT ON public.invoice TO alice;
END
my @alice = (role => 'alice');
my @bob = (role => 'bob');

sub nothing_left
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is( run_sql($local, "SELECT (SELECT count(*) FROM pg_foreign_server WHERE srvname <> 'orders'),"
			  . " (SELECT count(*) FROM pg_user_mappings WHERE srvname <> 'orders'),"
			  . " (SELECT count(*) FROM pg_namespace WHERE nspname = 'x')"), '0|0|0', $name);
}

# --- a plain role and its own link ---

run_sql($local, link_sql($remote, 'orders'), @alice);
is(run_sql($local, 'SELECT name FROM orders.customer ORDER BY id', @alice), "Ada\nGrace", 'SELECT');
is( run_sql($local, 'SELECT c.name, i.total FROM orders.customer c'
		  . ' JOIN public.invoice i ON i.customer_id = c.id ORDER BY 1', @alice),
	"Ada|10\nGrace|20", 'a join of local and remote');
run_sql($local, "INSERT INTO orders.customer VALUES (3, 'Edsger')", @alice);
run_sql($local, "UPDATE orders.customer SET name = 'Barbara' WHERE id = 3", @alice);
is($remote->safe_psql('orders', 'SELECT name FROM customer WHERE id = 3'), 'Barbara',
	'INSERT and UPDATE reach the remote');
run_sql($local, 'DELETE FROM orders.customer WHERE id = 3', @alice);
is($remote->safe_psql('orders', 'SELECT count(*) FROM customer'), 2, 'so does DELETE');
my $mine = link_of($local, 'orders', @alice);
is($mine->{owner}, 'alice', 'the link belongs to its maker');
like($mine->{remote}, qr{^postgres://app@}, 'who sees its user in the list');
run_sql($local, "SELECT datalink_drop('orders')", @alice);
is(scalar links($local), 0, 'and drops it');

# --- what it takes to make one ---

my $create = link_sql($remote, 'x');
my $error = fails($local, $create, '42501', qr/permission denied for foreign-data wrapper datalinks/,
	'without USAGE on the wrapper', role => 'nobody_special');
unlike(join(' ', %$error), qr/\Q${\ password_of('app')}\E/, 'and no word of the password');
nothing_left('nothing is left of it');
$local->safe_psql('postgres',
	'REVOKE CREATE ON DATABASE postgres FROM nobody_special;'
	  . 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO nobody_special');
fails($local, $create, '42501', qr/permission denied for database postgres/,
	'without CREATE on the database', role => 'nobody_special');
nothing_left('nothing is left of that either');

# The privileges come first: whoever lacks them must not make the server connect anywhere.
my $log = log_size($remote);
$remote->append_conf('postgresql.conf', 'log_connections = on');
$remote->reload;
$remote->safe_psql('postgres', 'SELECT 1');
error_of($local, $create, role => 'nobody_special');
unlike(log_of($remote, $log), qr/connection authorized: user=app/,
	'without the privileges nothing connects');

# --- ways in without a password ---

my $socket = $local->host;
my $port = $local->port;
my %passwordless = (
	'the local socket' => "host=$socket port=$port user=$superuser dbname=postgres",
	'the default socket' => "port=$port user=$superuser dbname=postgres",
	'a password that the socket does not ask for' =>
	  "host=$socket port=$port user=$superuser dbname=postgres password=whatever",
	'an empty password' => "host=$socket port=$port user=$superuser dbname=postgres password=''",
	'TCP without a password' => "host=127.0.0.1 port=$port user=alice dbname=postgres");
for my $way (sort keys %passwordless)
{
	my $url = $passwordless{$way} =~ s/'/''/gr;
	fails($local, "SELECT datalink_create('$url', 'x')", '2F003', undef, $way, @alice);
	nothing_left("$way leaves nothing");
}

# A remote that asks for no password over TCP.
my $hba = slurp_file($remote->data_dir . '/pg_hba.conf');
open my $file, '>', $remote->data_dir . '/pg_hba.conf' or die $!;
print $file "host orders loose 127.0.0.1/32 trust\n$hba";
close $file;
$remote->reload;
$remote->safe_psql('postgres', 'SELECT pg_sleep(0.2)');
my $loose = link_sql($remote, 'x', '', role => 'loose');
$error = fails($local, $loose, '2F003', undef, 'a remote that asks for no password', @alice);
ok($error->{hint} || $error->{detail}, 'with a word on why');
nothing_left('leaves nothing');
run_sql($local, $loose);
is(link_of($local, 'x')->{state}, 'valid', 'a superuser may link it');
run_sql($local, "SELECT datalink_drop('x')");

# Nor can a plain role have a link that a superuser would open for it, even one that was his.
run_sql($local, <<"END");
CREATE SERVER trap FOREIGN DATA WRAPPER datalinks OPTIONS (host '$socket', port '$port',
	dbname 'postgres', link 'x', remote_schema 'public', created_at '2020-01-01T00:00:00Z');
ALTER SERVER trap OWNER TO alice;
END
run_sql($local, <<"END", @alice);
CREATE SCHEMA x;
CREATE USER MAPPING FOR alice SERVER trap OPTIONS (user '$superuser', password 'whatever');
END
is(link_of($local, 'x')->{owner}, 'alice', 'a link of native commands');
fails($local, "SELECT * FROM datalink_refresh('x')", '2F003', undef,
	"a superuser's refresh connects with the rights of the link's owner");
fails($local, "SELECT * FROM datalink_diff('x')", '2F003', undef, 'so does a diff of his');
fails($local, "SELECT * FROM datalink_refresh('x')", '2F003', undef, "so does the owner's", @alice);
fails($local, "SELECT * FROM datalink_diff('x')", '2F003', undef, 'and its diff', @alice);
run_sql($local, "SELECT datalink_drop('x')", @alice);
nothing_left('and it is gone');

# No plain role can turn the check off.
run_sql($local, <<"END", @alice);
CREATE SERVER native FOREIGN DATA WRAPPER datalinks OPTIONS (host '127.0.0.1', dbname 'orders');
END
fails($local, "CREATE USER MAPPING FOR alice SERVER native OPTIONS (password_required 'false')",
	'42501', undef, 'password_required=false is for superusers', @alice);
run_sql($local, 'DROP SERVER native', @alice);

# --- files that only the server can read ---

for my $parameter (qw(service passfile sslcert sslkey))
{
	my $query = "host=127.0.0.1 port=$port user=app password=x dbname=orders $parameter=/etc/passwd";
	fails($local, "SELECT datalink_create('$query', 'x')", '42501', qr/$parameter/,
		"$parameter is for superusers", @alice);
	fails($local,
		"CREATE SERVER s FOREIGN DATA WRAPPER datalinks OPTIONS ($parameter '/etc/passwd')",
		'42501', qr/$parameter/, "$parameter by a native command", @alice);
	nothing_left("$parameter leaves nothing");
}
run_sql($local, "CREATE SERVER s FOREIGN DATA WRAPPER datalinks OPTIONS (host '127.0.0.1')", @alice);
fails($local, "ALTER SERVER s OPTIONS (ADD service 'x')", '42501', qr/service/,
	'nor by ALTER SERVER', @alice);
fails($local, "CREATE USER MAPPING FOR alice SERVER s OPTIONS (user 'a', $_ '/etc/passwd')",
	'42501', qr/$_/, "$_ in a user mapping", @alice)
  for qw(sslcert sslkey);
run_sql($local, 'DROP SERVER s CASCADE', @alice);

# --- no port scanner ---

my $closed = PostgreSQL::Test::Cluster::get_free_port();
my %unreachable = (
	'a closed port' => url($remote, port => $closed),
	'a wrong password' => url($remote, password => 'wrong'),
	'an unknown database' => url($remote, dbname => 'nowhere'),
	'an unknown host' => 'postgres://app:pw@no-such-host.invalid/orders');
my %said;
for my $case (sort keys %unreachable)
{
	my $sql = "SELECT datalink_create('$unreachable{$case}', 'x')";
	$error = fails($local, $sql, '08001', undef, $case, @alice);
	ok(!$error->{detail}, "$case: a plain role learns no reason");
	$said{ join '|', map { $error->{$_} // '' } qw(message detail hint context) }++;
	nothing_left("$case leaves nothing");
	$error = fails($local, $sql, '08001', undef, "$case: a superuser fails, too");
	ok($error->{detail}, "$case: but learns libpq's reason") or diag explain $error;
}
is(scalar keys %said, 1, 'a plain role cannot tell one case from the other') or diag explain \%said;

# --- others' links ---

run_sql($local, link_sql($remote, 'orders'), @alice);
like(log_of($remote, $log), qr/connection authorized: user=app/, 'with them it does');
my $server = $mine->{remote_name};
my $theirs = link_of($local, 'orders', @bob);
is($theirs->{state}, 'valid', "another's link is listed");
unlike($theirs->{remote}, qr/app/, 'without its user');
fails($local, "SELECT datalink_drop('orders')", '42501', qr/must be owner of data link "orders"/,
	'it cannot be dropped', @bob);
fails($local, link_sql($remote, 'orders'), '42710', qr/"orders" already exists/,
	'nor replaced', @bob);
fails($local, 'SELECT * FROM orders.customer', '42501', qr/permission denied for schema orders/,
	'nor its tables read', @bob);
is(run_sql($local, "SELECT umoptions IS NULL FROM pg_user_mappings WHERE srvname = '$server'", @bob),
	't', 'nor its password, nor its user');
fails($local, 'SELECT * FROM pg_user_mapping', '42501', undef, 'not from the catalog either', @bob);
fails($local, $_, '42501', undef, "nor: $_", @bob)
  for "DROP SERVER $server CASCADE", "ALTER SERVER $server OPTIONS (SET host 'evil.example')",
  "ALTER USER MAPPING FOR alice SERVER $server OPTIONS (SET password 'x')",
  "DROP USER MAPPING FOR alice SERVER $server", 'DROP SCHEMA orders CASCADE',
  'ALTER SCHEMA orders RENAME TO mine', "GRANT USAGE ON FOREIGN SERVER $server TO bob";

# if_not_exists tells others nothing about the user and the password.
my $notices = messages_of($local,
	link_sql($remote, 'orders', 'if_not_exists => true', password => 'guess'), @bob);
like($notices, qr/NOTICE:  \w{5}: data link "orders" already exists, skipping/,
	'if_not_exists takes any password from others');
fails($local, link_sql($remote, 'orders', 'if_not_exists => true', password => 'guess'),
	'42710', qr/is different/, 'but not from its owner', @alice);

# What is granted natively works without the password being readable.
run_sql($local, 'GRANT USAGE ON SCHEMA orders TO bob; GRANT SELECT ON orders.customer TO bob', @alice);
run_sql($local, "CREATE USER MAPPING FOR bob SERVER $server OPTIONS (user 'app', password '"
	  . password_of('app') . "')", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', @bob), 2, 'granted tables can be read');
is( run_sql($local, "SELECT bool_and(umoptions IS NULL) FROM pg_user_mappings"
		  . " WHERE srvname = '$server'", @bob), 't', 'and still no password');
fails($local, "SELECT datalink_drop('orders')", '42501', undef, 'nor the link be dropped', @bob);

# --- the memory of invalid links ---

run_sql($local, 'DROP SCHEMA orders CASCADE', @alice);
is(run_sql($local, 'SELECT name, owner FROM datalinks.invalid_link', @bob), 'orders|alice',
	'anybody may read datalinks.invalid_link');
for my $role (qw(alice bob))
{
	fails($local, $_, '42501', qr/permission denied|must be owner/, "but $role may not: $_",
		role => $role)
	  for "UPDATE datalinks.invalid_link SET owner = 'bob'", 'DELETE FROM datalinks.invalid_link',
	  'TRUNCATE datalinks.invalid_link', 'DROP TABLE datalinks.invalid_link',
	  'CREATE TRIGGER t BEFORE INSERT ON datalinks.invalid_link FOR EACH ROW'
	  . ' EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()',
	  'CREATE TABLE datalinks.t ()';
	fails($local, 'INSERT INTO datalinks.invalid_link (name) VALUES (1)', '42501', undef,
		"but $role may not insert", role => $role);
}
fails($local, link_sql($remote, 'orders'), '42501', qr/must be owner of data link "orders"/,
	"another role's invalid link cannot be taken over", @bob);
fails($local, "SELECT datalink_drop('orders')", '42501', qr/must be owner of data link "orders"/,
	'nor dropped', @bob);
run_sql($local, link_sql($remote, 'orders'), @alice);
is(link_of($local, 'orders')->{owner}, 'alice', 'its owner makes it again');
run_sql($local, "SELECT datalink_drop('orders')");
is(scalar links($local), 0, "a superuser may drop anybody's link");

done_testing();
