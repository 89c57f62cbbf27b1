# Each way to authenticate with a remote, for everything that connects: a superuser may use them all;
# anybody else those alone for which the caller himself gave a password.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use PostgreSQL::Test::Utils;
use Test::More;

my ($local, $remote) = start_nodes();
my $superuser = run_sql($local, 'SELECT current_user');
my $port = $remote->port;
my $scratch = PostgreSQL::Test::Utils::tempdir();
make_role($local, 'alice');
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice; GRANT CREATE ON DATABASE postgres TO alice');

# One role of the remote for each method; all read and write the same tables.
my @methods = qw(password scram md5 trust peer pgpass service cert both);
for my $method (@methods)
{
	my $encryption = $method eq 'md5' ? 'md5' : 'scram-sha-256';
	run_sql($remote, "SET password_encryption = '$encryption'; CREATE ROLE by_$method LOGIN PASSWORD '"
		  . password_of("by_$method") . "' IN ROLE app INHERIT", dbname => 'orders');
}
my $has_tls = 0;
my $files = $remote->data_dir;
{
	# A certificate of the client's, made out to by_cert, by an authority of our own.
	my $made = system(<<"SH");
cd $scratch && exec >/dev/null 2>&1
openssl req -new -x509 -days 2 -nodes -subj /CN=authority -keyout ca.key -out ca.crt || exit 1
for name in by_cert by_both remote; do
	openssl req -new -nodes -subj /CN=\$name -keyout \$name.key -out \$name.csr || exit 1
	openssl x509 -req -days 2 -in \$name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out \$name.crt || exit 1
	chmod 0600 \$name.key
done
cp remote.key $files/server.key && cp remote.crt $files/server.crt && cp ca.crt $files/root.crt
SH
	$has_tls = $made == 0;
	$remote->append_conf('postgresql.conf', "ssl = on\nssl_ca_file = 'root.crt'") if $has_tls;
}
my $hba = join "\n", 'local all by_peer peer map=peers', 'host all by_password all password', 'host all by_md5 all md5',
  'host all by_trust all trust', ($has_tls ? ('hostssl all by_cert all cert', 'hostssl all by_both all scram-sha-256 clientcert=verify-full') : ()),
  slurp_file("$files/pg_hba.conf");
unlink "$files/pg_hba.conf";
$remote->append_conf('pg_hba.conf', $hba);
$remote->append_conf('pg_ident.conf', "peers $superuser by_peer");
$remote->restart;

# What the local server's own user has: passwords in files, and a certificate.
append_to_file("$scratch/pgpass", "*:$port:*:by_pgpass:" . password_of('by_pgpass') . "\n");
append_to_file("$scratch/services", "[there]\nhost=127.0.0.1\nport=$port\ndbname=orders\nuser=by_service\n"
	  . 'password=' . password_of('by_service') . "\n");
chmod 0600, "$scratch/pgpass";

sub restart_with
{
	my (%environment) = @_;
	$local->stop('fast');
	local @ENV{ keys %environment } = values %environment;
	$local->start;
	return;
}
restart_with(PGPASSFILE => "$scratch/pgpass", PGSERVICEFILE => "$scratch/services");

# For each method: the URL; what a plain role gets at creation; the server's and mapping's options as
# a superuser lays them out for alice; what she gets then.
my $socket = $remote->host;
my $certificate = "sslcert=$scratch/by_cert.crt sslkey=$scratch/by_cert.key sslmode=require";
sub given
{
	my ($method) = @_;
	return "host=127.0.0.1 port=$port dbname=orders user=by_$method password=" . password_of("by_$method");
}
my %cases = (
	(map { $_ => { url => given($_), plain => '' } } qw(password scram md5)),
	trust => { url => given('trust'), plain => '2F003' },
	peer => { url => given('peer') =~ s/127\.0\.0\.1/$socket/r, plain => '2F003' },
	pgpass => { url => "host=127.0.0.1 port=$port dbname=orders user=by_pgpass", plain => '2F003' },
	service => { url => 'service=there', plain => '42501' },
	'service, with a password given' => { url => 'service=there user=by_service password=' . password_of('by_service'),
		plain => '42501' },
	$has_tls ? (cert => { url => given('cert') . " $certificate", plain => '42501' },
		'cert and password' => { url => given('both') . ' ' . ($certificate =~ s/by_cert/by_both/gr), plain => '42501' })
	: ());

# Before or after connecting, or by the link's state.
my $refusal = qr/^(2F003|42501|08001|55000)$/;

my %uses = (
	'diff' => "SELECT count(*) FROM datalink_diff('y')",
	'refresh' => "SELECT count(*) FROM datalink_refresh('y')",
	'analyze' => "SELECT datalink_analyze('y')",
	'alter' => "SELECT name FROM datalink_alter('y', only_tables => '{customer,item}')",
	'SELECT' => 'SELECT count(*) FROM y.customer',
	'INSERT' => "BEGIN; INSERT INTO y.customer VALUES (77, 'x'); ROLLBACK",
	'UPDATE' => "BEGIN; UPDATE y.customer SET name = 'x' WHERE id = 1; ROLLBACK",
	'COPY' => "BEGIN; COPY y.customer FROM STDIN;\n78\tx\n\\.\nROLLBACK",
	'IMPORT' => 'BEGIN; DROP FOREIGN TABLE y.item, y.customer, y.spent;'
	  . ' IMPORT FOREIGN SCHEMA public FROM SERVER y INTO y; ROLLBACK',
	'ANALYZE' => 'ANALYZE y.customer');

sub clean
{
	run_sql($local, "SET client_min_messages = error; DROP SERVER IF EXISTS y CASCADE; DROP SCHEMA IF EXISTS y CASCADE;"
		  . ' DELETE FROM datalinks.invalid_link');
	return;
}

for my $method (sort keys %cases)
{
	my $case = $cases{$method};
	my $create = "SET client_min_messages = error; SELECT name FROM datalink_create('$case->{url}', 'y')";
	for my $role (undef, 'alice')
	{
		my @role = $role ? (role => $role) : ();
		my $works = !$role || $case->{plain} eq '';
		my $test = "$method, " . ($role // 'a superuser');
		clean();
		my $error = error_of($local, $create, @role);
		is($error->{sqlstate} // '', $works ? '' : $case->{plain}, "$test: create") or diag $error->{message};
		if ($works)
		{
			for my $use (sort keys %uses)
			{
				my $failed = error_of($local, $uses{$use}, @role);
				is($failed->{sqlstate} // '', '', "$test: $use") or diag $failed->{message};
			}
			is(run_sql($local, "SELECT status FROM datalink_check('y')", @role), 'ok', "$test: check");
			is(run_sql($local, "SELECT name FROM datalink_set_remote('y', '$case->{url}')", @role), 'y', "$test: set_remote");
			is(run_sql($local, "SELECT state FROM datalink_list() WHERE name = 'y'", @role), 'valid', "$test: list");
			next;
		}
		# A superuser's link that becomes alice's, whole with its mapping: she gets no further by it.
		run_sql($local, "$create; ALTER SCHEMA y OWNER TO alice; ALTER SERVER y OWNER TO alice;"
			  . ' ALTER TABLE y.customer OWNER TO alice; ALTER TABLE y.item OWNER TO alice; ALTER TABLE y.spent OWNER TO alice;'
			  . " SET allow_system_table_mods = on; UPDATE pg_user_mapping SET umuser = 'alice'::regrole"
			  . " WHERE umserver = (SELECT oid FROM pg_foreign_server WHERE srvname = 'y')");
		for my $caller (undef, 'alice')
		{
			my @caller = $caller ? (role => $caller) : ();
			my $who = "$test\'s link, called by " . ($caller // 'a superuser');
			for my $use (sort keys %uses)
			{
				# A superuser has no mapping to query with.
				next if !$caller && $use =~ /^[A-Z]+$/;
				# The client's certificate in a mapping is a superuser's word.
				my $failed = error_of($local, $uses{$use}, @caller);
				like($failed->{sqlstate} // '', $refusal, "$who: $use") or diag $failed->{message};
			}
			isnt(run_sql($local, "SELECT status FROM datalink_check('y', '1s')", @caller), 'ok', "$who: check");
			like(error_of($local, "SELECT datalink_set_remote('y', '$case->{url}')", @caller)->{sqlstate} // '', $refusal,
				"$who: set_remote");
			is(run_sql($local, "SELECT name FROM datalink_list() WHERE name = 'y'", @caller), 'y', "$who: list");
		}
	}
}
clean();

# A certificate that the server's user has by himself is shown for superusers alone: with it, others
# would be let in where the remote asks for a certificate beside the password.
SKIP:
{
	skip 'no openssl', 1 unless $has_tls;
	restart_with(PGSSLCERT => "$scratch/by_both.crt", PGSSLKEY => "$scratch/by_both.key");
	my $create = "SET client_min_messages = error; SELECT name FROM datalink_create('" . given('both')
	  . " sslmode=require', 'y')";
	is(run_sql($local, $create), 'y', "the server's own certificate, a superuser");
	clean();
	fails($local, $create, '08001', undef, 'and nobody else', role => 'alice');
	# Unless a superuser put it into the mapping.
	run_sql($local, "CREATE SCHEMA y AUTHORIZATION alice; CREATE SERVER y FOREIGN DATA WRAPPER datalinks OPTIONS"
		  . " (host '127.0.0.1', port '$port', dbname 'orders', sslmode 'require', link 'y', remote_schema 'public',"
		  . " created_at '2020-01-01T00:00:00Z'); ALTER SERVER y OWNER TO alice; CREATE USER MAPPING FOR alice SERVER y"
		  . " OPTIONS (user 'by_both', password '" . password_of('by_both')
		  . "', sslcert '$scratch/by_both.crt', sslkey '$scratch/by_both.key')");
	is(run_sql($local, "SELECT status FROM datalink_check('y')", role => 'alice'), 'ok', 'a certificate by a superuser\'s word');
	clean();
}

# What a plain role may write down: a list of what is allowed, in servers and in mappings.
run_sql($local, "CREATE SERVER s FOREIGN DATA WRAPPER datalinks OPTIONS (host '127.0.0.1')", role => 'alice');
for my $option ("sslcrldir '/tmp'", "service 'x'", "passfile '/x'", "sslcert '/x'", "sslkey '/x'", "gsslib 'gssapi'",
	"krbsrvname 'x'", "gssencmode 'require'", "client_encoding 'UTF8'", "replication 'true'", "gssdelegation '1'",
	"sslcertmode 'require'", "oauth_issuer 'https://127.0.0.1'", "oauth_client_id 'x'", "sslkeylogfile '/tmp/x'",
	"scram_client_key 'x'", "servicefile '/x'")
{
	fails($local, "ALTER SERVER s OPTIONS (ADD $option)", '42501', qr/permission denied to set connection option/,
		"a server's $option", role => 'alice');
}
for my $option ("sslcert '/x'", "sslkey '/x'", "oauth_client_secret 'x'", "passfile '/x'")
{
	fails($local, "CREATE USER MAPPING FOR alice SERVER s OPTIONS (user 'u', password 'p', $option)", '42501',
		qr/permission denied to set connection option/, "a mapping's $option", role => 'alice');
}
run_sql($local, "ALTER SERVER s OPTIONS (ADD sslrootcert '/x', ADD channel_binding 'require', ADD keepalives_idle '5',"
	  . " ADD target_session_attrs 'any', ADD gssencmode 'disable', ADD sslsni '0')", role => 'alice');
run_sql($local, "CREATE USER MAPPING FOR alice SERVER s OPTIONS (user 'u', password 'p', sslpassword 'x')",
	role => 'alice');
pass('what anybody may give');

done_testing();
