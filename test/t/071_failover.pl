# A link with several hosts and target_session_attrs=read-write survives a failover of its remote:
# the primary is killed, its standby promoted, and the same link goes on reading and writing.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my $local = start_node('local');
$local->safe_psql('postgres', 'CREATE EXTENSION datalinks');
my $primary = start_node('primary', 'wal_level = replica', 'max_wal_senders = 5');
make_role($primary, 'app');
$primary->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
make_remote_schema($primary);
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay');

make_role($local, 'alice');
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE postgres TO alice;
GRANT CREATE ON SCHEMA public TO alice;
END
my @alice = (role => 'alice');
my ($one, $two) = ($primary->port, $standby->port);
my $credentials = 'app:' . password_of('app');
my $several = "postgres://$credentials\@127.0.0.1:$two,127.0.0.1:$one/orders"
  . '?target_session_attrs=read-write&connect_timeout=5';

# The standby stands first: only target_session_attrs finds the primary behind it.
run_sql($local, "SELECT datalink_create('$several', 'orders')", @alice);
run_sql($local, "INSERT INTO orders.customer VALUES (10, 'before')", @alice);
is($primary->safe_psql('orders', 'SELECT name FROM customer WHERE id = 10'), 'before',
	'the link writes to the primary');
run_sql($local, 'CREATE VIEW orders_view AS SELECT id, name FROM orders.customer', @alice);

# A link to the standby alone reads, and says plainly that it cannot write.
run_sql($local, link_sql($standby, 'stand_by'));
is(run_sql($local, 'SELECT count(*) >= 2 FROM stand_by.customer'), 't', 'a standby can be linked');
fails($local, 'DELETE FROM stand_by.customer', '25006', qr/read-only transaction/, 'but not written');
fails($local,
	"SELECT datalink_create('"
	  . url($standby, query => '?target_session_attrs=read-write') . "', 'x')",
	'08001', undef, 'nor linked where it must be writable');

# A session with an open connection lives through it, too.
my $session = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', connection($local, 'alice') ],
	'<', \(my $in = ''), '>', \(my $out = ''), '2>', \(my $err = ''),
	IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
my $ask = sub {
	my ($sql) = @_;
	$out = '';
	$in .= "$sql;\n\\echo done\n";
	$session->pump until $out =~ /^done$/m;
	return $out =~ s/^done\n//mr;
};
is($ask->('SELECT name FROM orders.customer WHERE id = 10'), "before\n", 'an open session reads');

$primary->wait_for_catchup($standby, 'replay');
$primary->stop('immediate');
my $error = error_of($local, "INSERT INTO orders.customer VALUES (11, 'nobody there')", @alice);
is($error->{sqlstate}, '08001', 'without a primary the link fails');
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');

is(run_sql($local, 'SELECT name FROM orders.customer WHERE id = 10', @alice), 'before',
	'after the failover the same link reads');
run_sql($local, "INSERT INTO orders.customer VALUES (12, 'after')", @alice);
is($standby->safe_psql('orders', 'SELECT name FROM customer WHERE id = 12'), 'after',
	'and writes to the new primary');
is(run_sql($local, 'SELECT name FROM orders_view WHERE id = 12', @alice), 'after', 'views work on');
is($ask->("UPDATE orders.customer SET name = 'session' WHERE id = 12 RETURNING name"), "session\n",
	'the open session connects again by itself')
  or diag $err;
$session->finish;

# Operations of ours find the new primary, too.
$standby->safe_psql('orders', 'SET ROLE app; CREATE TABLE public.later (id int)');
is( run_sql($local, "SELECT object, change FROM datalink_refresh('orders')", @alice),
	'orders.later|table added', 'datalink_refresh, too');
is(link_of($local, 'orders')->{state}, 'valid', 'nothing had to be repointed');
run_sql($local, "SELECT datalink_set_remote('orders', '" . url($standby) . "')", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.later', @alice), 0,
	'datalink_set_remote leaves the dead host out');
unlike(run_sql($local, "SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'orders'"),
	qr/target_session_attrs|$one/, 'with its options');

done_testing();
