# UPDATE and DELETE row by row on remote partitioned tables and parents of INHERITS, and many rows of
# ordinary tables: each statement does to a link's table what it does to a local twin with the same
# rows.

use strict;
use warnings;

use DataLinks;
use Test::More;

keep_sessions();
my ($local, $remote) = start_nodes();

# The same tables there and, as the twin, here. Every partition has its rows at the same ctids.
my $make = <<'END';
CREATE TABLE %S.parted (id int, p int, v int, t text, a int[], CONSTRAINT low CHECK (v < 900000)) PARTITION BY LIST (p);
CREATE TABLE %S.parted_0 PARTITION OF %S.parted FOR VALUES IN (0);
CREATE TABLE %S.parted_1 PARTITION OF %S.parted FOR VALUES IN (1);
CREATE TABLE %S.parted_2 PARTITION OF %S.parted FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE %S.parted_2a (t text, v int, gone int, id int, p int, a int[], CONSTRAINT low CHECK (v < 900000));
ALTER TABLE %S.parted_2a DROP gone;
ALTER TABLE %S.parted_2 ATTACH PARTITION %S.parted_2a FOR VALUES FROM (0) TO (50);
CREATE TABLE %S.parted_2b PARTITION OF %S.parted_2 FOR VALUES FROM (50) TO (1000000);
CREATE UNIQUE INDEX ON %S.parted (id, p);
CREATE TABLE %S.parent (id int UNIQUE, p int, v int, t text, a int[], CONSTRAINT low CHECK (v < 900000));
CREATE TABLE %S.heir (more text) INHERITS (%S.parent);
CREATE TABLE %S.grandheir () INHERITS (%S.heir);
CREATE TABLE %S.other (id int PRIMARY KEY, v int);
INSERT INTO %S.other SELECT i, i * 7 FROM generate_series(1, 120) i;
END
my $fill = <<'END';
TRUNCATE %S.parted, %S.parent;
INSERT INTO %S.parted SELECT i, i % 3, 10 * i, nullif('row "' || i || '\', 'row "7\'), nullif(ARRAY[i, NULL], '{9, NULL}')
	FROM generate_series(1, 90) i;
INSERT INTO %S.parent SELECT * FROM %S.parted WHERE p = 0;
INSERT INTO %S.heir SELECT * FROM %S.parted WHERE p = 1;
INSERT INTO %S.grandheir SELECT * FROM %S.parted WHERE p = 2;
END
run_sql($remote, $make =~ s/%S/public/gr, dbname => 'orders', role => 'app');
run_sql($local, 'CREATE SCHEMA twin;' . $make =~ s/%S/twin/gr);
run_sql($local, link_sql($remote, 'w'));
run_sql($local, <<'END');
CREATE SCHEMA here;
CREATE TABLE here.k (id int, v int);
INSERT INTO here.k SELECT i * 2, i FROM generate_series(1, 60) i;
CREATE TABLE here.twice AS SELECT id FROM here.k, generate_series(1, 3);
CREATE FUNCTION here.same(anyelement) RETURNS anyelement LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE TABLE here.log (op text, old text, new text);
CREATE FUNCTION here.note() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN INSERT INTO here.log VALUES (TG_OP, OLD.id || ' ' || OLD.v, NEW.id || ' ' || NEW.v); RETURN NULL; END $$;
CREATE FUNCTION here.change() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN IF NEW.id % 5 = 0 THEN RETURN NULL; END IF; NEW.v := NEW.v + 1000; RETURN NEW; END $$;
END

sub filled
{
	run_sql($remote, $fill =~ s/%S/public/gr, dbname => 'orders', role => 'app');
	run_sql($local, $fill =~ s/%S/twin/gr);
	return;
}

# The rows there, in which partition, and here.
sub rows_there
{
	my ($table) = @_;
	return run_sql($remote, "SELECT tableoid::regclass, x.* FROM $table x ORDER BY x::text, 1", dbname => 'orders');
}

sub rows_here
{
	my ($table) = @_;
	return run_sql($local, "SET search_path = twin; SELECT tableoid::regclass, x.* FROM $table x ORDER BY x::text, 1");
}

# One test: it does the same to the table of the link as to the twin.
sub same
{
	my ($table, $sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @said;
	for my $schema (qw(w twin))
	{
		my $text = $sql =~ s/%S/$schema/gr;
		my $said = eval { join "\n", sort split /\n/, run_sql($local, "$text;\n\\echo count :ROW_COUNT") };
		push @said, $said // ($@ =~ /ERROR:  (\w{5}):/ ? "error $1" : $@);
	}
	is($said[0], $said[1], "$table: $name");
	return is(rows_there($table), rows_here($table), "$table: $name: the rows");
}

my @trees = qw(parted parent);
my $join_there = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off';

# Each statement starts with the rows as they were.
for my $table (@trees)
{
	my $x = "%S.$table x";
	# System columns are a zero each in the remote's query, one of which is where its tableoid goes.
	my $system_columns = "UPDATE $x SET v = here.same(o.v) + (x.xmin IS NULL)::int + (x.cmin IS NULL)::int"
	  . ' + (x.xmax IS NULL)::int + (o.cmax IS NULL)::int + (x.tableoid IS NULL)::int'
	  . " FROM %S.other o LEFT JOIN %S.other q ON q.id = o.v WHERE o.id = x.id AND o.v > 50";
	my @statements = (
		[ "UPDATE $x SET v = v + 1 WHERE id % 3 = 1 AND here.same(id) > 5", 'UPDATE' ],
		[ "UPDATE $x SET v = v + 1 WHERE id % 3 = 1 AND here.same(id) > 5 RETURNING *", 'UPDATE RETURNING' ],
		[ "UPDATE $x SET t = t || E'\\n\\\\x\"', a = a || 5, v = NULL WHERE here.same(id) > 5", 'odd values' ],
		[ "DELETE FROM $x WHERE id % 4 = 1 AND here.same(id) > 5", 'DELETE' ],
		[ "DELETE FROM $x WHERE id % 4 = 1 AND here.same(id) > 5 RETURNING *", 'DELETE RETURNING' ],
		[ "UPDATE $x SET v = k.v FROM here.k WHERE k.id = x.id", 'local join' ],
		[ "UPDATE $x SET v = k.v FROM here.k WHERE k.id = x.id RETURNING x.*, k.v", 'local join RETURNING' ],
		[ "DELETE FROM $x USING here.k WHERE k.id = x.id RETURNING x.id", 'DELETE with a local join' ],
		[ "UPDATE $x SET v = x.v + 1 FROM here.twice k WHERE k.id = x.id", 'several matches' ],
		[ "UPDATE $x SET v = x.v + 1 FROM here.twice k WHERE k.id = x.id RETURNING x.id, x.v", 'several, RETURNING' ],
		[ "DELETE FROM $x USING here.twice k WHERE k.id = x.id", 'DELETE, several matches' ],
		[ "UPDATE $x SET v = y.v FROM %S.$table y WHERE y.id = x.id + 1 AND here.same(x.id) > 5", 'self-join' ],
		[ "UPDATE $x SET v = y.v FROM %S.$table y WHERE y.id = x.id + 1 AND y.p = 1 AND here.same(x.id) > 5"
			  . ' RETURNING x.*, y.*', 'self-join RETURNING' ],
		[ "DELETE FROM $x USING %S.$table y WHERE y.id = x.id * 2 AND here.same(y.id) > 5", 'DELETE by self-join' ],
		[ "$join_there; UPDATE $x SET v = here.same(o.v) FROM %S.other o WHERE o.id = x.id AND o.v > 50", 'join there' ],
		[ "$join_there; $system_columns RETURNING x.*, o.*, q.*", 'join there, system columns' ],
		[ "$join_there; DELETE FROM $x USING %S.other o WHERE o.id = x.id AND here.same(o.v + x.id) > 50 RETURNING o.v",
			'DELETE, join there' ],
		[ "UPDATE $x SET v = -1 WHERE id IN (SELECT id FROM here.k) AND EXISTS (SELECT FROM %S.other o WHERE o.id = x.id)",
			'semi-joins' ],
		[ "UPDATE $x SET v = -1 WHERE id NOT IN (SELECT id FROM here.k)", 'anti-join' ],
		[ "UPDATE $x SET v = (SELECT max(y.v) FROM %S.$table y WHERE here.same(y.id) < x.id)", 'sub-select' ],
		[ "WITH gone AS (DELETE FROM $x WHERE here.same(id) < 30 RETURNING *)"
			  . " INSERT INTO %S.$table SELECT id + 1000, p, v, t, a FROM gone", 'CTE' ],
		[ "WITH u AS (UPDATE $x SET v = 0 WHERE here.same(id) < 30 RETURNING id) SELECT count(*), sum(id) FROM u",
			'count of a CTE' ],
		[ "SET plan_cache_mode = force_generic_plan; PREPARE s(int, int) AS UPDATE $x SET v = \$1 WHERE id = \$2"
			  . ' AND here.same(p) >= 0; EXECUTE s(1, 8); EXECUTE s(2, 9); EXECUTE s(3, 10)', 'prepared' ],
		[ "UPDATE $x SET v = 900001 WHERE id > 80 AND here.same(id) > 5", 'CHECK' ],
		[ "UPDATE $x SET v = 1 / (id - 60) WHERE here.same(id) > 5", 'an error here' ],
		[ "UPDATE $x SET v = v WHERE here.same(id) > 500", 'no row' ],
		[ "BEGIN; UPDATE $x SET v = 1 WHERE here.same(id) > 5; SAVEPOINT s; UPDATE $x SET v = 2 WHERE here.same(id) > 5;"
			  . " DELETE FROM $x WHERE here.same(id) > 5; ROLLBACK TO s; DELETE FROM $x WHERE here.same(id) = 7; COMMIT",
			'savepoints' ],
		[ "BEGIN; UPDATE $x SET v = 1 WHERE here.same(id) > 5; DELETE FROM $x WHERE here.same(id) > 70;"
			  . " SELECT sum(v), count(*) FROM $x; ROLLBACK", 'rolled back' ],
		[ "BEGIN; DECLARE c CURSOR FOR SELECT id, v FROM $x ORDER BY id, v; FETCH 2 FROM c;"
			  . " UPDATE $x SET v = v + 1 WHERE here.same(id) > 5; FETCH 5 FROM c;"
			  . " DELETE FROM $x WHERE here.same(id) > 5; FETCH ALL FROM c; COMMIT", 'an open cursor' ],
		[ "DO \$\$ BEGIN UPDATE $x SET v = v + 1 WHERE here.same(id) > 5; BEGIN"
			  . " UPDATE $x SET v = 900001 WHERE here.same(id) > 80; EXCEPTION WHEN check_violation THEN"
			  . " DELETE FROM $x WHERE here.same(id) > 85; END; END \$\$", 'an exception that is caught' ],
		# What a function reads meanwhile: each row sees those before it.
		[ "CREATE FUNCTION here.seen(int) RETURNS bigint LANGUAGE plpgsql AS"
			  . " 'BEGIN RETURN (SELECT count(*) FROM %S.$table WHERE v < 0); END';"
			  . " WITH u AS (UPDATE $x SET v = -1 - here.seen(id) WHERE here.same(id) > 5 RETURNING 1) SELECT count(*) FROM u;"
			  . ' DROP FUNCTION here.seen', 'read meanwhile, RETURNING' ],
		[ "CREATE FUNCTION here.seen(int) RETURNS bigint LANGUAGE plpgsql AS"
			  . " 'BEGIN RETURN (SELECT count(*) FROM %S.$table WHERE v < 0); END';"
			  . " UPDATE $x SET v = -1 - here.seen(id) WHERE here.same(id) > 5; DROP FUNCTION here.seen", 'read meanwhile' ],
		[ "CREATE FUNCTION here.rest() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM %S.$table); END';"
			  . " DELETE FROM $x WHERE here.rest() > 60; DROP FUNCTION here.rest", 'read meanwhile, DELETE' ],
		[ "CREATE FUNCTION here.failing(int) RETURNS int LANGUAGE plpgsql AS"
			  . " 'BEGIN UPDATE %S.other SET v = 0 WHERE id = 3; PERFORM 1 / (\$1 % 4); RETURN 1;"
			  . " EXCEPTION WHEN division_by_zero THEN RETURN 2; END';"
			  . " UPDATE $x SET v = here.failing(id) WHERE here.same(id) > 5; DROP FUNCTION here.failing", 'subtransactions meanwhile' ],
		[ "DROP VIEW IF EXISTS here.low; CREATE VIEW here.low AS SELECT * FROM %S.$table WHERE v < 500 AND here.same(v) < 400 WITH CHECK OPTION;"
			  . ' UPDATE here.low SET v = v + 1; DROP VIEW here.low', 'a view' ],
		[ "DROP VIEW IF EXISTS here.low; CREATE VIEW here.low AS SELECT * FROM %S.$table WHERE v < 500 AND here.same(v) < 400 WITH CHECK OPTION;"
			  . ' UPDATE here.low SET v = v + 300', 'CHECK OPTION' ],
	);
	push @statements,
	  [ "UPDATE $x SET p = (p + 1) % 3 WHERE here.same(id) > 5", 'rows that move' ],
	  [ "UPDATE $x SET p = (p + 1) % 3, id = 90 - id WHERE here.same(id) BETWEEN 30 AND 50 RETURNING *", 'that move, RETURNING' ],
	  [ "UPDATE $x SET p = (x.p + 1) % 3 FROM here.twice k WHERE k.id = x.id", 'that move, several matches' ],
	  [ "UPDATE $x SET p = 99 WHERE id = 50 AND here.same(id) > 5", 'no partition' ],
	  [ "UPDATE $x SET id = 50, p = 2 WHERE here.same(id) IN (50, 51)", 'UNIQUE' ]
	  if $table eq 'parted';
	for (@statements)
	{
		filled();
		same($table, @$_);
		run_sql($local, 'DROP VIEW IF EXISTS here.low');
	}

	like(run_sql($local, "$join_there; EXPLAIN (VERBOSE) $system_columns" =~ s/%S/w/gr),
		qr/Foreign Scan.*Remote SQL: SELECT .*THEN 0 END.*r1\.tableoid.*FROM .* JOIN .*FOR UPDATE OF r1/s,
		"$table: the join is there");

	# Triggers here see the rows; what they say goes.
	filled();
	run_sql($local, "CREATE TRIGGER a AFTER UPDATE OR DELETE ON w.$table FOR EACH ROW EXECUTE FUNCTION here.note();"
		  . "CREATE TRIGGER a AFTER UPDATE OR DELETE ON twin.$table FOR EACH ROW EXECUTE FUNCTION here.note();"
		  . ($table eq 'parted' ? '' : "CREATE TRIGGER a AFTER UPDATE OR DELETE ON twin.heir FOR EACH ROW EXECUTE FUNCTION here.note();"
			  . "CREATE TRIGGER a AFTER UPDATE OR DELETE ON twin.grandheir FOR EACH ROW EXECUTE FUNCTION here.note();"));
	my $log = ' ; SELECT * FROM here.log; TRUNCATE here.log';
	same($table, "UPDATE $x SET v = v + 1 WHERE id % 3 = 1 $log", 'AFTER UPDATE');
	same($table, "DELETE FROM $x WHERE id % 7 = 1 $log", 'AFTER DELETE');
	run_sql($local, 'DROP FUNCTION here.note CASCADE');
	run_sql($local, "CREATE FUNCTION here.note() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN INSERT INTO here.log VALUES (TG_OP, OLD.id || ' ' || OLD.v, NEW.id || ' ' || NEW.v); RETURN NULL; END \$\$");
	run_sql($local, "CREATE TRIGGER b BEFORE UPDATE ON $_ FOR EACH ROW EXECUTE FUNCTION here.change()")
	  for "w.$table", $table eq 'parted' ? 'twin.parted' : ('twin.parent', 'twin.heir', 'twin.grandheir');
	same($table, "UPDATE $x SET v = v + 1 WHERE id % 2 = 1", 'BEFORE UPDATE');
	same($table, "UPDATE $x SET v = v + 1 WHERE id % 2 = 1 RETURNING *", 'BEFORE UPDATE, RETURNING');
	run_sql($local, 'DROP TRIGGER b ON w.' . $table);
	run_sql($local, "DROP TRIGGER b ON $_")
	  for $table eq 'parted' ? 'twin.parted' : ('twin.parent', 'twin.heir', 'twin.grandheir');
}

# A partition of a local table that is partitioned there.
filled();
for my $schema (qw(w twin))
{
	run_sql($local, <<"END");
CREATE TABLE here.$schema (id int, p int, v int, t text, a int[]) PARTITION BY RANGE (p);
ALTER TABLE here.$schema ATTACH PARTITION $schema.parted FOR VALUES FROM (0) TO (3);
CREATE TABLE here.${schema}_rest PARTITION OF here.$schema DEFAULT;
INSERT INTO here.$schema SELECT 2000 + i, 7, i FROM generate_series(1, 20) i;
END
}
for (
	[ 'UPDATE here.%S SET v = v + 1 WHERE here.same(id) % 3 = 0', 'UPDATE' ],
	[ 'UPDATE here.%S SET v = v + 1 WHERE here.same(id) % 3 = 0 RETURNING *', 'RETURNING' ],
	[ 'UPDATE here.%S x SET v = k.v FROM here.k WHERE k.id = x.id % 100', 'local join' ],
	[ 'UPDATE here.%S x SET p = 1 WHERE p = 7 AND here.same(id) > 2010', 'rows that move in' ],
	[ 'DELETE FROM here.%S x USING here.twice k WHERE k.id = x.id % 100 RETURNING x.*', 'DELETE' ],
	[ 'DELETE FROM here.%S WHERE here.same(id) > 40', 'DELETE of all sorts' ])
{
	same('parted', $_->[0], "a local parent: $_->[1]");
	is(run_sql($local, 'SELECT * FROM here.w_rest ORDER BY id'), run_sql($local, 'SELECT * FROM here.twin_rest ORDER BY id'),
		"a local parent: $_->[1]: its other partition");
}
run_sql($local, "ALTER TABLE here.$_ DETACH PARTITION $_.parted; DROP TABLE here.$_") for qw(w twin);

# Many rows at a time, of an ordinary table and of a tree, in columns of all sorts.
my $kinds = <<'END';
CREATE TABLE %S.kinds (id int UNIQUE, e public.mood, b box, d public.positive, c char(5), vc varchar(6), bits bit(3), n numeric(8,2),
	j jsonb, list text[], box_list box[], at timestamptz, r int4range, bytes bytea, "C ""h" "char", name name, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE %S.kind_tree (LIKE %S.kinds INCLUDING GENERATED) PARTITION BY RANGE (id);
CREATE TABLE %S.kind_tree_1 PARTITION OF %S.kind_tree FOR VALUES FROM (0) TO (800);
CREATE TABLE %S.kind_tree_2 PARTITION OF %S.kind_tree FOR VALUES FROM (800) TO (100000);
INSERT INTO %S.kinds (id) SELECT generate_series(1, 1500);
INSERT INTO %S.kind_tree (id) SELECT generate_series(1, 1500);
END
my $types = "CREATE TYPE mood AS ENUM ('so\"', 'la, la', '{\\}'); CREATE DOMAIN positive AS int CHECK (VALUE > 0)";
run_sql($remote, "$types; " . $kinds =~ s/%S/public/gr, dbname => 'orders', role => 'app');
run_sql($local, "SET search_path = public; $types; " . $kinds =~ s/%S/twin/gr);
run_sql($local, "SELECT datalink_refresh('w'); ALTER TABLE twin.kind_tree OWNER TO CURRENT_USER");
for my $table (qw(kinds kind_tree))
{
	my $x = "%S.$table x";
	same($table, @$_) for (
		[ "UPDATE $x SET e = (ARRAY['so\"', 'la, la', '{\\}', NULL]::public.mood[])[id % 4 + 1], b = box(point(id, 1), point(2, id)),"
			  . " d = nullif(id % 5, 0), c = left(id::text, 3), vc = nullif('v' || id % 7, 'v3'), bits = (id % 8)::bit(3), n = id / 7.0,"
			  . " j = jsonb_build_object('a\"', id), list = ARRAY['x', NULL, '', 'y\"\\,{' || id], box_list = ARRAY[box(point(1, id))],"
			  . " at = timestamptz '2026-01-01' + id * interval '1 hour', r = int4range(id, id + 5), bytes = decode(lpad(to_hex(id), 8, '0'), 'hex'),"
			  . ' "C ""h" = chr(65 + id % 20), name = repeat(chr(228), id % 30) WHERE here.same(id) > 0', 'values of all sorts' ],
		[ "UPDATE $x SET twice = DEFAULT, id = id + 5000 WHERE here.same(id) BETWEEN 900 AND 1400", 'a generated column' ],
		[ "UPDATE $x SET n = n + 1, j = NULL FROM here.twice k, generate_series(1, 3) WHERE k.id % 40 = x.id % 40", 'several matches' ],
		[ "UPDATE $x SET d = d - 2 WHERE here.same(id) > 0", 'a domain' ],
		[ "UPDATE $x SET vc = vc || 'too long' WHERE here.same(id) > 0", 'too long' ],
		[ "UPDATE $x SET vc = id::text, c = id::text WHERE here.same(id) > 0", 'as long as it may be' ],
		[ "UPDATE $x SET n = 10 ^ 6 WHERE id = 1200 AND here.same(id) > 0", 'too large' ],
		[ "UPDATE $x SET n = v FROM generate_series(1, 900) v WHERE v = x.id AND v % 2 = 0", 'by a join' ],
		[ "BEGIN; SAVEPOINT s; DELETE FROM $x WHERE here.same(id) > 200; ROLLBACK TO s; DELETE FROM $x WHERE here.same(id) > 1300; COMMIT",
			'DELETE' ],
		[ "CREATE FUNCTION here.rest() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM %S.$table); END';"
			  . " DELETE FROM $x WHERE here.same(id) < 300 AND here.rest() % 2 >= 0; UPDATE $x SET n = here.rest() WHERE here.same(id) > 0;"
			  . ' DROP FUNCTION here.rest', 'read meanwhile' ]);
}
filled();
# The last row: when its failure comes, nothing else is read from the remote.
my $rows = run_sql($local, 'CREATE SEQUENCE here.turn; SELECT count(*) FROM w.kinds');
cmp_ok($rows, '>', 200, 'many rows');
my $failed = error_of($local, "UPDATE w.kinds SET d = CASE nextval('here.turn') WHEN $rows THEN -1 ELSE id END WHERE here.same(id) > 0");
like($failed->{context}, qr/rows \d+ to \d+ of the statement/, 'rows that fail among others are named');

# Names and strings that look like parts of the remote's statements.
my $odd = <<'END';
CREATE TABLE %S."odd WHERE ctid = $1" (id int, "ctid FROM x" int, "$7 CASE WHEN (r1.*)::text IS NOT NULL THEN 0 END" text)
	PARTITION BY LIST (id);
CREATE TABLE %S.odd_1 PARTITION OF %S."odd WHERE ctid = $1" FOR VALUES IN (1);
CREATE TABLE %S.odd_2 PARTITION OF %S."odd WHERE ctid = $1" FOR VALUES IN (2, 3);
INSERT INTO %S."odd WHERE ctid = $1" SELECT i % 3 + 1, i, 'ctid FROM ' || i FROM generate_series(1, 30) i;
END
run_sql($remote, $odd =~ s/%S/public/gr, dbname => 'orders', role => 'app');
run_sql($local, $odd =~ s/%S/twin/gr);
run_sql($local, "SELECT datalink_refresh('w')");
my $odd_table = '"odd WHERE ctid = $1"';
my $text = '"$7 CASE WHEN (r1.*)::text IS NOT NULL THEN 0 END"';
same($odd_table, @$_) for (
	[ "UPDATE %S.$odd_table SET \"ctid FROM x\" = 0, $text = 'it''s \\ \"ctid FROM x, \$9' WHERE $text > 'ctid FROM ' AND id < 3"
		  . ' AND here.same(id) > 0', 'odd names' ],
	[ "$join_there; UPDATE %S.$odd_table x SET $text = 'WHERE ctid = \$1' || here.same(o.v) FROM %S.other o WHERE o.id = x.\"ctid FROM x\""
		  . " AND x.$text > 'CASE WHEN (r1.*)::text IS NOT NULL THEN 0 END' AND o.v > 20 RETURNING x.*", 'odd names, a join' ],
	[ "DELETE FROM %S.$odd_table WHERE $text > 'WHERE ctid = \$1' AND here.same(id) = 2", 'odd names, DELETE' ]);

# Random ones, one after another on the same rows.
my $seed = 20261126;
srand $seed;
sub one_of { return $_[ int rand @_ ] }
filled();
for my $i (1 .. 60)
{
	my $table = one_of(@trees);
	my $where = one_of('x.id % ' . (2 + int rand 9) . ' = 1', 'x.p = ' . int rand 3, "x.v > @{[ int rand 900 ]}",
		'x.t IS NULL', "x.id < @{[ int rand 90 ]}") . ' AND here.same(x.id) > 0';
	my $from = one_of('', 'here.k k', 'here.twice k', "%S.other k", "%S.$table k");
	my $set = one_of('v = x.v + 1', 'v = x.id', "t = 't$i'", 'a = ARRAY[x.v]', $table eq 'parted' ? 'p = (x.p + 2) % 3' : 'p = x.p + 1');
	my $returning = one_of('', ' RETURNING x.*', ' RETURNING x.id');
	my $sql = rand() < 0.8
	  ? "UPDATE %S.$table x SET $set" . ($from && " FROM $from") . " WHERE $where" . ($from && ' AND k.id = x.id') . $returning
	  : "DELETE FROM %S.$table x" . ($from && " USING $from") . " WHERE $where AND x.id % 11 = " . int(rand 11)
	  . ($from && ' AND k.id = x.id') . $returning;
	same($table, $sql, "random $i: $sql");
}

# Rows that others change meanwhile: the newest version counts, as on the remote itself.
filled();
my $one = $local->background_psql('postgres', on_error_stop => 0);
my $two = $local->background_psql('postgres', on_error_stop => 0);
$one->query_safe('BEGIN; UPDATE w.parted SET v = v + 1 WHERE here.same(id) = 10; SELECT 1');
$two->query_until(qr/started/, "\\echo started\nUPDATE w.parted SET v = v + 1 WHERE here.same(id) = 10 RETURNING v;\n");
ok($remote->poll_query_until('orders', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"), 'the second waits');
$one->query_safe('COMMIT; SELECT 1');
like($two->query_safe('SELECT 1'), qr/102\b/, 'and adds to what the first has left');
$_->quit for $one, $two;

# Many partitions: a statement for many rows.
run_sql($remote, "CREATE TABLE many (id int, p int, v int) PARTITION BY LIST (p);"
	  . join('', map { "CREATE TABLE many_$_ PARTITION OF many FOR VALUES IN ($_);" } 0 .. 99)
	  . 'INSERT INTO many SELECT i, i % 100, 0 FROM generate_series(1, 2000) i; GRANT ALL ON many TO app', dbname => 'orders', role => 'app');
run_sql($local, "SELECT datalink_refresh('w')");
my $since = log_size($remote);
$remote->append_conf('postgresql.conf', "log_statement = 'all'");
$remote->reload;
is(run_sql($local, 'UPDATE w.many SET v = id WHERE here.same(id) > 0; SELECT count(*), sum(v) FROM w.many WHERE v = id'),
	'2000|2001000', '2,000 rows of 100 partitions');
my @updates = log_of($remote, $since) =~ /^.*execute \w+: (UPDATE .*)$/mg;
ok(@updates > 1 && @updates < 20, 'by ' . @updates . ' statements');

# Without rights on the partitions: those on the table are enough.
run_sql($remote, 'REVOKE ALL ON many_1, many_2 FROM app; ALTER TABLE many_1 OWNER TO CURRENT_USER', dbname => 'orders');
is(run_sql($local, 'UPDATE w.many SET v = -1 WHERE here.same(id) IN (101, 102) RETURNING id'), "101\n102",
	'partitions that the role has no rights on');

done_testing();
