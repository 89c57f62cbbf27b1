# Reads and transactions: one snapshot a statement, nothing left open on the remote however a
# statement ends, sessions that stay usable, and what falls back to postgres_fdw.

use strict;
use warnings;

use DataLinks;
use IPC::Run;
use Relay;
use Session;
use Test::More;

my ($local, $remote) = start_nodes();
my $timeout = $PostgreSQL::Test::Utils::timeout_default;
$remote->safe_psql('orders', <<'END');
SET ROLE app;
CREATE TABLE acct (id int PRIMARY KEY, v int);
INSERT INTO acct SELECT i, 100 FROM generate_series(1, 100) i;
CREATE TABLE big (id int PRIMARY KEY, pad text);
INSERT INTO big SELECT i, repeat('x', 100) FROM generate_series(1, 50000) i;
CREATE VIEW slow AS SELECT g AS id, pg_sleep(CASE WHEN g > 1 THEN 60 ELSE 0 END)::text AS s
	FROM generate_series(1, 2) g;
CREATE TABLE lists AS SELECT ARRAY['é'] AS list FROM generate_series(1, 3);
CREATE SEQUENCE counter;
CREATE VIEW counted AS SELECT id, nextval('counter') AS n FROM customer;
CREATE VIEW broken AS SELECT id, 1 / (id - 1000) AS q FROM big;
END
run_sql($local, link_sql($remote, 'shop'));
run_sql($local, <<'END');
CREATE FUNCTION of_customer(int) RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN RETURN (SELECT name FROM shop.customer WHERE id = $1); END $$;
CREATE FUNCTION here(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN $1; END $$;
END

my $session;
my $message;

# Runs SQL in the one local session that stays; returns what it prints, and keeps what it complains.
sub here
{
	my ($sql) = @_;
	$session = Session->new($local->connstr('postgres'), $timeout) unless $session && $session->alive;
	(undef, my $out, $message) = $session->run($sql, 0);
	return $out;
}

my $ours = "application_name LIKE 'datalinks: %' AND datname = 'orders'";

sub nothing_open
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($remote->poll_query_until('orders',
			"SELECT count(*) = 0 FROM pg_stat_activity WHERE $ours AND state <> 'idle'"),
		"nothing stays open there: $what");
	is(here('SELECT count(*) FROM shop.customer'), '2', "... and it can be read again");
}

sub sessions_there
{
	return $remote->safe_psql('orders', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'");
}

# A session that ends leaves as a client should.
my $log = log_size($remote);
run_sql($local, 'SELECT count(here(id)) FROM shop.big') for 1 .. 3;
ok($remote->poll_query_until('orders', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $ours"),
	'sessions there end with those here');
unlike(log_of($remote, $log), qr/could not receive data|unexpected EOF/, '... and nobody complains');

# However a statement ends.
here('SELECT count(here(id)) FROM shop.big');
nothing_open('a statement');
here('SELECT id FROM shop.big WHERE here(id) > 0 LIMIT 3');
nothing_open('a limit');
is(here('SELECT q FROM shop.broken WHERE here(id) > 0'), '', 'an error there');
like($message, qr/22012: division by zero/, '... is told');
like($message, qr/CONTEXT: .*remote SQL command/s, '... with its context');
nothing_open('an error of the remote');
is(here('SELECT 1 / (here(id) - 150) FROM shop.big'), '', 'an error here');
nothing_open('an error of ours');
is(here("SET statement_timeout = '300ms'; SELECT * FROM shop.slow"), '', 'a cancel');
like($message, qr/57014/, '... by statement_timeout');
nothing_open('a cancel');
is(here(<<'END'), "Ada\nAda", 'a subtransaction that is cancelled');
BEGIN;
SELECT name FROM shop.customer WHERE id = 1;
SAVEPOINT a;
SET LOCAL statement_timeout = '300ms';
SELECT * FROM shop.slow;
ROLLBACK TO a;
SELECT name FROM shop.customer WHERE id = 1;
COMMIT;
END
nothing_open('ROLLBACK TO');
is(here(<<'END'), "1\n2\n3", 'a cursor that outlives a savepoint');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM shop.big WHERE here(id) > 0 ORDER BY id;
SAVEPOINT a;
FETCH c;
ROLLBACK TO a;
FETCH c;
SAVEPOINT b;
DECLARE d CURSOR FOR SELECT id FROM shop.big;
ROLLBACK TO b;
FETCH c;
COMMIT;
END
nothing_open('a cursor');
is(here(<<'END'), join("\n", 1, 2, 1, 49999, 50000, 1), 'WITH HOLD, SCROLL and backward');
BEGIN;
DECLARE h SCROLL CURSOR WITH HOLD FOR SELECT id FROM shop.big WHERE here(id) > 0 ORDER BY id;
FETCH h;
FETCH h;
FETCH BACKWARD h;
COMMIT;
FETCH ABSOLUTE 49999 FROM h;
FETCH h;
FETCH FIRST FROM h;
CLOSE h;
END
nothing_open('WITH HOLD');
is(here(<<'END'), '', 'PL/pgSQL: loops that are left, exceptions, reads in between');
DO $$
DECLARE r record; n int := 0;
BEGIN
	FOR i IN 1 .. 20 LOOP
		FOR r IN SELECT * FROM shop.big WHERE here(id) > 0 LOOP
			n := n + length(of_customer(1));
			EXIT WHEN r.id > 3;
		END LOOP;
		BEGIN
			FOR r IN SELECT * FROM shop.big LOOP
				PERFORM 1 / (r.id - 5);
			END LOOP;
		EXCEPTION WHEN division_by_zero THEN
			n := n + 1;
		END;
		BEGIN
			PERFORM q FROM shop.broken;
		EXCEPTION WHEN division_by_zero THEN
			n := n + 1;
		END;
	END LOOP;
	ASSERT n = 20 * (4 * 3 + 2), n;
END $$;
END
is($message, '', '... and all is well');
nothing_open('PL/pgSQL');

# Nested reads, with any number of sessions.
for my $sessions (0, 1, 3)
{
	is(here("SET datalinks.max_read_sessions = $sessions;"
			  . 'SELECT count(of_customer(1 + id % 2)) FROM shop.big WHERE id <= 300'),
		'300', "functions that read the link, $sessions sessions at once");
	nothing_open("$sessions sessions");
}
here('SELECT datalink_disconnect()');
here('SELECT count(*) FROM shop.customer');
my $before = sessions_there();
here('SET datalinks.max_read_sessions = 0; SELECT count(*) FROM shop.item');
is(sessions_there(), $before, 'no session may read by itself: that of the transaction reads');
is(here('SET datalinks.max_read_sessions = 3; BEGIN; SELECT count(of_customer(1)) FROM shop.acct; COMMIT'),
	'100', 'a nested read');
ok($remote->poll_query_until('orders', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $ours"),
	'sessions beside one are closed with the transaction');

# datalink_connections() and datalink_disconnect().
is(here('SELECT datalink_disconnect()'), 't', 'both are closed');
is(here('SELECT * FROM datalink_connections()'), '', 'none is open');
is(here('SELECT count(*) FROM shop.customer; SELECT * FROM datalink_connections()'), "2\nshop|t",
	'ours is shown by the name of the server');
is(here("SELECT datalink_disconnect('shop'); SELECT * FROM datalink_connections()"), 't', '... and closed');
is(here("SELECT datalink_disconnect('shop')"), 'f', '... once');
is(here(<<'END'), "1\nf\nshop|t\n2", 'one that is read stays');
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM shop.big ORDER BY id;
FETCH c;
SELECT datalink_disconnect('shop');
SELECT * FROM datalink_connections();
FETCH c;
COMMIT;
END
like($message, qr/WARNING: .*in use/, '... with a warning');

# Writes: the transaction reads what it has written.
is(here(<<'END'), "3\n3\n2", 'its own writes are seen, whatever is rolled back');
BEGIN;
INSERT INTO shop.customer VALUES (3, 'Lin');
SELECT count(*) FROM shop.customer;
SAVEPOINT a;
DELETE FROM shop.customer WHERE id = 3;
ROLLBACK TO a;
SELECT count(*) FROM shop.customer;
ROLLBACK;
SELECT count(*) FROM shop.customer;
END
my $writer = "psql -XAtq -c 'SET ROLE app; UPDATE acct SET v = v + 1 WHERE id = 1' '"
  . $remote->connstr('orders') . "'";
is(here("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT v FROM shop.acct WHERE id = 1;\n\\! $writer\n"
		  . "SELECT v FROM shop.acct WHERE id = 1;\nCOMMIT;\nSELECT v FROM shop.acct WHERE id = 1"),
	"100\n100\n101", 'REPEATABLE READ is stable');
is(here("BEGIN;\nSELECT v FROM shop.acct WHERE id = 1;\n\\! $writer\nSELECT v FROM shop.acct WHERE id = 1;\nCOMMIT"),
	"101\n102", 'READ COMMITTED sees what was committed');
$remote->safe_psql('orders', 'UPDATE acct SET v = 100');
nothing_open('writes');
is(here("BEGIN; DECLARE c CURSOR FOR SELECT id FROM shop.acct ORDER BY id; FETCH c; TRUNCATE shop.acct; ROLLBACK"),
	'1', 'TRUNCATE of what a cursor reads');
like($message, qr/55006/, '... is refused');
here('BEGIN; DECLARE c CURSOR FOR SELECT id FROM shop.big; FETCH c; TRUNCATE shop.acct; ROLLBACK');
like($message, qr/55006: cannot truncate a table of a data link that is being read/, '... of any table of the link');
is(here(<<'END'), '1', 'a cursor whose first rows came in a savepoint, in a transaction that has written');
BEGIN;
INSERT INTO shop.acct VALUES (1000, 1);
DECLARE c CURSOR FOR SELECT id FROM shop.big ORDER BY id;
SAVEPOINT a;
FETCH c;
ROLLBACK TO a;
MOVE 99 c;
FETCH c;
ROLLBACK;
END
like($message, qr/24000: the rows of a data link were being read in a subtransaction that was rolled back/,
	'... has those, and none after them');
nothing_open('a cursor that was lost');

# Rows that came in one encoding are not read in another.
is(here("BEGIN; DECLARE c CURSOR FOR SELECT list FROM shop.lists; FETCH c; SET client_encoding = 'LATIN1'; FETCH c; ROLLBACK"),
	'{é}', 'client_encoding is changed while a cursor is open');
like($message, qr/0A000: client_encoding was changed while a data link was being read/, '... which has no more rows then');
nothing_open('another encoding');

# A view that writes is read where writing is allowed.
is(here('SELECT id, n FROM shop.counted'), "1|1\n2|2", 'a view with nextval()');
is(here('SELECT count(*) FROM shop.counted c, shop.item i WHERE here(c.id) = i.customer_id'), '3',
	'... in a join here');
my $append = 'SELECT count(*) FROM (SELECT id, n FROM shop.counted UNION ALL SELECT id, n FROM shop.counted) s;';
is(here($append x 20),
	join("\n", (4) x 20), '... in an append that does not wait for it');
nothing_open('a view that writes');

# Columns of the system.
is(here('SELECT xmin, tableoid::regclass FROM shop.customer WHERE id = 1'), '0|shop.customer',
	'system columns');
is(here('SELECT ctid, id FROM shop.customer WHERE id = 2'), '(0,2)|2', 'ctid');

# Errors while a value is read name the column.
$remote->safe_psql('orders', "CREATE TYPE mood AS ENUM ('sad'); SET ROLE app; CREATE TABLE moods (id int, m public.mood); INSERT INTO moods VALUES (1, 'sad')");
here(q(CREATE FOREIGN TABLE shop.wrong (id int, m int) SERVER shop OPTIONS (schema_name 'public', table_name 'moods')));
here('SELECT * FROM shop.wrong');
like($message, qr/22P02.*CONTEXT: .*column "m" of foreign table "wrong"/s, 'a value of another type names its column');

# Sessions that were killed.
sub kill_there
{
	$remote->safe_psql('orders', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $ours");
	$remote->poll_query_until('orders', "SELECT count(*) = 0 FROM pg_stat_activity WHERE $ours");
	return;
}
for (1 .. 3)
{
	here('SELECT datalink_disconnect()');
	is(here('SELECT count(*) FROM shop.customer'), '2', 'a session');
	kill_there();
	is(here('SELECT count(*) FROM shop.customer'), '2', '... is replaced after it was killed');
}

# One whose end shows only when it is used again, as behind a firewall that forgets.
my $relay = Relay->new($remote->port, $local->basedir, 'relay');
run_sql($local, link_sql($remote, 'far', "only_tables => '{customer}'") =~ s/:${\ $remote->port}\//:${\ $relay->port}\//r);
is(here('SELECT count(*) FROM far.customer'), '2', 'a session that will be lost unnoticed');
for my $read ([ 'SELECT name FROM far.customer ORDER BY id', "Ada\nGrace" ], [ 'SELECT name FROM far.customer WHERE id = 1', 'Ada' ])
{
	my ($sql, $expected) = @$read;
	$relay->at('customer', 'once');
	is(here($sql), $expected, "... is replaced: $sql");
	ok(!$relay->waits, '... after the query was lost with it');
}
run_sql($local, "SELECT datalink_drop('far')");
$relay->stop;

my ($out, $err) = ('', '');
my $run = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $local->connstr('postgres'),
		'-c', 'SELECT * FROM shop.slow' ], '>', \$out, '2>', \$err, IPC::Run::timeout($timeout));
$remote->poll_query_until('orders',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE $ours AND wait_event = 'PgSleep'");
kill_there();
$run->finish;
like($err, qr/ERROR:  (57P01|08006|08003)/, 'one that is killed in the middle is an error');

# Changes of server and mapping.
here('SELECT count(*) FROM shop.customer');
run_sql($local, "ALTER SERVER shop OPTIONS (SET dbname 'nowhere')");
here('SELECT count(*) FROM shop.customer');
like($message, qr/08001/, 'the server points elsewhere: the old session is not used');
run_sql($local, "ALTER SERVER shop OPTIONS (SET dbname 'orders')");
is(here('SELECT count(*) FROM shop.customer'), '2', '... and back');
is(here(<<'END'), "2", '... in one transaction, too');
BEGIN;
SELECT count(*) FROM shop.customer;
ALTER SERVER shop OPTIONS (SET dbname 'nowhere');
SELECT count(*) FROM shop.customer;
ROLLBACK;
END
like($message, qr/08001/, '... at once');

# The password rule.
$remote->append_conf('pg_hba.conf', '');
my $hba = $remote->data_dir . '/pg_hba.conf';
my $lines = PostgreSQL::Test::Utils::slurp_file($hba);
unlink $hba;
$remote->append_conf('pg_hba.conf', "host all nopw 127.0.0.1/32 trust\n$lines");
$remote->reload;
make_role($remote, 'nopw');
$remote->safe_psql('orders', 'GRANT SELECT ON customer TO nopw');
make_role($local, 'plain');
run_sql($local, <<"END");
CREATE USER MAPPING FOR plain SERVER shop OPTIONS (user 'nopw', password 'x');
GRANT USAGE ON SCHEMA shop TO plain; GRANT SELECT ON shop.customer TO plain;
END
fails($local, 'SELECT * FROM shop.customer', '2F003', undef, 'a plain role on a remote that trusts it', role => 'plain');
is(here('SELECT count(*) FROM shop.customer; SET ROLE plain; SELECT count(*) FROM shop.customer; RESET ROLE'), '2',
	'... also in a session where the superuser has read');
like($message, qr/2F003/, '... is refused');

# One snapshot a statement while the remote's rows change.
my $changing = <<'END';
DO $$ BEGIN
	FOR i IN 1 .. 100000 LOOP
		UPDATE acct SET v = v + CASE WHEN id % 2 = 0 THEN 1 ELSE -1 END WHERE id IN (1 + i % 99, 2 + i % 99);
		COMMIT;
	END LOOP;
END $$;
END
my $noise = '';
my $changer = IPC::Run::start([ 'psql', '-XAtq', '-d', $remote->connstr('orders'), '-c', $changing ],
	'>&', \$noise);
$remote->poll_query_until('orders', 'SELECT v <> 100 FROM acct WHERE id = 50');
my @sums = map {
	split /\n/, here(join ';', ($_) x 20)
} ('SELECT (SELECT sum(here(v)) FROM shop.acct WHERE id % 2 = 0) + (SELECT sum(here(v)) FROM shop.acct WHERE id % 2 = 1)',
	'SELECT sum(a.v + b.v) FROM shop.acct a JOIN shop.acct b ON here(a.id) + 1 = b.id AND a.id % 2 = 1',
	'SELECT sum(here(v)) FROM (SELECT id, v FROM shop.acct WHERE id <= 50 UNION ALL SELECT id, v FROM shop.acct WHERE id > 50) s');
$remote->safe_psql('orders', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %'");
$changer->finish;
is(join(' ', grep { $_ != 10000 } @sums), '', scalar(@sums) . ' statements, each of one snapshot');
nothing_open('scans that share a snapshot');

# A frozen remote: the wait for it ends when it is cancelled.
here('SELECT count(*) FROM shop.customer');
my @frozen = split /\n/, $remote->safe_psql('orders', "SELECT pid FROM pg_stat_activity WHERE $ours");
push @frozen, $remote->{_pid};
kill 'STOP', @frozen;
here("SET statement_timeout = '300ms'; SELECT count(*) FROM shop.customer");
like($message, qr/57014/, 'a frozen remote: a cancel is heard at an open session');
here("SET statement_timeout = '300ms'; SELECT count(*) FROM shop.customer");
like($message, qr/57014/, '... and while a new one is connected');
kill 'CONT', @frozen;
nothing_open('a frozen remote');

done_testing();
