# Named URLs: datalink_create('name:orders_prod', 'orders'). What the name stands for is in a file of
# the administrator's, and in no catalog, dump, message or log; the file also says whose it is.

use strict;
use warnings;

use MIME::Base64;
use POSIX qw(mkfifo);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;
use Session;

my ($local, $remote) = start_nodes('log_statement = all', 'log_min_messages = debug1',
	'log_error_verbosity = verbose', 'log_min_duration_statement = 0');
my $dir = PostgreSQL::Test::Utils::tempdir;
my ($file, $staging_file) = ("$dir/urls.conf", "$dir/staging_urls.conf");
make_role($local, $_) for qw(alice bob carol);
run_sql($local, <<'END');
CREATE ROLE staff;
GRANT staff TO carol;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob, carol;
GRANT CREATE ON DATABASE postgres TO alice, bob, carol;
END
my $log_start = log_size($local);

# What only the file may hold: the password and the user of the remote.
my $secret = qq(Zq7 %'"\\:/?#[]&=+\$\x{c3}\x{a9}\@x);
my $encoded = percent_encoded($secret);
my $user = 'appuser_of_the_file';
my $literal = $secret =~ s/'/''/gr;
$remote->safe_psql('orders', <<"END");
SET standard_conforming_strings = on;
CREATE ROLE $user LOGIN PASSWORD '$literal';
GRANT app TO $user;
END
$remote->safe_psql('postgres', 'CREATE DATABASE staging TEMPLATE orders');
$remote->safe_psql('staging', "INSERT INTO customer VALUES (3, 'of staging')");

sub percent_encoded
{
	my ($text) = @_;
	return $text =~ s/([^\w])/sprintf '%%%02X', ord $1/ger;
}

# In clear, percent-encoded, in base64 wherever it begins, in hexadecimal.
sub holds_secret
{
	my ($text) = @_;
	my @forms = ($secret, $encoded, $user, 'Zq7', unpack('H*', $secret), unpack('H*', $user));
	for my $word ($secret, $user)
	{
		push @forms, substr encode_base64('x' x $_ . $word, ''), 4, length($word) - 4 for 0 .. 2;
	}
	return scalar grep { index(lc $text, lc $_) >= 0 } @forms;
}
ok(holds_secret(encode_base64("of$secret", '')), 'what is looked for would be found');

sub write_file
{
	my ($path, $text, $mode) = @_;
	unlink "$path.new";
	open my $handle, '>', "$path.new" or die $!;
	binmode $handle;
	print $handle $text;
	close $handle;
	chmod $mode // 0600, "$path.new";
	rename "$path.new", $path or die $!;
	return;
}

# A section of the file.
sub entry
{
	my ($name, $roles, %given) = @_;
	my $dbname = $given{dbname} // 'orders';
	my $url = $given{url} // "postgres://$user:$encoded\@127.0.0.1:${\ $remote->port}/$dbname";
	return "[$name]\nurl = $url\n" . ($roles ? "roles = $roles\n" : '') . ($given{more} // '');
}

# Every message of these tests is looked at for the secret.
sub refused
{
	my ($sql, $sqlstate, $message, $name, %given) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $error = fails($local, $sql, $sqlstate, $message, $name, %given);
	ok(!holds_secret(join "\n", %$error), "$name: no secret");
	return $error;
}

my $create = "SELECT name FROM datalink_create('name:orders_prod', 'orders')";
my $query = 'SELECT * FROM orders.customer';
my %alice = (role => 'alice');
my %bob = (role => 'bob');

# The same call of another name and link.
sub create
{
	my ($name, $link) = @_;
	return $create =~ s/orders_prod/$name/r =~ s/'orders'/'$link'/r;
}

# --- no file, and whom it tells so ---

my $error = refused($create, 'F0000', qr/could not read the file of named URLs/, 'no file is set',
	%alice);
is($error->{detail}, undef, 'a plain role is not told why');
$error = refused($create, 'F0000', undef, 'nor for a superuser');
like($error->{detail}, qr/datalinks\.url_file is not set/, 'who is told');
refused("SELECT FROM datalink_list(); SET datalinks.url_file = 'urls.conf'", '22023', undef,
	'a relative path');

$local->append_conf('postgresql.conf', "datalinks.url_file = '$file'");
$local->reload;
$error = refused($create, 'F0000', undef, 'a file that is not there');
like($error->{detail}, qr/\Q$file\E.*No such file/, 'is named to the superuser');
my $all = entry('orders_prod', 'alice, +staff') . "\n" . entry('roots', '') . entry('bobs', 'bob');
write_file($file, $all);

# --- the whole life of a link ---

is(run_sql($local, $create, %alice), 'orders', 'a plain role links by name');
my $row = link_of($local, 'orders', %alice);
is_deeply([ @{$row}{qw(remote remote_name state tables owner)} ],
	[ 'name:orders_prod', 'orders_prod', 'valid', 3, 'alice' ], 'and the list shows the name');
ok(!holds_secret(run_sql($local, 'SELECT * FROM datalink_list()')),
	'and nothing of the file, be it to superusers');
is(run_sql($local, 'SELECT count(*) FROM pg_user_mapping'), 0, 'there is no user mapping');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %alice), 2, 'it reads');
is( run_sql($local, "BEGIN; INSERT INTO orders.customer VALUES (9, 'x');"
		  . ' UPDATE orders.customer SET name = $$y$$ WHERE id = 9;'
		  . ' SELECT name FROM orders.customer WHERE id = 9; TRUNCATE orders.item; ROLLBACK', %alice),
	'y', 'it writes');
run_sql($local, 'ANALYZE orders.customer', %alice);
is(run_sql($local, "SELECT datalink_analyze('orders') >= 0", %alice), 't', 'it is analysed');
$remote->safe_psql('orders', 'CREATE TABLE more (id int)');
like(run_sql($local, "SELECT * FROM datalink_diff('orders')", %alice), qr/table added/, 'diff');
like(run_sql($local, "SELECT * FROM datalink_refresh('orders')", %alice), qr/table added/, 'refresh');
run_sql($local, "SELECT datalink_refresh('orders')");
run_sql($local, "SELECT datalink_alter('orders', except_tables => '{more}')", %alice);
run_sql($local, "SELECT datalink_alter('orders', except_tables => '{}')", %alice);
$remote->safe_psql('orders', 'DROP TABLE more');
run_sql($local, "SELECT datalink_refresh('orders')", %alice);
is(run_sql($local, "SELECT status FROM datalink_check('orders')", %alice), 'ok', 'check');
is(run_sql($local, "SELECT status FROM datalink_check('orders')"), 'ok', "a superuser's check");
is(run_sql($local, 'SELECT count(*) FROM orders.customer; SELECT datalink_disconnect()', %alice),
	"2\nt", 'disconnect');
like(messages_of($local, $create =~ s/\)$/, if_not_exists => true)/r, %alice),
	qr/NOTICE.*already exists, skipping/, 'if_not_exists knows it by its name');
refused(create('roots', 'orders') =~ s/\)$/, if_not_exists => true)/r, '42710', undef, 'and another',
	%alice);

# --- who may ---

$error = refused(create('orders_prod', 'his'), '42501', qr/permission denied for URL name/,
	'a role that is not named', %bob);
my $unknown = refused(create('no_such', 'his'), '42501', undef, 'no such name', %bob);
my ($one, $other) =
  map { my $e = $_; join '|', map { $e->{$_} // '' } qw(message detail hint) } $error, $unknown;
is($other =~ s/no_such/orders_prod/gr, $one, 'neither tells whether there is such a name');
refused(create('no_such', 'his'), '42704', qr/does not exist/, 'a superuser is told');
refused(create('roots', 'his'), '42501', undef, 'without roles it is for superusers', %alice);
is(run_sql($local, create('bobs', 'top')), 'top', 'who may use every name');
run_sql($local, "SELECT datalink_drop('top')");
is(run_sql($local, create('orders_prod', 'hers'), role => 'carol'), 'hers', 'a member of a role');
run_sql($local, 'REVOKE staff FROM carol');
refused('SELECT * FROM hers.customer', '42501', undef, 'who is none any more', role => 'carol');
run_sql($local, "GRANT staff TO carol; SELECT datalink_drop('hers')");
for my $name ('', 'a b', 'x/../y', 'postgres://a:b@c/d', 'x' x 64)
{
	refused(create($name, 'his'), '22023', undef, "name '$name'", %alice);
}

# Rights on the tables are not enough, and no mapping helps.
run_sql($local, 'GRANT USAGE ON SCHEMA orders TO bob, carol;'
	  . ' GRANT SELECT ON ALL TABLES IN SCHEMA orders TO bob, carol;'
	  . ' GRANT USAGE ON FOREIGN SERVER orders TO bob', %alice);
refused($query, '42501', qr/permission denied for URL name/, 'a role with rights on the tables', %bob);
run_sql($local, 'CREATE USER MAPPING FOR bob SERVER orders', %bob);
refused($query, '42501', undef, 'with a mapping of his own', %bob);
like(run_sql($local, "SELECT * FROM datalink_check('orders')", %bob),
	qr/orders\|unreachable.*permission denied for URL name/, 'and his check');
run_sql($local, 'DROP USER MAPPING FOR bob SERVER orders; CREATE USER MAPPING FOR bob SERVER orders'
	  . " OPTIONS (user 'bob', password 'x')", %bob);
refused($query, '22023', qr/"user" cannot be used with a named URL/, 'nor with credentials', %bob);
run_sql($local, 'DROP USER MAPPING FOR bob SERVER orders', %bob);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'carol'), 2,
	'a role that the file permits needs no mapping');
# What the owner lends counts by the owner's being permitted, and does not bind the owner.
run_sql($local, "SELECT datalink_grant('orders', 'bob'); SELECT datalink_grant('orders', 'public')", %alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %bob), 2, 'a role that the link is granted to');
refused("INSERT INTO orders.customer VALUES (9, 'x')", '25006|42501', undef, 'reads', %bob);
is(run_sql($local, "BEGIN; INSERT INTO orders.customer VALUES (9, 'x') RETURNING id; ROLLBACK", %alice),
	9, 'and the owner still writes');
write_file($file, entry('orders_prod', 'bob'));
refused($query, '42501', undef, 'who has to be in the file', %bob);
write_file($file, $all);
run_sql($local, "SELECT datalink_revoke('orders', 'bob'); SELECT datalink_revoke('orders', 'public');"
	  . ' GRANT USAGE ON SCHEMA orders TO bob; GRANT SELECT ON ALL TABLES IN SCHEMA orders TO bob', %alice);
refused($query, '42501', undef, 'no longer', %bob);
refused("CREATE USER MAPPING FOR bob SERVER orders OPTIONS (credentials 'owner')", '42501', undef,
	'and cannot help himself', %bob);

run_sql($local, 'CREATE SCHEMA hers', %alice);
run_sql($local, 'CREATE VIEW hers.names AS SELECT name FROM orders.customer;'
	  . ' GRANT USAGE ON SCHEMA hers TO bob; GRANT SELECT ON hers.names TO bob', %alice);
is(run_sql($local, 'SELECT count(*) FROM hers.names', %bob), 2, "a view is its owner's");
run_sql($local, 'DROP SCHEMA hers CASCADE', %alice);

# --- the secret stays where it belongs ---

for my $beside ("host '127.0.0.1'", "hostaddr '127.0.0.1'", "port '1'", "dbname 'x'",
	"options '-c geqo=on'", "sslmode 'disable'", "application_name 'x'", "service 'x'")
{
	my $sql = "ALTER SERVER orders OPTIONS (ADD $beside)";
	refused($sql, '22023', undef, "$beside beside it", %alice);
	refused($sql, '22023', undef, "$beside beside it, a superuser's");
}
refused("CREATE SERVER s FOREIGN DATA WRAPPER datalinks OPTIONS (host 'evil', url_name 'orders_prod')",
	'22023', undef, 'a new server', %alice);
refused("ALTER SERVER orders OPTIONS (SET url_name 'a b')", '22023', undef, 'no name at all', %alice);
run_sql($local, "CREATE USER MAPPING FOR alice SERVER orders OPTIONS (user 'alice')", %alice);
refused($query, '22023', undef, 'an option of the mapping', %alice);
run_sql($local, 'DROP USER MAPPING FOR alice SERVER orders', %alice);
# Straight into the catalog, as those can who can do anything.
run_sql($local, "UPDATE pg_foreign_server SET srvoptions = srvoptions || '{host=127.0.0.1}'"
	  . " WHERE srvname = 'orders'");
refused($query, '22023', qr/"host"/, 'a forged option', %alice);
run_sql($local, "UPDATE pg_foreign_server SET srvoptions = array_remove(srvoptions, 'host=127.0.0.1')"
	  . " WHERE srvname = 'orders'");
run_sql($local, "ALTER SERVER orders OPTIONS (SET url_name 'bobs')", %alice);
refused($query, '42501', undef, 'another name, natively', %alice);
run_sql($local, "ALTER SERVER orders OPTIONS (SET url_name 'orders_prod')", %alice);
run_sql($local, <<'END', %bob);
CREATE SERVER forged FOREIGN DATA WRAPPER datalinks OPTIONS (url_name 'orders_prod');
CREATE SCHEMA bobs;
CREATE FOREIGN TABLE bobs.customer (id int) SERVER forged OPTIONS (schema_name 'public');
CREATE USER MAPPING FOR alice SERVER forged;
GRANT USAGE ON SCHEMA bobs TO alice;
GRANT SELECT ON bobs.customer TO alice;
END
refused('SELECT * FROM bobs.customer', '42501', undef, "a server of somebody else's", %bob);
refused('SELECT * FROM bobs.customer', '42501', undef, 'whoever reads it', %alice);
refused('SELECT * FROM bobs.customer', '42501', undef, 'be it a superuser');
run_sql($local, 'DROP SCHEMA bobs CASCADE; DROP SERVER forged CASCADE', %bob);
refused('IMPORT FOREIGN SCHEMA public FROM SERVER orders INTO public', '0A000', undef,
	'IMPORT FOREIGN SCHEMA');

refused('SELECT FROM datalink_list(); SET datalinks.url_file TO DEFAULT', '42501', undef,
	'a plain role sets no file', %alice);
refused('SELECT FROM datalink_list(); SHOW datalinks.url_file', '42501', undef, 'nor sees which', %alice);
write_file("$dir/evil.conf", entry('orders_prod', 'all', url => 'postgres://a:b@127.0.0.1:1/x'));
{
	local $ENV{PGOPTIONS} = "-c datalinks.url_file=$dir/evil.conf";
	refused($query, 'F0000', undef, 'nor brings one along', %alice);
}

# --- the file as it is now ---

sub reads
{
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(run_sql($local, 'SELECT count(*) FROM orders.customer', %alice), 2, $name);
	return;
}

sub unusable
{
	my ($detail, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $told = refused($query, 'F0000', undef, $name, %alice);
	is($told->{detail}, undef, "$name: a plain role is not told");
	$told = refused("SELECT * FROM datalink_diff('orders')", 'F0000', undef, "$name, a superuser");
	like($told->{detail}, $detail, "$name: a superuser is told");
	is(link_of($local, 'orders', %alice)->{state}, 'valid', "$name: the link stays");
	like(run_sql($local, 'SELECT * FROM datalink_check()', %alice),
		qr/unreachable.*could not read the file of named URLs$/, "$name: the check does not fail");
	return;
}

write_file($file, $all, 0644);
unusable(qr/can be read or written by others/, 'a file for everybody');
write_file($file, $all, 0620);
unusable(qr/can be read or written by others/, 'a file that others write');
write_file($file, "# fine\n$all" . "postgres://$user:$encoded\@db/x\n");
unusable(qr/urls\.conf", line 11: a line is/, 'a malformed line');
write_file($file, entry('orders_prod', 'alice', url => "postgres://$user:$secret\@db/x"));
unusable(qr/section at line 1: invalid remote URL/, 'a malformed URL');
write_file($file, entry('orders_prod', 'alice', url => 'name:orders_prod'));
unusable(qr/section at line 1: invalid remote URL/, 'a name for a URL');
write_file($file, $all =~ s/\n\z//r);
unusable(qr/cut off/, 'a file that is cut off');
write_file($file, '#' x (1 << 20) . "\n$all");
unusable(qr/more than 1 MB/, 'a large one');
unlink $file;
mkfifo($file, 0600) or die $!;
unusable(qr/not a regular file/, 'a pipe');
unlink $file;
unusable(qr/No such file/, 'none');
write_file($local->data_dir . '/urls.conf', $all);
symlink $local->data_dir . '/urls.conf', $file or die $!;
unusable(qr/stands in the data directory/, 'one in the data directory');
unlink $local->data_dir . '/urls.conf', $file;
write_file("$dir/real.conf", $all);
symlink "$dir/real.conf", $file or die $!;
reads('a symbolic link to a good file');
unlink $file;

write_file($file, entry('orders_prod', 'bob'));
refused($query, '42501', undef, 'a role that was taken out', %alice);
write_file($file, $all);
reads('and put in again');
# What stands, stands; the next connection goes by the file.
{
	my $session = Session->new(connection($local, 'alice'), 60);
	my $ask = sub { join '', ($session->run($_[0], 0))[ 1, 2 ] };
	like($ask->('SELECT count(*) FROM orders.customer'), qr/^2$/, 'a connection');
	write_file($file, entry('orders_prod', 'bob'));
	like($ask->('SELECT count(*) FROM orders.customer'), qr/^2$/, 'stands until it is closed');
	like($ask->('SELECT datalink_disconnect()'), qr/^t$/, 'as datalink_disconnect() does');
	like($ask->($query), qr/permission denied for URL name/, 'there is no other');
}

my $rotated = "rotated-$secret";
write_file($file, $all);
$remote->safe_psql('orders', "ALTER ROLE $user PASSWORD 'rotated-$literal'");
$error = refused($query, '08001', undef, 'a password that was changed there', %alice);
is($error->{detail}, undef, 'without a reason');
write_file($file, $all =~ s/\Q$encoded\E/percent_encoded($rotated)/ger);
reads('a rotated password counts at once');
$remote->safe_psql('orders', "ALTER ROLE $user PASSWORD '$literal'");
write_file($file, $all);

run_sql($local, 'ALTER ROLE alice RENAME TO anna');
run_sql($local, "ALTER ROLE anna PASSWORD '" . password_of('anna') . "'");
refused($query, '42501', undef, 'a renamed role', role => 'anna');
run_sql($local, 'ALTER ROLE anna RENAME TO alice');
run_sql($local, "ALTER ROLE alice PASSWORD '" . password_of('alice') . "'");
reads('and back');

# --- without a password ---

my $superuser = run_sql($local, 'SELECT current_user');
my $socket = "host=${\ $local->host} port=${\ $local->port} user=$superuser dbname=postgres";
my $without = "password_required = false\n";
my $others = create('others', 'others');
write_file($file, entry('others', 'alice', url => $socket) . $all);
refused($others, '2F003', undef, 'a socket that lets anybody in', %alice);
write_file($file, entry('others', 'alice', url => "$socket password=whatever") . $all);
refused($others, '2F003', undef, 'whatever password it has', %alice);
write_file($file, entry('others', 'alice', url => $socket, more => $without) . $all);
is(run_sql($local, $others, %alice), 'others', 'where the file says so, it is used');
run_sql($local, "SELECT datalink_drop('others')", %alice);
write_file("$dir/pass", "*:*:*:$user:" . ($secret =~ s/([\\:])/\\$1/gr) . "\n");
my $by_passfile = "host=127.0.0.1 port=${\ $remote->port} user=$user dbname=orders passfile=$dir/pass";
write_file($file, entry('others', 'alice', url => $by_passfile, more => $without) . $all);
is(run_sql($local, $others, %alice), 'others', "a file of the server's is the administrator's to name");
write_file($file, entry('others', 'alice', url => $by_passfile) . $all);
refused('SELECT * FROM others.customer', '2F003', undef, 'but is no password', %alice);
run_sql($local, "SELECT datalink_drop('others')", %alice);
write_file($file, $all);

# --- the administrator's rules count for what the file says, and do not tell it ---

run_sql($local, "SELECT FROM datalink_list(); ALTER ROLE alice SET datalinks.allowed_hosts = '10.0.0.0/8'");
$error = refused($query, '42501', qr/permission denied to connect/, 'a host that no rule allows', %alice);
unlike(join("\n", %$error), qr/127\.0\.0\.1|port \d/, 'does not tell the host');
unlike(run_sql($local, "SELECT * FROM datalink_check('orders')", %alice), qr/127\.0\.0\.1|\|ok/, 'nor does check');
run_sql($local, 'ALTER ROLE alice RESET datalinks.allowed_hosts');
reads('and without the rule');

# --- to a URL and back ---

# Handed over, and logged, in a form that holds_secret() does not look for.
my $url = "postgres://app:${\ password_of('app')}\@127.0.0.1:${\ $remote->port}/orders";
is(run_sql($local, "SELECT name FROM datalink_set_remote('orders', '$url')", %alice), 'orders',
	'set_remote from the name to a URL');
like(link_of($local, 'orders', %alice)->{remote}, qr{^postgres://app\@127}, 'is one');
reads('which works');
is(run_sql($local, 'SELECT count(*) FROM pg_user_mapping'), 1, 'through a mapping');
refused("ALTER SERVER orders OPTIONS (ADD url_name 'orders_prod')", '22023', undef,
	'a name beside it, natively', %alice);
run_sql($local, "CREATE USER MAPPING FOR bob SERVER orders OPTIONS (user 'bob', password 'x')");
like(messages_of($local, "SELECT datalink_set_remote('orders', 'name:orders_prod')", %alice),
	qr/NOTICE.*user mappings of other roles were dropped.*DETAIL:  "bob"/s, 'set_remote to the name');
is(run_sql($local, 'SELECT count(*) FROM pg_user_mapping'), 0, 'takes the passwords away');
reads('and works');
refused("SELECT datalink_set_remote('orders', 'name:bobs')", '42501', undef, 'not to any', %alice);
reads('which leaves it as it was');

# --- the dump ---

sub dumped
{
	my ($path, $connection, @options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	command_ok([ 'pg_dump', '-f', $path, '-d', $connection, @options ], "pg_dump @options");
	my $text = slurp_file($path);
	ok(!holds_secret($text), 'which holds no secret');
	return $text;
}

run_sql($local, "SELECT datalink_drop('orders')", %alice);
run_sql($local, 'CREATE DATABASE shop');
my %shop = (dbname => 'shop');
run_sql($local, 'CREATE EXTENSION datalinks; GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . ' GRANT CREATE ON DATABASE shop TO alice', %shop);
run_sql($local, "$create; CREATE VIEW orders.names AS SELECT name FROM orders.customer", %shop, %alice);
my $schema = dumped("$dir/schema.sql", connection($local, 'alice', 'shop'), '--schema-only',
	'--no-owner', '--no-privileges');
like($schema, qr/url_name 'orders_prod'/, 'the name stands in it');
unlike($schema, qr/USER MAPPING/, 'and no mapping');
dumped("$dir/all.sql", $local->connstr('shop'));

# As dbmate loads it, by another role, into a database that has another file.
run_sql($local, 'CREATE DATABASE copy OWNER bob');
my %copy = (dbname => 'copy');
run_sql($local, 'CREATE EXTENSION datalinks; GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO bob',
	%copy);
# The extension is there, and is not this role's to comment on.
write_file("$dir/restored.sql", $schema =~ s/^COMMENT ON EXTENSION.*\n//mr);
command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', "$dir/output", '-d',
		connection($local, 'bob', 'copy'), '-f', "$dir/restored.sql" ], 'another role restores it');
is(link_of($local, 'orders', %copy)->{state}, 'valid', 'the link stands');
refused($query, '42501', undef, 'the role may not use the name', %copy, %bob);
write_file($staging_file, entry('orders_prod', 'bob', dbname => 'staging'));
run_sql($local, "SELECT FROM datalink_list(); ALTER DATABASE copy SET datalinks.url_file = '$staging_file'",
	%copy);
is(run_sql($local, 'SELECT count(*) FROM orders.names', %copy, %bob), 3,
	"with another file for that database, it is staging's");
is(run_sql($local, "SELECT datalink_refresh('orders')", %copy, %bob), '', 'and can be refreshed');
write_file($staging_file, "# nothing yet\n");
refused($query, '42501', undef, 'where the name is unknown', %copy, %bob);
is(link_of($local, 'orders', %copy, %bob)->{remote}, 'name:orders_prod', 'the list can be read');
run_sql($local, "SELECT datalink_drop('orders')", %copy, %bob);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %shop, %alice), 2, 'the first works on');

# --- reset ---

run_sql($local, 'CREATE TABLE public.t (); DROP SCHEMA public CASCADE; CREATE SCHEMA public', %shop);
is_deeply([ @{ link_of($local, 'orders', %shop) }{qw(state remote)} ], [ 'invalid', 'name:orders_prod' ],
	'a reset remembers the name');
ok(!holds_secret(run_sql($local, 'SELECT * FROM datalinks.invalid_link', %shop)), 'and no secret');
run_sql($local, "SELECT datalink_set_remote('orders', 'name:orders_prod')", %shop, %alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %shop, %alice), 2, 'it is made again');
run_sql($local, 'DROP SCHEMA orders CASCADE', %shop, %alice);
run_sql($local, $create, %shop, %alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %shop, %alice), 2, 'and again');

# An idle reader keeps the tables from being cleared: nobody gets in by the name all the same.
my $reader = $local->background_psql('shop', on_error_stop => 0);
$reader->query_safe('BEGIN; SELECT count(*) FROM orders.customer');
run_sql($local, 'CREATE TABLE public.t (); DROP SCHEMA public CASCADE; CREATE SCHEMA public', %shop);
is_deeply([ @{ link_of($local, 'orders', %shop) }{qw(state remote)} ], [ 'invalid', 'name:orders_prod' ],
	'a link that is in use is reset, too');
fails($local, 'SELECT count(*) FROM orders.customer', '42704', qr/user mapping not found/, 'and used by nobody', %shop, %alice);
$reader->query('COMMIT');
$reader->quit;
run_sql($local, "SELECT datalink_set_remote('orders', 'name:orders_prod')", %shop, %alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %shop, %alice), 2, 'until it is mended');

# The name cannot be taken from a server that another session is altering.
my $altering = $local->background_psql('shop');
$altering->query_safe("BEGIN; ALTER SERVER orders OPTIONS (ADD fetch_size '7')");
my $told = messages_of($local, 'CREATE TABLE public.t (); DROP SCHEMA public CASCADE; CREATE SCHEMA public', %shop);
like($told, qr/WARNING:  01000: data links could not be made invalid: orders \(.*lock timeout\)/, 'whoever resets is told');
$altering->query_safe('ROLLBACK');
$altering->quit;
is(link_of($local, 'orders', %shop)->{state}, 'valid', '... that the link stays');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %shop, %alice), 2, '... whole');

# --- two-phase commit: what is in doubt there is found without a mapping ---

$remote->append_conf('postgresql.conf', 'max_prepared_transactions = 4');
$remote->restart;
my $prefix = run_sql($local, "SELECT format('datalinks_%s_%s_', system_identifier,"
	  . " (SELECT oid FROM pg_database WHERE datname = current_database())) FROM pg_control_system()", %shop);
for my $who (\%alice, {})
{
	my $id = run_sql($local, 'BEGIN; SELECT pg_current_xact_id(); ROLLBACK', %shop);
	run_sql($remote, "SET ROLE $user; BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION '$prefix${id}_1'", dbname => 'orders');
	is(run_sql($local, 'SELECT name, verdict FROM datalink_in_doubt()', %shop, %$who), 'orders|aborted', 'what is in doubt is seen');
	is(run_sql($local, 'SELECT outcome FROM datalink_resolve()', %shop, %$who), 'rolled back', 'and ended');
}

# --- a database of another encoding: the bytes are the file's, whatever the database is ---

run_sql($local, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
my %latin = (dbname => 'latin');
run_sql($local, 'CREATE EXTENSION datalinks; GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . ' GRANT CREATE ON DATABASE latin TO alice', %latin);
is(run_sql($local, $create, %latin, %alice), 'orders', 'a password with an accent');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', %latin, %alice), 2, 'queries');

# --- what is left of it ---

ok(!holds_secret(run_sql($local, 'SELECT * FROM pg_stat_activity; SELECT * FROM pg_settings'
		  . " WHERE name ~ 'datalinks'; SELECT * FROM pg_foreign_server; SELECT * FROM pg_user_mapping")),
	'the views');
ok(!holds_secret(log_of($local, $log_start)), 'the log');

done_testing();
