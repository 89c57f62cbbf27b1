# pg_upgrade and pg_dumpall from an older server, whose programs stand in OLD_SERVER, to this one:
# links come along. `make check-upgrades` runs it.

use strict;
use warnings;

use DataLinks;
use File::Basename qw(basename);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($old_bin) = glob "$ENV{OLD_SERVER}/usr/lib/postgresql/*/bin" or die 'OLD_SERVER holds no server';
my $old_lib = "$ENV{OLD_SERVER}/libraries";
my %known = map { /^\s+(\S+) \(/ ? ($1 => 1) : () } `ldconfig -p`;
unlink grep { $known{ basename($_) } } glob "$old_lib/*";
my $bin = `pg_config --bindir` =~ s/\n//r;
my $dir = PostgreSQL::Test::Utils::tempdir;
my $remote = start_node('remote');
delete local $ENV{INITDB_TEMPLATE};

my $old = do
{
	local $ENV{PATH} = "$old_bin:$ENV{PATH}";
	local $ENV{LD_LIBRARY_PATH} = $old_lib;
	start_node('old', 'max_prepared_transactions = 10');
};

# Since 18 a cluster has checksums unless told otherwise, and pg_upgrade wants both alike.
sub new_cluster
{
	my ($name) = @_;
	local $ENV{PG_TEST_INITDB_EXTRA_OPTS} = '--no-data-checksums' if `pg_config --version` =~ / 1[89]/;
	return start_node($name, 'max_prepared_transactions = 10');
}

make_role($remote, 'app');
$remote->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
make_remote_schema($remote);
run_sql($remote, "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE feeling (id serial PRIMARY KEY, m mood)",
	dbname => 'orders', role => 'app');
make_role($old, $_) for qw(alice reader);
$old->safe_psql('postgres', 'CREATE DATABASE shop');
my %shop = (dbname => 'shop');
my %hers = (%shop, role => 'alice');
run_sql($old, <<'END', %shop);
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE shop TO alice;
GRANT CREATE ON SCHEMA public TO alice;
ALTER DATABASE shop SET session_preload_libraries = 'datalinks';
END
run_sql($old, link_sql($remote, 'hers', 'create_types => true'), %hers);
run_sql($old, link_sql($remote, 'sums', "read_only => true, only_tables => '{item,spent}'"), %shop);
run_sql($old, link_sql($remote, 'was'), %hers);
run_sql($old, 'DROP SCHEMA was CASCADE', %hers);
run_sql($old, "SELECT datalink_grant('hers', 'reader'); CREATE VIEW hers.names AS SELECT name FROM hers.customer", %hers);
is($old->safe_psql('shop', "SELECT current_setting('server_version_num')::int / 10000"),
	$old_bin =~ s{.*/(\d+)/bin}{$1}r, 'the old server');

my $list = 'SELECT name, created_at, remote, remote_name, remote_schema, tables, read_only, owner, state,'
  . " invalidated_at, CASE WHEN reason !~ '^made in another database' THEN reason END FROM datalink_list()";
my $before = run_sql($old, $list, %shop);
like($before, qr/^hers\|.*\|valid\|.*^sums\|.*\|t\|.*^was\|.*\|invalid\|/ms, 'has links');
my $statistics = "SELECT reltuples FROM pg_class WHERE oid = 'hers.customer'::regclass";
my $customers = 2;

# What a link does, and the triggers after it; the transaction leaves all as it was.
sub works
{
	my ($node, $name) = @_;
	is(run_sql($node, $list, %shop), $before, "$name: the links are listed as they were");
	is(run_sql($node, "SELECT * FROM datalink_diff('$_')", %shop), '', "$name: $_ does not differ") for qw(hers sums);
	is(run_sql($node, 'SELECT count(*) FROM hers.names', %hers), $customers, "$name: a view on a link");
	is(run_sql($node, 'SELECT count(*) FROM sums.spent', %shop), 2, "$name: a superuser's link");
	is(run_sql($node, 'SELECT status FROM datalink_check() ORDER BY name', %shop), "ok\nok\ninvalid", "$name: datalink_check");
	like(run_sql($node, 'BEGIN; DROP SCHEMA hers CASCADE; SELECT state FROM datalink_list(); ROLLBACK', %hers),
		qr/\Ainvalid\nvalid\ninvalid\z/, "$name: the triggers are there");
	is(run_sql($node, "BEGIN; ALTER SCHEMA hers RENAME TO hers2; SELECT name FROM datalink_list(); ROLLBACK", %hers),
		"hers2\nsums\nwas", "$name: a rename is followed");
	return;
}

sub writes
{
	my ($node, $name) = @_;
	is(run_sql($node, "BEGIN; INSERT INTO hers.feeling (m) VALUES ('ok') RETURNING m; ROLLBACK", %hers), 'ok', "$name: INSERT");
	is(run_sql($node, "BEGIN; INSERT INTO hers.customer VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'"
			  . " RETURNING name; ROLLBACK", %hers), 'y', "$name: an upsert");
	fails($node, 'DELETE FROM sums.item', '55000', undef, "$name: read-only stays so", %shop);
	return;
}

# 15.20 notes a version of each column in attoptions, which pg_dump of 18.6 takes for an option of the
# user's and writes out; no server takes it. That is so without any link, too.
if (`pg_dump -s -d "@{[ $old->connstr('shop') ]}"` =~ /pg_attver/)
{
	diag('this pg_dump writes pg_attver, which no server takes: removed from the old one');
	run_sql($old, "UPDATE pg_attribute SET attoptions = NULL WHERE attoptions::text ~ 'pg_attver'", dbname => $_)
	  for qw(template1 postgres shop);
}

# --- pg_dumpall, by the new server's program ---

command_ok([ 'pg_dumpall', '-f', "$dir/all.sql", '-d', $old->connstr('postgres') ], 'pg_dumpall');
my $loaded = new_cluster('loaded');
# The superuser is there already.
my ($output, $errors) = ('', '');
IPC::Run::run([ 'psql', '-XqAt', '-d', $loaded->connstr('postgres'), '-f', "$dir/all.sql" ], '>', \$output, '2>', \$errors);
is(join('', grep { !/role "[^"]*" already exists/ } $errors =~ /^.*ERROR:.*\n/mg), '', 'loads without an error');
works($loaded, 'pg_dumpall');
fails($loaded, "INSERT INTO hers.feeling (m) VALUES ('ok')", '25006', undef, 'pg_dumpall: a copy writes nothing', %hers);
run_sql($loaded, "SELECT datalink_confirm('hers')", %hers);
writes($loaded, 'confirmed');

# --- pg_upgrade ---

my $tuples = run_sql($old, $statistics, %shop);
$old->stop;
my $new = new_cluster('new');
$new->stop;
chdir $dir or die $!;
{
	local $ENV{LD_LIBRARY_PATH} = $old_lib;
	local $ENV{PGOPTIONS};
	command_ok([ 'pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old_bin, '-B', $bin,
			'-s', $new->host, '-p', $old->port, '-P', $new->port ], 'pg_upgrade');
}
$new->start;
works($new, 'pg_upgrade');
unlike(messages_of($new, "BEGIN; INSERT INTO hers.customer VALUES (50, 'x'); ROLLBACK", %hers), qr/WARNING|ERROR/,
	'pg_upgrade: the link is at home');
writes($new, 'pg_upgrade');
is(run_sql($new, 'SELECT count(*) FROM hers.item', %shop, role => 'reader'), 3, 'pg_upgrade: a grant');
is(run_sql($new, "SELECT count(*) FROM pg_event_trigger e WHERE e.evtenabled = 'A' AND EXISTS (SELECT FROM pg_depend d"
		  . " WHERE d.objid = e.oid AND d.classid = 'pg_event_trigger'::regclass AND d.deptype = 'e')", %shop), 5,
	'pg_upgrade: the triggers are the extension\'s, and always on');
is(run_sql($new, "SELECT name, state FROM datalink_set_remote('was', '" . url($remote) . "')", %hers), 'was|valid',
	'pg_upgrade: an invalid link is rebuilt');
run_sql($remote, "ALTER TABLE customer ADD COLUMN email text; ALTER TYPE mood ADD VALUE 'happy'", dbname => 'orders', role => 'app');
run_sql($new, "SELECT * FROM datalink_refresh('hers')", %hers);
is(run_sql($new, "SELECT * FROM datalink_diff('hers'); SELECT count(email) FROM hers.customer", %hers), 0, 'pg_upgrade: a refresh');
cmp_ok(run_sql($new, "SELECT datalink_analyze('hers')", %hers), '>', 0, 'pg_upgrade: statistics');
run_sql($new, "SELECT datalink_drop(name) FROM datalink_list(); DROP EXTENSION datalinks", %shop);
is(run_sql($new, "SELECT count(*) FROM pg_event_trigger", %shop), 0, 'pg_upgrade: all of it can be dropped');

done_testing();
