# What writing through a link shares with writing to a local table, where it once did not: each of
# these failed.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TABLE item2 (id int, s text);
CREATE TABLE odd (id int);
CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE SCHEMA two CREATE TABLE also (id int);
CREATE FUNCTION only_odd() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN RETURN CASE WHEN NEW.id % 2 = 1 THEN NEW END; END';
CREATE TRIGGER only_odd BEFORE INSERT ON odd FOR EACH ROW EXECUTE FUNCTION only_odd();
END
run_sql($local, link_sql($remote, $_->[0], "remote_schema => '$_->[1]'")) for [ 'w', 'public' ], [ 'two', 'two' ];
run_sql($local, <<'END');
CREATE FUNCTION next_id() RETURNS int LANGUAGE plpgsql VOLATILE AS
	'BEGIN RETURN (SELECT coalesce(max(id), 0) + 1 FROM w.item2); END';
CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION in_place(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN EXECUTE $1; RETURN ''done''; END';
END

# A volatile function sees what the statement that calls it has written so far.
is(run_sql($local, <<'END'), "450|450|450\n900|900", 'a function that reads the table that is being written');
INSERT INTO w.item2 SELECT next_id() FROM generate_series(1, 450);
SELECT count(*), count(DISTINCT id), max(id) FROM w.item2;
INSERT INTO w.item2 SELECT i FROM generate_series(451, 900) i WHERE i = next_id();
SELECT count(*), max(id) FROM w.item2;
END
is(run_sql($local, <<'END'), '450|1', '... and one that writes to it');
TRUNCATE w.item2;
INSERT INTO w.item2 SELECT i, in_place('UPDATE w.item2 SET s = ''seen''') FROM generate_series(1, 450) i;
SELECT count(*) FILTER (WHERE s = 'seen') + 1, count(*) FILTER (WHERE s = 'done') FROM w.item2;
END

# The rows that a trigger there leaves out do not count.
my $rows = join '', map { "$_\n" } 1 .. 501;
like($local->safe_psql('postgres', "SELECT FROM w.odd;\n\\set QUIET off\nCOPY w.odd FROM STDIN;\n$rows\\.\n"), qr/^COPY 251$/m, 'COPY counts what is stored');
my $file = $local->basedir . '/few';
is(run_sql($local, <<"END"), '251', '... also in a function');
CREATE TABLE few AS SELECT i FROM generate_series(1, 501) i;
COPY few TO '$file';
DO \$\$
DECLARE n bigint;
BEGIN
	PERFORM FROM w.odd;
	COPY w.odd FROM '$file';
	GET DIAGNOSTICS n = ROW_COUNT;
	PERFORM set_config('test.n', n::text, false);
END \$\$;
SELECT current_setting('test.n');
END

# Rows that come back are nobody's but the statement's: a session that has had some of them goes on.
run_sql($local, "CREATE TRIGGER after AFTER UPDATE OR DELETE ON w.item2 FOR EACH ROW EXECUTE FUNCTION ignore()");
is(run_sql($local, <<'END'), '1000', 'rows that come back to AFTER triggers');
TRUNCATE w.item2;
INSERT INTO w.item2 SELECT i, repeat('x', 500) FROM generate_series(1, 1000) i;
UPDATE w.item2 SET s = s || 'y' WHERE random() >= 0;
DELETE FROM w.item2 WHERE random() >= 0 AND id % 2 = 0;
INSERT INTO w.item2 SELECT i, repeat('z', 100) FROM generate_series(1, 500) i;
SELECT count(*) FROM w.item2;
END
run_sql($local, "DROP TRIGGER after ON w.item2");
is(run_sql($local, <<'END'), join("\n", (1 .. 9) x 3), '... and to RETURNING of a statement that went whole');
DELETE FROM w.item2; INSERT INTO w.item2 SELECT i, repeat('x', i) FROM generate_series(1, 300) i;
DO $$
DECLARE r record; many text[];
BEGIN
	FOR i IN 1 .. 20 LOOP
		FOR r IN UPDATE w.item2 SET s = s || '-' WHERE id % 7 < 3 RETURNING * LOOP
			many := many || r.s;
		END LOOP;
		PERFORM string_agg(s || id, ',' ORDER BY s) FROM w.item2;
	END LOOP;
END $$;
WITH u AS (UPDATE w.item2 SET s = s || '+' WHERE id < 10 RETURNING id, s) SELECT id FROM u ORDER BY id;
WITH u AS (DELETE FROM w.item2 WHERE id < 10 RETURNING id, s) SELECT id FROM u ORDER BY id;
INSERT INTO w.item2 SELECT i, 'again' FROM generate_series(1, 9) i RETURNING id;
END

# Of a table that the remote joins with others, the system columns are its own row's.
is(run_sql($local, <<'END'), '5|0|w.item2|t', 'system columns of what a joined UPDATE has changed');
CREATE TEMPORARY TABLE changed (id int, x xid, of regclass, place tid);
WITH u AS (UPDATE w.item2 i SET s = 'joined' FROM w.odd o WHERE o.id = i.id AND o.id = 5
	RETURNING i.id, i.xmin, i.tableoid::regclass, i.ctid) INSERT INTO changed SELECT * FROM u;
SELECT c.id, c.x, c.of, c.place = i.ctid FROM changed c, w.item2 i WHERE i.id = 5;
END
is(run_sql($local, "UPDATE w.item2 i SET s = 'joined' FROM w.odd o WHERE o.id = i.id AND o.id = 5 RETURNING i.xmin, i.s"),
	'0|joined', '... without its ctid, too');
is(run_sql($local, "UPDATE w.item2 SET s = 'alone' WHERE id = 5 RETURNING tableoid::regclass"), 'w.item2', '... of one table');
is(run_sql($local, "DELETE FROM w.item2 WHERE id < 3 RETURNING 'gone'"), "gone\ngone", 'RETURNING without a column has a row for each');

# A constraint that counts at the end undoes all of a transaction, whatever other remotes it wrote to.
for my $second ('INSERT INTO two.also VALUES (1)', 'TRUNCATE two.also')
{
	run_sql($local, 'TRUNCATE w.late, two.also; INSERT INTO two.also VALUES (0)');
	for my $order ([ 0, 1 ], [ 1, 0 ])
	{
		my @writes = ('INSERT INTO w.late VALUES (1), (1)', $second);
		fails($local, "BEGIN; $writes[$order->[0]]; $writes[$order->[1]]; COMMIT", '23505', qr/late_id_key/,
			"a deferred constraint: $writes[$order->[0]] first");
		is(run_sql($local, 'SELECT count(*), sum(id) FROM two.also'), '1|0', '... and nothing is done elsewhere');
	}
}

# A server's option closes its sessions with the transaction.
keep_sessions();
my $shown = "(SELECT string_agg(server_name, ' ' ORDER BY server_name) FROM datalink_connections())";
is(run_sql($local, "SELECT FROM w.late; SELECT FROM two.also; SELECT $shown"), 'two w', 'sessions are kept');
run_sql($local, "ALTER SERVER w OPTIONS (ADD keep_connections 'off')");
for my $sql ('SELECT FROM w.late', 'INSERT INTO w.late VALUES (5)', 'BEGIN; DELETE FROM w.late; ROLLBACK',
	'BEGIN; SAVEPOINT a; SELECT FROM w.late; ROLLBACK TO a; COMMIT')
{
	is(run_sql($local, "SELECT FROM two.also; $sql; SELECT $shown"), 'two', "... but where keep_connections is off: $sql");
	ok($remote->poll_query_until('orders', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name LIKE 'datalinks: %'"),
		'... as is seen there');
}
is(run_sql($local, "BEGIN; INSERT INTO w.late VALUES (6); SELECT $shown; COMMIT"), 'two w', '... which lasts for the transaction');
run_sql($local, "ALTER SERVER w OPTIONS (SET keep_connections 'on')");
is(run_sql($local, "SELECT FROM two.also; SELECT FROM w.late; SELECT $shown"), 'two w', '... and are kept again');

done_testing();
