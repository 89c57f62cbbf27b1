# Reads and writes over TLS, whose records are not the pieces that libpq reads: what waits for the
# socket must know of rows that have come already.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
my $files = $remote->data_dir;
plan skip_all => 'no openssl'
  if system("openssl req -new -x509 -days 2 -nodes -subj /CN=remote -keyout $files/server.key"
	  . " -out $files/server.crt >/dev/null 2>&1") != 0;
chmod 0600, "$files/server.key";
$remote->append_conf('postgresql.conf', 'ssl = on');
$remote->restart;
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TABLE wide (id int PRIMARY KEY, a text, n numeric);
INSERT INTO wide SELECT i, repeat(md5(i::text), 1 + i % 97), i * 1.25 FROM generate_series(1, 20000) i;
CREATE TABLE more AS SELECT * FROM wide WHERE id % 3 = 0;
CREATE TABLE written (LIKE wide INCLUDING ALL);
END
my $url = url($remote) . '?sslmode=require';
run_sql($local, "SELECT FROM datalink_create('$url', 't', if_not_exists => true)");
my $server = run_sql($local, q{SELECT srvname FROM pg_foreign_server WHERE srvoptions @> '{link=t}'});
run_sql($local, "SET client_min_messages = error; CREATE SERVER again FOREIGN DATA WRAPPER datalinks
	OPTIONS (host '127.0.0.1', port '" . $remote->port . "', dbname 'orders', sslmode 'require', async_capable 'false');
	CREATE USER MAPPING FOR CURRENT_USER SERVER again OPTIONS (user 'app', password '" . password_of('app') . "');
	CREATE FOREIGN TABLE more_again (id int, a text, n numeric) SERVER again OPTIONS (table_name 'more')");

is(run_sql($remote, "SELECT count(*) FILTER (WHERE ssl) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'app'",
	dbname => 'orders'), 'f', 'no session of ours is left from the creation');
my $sum = 'count(*), sum(length(a)), sum(n), count(DISTINCT a)';
my $true = run_sql($remote, "SELECT $sum FROM wide", dbname => 'orders');
my $true_more = run_sql($remote, "SELECT $sum FROM more", dbname => 'orders');
my $limit = 'SET statement_timeout = 30000;';

is(run_sql($local, "$limit SELECT $sum FROM (SELECT * FROM t.wide OFFSET 0) r"), $true, 'a scan');
is(run_sql($local, "$limit SELECT $sum FROM (SELECT * FROM t.wide WHERE id > 0 AND random() >= 0) r"),
	$true, 'with a condition');
for my $async ('false', 'true')
{
	run_sql($local, "ALTER SERVER $_ OPTIONS (SET async_capable '$async')") for $server, 'again';
	is(run_sql($local, "$limit SELECT $sum FROM (SELECT * FROM t.more WHERE random() < 0
		UNION ALL SELECT * FROM more_again UNION ALL SELECT * FROM t.wide WHERE false) r"),
		$true_more, "an append (async_capable $async)");
	is(run_sql($local, "$limit SELECT count(*) FROM (SELECT a FROM t.more UNION ALL SELECT a FROM more_again
		UNION ALL SELECT a FROM t.wide) r"), 20000 + 2 * 6666, "a larger one (async_capable $async)");
}
is(run_sql($local, "$limit SELECT sum(length(w.a)) FROM generate_series(1, 300) g,
	LATERAL (SELECT * FROM t.wide WHERE id = g OFFSET 0) w"),
	run_sql($remote, 'SELECT sum(length(a)) FROM wide WHERE id <= 300', dbname => 'orders'), 'rescans');

run_sql($local, "$limit INSERT INTO t.written SELECT * FROM t.wide");
is(run_sql($remote, "SELECT $sum FROM written", dbname => 'orders'), $true, 'INSERT of many rows');
is(run_sql($local, "$limit WITH w AS (INSERT INTO t.written SELECT id + 100000, a, n FROM t.more RETURNING *)
	SELECT $sum FROM w"), $true_more, 'with what comes back');
is(run_sql($local, "$limit WITH w AS (UPDATE t.written SET a = a || '!' WHERE random() >= 0 AND id < 5000 RETURNING a)
	SELECT count(*) FROM w WHERE right(a, 1) = '!'"), 4999, 'UPDATE row by row');
is(run_sql($local, "$limit WITH w AS (DELETE FROM t.written WHERE id > 100000 RETURNING *) SELECT $sum FROM w"),
	$true_more, 'DELETE that the remote runs whole');
fails($local, 'SET statement_timeout = 300; SELECT sum(length(w.a)) FROM t.wide w, t.wide x, t.wide y', '57014', undef,
	'it can be cancelled');
is(run_sql($local, "$limit SELECT $sum FROM (SELECT * FROM t.wide OFFSET 0) r"), $true, 'and read again');

done_testing();
