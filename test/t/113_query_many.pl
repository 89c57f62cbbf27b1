# One statement on many links at once: all of them at the same time, one that fails fails it by name,
# and nothing goes on there afterwards.

use strict;
use warnings;

use DataLinks;
use FakeRemote;
use Test::More;
use Time::HiRes;

keep_sessions();
my $local = start_node('local', 'max_locks_per_transaction = 256');
my $remote = start_node('remote', 'max_connections = 90');
my $tenants = 20;
$local->safe_psql('postgres', 'CREATE EXTENSION datalinks');
make_role($local, $_) for qw(alice bob);
$local->safe_psql('postgres', 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . 'GRANT CREATE ON DATABASE postgres TO alice');
make_role($remote, 'app');
$remote->safe_psql('postgres', join "\n", 'CREATE DATABASE tenant0 OWNER app;',
	'\c tenant0', 'SET ROLE app; CREATE TABLE orders (id int, total numeric); INSERT INTO orders VALUES (1, 0);',
	'\c postgres', map { ("CREATE DATABASE tenant$_ TEMPLATE tenant0;", "\\c tenant$_",
			"UPDATE orders SET total = $_;", '\c postgres') } 1 .. $tenants);
my %alice = (role => 'alice');
my $url = url($remote, dbname => "tenant' || t || '");
run_sql($local, "SELECT count(datalink_create('$url', 'tenant' || t)) FROM generate_series(1, $tenants) t", %alice);
my $all = '(SELECT array_agg(name) FROM datalink_list())';

sub query
{
	my ($links, $sql, $list, @parameters) = @_;
	my $call = join ', ', $links, "\$q\$$sql\$q\$", @parameters;
	return "SELECT * FROM datalink_query($call) AS t($list)";
}

sub is_sql
{
	my ($sql, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(run_sql($local, $sql, %alice), $expected, $name);
}

my $busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state <> 'idle'";

sub nothing_goes_on
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok($remote->poll_query_until('postgres', $busy, '0'), "nothing goes on there: $what");
}

# --- what it returns ---

my $sum = $tenants * ($tenants + 1) / 2;
for my $concurrency (16, 1, 3, 1000)
{
	is_sql("SET datalinks.concurrency = $concurrency; "
		  . query($all, 'SELECT count(*), sum(total) FROM orders', 'link text, n bigint, total numeric')
		  =~ s/\*/count(DISTINCT link), sum(n), sum(total), bool_and(link = 'tenant' || total)/r,
		"$tenants|$tenants|$sum|t", "a report, $concurrency at a time");
}
is_sql(query("ARRAY['tenant2', 'tenant1']", 'SELECT total + $1::int, $2::text FROM orders WHERE total < 2 OR $2 IS NULL',
		'link varchar(10), total int, p text', "'5'", 'NULL') . ' ORDER BY 1', "tenant1|6|\ntenant2|7|", 'parameters, types');
is_sql(query("'{}'::text[]", 'SELECT 1', 'link text, a int'), '', 'no links');
is_sql(query("ARRAY['tenant1']", 'SELECT FROM orders', 'link text'), 'tenant1', 'no columns but the name');
is_sql(query($all, q{SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g}, 'link text, g int, x text')
	  =~ s/\*/count(*), count(DISTINCT link), sum(g)/r, join('|', $tenants * 5000, $tenants, $tenants * 12502500), 'many rows');
is_sql('BEGIN; ' . query($all, 'UPDATE orders SET total = total + 1 RETURNING total', 'link text, total int') =~ s/\*/count(*)/r
	  . '; SELECT total FROM tenant7.orders; ' . query("ARRAY['tenant7']", 'SELECT total FROM orders', 'link text, total int')
	  . '; ROLLBACK; SELECT total FROM tenant7.orders', "$tenants\n8\ntenant7|8\n7", 'it writes, and a ROLLBACK takes it back');
is_sql(query($all, 'UPDATE orders SET total = total + 1 RETURNING total', 'link text, total int') =~ s/\*/sum(total)/r . '; '
	  . query($all, 'UPDATE orders SET total = total - 1 RETURNING total', 'link text, total int') =~ s/\*/sum(total)/r,
	($sum + $tenants) . "\n$sum", '... a COMMIT keeps it');

# --- at the same time ---

$remote->safe_psql("tenant$_", <<'END_OF_SQL') for 1 .. $tenants;
CREATE FUNCTION all_there(wanted int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
	FOR i IN 1 .. 6000 LOOP
		PERFORM pg_stat_clear_snapshot();
		SELECT count(*) INTO n FROM pg_stat_activity WHERE usename = 'app' AND query LIKE 'SELECT all_there%' AND state = 'active';
		EXIT WHEN n >= wanted;
		PERFORM pg_sleep(0.01);
	END LOOP;
	PERFORM pg_sleep(0.3);
	RETURN n;
END $$;
END_OF_SQL
is_sql("SET datalinks.concurrency = 100; " . query($all, "SELECT all_there($tenants)", 'link text, n int') =~ s/\*/min(n)/r,
	$tenants, 'all at the same time');
is_sql("SET datalinks.concurrency = 4; " . query($all, 'SELECT all_there(1)', 'link text, n int') =~ s/\*/max(n) BETWEEN 2 AND 4/r,
	't', 'no more than datalinks.concurrency');
is_sql("SELECT datalink_disconnect(); SET datalinks.concurrency = 100; "
	  . query($all, "SELECT all_there($tenants)", 'link text, n int') =~ s/\*/min(n)/r, "t\n$tenants", '... with new connections');

is_sql("SELECT sum(n) FROM datalink_query(ARRAY['tenant1', 'tenant2'], 'SELECT 1') AS t(link text, n int);"
	  . " SELECT datalink_stats_reset() IS NULL; SELECT sum(n) FROM datalink_query(ARRAY['tenant1', 'tenant2'],"
	  . " 'SELECT 1 FROM pg_sleep(1)') AS t(link text, n int);"
	  . " SELECT string_agg(name, ' ' ORDER BY name) FROM datalink_stats() WHERE scope = 'session' AND wait_time > 0",
	"2\nf\n2\ntenant1 tenant2", 'each of them has waited');

# --- one that fails ---

my $error = fails($local, query($all, q{SELECT 1 / (total - 13)::int FROM orders}, 'link text, a int'), '22012',
	qr/data link "tenant13": division by zero/, "the remote's error names the link", %alice);
like($error->{context}, qr/remote SQL command: SELECT 1/, '... and the statement');
nothing_goes_on('an error');
fails($local, query($all, q{SELECT CASE total WHEN 5 THEN 'x' ELSE '1' END FROM orders}, 'link text, a int'), '22P02',
	qr/data link "tenant5": column "a" of row 1: /, 'a value that does not fit', %alice);
fails($local, query($all, q{SELECT CASE WHEN total = 3 THEN 1 / (total - 3)::int ELSE length(pg_sleep(1000)::text) END FROM orders}, 'link text, a int'),
	'22012', qr/tenant3/, 'while the others go on', %alice);
nothing_goes_on('one failed');
fails($local, query($all, 'DELETE FROM orders', 'link text'), '42804', qr/data link "tenant\d+": the statement returns no rows/,
	'no rows', %alice);
fails($local, query($all, 'SELECT 1, 2', 'link text, a int'), '42804', qr/have 2 columns, the list of columns 1/,
	'too many columns', %alice);
fails($local, query($all, 'COMMIT', 'link text'), '0A000', undef, 'COMMIT', %alice);
fails($local, query("ARRAY['tenant1', NULL]", 'SELECT 1', 'link text, a int'), '22004', undef, 'NULL for a link', %alice);
fails($local, query("ARRAY['tenant1', 'tenant1']", 'SELECT 1', 'link text, a int'), '22023', qr/"tenant1" is named twice/,
	'a link twice', %alice);
fails($local, query("ARRAY['tenant1', 'nowhere']", 'SELECT 1', 'link text, a int'), '42704', qr/"nowhere"/, 'no such link', %alice);
$error = fails($local, query("'{tenant1,tenant2}'", 'SELECT 1', 'link text, a int'), '42602', qr/invalid data link name/, 'text that looks like an array', %alice);
like($error->{hint}, qr/'\{a,b\}'::text\[\]/, 'is told how to be one');
fails($local, query($all, 'SELECT 1', 'link text, a int'), '42501', qr/permission denied for data link/, 'without rights', role => 'bob');
is_sql('BEGIN; SAVEPOINT a; ' . query($all, 'UPDATE orders SET total = 0 RETURNING total', 'link text, total int') =~ s/\*/count(*)/r
	  . '; ROLLBACK TO a; ' . query($all, 'SELECT total FROM orders', 'link text, total int') =~ s/\*/sum(total)/r . '; COMMIT',
	"$tenants\n$sum", 'savepoints');
run_sql($local, "DO \$\$ BEGIN PERFORM * FROM datalink_query($all, 'SELECT CASE WHEN total = 3 THEN 1 / (total - 3)::int ELSE length(pg_sleep(1000)::text) END FROM orders') AS t(link text, a int);"
	  . " EXCEPTION WHEN division_by_zero THEN PERFORM datalink_execute('tenant4', 'UPDATE orders SET total = 44'); END \$\$", %alice);
is($remote->safe_psql('tenant4', 'SELECT total FROM orders'), 44, 'an error that is caught: it goes on');
nothing_goes_on('it was caught');

# --- cancelled, lost, out of connections ---

my $since = Time::HiRes::time();
fails($local, "SET statement_timeout = '500ms'; SET datalinks.concurrency = 100; " . query($all, 'SELECT pg_sleep(1000)', 'link text, a text'),
	'57014', undef, 'cancelled in the middle', %alice);
diag(sprintf 'cancelled after %.2f s', Time::HiRes::time() - $since);
nothing_goes_on('cancelled');
my $sessions = $remote->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'");
cmp_ok($sessions, '<=', $tenants, '... and no connection is left beside one a link');

my $silent = FakeRemote->new(sub { sleep 600 });
my $closed = PostgreSQL::Test::Cluster::get_free_port();
run_sql($local, sprintf("ALTER SERVER tenant9 OPTIONS (SET port '%d')", $closed), %alice);
fails($local, query($all, 'SELECT 1', 'link text, a int'), '08001', qr/data link "tenant9": could not connect/, 'one is down', %alice);
run_sql($local, sprintf("ALTER SERVER tenant9 OPTIONS (SET port '%d')", $silent->port), %alice);
fails($local, "SET statement_timeout = '500ms'; " . query($all, 'SELECT 1', 'link text, a int'), '57014', undef,
	'cancelled while one is silent', %alice);
$silent->stop;
run_sql($local, sprintf("ALTER SERVER tenant9 OPTIONS (SET port '%d')", $remote->port), %alice);
$remote->safe_psql('postgres', 'ALTER ROLE app CONNECTION LIMIT 10');
$remote->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
ok($remote->poll_query_until('postgres', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'", '0'), 'sessions were ended');
fails($local, query($all, 'SELECT 1', 'link text, a int'), '08001', qr/data link "tenant\d+": could not connect/, 'too many connections',
	%alice);
$remote->safe_psql('postgres', 'ALTER ROLE app CONNECTION LIMIT -1');
is_sql(query($all, 'SELECT total FROM orders', 'link text, total int') =~ s/\*/count(*)/r, $tenants, 'and it goes on');
fails($local, "BEGIN; " . query($all, 'UPDATE orders SET total = 0 RETURNING pg_backend_pid()', 'link text, pid int') =~ s/\*/count(*)/r . '; '
	  . query("ARRAY['tenant5']", 'SELECT pg_terminate_backend(pg_backend_pid())', 'link text, a bool'), '57P01', qr/tenant5/,
	'a remote is lost', %alice);
nothing_goes_on('one was lost');
is_sql(query($all, 'SELECT total FROM orders', 'link text, total int') =~ s/\*/count(*) FILTER (WHERE total > 0)/r, $tenants,
	'everything was rolled back');

unlike(log_of($local), qr/was terminated by signal/, 'no backend crashed');

done_testing();
