# What goes over the links: datalink_stats() with and without shared_preload_libraries, EXPLAIN (ANALYZE),
# and the names of waits.

use strict;
use warnings;

use DataLinks;
use FakeRemote;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my ($local, $remote) = start_nodes('max_prepared_transactions = 1', "shared_preload_libraries = 'datalinks'", 'datalinks.stats_max = 10');
my $plain = start_node('plain');
run_sql($plain, 'CREATE EXTENSION datalinks');

$remote->safe_psql('orders', <<'END');
CREATE FUNCTION fail(text, text) RETURNS int LANGUAGE plpgsql AS
	'BEGIN RAISE EXCEPTION USING MESSAGE = $1, ERRCODE = $2; END';
CREATE FUNCTION wait_for(bigint) RETURNS int LANGUAGE plpgsql AS
	'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock($1); RETURN 0; END';
SET ROLE app;
CREATE VIEW divided AS SELECT 1 / (id - 1) AS x FROM public.customer;
CREATE VIEW refused AS SELECT public.fail('hunter2', '23505') AS x;
CREATE VIEW waits AS SELECT public.wait_for(7) AS x;
CREATE TABLE checked (id int);
CREATE FUNCTION check_late() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN PERFORM public.wait_for(7); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON checked DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION check_late();
CREATE TABLE big (id int PRIMARY KEY, note text);
INSERT INTO big SELECT g, 'note ' || g FROM generate_series(1, 1000) g;
ANALYZE big;
END

my $timeout = $PostgreSQL::Test::Utils::timeout_default;

# A session that stays as it is for several calls.
sub session_on
{
	my ($node, %given) = @_;
	return Session->new($given{role} ? connection($node, $given{role}) : $node->connstr('postgres'), $timeout);
}

# What the session prints; errors are none of its business.
sub say_in
{
	my ($session, $sql) = @_;
	my (undef, $out) = $session->run($sql, 0);
	return $out;
}

# One row of datalink_stats(), as the session's next statement sees it.
sub row_in
{
	my ($session, $columns, $where) = @_;
	$where //= "name = 'shop' AND scope = 'session'";
	return say_in($session, "SELECT $columns FROM datalink_stats() WHERE $where");
}

# Without shared memory: the session's own.
run_sql($plain, link_sql($remote, 'shop'));
{
	my $session = session_on($plain);
	is(row_in($session, 'count(*)', 'true'), 0, 'who has used no link has no row');
	is(say_in($session, 'SELECT id FROM shop.item ORDER BY id'), "1\n2\n3", 'a query');
	is(row_in($session, 'scope, rows_received, rows_sent, connects, reconnects, errors, last_error_sqlstate, last_error'),
		'session|3|0|1|0|0||', 'a query is counted');
	is(row_in($session, 'queries > 0, round_trips > 0, bytes_received BETWEEN 1 AND 1000, bytes_sent > 50, wait_time > 0, since <= now(), last_error_at IS NULL'),
		't|t|t|t|t|t|t', '... with what went with it');
	is(row_in($session, 'count(*)', "scope <> 'session'"), 0, '... and there is no other scope');

	say_in($session, 'SELECT datalink_stats_reset()');
	is(row_in($session, 'queries, round_trips, rows_received, bytes_received, bytes_sent, wait_time, connects'), '0|0|0|0|0|0|0', 'a reset');
	say_in($session, 'BEGIN; INSERT INTO shop.item SELECT g, 1, 1 FROM generate_series(101, 600) g; ROLLBACK');
	is(row_in($session, 'rows_sent, bytes_sent > 5000, connects, errors'), '500|t|0|0', 'rows that were sent, by COPY too, and rolled back');
	say_in($session, 'BEGIN; SAVEPOINT s; DELETE FROM shop.item WHERE random() >= 0 AND id < 3; ROLLBACK TO s; COMMIT');
	is(row_in($session, 'rows_sent, rows_received >= 2, errors'), '502|t|0', '... in a subtransaction, by key');

	say_in($session, 'INSERT INTO shop.item VALUES (1, 1, 1)');
	is(row_in($session, 'errors, last_error_sqlstate, last_error, last_error_at <= clock_timestamp()'),
		'1|23505|duplicate key value violates unique constraint "item_pkey"|t', 'an error');
	say_in($session, 'SELECT * FROM shop.divided');
	is(row_in($session, 'errors, last_error_sqlstate, last_error IS NULL'), '2|22012|t', '... about a value: no message');
	say_in($session, 'SELECT * FROM shop.refused');
	is(row_in($session, 'errors, last_error_sqlstate, last_error IS NULL'), '3|23505|t', '... which a function raised: no message');
	is(say_in($session, 'SELECT count(*) FROM shop.customer'), 2, 'the session goes on');

	$remote->safe_psql('postgres', "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name LIKE 'datalinks:%'");
	is(say_in($session, 'SELECT count(*) FROM shop.customer'), 2, '... when its connection was lost');
	is(row_in($session, 'connects, reconnects'), '1|1', '... which is counted');

	make_role($plain, 'plain');
	make_role($plain, 'monitor', 'IN ROLE pg_read_all_stats');
	make_role($plain, 'reader');
	run_sql($plain, "SELECT datalink_grant('shop', 'reader')");
	my $count = 'SELECT count(*) FROM datalink_stats()';
	is(say_in($session, "SET ROLE plain; $count; SET ROLE monitor; $count; SET ROLE reader; $count"), "0\n1\n1",
		'who may see a row');
	fails($plain, "SELECT datalink_stats_reset('shop')", '42501', qr/must be owner of data link "shop"/, 'a reset by another', role => 'monitor');
	fails($plain, "SELECT datalink_stats_reset('none')", '42704', qr/"none"/, 'a reset of none');
	my $drop = "DO \$\$BEGIN PERFORM datalink_drop('shop'); END\$\$";
	is(say_in($session, "BEGIN; $drop; $count; ROLLBACK; $count; $drop; $count"), "0\n1\n0", 'a drop takes the row along, unless it is rolled back');
}

# With it: of all sessions.
my $server = "name = 'shop' AND scope = 'server'";
run_sql($local, link_sql($remote, 'shop'));
run_sql($local, "SELECT datalink_stats_reset('shop')");
sub sum_of { my ($columns) = @_; return run_sql($local, "SELECT $columns FROM datalink_stats() WHERE $server") }

is(sum_of('rows_received, connects, errors'), '0|0|0', 'all sessions: a reset');
run_sql($local, 'SELECT * FROM shop.item') for 1 .. 2;
is(sum_of('rows_received, connects, errors'), '6|2|0', 'two sessions');
is(run_sql($local, 'SELECT max(id) FROM shop.item; SELECT scope, connects FROM datalink_stats()'), "3\nsession|1\nserver|3",
	"the session's own are among them at once");
is(run_sql($local, "SELECT count(*) FROM pg_wait_events WHERE type = 'Extension' AND name LIKE 'Datalinks%'"), 7,
	'all names of waits are known from the first wait on')
	if $local->pg_version >= 17;
run_sql($local, "SELECT datalink_stats_reset()");
messages_of($local, 'BEGIN; SELECT * FROM shop.divided; ROLLBACK; BEGIN; SELECT * FROM shop.item; ROLLBACK');
is(sum_of('connects, errors, last_error_sqlstate, rows_received >= 3'), '1|1|22012|t', 'what was rolled back');

# A session that is killed while it waits, and the names of waits.
my $holder = $remote->background_psql('orders');
$holder->query_safe('SELECT pg_advisory_lock(7)');
sub is_waiting
{
	my ($sql, $event, $name) = @_;
	$event = 'Extension' if $local->pg_version < 17;
	my %said = (out => '', err => '');
	my $session = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $local->connstr('postgres') . ' application_name=waiter', '-c', $sql ],
		'<', \undef, '>', \$said{out}, '2>', \$said{err}, IPC::Run::timeout($timeout));
	ok($local->poll_query_until('postgres', "SELECT wait_event_type = 'Extension' AND wait_event = '$event' FROM pg_stat_activity WHERE application_name = 'waiter' AND state = 'active'"), $name);
	return $session;
}
sub kill_waiter { return run_sql($local, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = 'waiter'") }

run_sql($local, "SELECT datalink_stats_reset()");
{
	my $session = is_waiting('SELECT * FROM shop.waits', 'DatalinksGetResult', 'a wait for rows has its name');
	is(kill_waiter(), 't', 'a session is killed');
	is(sum_of('connects, queries > 0, wait_time > 0'), '1|t|t', '... and counts all the same');
	$session->finish;
	$session = is_waiting('INSERT INTO shop.checked VALUES (1)', 'DatalinksCommit', '... one for a COMMIT');
	kill_waiter();
	$session->finish;
	my $silent = FakeRemote->new(sub { sleep 600 });
	run_sql($local, sprintf "CREATE SERVER silent FOREIGN DATA WRAPPER datalinks OPTIONS (host '127.0.0.1', port '%d', connect_timeout '600');
		CREATE USER MAPPING FOR CURRENT_USER SERVER silent OPTIONS (user 'u', password 'p');
		CREATE FOREIGN TABLE silent (i int) SERVER silent", $silent->port);
	$session = is_waiting('SELECT * FROM silent', 'DatalinksConnect', '... one to be connected');
	kill_waiter();
	$session->finish;
	run_sql($local, 'DROP SERVER silent CASCADE');
}
$holder->quit;

# Drops.
is(run_sql($local, "BEGIN; SAVEPOINT s; DO \$\$BEGIN PERFORM datalink_drop('shop'); END\$\$; ROLLBACK TO s; COMMIT; SELECT count(*) FROM datalink_stats() WHERE $server AND connects > 0"),
	1, 'a drop that is rolled back');
for my $end ([ ROLLBACK => 1 ], [ COMMIT => 0 ])
{
	run_sql($local, "BEGIN; DO \$\$BEGIN PERFORM datalink_drop('shop'); END\$\$; PREPARE TRANSACTION 'drop'");
	run_sql($local, "$end->[0] PREPARED 'drop'");
	is(run_sql($local, "SELECT count(*) FROM datalink_stats() WHERE $server AND connects > 0"), $end->[1], "... that was prepared, $end->[0]");
}
run_sql($local, link_sql($remote, 'shop'));
run_sql($local, "SELECT datalink_drop('shop')");
run_sql($local, link_sql($remote, 'shop'));
is(sum_of('connects, errors'), '1|0', 'the next link of the name begins at zero');

# More links than there is room for: those that were used last stay.
for my $i (1 .. 12)
{
	run_sql($local, link_sql($remote, "link$i", "only_tables => ARRAY['customer']"));
}
run_sql($local, 'SELECT * FROM link12.customer');
my $seen = run_sql($local, "SELECT name FROM datalink_stats() WHERE scope = 'server' ORDER BY name");
is(scalar(split /\n/, $seen), 10, 'no more than there is room for');
like($seen, qr/^link12$/m, '... of the last used');
unlike($seen, qr/^link1$/m, '... and not of the first');
run_sql($local, "SELECT datalink_drop('link$_')") for 1 .. 12;

# Sessions that count, and one that resets.
{
	my $file = $local->basedir . '/queries.sql';
	append_to_file($file, 'SELECT * FROM shop.item; SELECT * FROM shop.divided; ' x 100 . "SELECT 'done';\n");
	my @sessions = map { my %said = (out => '', err => ''); $said{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $local->connstr('postgres'), '-f', $file ], '<', \undef, '>', \$said{out}, '2>', \$said{err}, IPC::Run::timeout($timeout)); \%said } 1 .. 2;
	my $reader = session_on($local);
	say_in($reader, "SELECT datalink_stats_reset('shop'); SELECT count(*) FROM datalink_stats()") for 1 .. 30;
	$_->{run}->finish for @sessions;
	like($_->{out}, qr/done$/, 'a session that counts while another resets') for @sessions;
	run_sql($local, "SELECT datalink_stats_reset('shop')");
	run_sql($local, 'SELECT * FROM shop.customer');
	is(sum_of('rows_received, errors, connects'), '2|0|1', 'what was before a reset does not come back');
}

# EXPLAIN (ANALYZE).
run_sql($local, <<'END');
CREATE FUNCTION plan(sql text, options text) RETURNS SETOF text LANGUAGE plpgsql AS
	$$BEGIN RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, ' || options || ') ' || sql; END$$;
CREATE FUNCTION whole_plan(sql text, options text) RETURNS text LANGUAGE plpgsql AS
	$$DECLARE result text; BEGIN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, ' || options || ') ' || sql INTO result; RETURN result; END$$;
END

# Label => value of the lines that are ours; times are not known, but that they are there.
sub lines_of
{
	my ($sql, $options) = @_;
	my $text = run_sql($local, "BEGIN; SELECT * FROM plan(\$sql\$$sql\$sql\$, '$options'); ROLLBACK");
	my @lines = map { s/: [\d.]+ ms/: ms/r } $text =~ /^ *(Remote (?!SQL)[^\n]*)/mg;
	return join '; ', @lines;
}
my $trips = qr/Remote Round Trips: [1-9]\d*; /;
like(lines_of('SELECT * FROM shop.item', 'TIMING ON'),
	qr/^${trips}Remote Rows: 3; Remote Bytes: \d+; Remote First Row: ms$/, 'a scan');
like(lines_of('SELECT * FROM shop.item', 'TIMING OFF'), qr/^${trips}Remote Rows: 3; Remote Bytes: \d+$/, '... without times');
is(run_sql($local, 'EXPLAIN SELECT * FROM shop.item') =~ /Remote Rows/, '', '... and nothing without ANALYZE');
like(lines_of('INSERT INTO shop.item SELECT g, 1, 1 FROM generate_series(101, 600) g', 'TIMING OFF'),
	qr/^${trips}Remote Rows: \d+; Remote Bytes: \d+; Remote Rows Sent: 500; Remote Bytes Sent: \d{4,}$/, 'an INSERT');
like(lines_of('INSERT INTO shop.item VALUES (101, 1, 1), (102, 1, 1) RETURNING id', 'TIMING ON'),
	qr/^${trips}Remote Rows: 2; Remote Bytes: \d+; Remote First Row: ms; Remote Rows Sent: 2; Remote Bytes Sent: \d+$/, '... with RETURNING');
for my $statement ('UPDATE shop.item SET price = 2 WHERE', 'DELETE FROM shop.item WHERE')
{
	like(lines_of("$statement random() >= 0", 'TIMING OFF'),
		qr/^${trips}Remote Rows: 0; Remote Bytes: 0; Remote Rows Sent: 3; Remote Bytes Sent: \d+; ${trips}Remote Rows: 3; Remote Bytes: \d+$/, "$statement by key");
	like(lines_of("$statement id > 1", 'TIMING OFF'),
		qr/^${trips}Remote Rows: 0; Remote Bytes: 0; Remote Bytes Sent: \d+$/, "$statement, which the remote runs");
	like(lines_of("$statement id > 1 RETURNING id", 'TIMING ON'),
		qr/^${trips}Remote Rows: 2; Remote Bytes: \d+; Remote First Row: ms; Remote Bytes Sent: \d+$/, '... with RETURNING');
}

run_sql($local, link_sql($remote, 'other'));
run_sql($local, 'CREATE TABLE key (id int); INSERT INTO key VALUES (1), (3), (5); ANALYZE key');
like(lines_of('SELECT * FROM key JOIN shop.big USING (id)', 'TIMING ON'),
	qr/^${trips}Remote Rows: 3; Remote Bytes: \d+; Remote First Row: ms$/, 'a join by keys');
my $scan = qr/Remote Round Trips: \d+; Remote Rows: 1000; Remote Bytes: \d{5}; Remote First Row: ms/;
like(lines_of('SELECT * FROM shop.big UNION ALL SELECT * FROM other.big', 'TIMING ON'), qr/^$scan; $scan$/, 'scans at the same time');
run_sql($local, <<'END');
CREATE TABLE parted (id int, note text) PARTITION BY LIST (id);
CREATE FOREIGN TABLE parted1 PARTITION OF parted FOR VALUES IN (1) SERVER shop OPTIONS (schema_name 'public', table_name 'customer');
ALTER FOREIGN TABLE parted1 ALTER COLUMN note OPTIONS (column_name 'name');
CREATE FOREIGN TABLE parted2 PARTITION OF parted FOR VALUES IN (2) SERVER other OPTIONS (schema_name 'public', table_name 'big');
END
my $plan = decode_json(run_sql($local, "SELECT whole_plan('UPDATE parted SET note = note || random()', 'FORMAT JSON')"))->[0]{Plan};
is_deeply([ map { $_->{'Remote Rows Sent'} } @{ $plan->{'Target Tables'} } ], [ 2, 1000 ], 'an UPDATE of several partitions, by table');

for my $sql ('SELECT * FROM shop.item', 'DELETE FROM shop.item WHERE random() < 0')
{
	my $json = decode_json(run_sql($local, "SELECT whole_plan('$sql', 'FORMAT JSON')"))->[0]{Plan};
	my $xml = run_sql($local, "SELECT count(*) FROM unnest(xpath('//*[local-name() = ''Remote-Rows'']', whole_plan('$sql', 'FORMAT XML')::xml))");
	my $yaml = run_sql($local, "SELECT whole_plan('$sql', 'FORMAT YAML')");
	ok(defined $json->{'Remote Rows'} && $json->{'Remote Round Trips'} =~ /^\d+$/, "JSON: $sql");
	cmp_ok($xml, '>', 0, '... XML');
	like($yaml, qr/^ +Remote Rows: \d+ *$/m, '... YAML');
}

# A database takes the rows of its links along, and no others.
run_sql($local, 'CREATE DATABASE gone TEMPLATE template0');
run_sql($local, 'CREATE EXTENSION datalinks; ' . link_sql($remote, 'shop'), dbname => 'gone');
is(run_sql($local, "SELECT count(*) FROM shop.item; SELECT connects FROM datalink_stats() WHERE $server", dbname => 'gone'), "3\n2",
	'a link of the same name in another database has a row of its own');
my $kept = sum_of('connects, rows_received');
run_sql($local, 'DROP DATABASE gone');
is(sum_of('connects, rows_received'), $kept, 'which goes with the database');

unlike(log_of($_), qr/was terminated by signal|TRAP:/, 'no backend crashed') for $local, $plain;
done_testing();
