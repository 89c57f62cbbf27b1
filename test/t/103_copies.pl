# A link that a dump or a template brings into another database reads there, and writes nothing until
# its owner has said so: staging must not go on writing to production. pg_upgrade is no such copy.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

# With a system identifier of its own.
sub other_cluster
{
	my ($name) = @_;
	delete local $ENV{INITDB_TEMPLATE};
	return start_node($name);
}

my ($local, $remote) = start_nodes();
my $staging = other_cluster('staging');
my $dir = PostgreSQL::Test::Utils::tempdir;
for my $node ($local, $staging)
{
	make_role($node, $_) for qw(alice bob);
	$node->safe_psql('postgres', 'CREATE DATABASE shop');
}
my %shop = (dbname => 'shop');
$local->safe_psql('shop', 'CREATE EXTENSION datalinks; GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . 'GRANT CREATE ON DATABASE shop TO alice');
run_sql($local, link_sql($remote, 'hers'), %shop, role => 'alice');
run_sql($local, link_sql($remote, 'boss'), %shop);
run_sql($local, "SELECT datalink_grant('hers', 'bob', false)", %shop, role => 'alice');

my $reason = 'made in another database: read-only until datalink_confirm() or datalink_set_remote()';
my $insert = "INSERT INTO hers.customer VALUES (50, 'x')";
my $undo = 'DELETE FROM hers.customer WHERE id = 50';

sub customers
{
	return $remote->safe_psql('orders', 'SELECT count(*) FROM customer');
}

sub home_of
{
	my ($node, $link, %given) = @_;
	return run_sql($node, "SELECT option_value FROM pg_foreign_server, pg_options_to_table(srvoptions)"
		  . " WHERE srvname = '$link' AND option_name = 'home'", %given);
}

# What is so in each copy, before it is confirmed.
sub is_read_only
{
	my ($node, $dbname, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my %there = (dbname => $dbname);
	my $link = link_of($node, 'hers', %there);
	is("$link->{state}|" . ($link->{reason} // ''), "valid|$reason", "$name: the list says so");
	is(run_sql($node, 'SELECT count(*) FROM hers.customer', %there, role => 'alice'), 2, "$name: it reads");
	for my $sql ($insert, "UPDATE hers.customer SET name = 'x'", 'TRUNCATE hers.item',
		"COPY hers.customer FROM STDIN;\n50\tx\n\\.\n", 'SELECT * FROM hers.customer FOR UPDATE',
		"SELECT 1 FROM hers.item; BEGIN; DELETE FROM hers.item")
	{
		for my $role (qw(alice bob))
		{
			fails($node, $sql, '25006', qr/data link "hers" is read-only in this database/,
				"$name: $sql, $role", %there, role => $role);
		}
	}
	my $said = messages_of($node, 'SELECT count(*) FROM hers.customer; SELECT count(*) FROM hers.item;'
		  . 'SELECT count(*) FROM boss.item', %there);
	$said = messages_of($node, 'SELECT count(*) FROM hers.customer; SELECT count(*) FROM hers.item;'
		  . 'BEGIN; SELECT count(*) FROM hers.item', %there, role => 'alice');
	is(() = $said =~ /^(?:psql:\S+ )?WARNING:  01000: data link "hers" is read-only in this database/mg, 1,
		"$name: one WARNING a session");
	is(customers(), 2, "$name: nothing was written");
}

is(run_sql($local, $insert . ';' . $undo, %shop, role => 'alice'), '', 'at home it writes');
is(link_of($local, 'hers', %shop)->{reason}, undef, 'and has nothing to confirm');
my $home = home_of($local, 'hers', %shop);
like($home, qr{^-?\d+/\d+$}, 'the server says where it was made');

# --- CREATE DATABASE ... TEMPLATE ---

$local->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE shop');
my %copy = (dbname => 'copy');
is_read_only($local, 'copy', 'a template');
fails($local, "SELECT datalink_confirm('hers')", '42501', qr/must be owner/, 'only its owner confirms', %copy,
	role => 'bob');
my $again = "$insert; SELECT 1";
run_sql($local, "BEGIN; SELECT datalink_confirm('hers'); ROLLBACK", %copy, role => 'alice');
fails($local, $insert, '25006', undef, 'a ROLLBACK takes it back', %copy, role => 'alice');
fails($local, "BEGIN READ ONLY; SELECT datalink_confirm('hers')", '25006', qr/read-only transaction/,
	'not in a read-only transaction', %copy, role => 'alice');
my $session = Session->new(connection($local, 'alice', 'copy'), 60);
$session->run('SELECT count(*) FROM hers.customer', 0);
is(run_sql($local, "SELECT state, reason IS NULL FROM datalink_confirm('hers')", %copy, role => 'alice'),
	'valid|t', 'confirmed');
like(join('', $session->run("$insert; SELECT 'done'", 0)), qr/done/, 'it writes, in older sessions too');
is(customers(), 3, 'to the remote');
run_sql($local, $undo, %copy, role => 'bob');
is(run_sql($local, "SELECT reason IS NULL FROM datalink_confirm('hers')", %copy, role => 'alice'), 't',
	'confirmed twice');
is(link_of($local, 'boss', %copy)->{reason}, $reason, 'each link for itself');
fails($local, "SELECT datalink_confirm('boss')", '42501', undef, "a superuser's for superusers", %copy,
	role => 'alice');
is(home_of($local, 'hers', %shop), $home, 'the original is as it was');

# --- dump and restore, in the same cluster and in another ---

command_ok([ 'pg_dump', '-Fc', '-f', "$dir/shop.dump", $local->connstr('shop') ], 'a dump');
command_ok([ 'pg_restore', '--exit-on-error', '-d', $staging->connstr('shop'), "$dir/shop.dump" ],
	'restored in another cluster');
is_read_only($staging, 'shop', 'another cluster');
run_sql($staging, "SELECT name FROM datalink_set_remote('hers', '" . url($remote) . "')", %shop,
	role => 'alice');
run_sql($staging, "$insert; $undo", %shop, role => 'alice');
is(link_of($staging, 'hers', %shop)->{reason}, undef, 'datalink_set_remote() makes it at home');
command_ok([ 'pg_restore', '--clean', '-1', '-d', $local->connstr('shop'), "$dir/shop.dump" ],
	'restored over itself');
run_sql($local, "$insert; $undo", %shop, role => 'alice');
is(home_of($local, 'hers', %shop), $home, '... it is at home');

# --- the setting ---

$staging->safe_psql('postgres', 'CREATE DATABASE more; GRANT CREATE ON DATABASE more TO alice');
command_ok([ 'pg_restore', '--exit-on-error', '-d', $staging->connstr('more'), "$dir/shop.dump" ],
	'restored once more');
my %more = (dbname => 'more');
fails($staging, "SELECT count(*) FROM datalink_list(); SET datalinks.confirm_copies = off", '42501', undef,
	'the setting is not for everybody', %more, role => 'alice');
fails($staging, "SET datalinks.confirm_copies = off; $insert", '25006', undef,
	'... nor before the library is loaded', %more, role => 'alice');
fails($staging, "ALTER ROLE alice SET datalinks.confirm_copies = off", '42501', undef,
	'... nor for a role by itself', %more, role => 'alice');
fails($staging, $insert, '25006', undef, '... in the next session', %more, role => 'alice');
$staging->safe_psql('postgres', 'ALTER ROLE alice RESET ALL; ALTER DATABASE more SET datalinks.confirm_copies = off');
unlike(messages_of($staging, "$insert; $undo", %more, role => 'alice'), qr/WARNING|ERROR/, 'off, it writes');
is(link_of($staging, 'hers', %more)->{reason}, undef, '... and says nothing');
$staging->safe_psql('postgres', 'ALTER DATABASE more RESET datalinks.confirm_copies');
is(link_of($staging, 'hers', %more)->{reason}, $reason, 'on again');

# --- what users write ---

fails($staging, "ALTER SERVER hers OPTIONS (SET home '$_')", '22023', qr/invalid value for option "home"/,
	"no home: $_", %more, role => 'alice')
  for ('here', '1/', '/1', '1/x', '1/1/1', '99999999999999999999999/1', '');
fails($staging, "ALTER FOREIGN DATA WRAPPER datalinks OPTIONS (SET cluster 'x')", '22023', undef,
	'no cluster: x', %more);
fails($staging, "ALTER FOREIGN DATA WRAPPER datalinks OPTIONS (ADD host 'x')", 'HV00D', undef,
	'no other option', %more);
run_sql($staging, "DROP SCHEMA hers CASCADE", %more, role => 'alice');
run_sql($staging, "SELECT name FROM datalink_set_remote('hers', '" . url($remote) . "')", %more,
	role => 'alice');
is(home_of($staging, 'hers', %more) eq $home ? 'old' : 'new', 'new', 'a link that is made again is at home');
run_sql($staging, "$insert; $undo", %more, role => 'alice');

# --- pg_upgrade ---

# In the old cluster: links at home, a copy by a template, one by a dump, which has the same OID as in
# the cluster that it came from, and one that was confirmed.
sub upgraded
{
	my ($old, $new, $name) = @_;
	$_->stop for grep { defined $_->{_pid} } $old, $new;
	my $bin = $old->config_data('--bindir');
	local $ENV{PGOPTIONS};
	chdir $dir;
	command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin,
			'-s', $new->host, '-p', $old->port, '-P', $new->port ], $name);
	$new->start;
	return;
}

my $oid = $home =~ s{.*/}{}r;
$local->safe_psql('copy', "ALTER SERVER boss OPTIONS (SET home '1234567890/"
	  . $local->safe_psql('copy', 'SELECT oid FROM pg_database WHERE datname = current_database()') . "')");
my $new = other_cluster('new');
upgraded($local, $new, 'pg_upgrade');
isnt(home_of($new, 'hers', %shop), $home, 'another cluster');
is(home_of($new, 'hers', %shop) =~ s{.*/}{}r, $oid, 'the same database');
is(link_of($new, $_, %shop)->{reason}, undef, "$_ is at home there") for qw(hers boss);
unlike(messages_of($new, "$insert; $undo", %shop, role => 'alice'), qr/WARNING|ERROR/, 'it writes');
is(link_of($new, 'hers', %copy)->{reason}, undef, 'a copy that was confirmed still is');
is(link_of($new, 'boss', %copy)->{reason}, $reason, 'one that came from a cluster with the same OID is not');
is( run_sql($new, "SELECT option_value = (SELECT system_identifier::text FROM pg_control_system())"
		  . " FROM pg_foreign_data_wrapper, pg_options_to_table(fdwoptions)", %shop), 't',
	'the wrapper knows the new cluster');
my $newest = other_cluster('newest');
upgraded($new, $newest, 'and a second time');
is(link_of($newest, 'hers', %shop)->{reason}, undef, '... it is at home');
is(link_of($newest, 'boss', %copy)->{reason}, $reason, '... the copy is not');
run_sql($newest, "$insert; $undo", %shop, role => 'alice');
is(customers(), 2, 'as before');

done_testing();
