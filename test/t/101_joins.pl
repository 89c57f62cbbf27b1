# Joins of local rows with a remote's, which go there by their keys, many at a time: they give the
# rows that local tables give, whatever is in the keys and above and below the join; and few rows
# come over, in few round trips.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
my $make = <<'END';
CREATE SCHEMA twins;
CREATE TYPE twins.kind AS ENUM ('new', 'old', 'odd');
CREATE TABLE twins.f (id int PRIMARY KEY, k int, big bigint, n numeric, s text, c varchar(20), b char(8), d date, at timestamptz,
	u uuid, kind twins.kind, tags int[], name text COLLATE "C");
CREATE TABLE twins.g (id bigint PRIMARY KEY, f_id int, s text);
INSERT INTO twins.f SELECT i, nullif(i % 97, 13), i * 3, i * 0.5, nullif('s"' || i % 53, 's"7'), 'c\' || i % 31, 'b' || i % 11,
	'2026-01-01'::date + i % 40, timestamptz '2026-03-29 00:00Z' + i * interval '7 minutes', md5(i::text)::uuid,
	(enum_range(NULL::twins.kind))[1 + i % 3], ARRAY[i % 7, NULL], 'N' || i % 23 FROM generate_series(1, 3000) i;
INSERT INTO twins.g SELECT i, nullif(i * 7 % 3100, 70), 't,{' || i % 19 FROM generate_series(1, 900) i;
CREATE INDEX ON twins.f (k);
ANALYZE;
END
run_sql($remote, "$make GRANT USAGE ON SCHEMA twins TO app; GRANT ALL ON ALL TABLES IN SCHEMA twins TO app;
	CREATE SCHEMA large; CREATE TABLE large.fact AS SELECT i AS id, i % 1000 AS dim, 'text ' || i AS t FROM generate_series(1, 100000) i;
	ALTER TABLE large.fact ADD PRIMARY KEY (id); CREATE INDEX ON large.fact (dim); CREATE TABLE large.bare AS SELECT * FROM large.fact;
	CREATE TABLE large.note AS SELECT i AS id, i * 31 % 100000 AS fact FROM generate_series(1, 50000) i; ALTER TABLE large.note ADD PRIMARY KEY (id);
	ANALYZE; GRANT USAGE ON SCHEMA large TO app; GRANT ALL ON ALL TABLES IN SCHEMA large TO app", dbname => 'orders');
run_sql($local, $make . <<'END');
CREATE TABLE l (id int, k int, small smallint, big bigint, n numeric, s text, c varchar(20), b char(8), d date, at timestamptz, ts timestamp,
	u uuid, kind twins.kind, tags int[], name text COLLATE "C");
INSERT INTO l SELECT i * 13 % 3100, nullif(i % 101, 50), i % 90, i * 9, i * 1.5, nullif('s"' || i % 60, 's"3'), 'c\' || i % 35, 'b' || i % 13,
	'2026-01-20'::date + i % 30, timestamptz '2026-03-29 00:00Z' + i * interval '14 minutes', timestamp '2026-03-29 00:00' + i * interval '14 minutes',
	md5((i * 2)::text)::uuid, (enum_range(NULL::twins.kind))[1 + i % 3], ARRAY[i % 9, NULL], 'N' || i % 29 FROM generate_series(1, 260) i;
INSERT INTO l DEFAULT VALUES;
CREATE TABLE few AS SELECT * FROM l LIMIT 12;
CREATE TABLE keys AS SELECT i * 4999 AS id, i AS x FROM generate_series(1, 20) i;
CREATE TABLE dim AS SELECT i AS id, 'name ' || i AS name FROM generate_series(0, 999) i;
ANALYZE;
END
run_sql($local, link_sql($remote, 'far', "remote_schema => 'twins'"));
run_sql($local, link_sql($remote, 'l1', "remote_schema => 'large'"));

# What is sent, how often, and how many rows come.
sub plan_of
{
	my ($sql, $set) = @_;
	my $plan = run_sql($local, ($set // '') . "EXPLAIN (ANALYZE, VERBOSE, TIMING OFF, COSTS OFF, SUMMARY OFF) $sql");
	my ($trips, $rows) = (0, 0);
	$trips += $1 while $plan =~ /Remote Round Trips: (\d+)/g;
	$rows += $1 while $plan =~ /Remote Rows: (\d+)/g;
	return ($plan, $trips, $rows);
}

for (
	[ 'SELECT * FROM keys JOIN l1.fact f ON f.id = keys.id', 20, 'by a primary key', qr/WHERE \(\((?:\$1::integer = id|id = \$1::integer)\)\)/ ],
	[ 'SELECT * FROM keys JOIN l1.bare f ON f.id = keys.id', 20, 'without an index', qr/\$1::integer/ ],
	[ "SELECT count(*), max(t) FROM dim JOIN l1.fact f ON f.dim = dim.id WHERE name = 'name 7'", 100, 'a filter on a dimension', qr/\$1::integer/ ],
	[ 'SELECT * FROM keys LEFT JOIN l1.fact f ON f.id = keys.id + 1', 20, 'a left join', qr/\$1::integer/ ],
	[ 'SELECT count(*) FROM l1.fact f WHERE id IN (SELECT id FROM keys)', 20, 'a semi-join', qr/\$1::integer/ ],
	[ 'SELECT * FROM keys WHERE NOT EXISTS (SELECT FROM l1.fact f WHERE f.id = keys.id)', 20, 'an anti-join', qr/\$1::integer/ ],
	[ 'INSERT INTO kept SELECT f.* FROM keys JOIN l1.fact f ON f.id = keys.id', 20, 'the source of an INSERT', qr/\$1::integer/ ],
	[ 'SELECT * FROM keys JOIN l1.fact f USING (id) WHERE f.dim > 0 AND f.t <> repeat(f.t, 2) || now()', 20, 'with other conditions', qr/\$1::integer/ ],
	[ 'SELECT n.*, f.t FROM keys JOIN l1.note n ON n.id = keys.id JOIN l1.bare f ON f.id = n.fact', 20, 'two of them', qr/\$1::integer/ ],
  )
{
	my ($sql, $most, $name, $sent) = @$_;
	run_sql($local, 'DROP TABLE IF EXISTS kept; CREATE TABLE kept (LIKE l1.fact)');
	my ($plan, $trips, $rows) = plan_of($sql);
	like($plan, $sent, "$name: the key is sent");
	cmp_ok($rows, '<=', $most, "$name: few rows come");
	cmp_ok($trips, '<=', 2, "$name: few round trips") or diag($plan);
}
my ($plan, $trips) = plan_of('SELECT * FROM generate_series(1, 30000) i JOIN l1.fact f ON f.id = i', 'SET enable_hashjoin = off; SET enable_mergejoin = off; ');
cmp_ok($trips, '<', 50, 'nor many where the planner expected few keys');
($plan) = plan_of('SELECT * FROM dim JOIN l1.fact f ON f.dim = dim.id');
like($plan, qr/Hash Join/, 'many keys that match everything are not sent');
($plan, $trips) = plan_of('UPDATE l1.fact f SET t = f.t FROM keys WHERE f.id = keys.id');
like($plan, qr/(?:\$1::integer = id|id = \$1::integer)\)\) FOR UPDATE/, 'an UPDATE looks for the rows that it changes');
cmp_ok($trips, '<=', 4, 'and need not ask for each');

# A join of one link's tables is the remote's, with what is above it.
for ('SELECT f.t FROM l1.note n JOIN l1.fact f ON f.id = n.fact WHERE n.id < 20', 'SELECT count(*) FROM l1.note n JOIN l1.fact f ON f.id = n.fact WHERE n.id < 20',
	'SELECT f.t FROM l1.note n JOIN l1.fact f ON f.id = n.fact ORDER BY n.id LIMIT 3',
	'SELECT n.id FROM l1.note n JOIN l1.fact f ON f.id = n.fact JOIN l1.bare b ON b.id = f.dim WHERE n.id = 7')
{
	($plan) = plan_of($_);
	unlike($plan, qr/Join|Loop|Aggregate *$|Limit/, "shipped: $_");
	is(() = $plan =~ /Remote SQL/g, 1, 'as one query') or diag($plan);
}

# Somebody who stops.
my $loop = 'SET enable_hashjoin = off; SET enable_mergejoin = off; ';
($plan, $trips, my $rows) = plan_of('SELECT * FROM dim JOIN l1.fact f ON f.id = dim.id AND dim.id > 0 LIMIT 1', $loop);
is("$trips $rows", '1 1', 'LIMIT 1 asks for one key') or diag($plan);
($plan, $trips, $rows) = plan_of('SELECT * FROM dim JOIN l1.fact f ON f.id = dim.id LIMIT 60', $loop);
cmp_ok($rows, '<', 100, 'LIMIT asks for few keys in vain');
is(run_sql($local, "$loop " . <<'END'), "1|1\n2|2\n3|3\n4|4\n2|2\n3|3\n101\n199|199\n200|200", 'a cursor, scrolled and read on');
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT dim.id, f.id FROM dim JOIN l1.fact f ON f.id = dim.id WHERE dim.id BETWEEN 1 AND 200 ORDER BY dim.id;
FETCH 4 FROM c; MOVE BACKWARD 3 IN c; FETCH 2 FROM c;
CREATE TEMP TABLE counted AS SELECT count(*) FROM dim JOIN l1.fact f ON f.id = dim.id WHERE dim.id BETWEEN 100 AND 200;
SELECT * FROM counted;
MOVE ABSOLUTE 198 IN c; FETCH ALL FROM c;
COMMIT;
END
is(run_sql($local, "$loop " . <<'END'), "1|1\n2|2\n3|3\n4|4\n100000", 'a cursor in a transaction that has written, and a savepoint');
BEGIN;
UPDATE l1.fact SET t = t WHERE id = 1;
DECLARE c CURSOR FOR SELECT dim.id, f.id FROM dim JOIN l1.fact f ON f.id = dim.id WHERE dim.id > 0;
FETCH 1 FROM c; SAVEPOINT a; FETCH 2 FROM c; ROLLBACK TO a; FETCH 1 FROM c;
SELECT count(*) FROM l1.fact;
COMMIT;
END
# An error there in a key that nobody comes to.
is(run_sql($local, "$loop BEGIN; UPDATE l1.fact SET t = t WHERE id = 1; SELECT f.id FROM dim JOIN l1.fact f ON f.id = dim.id"
	. " AND 1 / (5 - dim.id) IS NOT NULL AND 10 / (f.id - 9) < 100 WHERE dim.id > 0 LIMIT 3; SELECT count(*) FROM keys; COMMIT"), "1\n2\n3\n20", 'no key is tried before its turn within a transaction');
# Row locks, and rows that change meanwhile.
is(run_sql($local, "$loop BEGIN; SELECT f.id FROM few JOIN l1.fact f ON f.id = few.id ORDER BY 1 LIMIT 2 FOR UPDATE OF f; ROLLBACK;"),
	run_sql($local, "$loop SELECT f.id FROM few JOIN l1.fact f ON f.id = few.id ORDER BY 1 LIMIT 2"), 'FOR UPDATE');
my $found = 'SELECT few.id, f.id FROM few JOIN far.f ON f.k = few.k ORDER BY 1, 2 FOR UPDATE';
is(run_sql($local, "$loop $found"), run_sql($local, $found =~ s/far/twins/r), 'FOR UPDATE of both sides');
is(run_sql($local, "$loop " . <<'END'), '20|20', 'UPDATE and DELETE by local rows');
BEGIN;
WITH u AS (UPDATE l1.fact f SET t = 'changed' FROM keys WHERE f.id = keys.id RETURNING f.t) SELECT count(*), count(*) FILTER (WHERE t = 'changed') FROM u;
DELETE FROM l1.fact f USING keys WHERE f.id = keys.id;
ROLLBACK;
END
is(run_sql($local, "$loop BEGIN; DELETE FROM l1.fact f USING keys WHERE f.id = keys.id; SELECT count(*) FROM l1.fact; ROLLBACK"), 99980, 'which are gone then');
make_role($local, 'tester', 'SUPERUSER');
my $here = connection($local, 'tester') =~ s/'/''/gr;
is(run_sql($local, <<"END") =~ s/.*\n//sr, 210, 'local rows that were changed meanwhile are changed as they are now');
CREATE EXTENSION dblink;
CREATE USER MAPPING FOR tester SERVER l1 OPTIONS (user 'app', password '${\password_of('app')}');
SELECT dblink_connect('a', '$here'), dblink_connect('b', '$here'), dblink_exec('a', 'BEGIN; UPDATE keys SET x = x + 100');
SELECT dblink_exec('b', 'SET enable_hashjoin = off; SET enable_mergejoin = off');
SELECT dblink_send_query('b', 'UPDATE keys SET x = keys.x + f.dim FROM l1.fact f WHERE f.id = keys.id RETURNING keys.x');
DO \$\$ BEGIN FOR i IN 1 .. 500 LOOP EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted); PERFORM pg_sleep(0.02); END LOOP; END \$\$;
SELECT dblink_exec('a', 'COMMIT');
SELECT count(*) FROM dblink_get_result('b') AS r(x int);
SELECT sum(x - 100 - id % 1000) FROM keys;
END

# Against twins.
my $seed = $ENV{SEED} // int(rand(1e6));
note("SEED=$seed");
srand($seed);
sub one_of { return $_[ int rand @_ ] }

# Conditions between a local table's row and a remote's.
my @on = ('l.id = f.id', 'l.k = f.k', 'l.small = f.k', 'l.id = f.big', 'l.big = f.id', 'l.big = f.big', 'l.n = f.n', 'l.n = f.id', 'l.s = f.s',
	'l.s = f.c', 'l.c = f.c', 'l.b = f.b', 'l.c = f.b', 'l.d = f.d', 'l.at = f.at', 'l.ts = f.at', 'l.at > f.at AND l.id = f.id', 'l.d = f.at', 'l.u = f.u', 'l.kind = f.kind AND l.k = f.k',
	'l.kind = f.kind AND l.d = f.d AND l.k = f.k', 'l.tags = f.tags AND l.k = f.k', 'l.name = f.name AND f.id < 200', 'l.s = f.name', 'l.name < f.name AND f.k = l.k',
	'l.id + 1 = f.id', 'l.id = f.id + 1', 'l.k = f.k AND l.s = f.s', 'l.k IS NOT DISTINCT FROM f.k', 'l.id BETWEEN f.id AND f.id + 2', '(l.id = f.id OR l.big = f.id)',
	'f.id = ANY (ARRAY[l.id, l.k])', 'f.s LIKE l.s', 'l.id = f.id AND random() < 2', "f.k = l.k AND f.at > now() - interval '1 year'", 'coalesce(l.k, 3) = f.k', 'l.b = f.s');
my @where = ('true', 'f.id < 900', "f.s LIKE '%1'", 'l.k > 20', 'f.kind = \'odd\'', 'l.id % 2 = 0', 'f.n IS NOT NULL', "f.d < current_date + 1000", 'f.id % 3 = l.id % 3');
my @columns = ('l.id, f.id, f.s, f.at', 'count(*), sum(f.n), max(l.s)', 'l.*, f.*', '1', 'f', 'l.k, count(f.c)');

sub query
{
	my ($l, $f, $g) = (one_of('l', 'l', 'few', '(SELECT * FROM l ORDER BY id OFFSET 3)', '(SELECT DISTINCT ON (k) * FROM l ORDER BY k, id)'), '%S.f', '%S.g');
	my ($on, $where, $columns) = (one_of(@on), one_of(@where), one_of(@columns));
	my $group = $columns =~ /l\.k, count/ ? ' GROUP BY l.k' : '';
	return one_of(
		"SELECT $columns FROM $l l JOIN $f f ON $on WHERE $where$group",
		"SELECT $columns FROM $l l LEFT JOIN $f f ON $on WHERE " . ($where =~ /^f/ ? "($where OR f.id IS NULL)" : $where) . $group,
		"SELECT l.id, l.k FROM $l l WHERE " . one_of('', 'NOT ') . "EXISTS (SELECT FROM $f f WHERE $on AND $where)",
		"SELECT f.id FROM $f f WHERE " . one_of('', 'NOT ') . "EXISTS (SELECT FROM $l l WHERE $on AND $where)",
		"SELECT f.id, f.k FROM $f f WHERE f.k " . one_of('IN', 'NOT IN') . " (SELECT k FROM $l l WHERE l.k IS NOT NULL)",
		"SELECT l.id, f.id, g.id FROM $l l JOIN $f f ON $on " . one_of('', 'LEFT ') . "JOIN $g g ON g.f_id = f.id WHERE $where",
		"SELECT l.id, x.* FROM $l l, LATERAL (SELECT f.id, f.s FROM $f f WHERE $on AND $where ORDER BY f.id LIMIT 3) x",
		"SELECT l.id, x.* FROM $l l LEFT JOIN LATERAL (SELECT f.id, g.s FROM $f f JOIN $g g ON g.f_id = f.id WHERE $on OFFSET 0) x ON true",
		"SELECT l.id, (SELECT count(*) FROM few m JOIN $f f ON f.k = m.k WHERE m.id > l.id) FROM $l l",
		"SELECT l.id, m.id, f.id FROM few m, $l l JOIN $f f ON $on WHERE m.k = f.k AND $where",
		"SELECT l.id, u.id FROM $l l JOIN (SELECT id, k FROM $f UNION ALL SELECT id, f_id FROM $g) u ON u.k = l.k",
		"SELECT count(*) FROM (SELECT f.id FROM $l l JOIN $f f ON $on WHERE $where LIMIT 5) x",
		"WITH RECURSIVE r AS (SELECT id, k, 1 AS depth FROM few UNION ALL SELECT f.id, f.k, depth + 1 FROM r JOIN $f f ON f.id = r.k WHERE depth < 4) SELECT * FROM r",
	);
}

keep_sessions();
my @methods = qw(hashjoin mergejoin material memoize sort hashagg async_append nestloop);
for my $round (1 .. $ENV{ROUNDS} // 8)
{
	my @off = grep { rand() < ($_ eq 'nestloop' ? 0.1 : 0.5) } @methods;
	my $settings = join '', map { "SET enable_$_ = off;" } @off;
	$settings .= one_of('', '', "SET work_mem = '64kB';", 'SET plan_cache_mode = force_generic_plan;');
	my ($begin, $end) = @{ one_of([ '', '' ], [ '', '' ], [ 'BEGIN ISOLATION LEVEL REPEATABLE READ;', 'COMMIT;' ], [ "BEGIN; UPDATE far.g SET s = s WHERE id = 1;", 'COMMIT;' ]) };
	my (@queries, $sql);
	for (1 .. 25)
	{
		my $query = query();
		push @queries, $query;
		my ($far, $near) = map { my $of = $query =~ s/%S/$_/gr;
			"(SELECT md5(string_agg(q::text, E'\\n' ORDER BY q::text)) || count(*) FROM ($of) q)" } qw(far twins);
		$sql .= "SELECT $#queries WHERE $far IS DISTINCT FROM $near;\n";
	}
	my @differing = split /\n/, run_sql($local, "$settings $begin $sql $end");
	is(join("\n", map { $queries[$_] } @differing), '', "round $round, off: @off; $begin");
}

done_testing();
