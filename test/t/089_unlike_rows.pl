# Rows that leave different columns to the remote's defaults in one statement: what a link stores,
# counts and returns is what the same statement does to a local table of the same defaults.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
keep_sessions();
my $table = <<'END';
	id serial PRIMARY KEY, a int DEFAULT 7, b text DEFAULT 'remote', g int GENERATED ALWAYS AS (a * 2) STORED,
	n numeric(6,2) NOT NULL DEFAULT 1.5
END
my $partition = "k int, a int DEFAULT 7, b text DEFAULT 'remote', n int DEFAULT nextval('numbers')";
run_sql($remote, <<"END", dbname => 'orders', role => 'app');
CREATE SEQUENCE numbers;
CREATE TABLE t ($table);
CREATE TABLE p ($partition);
END
run_sql($local, link_sql($remote, 'l'));
run_sql($local, <<"END");
CREATE SCHEMA twin;
SET search_path = twin;
CREATE SEQUENCE numbers;
CREATE TABLE t ($table);
CREATE VIEW v AS SELECT id AS i, b AS x, a AS y FROM t;
CREATE TABLE parent ($partition) PARTITION BY LIST (k);
CREATE TABLE p PARTITION OF parent FOR VALUES IN (1);
CREATE TABLE rest PARTITION OF parent DEFAULT;
SET search_path = l;
CREATE VIEW v AS SELECT id AS i, b AS x, a AS y FROM t;
CREATE TABLE parent (k int, n int, b text, gone int, a int) PARTITION BY LIST (k);
ALTER TABLE parent DROP gone;
ALTER TABLE parent ATTACH PARTITION p FOR VALUES IN (1);
CREATE TABLE rest PARTITION OF parent DEFAULT;
RESET search_path;
CREATE TABLE source (k int, a int, b text);
INSERT INTO source VALUES (1, NULL, NULL), (2, NULL, 'two'), (3, 3, NULL);
END

my %columns = (t => 'id, a, b, g, n', p => 'k, a, b, n');

# Runs the statements in one schema; what they print and fail with, and what is in the tables then.
sub outcome
{
	my ($schema, $sql) = @_;
	my ($node, %given) = $schema eq 'l' ? ($remote, dbname => 'orders') : ($local);
	my $where = $schema eq 'l' ? 'public' : 'twin';
	run_sql($local, "TRUNCATE $schema.rest; INSERT INTO $schema.rest(k, a, b, n) VALUES (2, 5, 'r', 5)");
	run_sql($node, "TRUNCATE $where.t, $where.p RESTART IDENTITY;"
		  . "ALTER SEQUENCE $where.numbers RESTART;"
		  . "INSERT INTO $where.t(a, b) VALUES (100, 'old'), (NULL, 'old'), (300, NULL);"
		  . "INSERT INTO $where.p(k, a, b) VALUES (1, 100, 'old')", %given);
	my ($status, $stdout, $stderr) =
	  DataLinks::_psql($local, "SELECT FROM l.t LIMIT 0;\nSET search_path = $schema, public;\n$sql");
	my ($error) = $stderr =~ /ERROR:  (\w{5}):/;
	return join("\n", $stdout, $error // 'no error',
		map { ("$_:", run_sql($node, "SELECT $columns{$_} FROM $where.$_ ORDER BY 1, 2, 3, 4", %given)) } qw(t p));
}

sub same
{
	my ($sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($got, $expected) = (outcome('l', $sql), outcome('twin', $sql));
	is($got, $expected, $name) or diag $sql;
	return $got;
}

# A statement by itself, prepared and run often, in PL/pgSQL, and taken back.
sub same_everywhere
{
	my ($sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $count = '\echo :ROW_COUNT';
	my @done = same("$sql;\n$count\n", $name);
	push @done, same("PREPARE q AS $sql;\n" . "EXECUTE q;\n$count\n" x 7 . "DEALLOCATE q;", "$name, prepared");
	my ($into, $quoted) = ($sql =~ /RETURNING/ ? ('SELECT count(*) FROM w', "WITH w AS ($sql)") : ('', $sql));
	my $body = $into ? "$quoted $into INTO hits;" : "$sql; GET DIAGNOSTICS hits = ROW_COUNT;";
	push @done, same("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE plpgsql AS \$\$ DECLARE hits int; BEGIN $body RETURN hits; END \$\$;"
		  . 'SELECT pg_temp.f();' x 7 . 'DROP FUNCTION pg_temp.f()', "$name, in PL/pgSQL");
	push @done, same("BEGIN; SAVEPOINT s; $sql; ROLLBACK TO s; $sql; ROLLBACK", "$name, taken back");
	push @done, same("BEGIN; $sql; SAVEPOINT s; $sql; ROLLBACK TO s; COMMIT", "$name, half of it taken back");
	is(scalar(grep { /^no error$/m } @done), 5, '... without an error');
	return;
}

same_everywhere('INSERT INTO t(a, b) VALUES (DEFAULT, 1), (2, DEFAULT), (NULL, NULL), (DEFAULT, DEFAULT)',
	'INSERT');
same_everywhere('INSERT INTO t(a, b, n) VALUES (DEFAULT, 1, DEFAULT), (2, DEFAULT, 8), (NULL, NULL, DEFAULT)'
	  . ' RETURNING *', 'with RETURNING');
same_everywhere('INSERT INTO t(id, a) VALUES (DEFAULT, DEFAULT), (DEFAULT, 1 + 2) RETURNING id, a, b',
	'the key throughout');
same_everywhere("INSERT INTO v(x, y) VALUES (DEFAULT, nullif(1, 1)), ('x', DEFAULT) RETURNING *", 'through a view');
same_everywhere('INSERT INTO t(a, b) VALUES ((SELECT max(k) FROM source), DEFAULT),'
	  . " (DEFAULT, (SELECT min(b) FROM source WHERE k = 2)), (DEFAULT, NULL)", 'subselects in VALUES');
same('WITH w AS (INSERT INTO t(a, b) VALUES (DEFAULT, 1), (2, DEFAULT) RETURNING a, b)'
	  . ' SELECT * FROM w ORDER BY 1', 'in WITH');
same_everywhere('INSERT INTO t(a, b) VALUES (DEFAULT, 1), (2, DEFAULT) ON CONFLICT DO NOTHING RETURNING a', 'DO NOTHING');
same('INSERT INTO t(id, a) VALUES (1, DEFAULT), (DEFAULT, 5), (77, DEFAULT) ON CONFLICT DO NOTHING RETURNING *;'
	  . "\n\\echo :ROW_COUNT\n", 'with a conflict');
same('INSERT INTO t(a, n) VALUES (DEFAULT, 1), (2, DEFAULT), (DEFAULT, NULL), (4, DEFAULT)', 'the third fails');
my $error = error_of($local, 'INSERT INTO l.t(a, n) VALUES (DEFAULT, 1), (2, DEFAULT), (DEFAULT, NULL), (4, DEFAULT)');
like($error->{context}, qr/row 3 of the statement.*\n.*remote SQL command: INSERT INTO public\.t\(g, n\) VALUES \(DEFAULT, \$1\)/,
	'... which its CONTEXT names, with its own SQL');

# With parameters, as clients send them.
same("PREPARE q(int, text) AS INSERT INTO t(a, b) VALUES (\$1, DEFAULT), (DEFAULT, \$2), (\$1, \$2) RETURNING a, b;"
	  . "EXECUTE q(NULL, 'x'); EXECUTE q(2, NULL);" x 7, 'parameters');

# Many rows, and more sets of columns than a session keeps statements.
my @rows = map { my $i = $_; '(' . join(', ', map { $i >> $_ & 1 ? "$i" : 'DEFAULT' } 0 .. 3) . ')' } 1 .. 3000;
same('INSERT INTO t(id, a, b, n) VALUES ' . join(', ', map { s/^\(\d+/(DEFAULT/r } @rows) . ";\n\\echo :ROW_COUNT\n",
	'3000 rows');
same('INSERT INTO t(id, a, b, n) VALUES ' . join(', ', map { s/^\(\d+/(DEFAULT/r } @rows) . ' RETURNING id, a, b',
	'3000 rows, returned');
my $wide = join(', ', map { "c$_ int DEFAULT $_" } 1 .. 8);
run_sql($remote, "CREATE TABLE wide ($wide)", dbname => 'orders', role => 'app');
run_sql($local, "SELECT count(*) FROM datalink_refresh('l'); CREATE TABLE twin.wide ($wide)");
my $wide_rows = join(', ', map { my $i = $_; '(' . join(', ', map { $i >> $_ & 1 ? $i : 'DEFAULT' } 0 .. 7) . ')' }
	0 .. 511);
run_sql($local, "INSERT INTO $_.wide VALUES $wide_rows") for qw(l twin);
my $sum = "SELECT md5(string_agg(w::text, ' ' ORDER BY w)) FROM";
is(run_sql($remote, "$sum wide w", dbname => 'orders'), run_sql($local, "$sum twin.wide w"), '256 sets of columns');

# UPDATE, shipped whole and row by row.
for my $where ('', ' WHERE random() >= 0')
{
	my $how = $where ? 'row by row' : 'shipped';
	same_everywhere("UPDATE t SET a = DEFAULT$where", "UPDATE, $how");
	same_everywhere("UPDATE t SET a = DEFAULT, b = DEFAULT, n = n + 1$where", "UPDATE of several, $how");
	same_everywhere("UPDATE t SET b = upper(b), a = DEFAULT, n = DEFAULT$where RETURNING id, a, b, n", "UPDATE with RETURNING, $how");
	like(outcome('l', "UPDATE v SET y = DEFAULT, x = 'x'$where"), qr/^1\|7\|x/m,
		"UPDATE of a view, $how: not NULL, as a view of local tables gives");
	same_everywhere("UPDATE t SET (b, a) = (DEFAULT, nullif(1, 1))$where", "UPDATE to a row, $how");
	same("UPDATE t SET b = 'data link: default of column 2', a = DEFAULT$where", "a text like our marks, $how");
	same_everywhere("UPDATE t SET a = DEFAULT, b = (SELECT b FROM source WHERE k = 2)$where", "UPDATE with a subselect, $how");
}
same_everywhere('UPDATE t SET a = DEFAULT, b = s.b FROM source s WHERE s.k = t.id', 'UPDATE by a local join');
run_sql($local, 'CREATE TABLE twin.p2 (k int); INSERT INTO twin.p2 VALUES (1)');
run_sql($remote, 'CREATE TABLE p2 (k int); INSERT INTO p2 VALUES (1)', dbname => 'orders', role => 'app');
run_sql($local, "SELECT count(*) FROM datalink_refresh('l')");
same_everywhere("UPDATE t SET a = DEFAULT, b = 'x' FROM p2 WHERE p2.k = t.id RETURNING id, a, p2.k",
	'UPDATE by a join of the remote\'s');
same('PREPARE q(text) AS UPDATE t SET a = DEFAULT, b = $1;' . "EXECUTE q('x'); EXECUTE q(NULL);" x 7, 'UPDATE with a parameter');
my $many = "INSERT INTO t(a, b) SELECT i, 'many' FROM generate_series(1, 300) i";
same("$many; UPDATE t SET a = DEFAULT, b = 'x' WHERE random() >= 0;\n\\echo :ROW_COUNT\n", 'UPDATE of many rows');
same("$many; UPDATE t SET a = DEFAULT WHERE random() >= 0", 'UPDATE of many rows to nothing but DEFAULT');
like(run_sql($local, "EXPLAIN (VERBOSE, COSTS OFF) UPDATE l.p SET a = DEFAULT, b = 'x'"),
	qr/Foreign Update.*Remote SQL: UPDATE public\.p SET a = DEFAULT, b = 'x'/s, 'it is shipped whole');

# Through a local partitioned table, whose columns stand in another order.
same_everywhere('INSERT INTO parent(k, a, b) VALUES (1, DEFAULT, 2), (1, 3, DEFAULT), (1, NULL, NULL)', 'routed rows');
same_everywhere('INSERT INTO parent(b, k, n, a) VALUES (DEFAULT, 1, DEFAULT, 4), (3, 1, 77, DEFAULT) RETURNING k, a, b, n',
	'routed rows, returned');
same_everywhere('INSERT INTO parent(k, a, n) VALUES (1, DEFAULT, 1), (2, DEFAULT, 2), (1, 3, DEFAULT)',
	'rows of several partitions');
same_everywhere('INSERT INTO parent(k) VALUES (1) RETURNING a, b, n', 'a routed row that is returned');
same_everywhere('INSERT INTO parent(k, a, b) VALUES (1, DEFAULT, NULL) RETURNING a, b, n', 'one row of both');
same('PREPARE q(int) AS INSERT INTO parent(k, a, b) VALUES (1, DEFAULT, $1), (1, $1, DEFAULT);'
	  . 'EXECUTE q(NULL); EXECUTE q(2);' x 7, 'routed rows with a parameter');
same('INSERT INTO parent(k, a, b, n) VALUES ' . join(', ', map { s/^\(\w+/(1/r } @rows) . ";\n\\echo :ROW_COUNT\n",
	'3000 routed rows');
same_everywhere("UPDATE parent SET a = DEFAULT, b = 'x' WHERE k = 1 RETURNING k, a, b, n", 'UPDATE through the parent');
same_everywhere('UPDATE parent SET k = 1, a = DEFAULT WHERE k = 2', 'a row that moves to a partition');
fails($local, 'UPDATE l.parent SET k = DEFAULT', '0A000', qr/cannot set column "k" to the default of a remote partition/,
	'a default in the bounds');

# MERGE: here it can only insert into a remote partition.
my $merge = 'MERGE INTO parent USING source s ON parent.k = s.k AND parent.k = 2';
same_everywhere("$merge WHEN NOT MATCHED THEN INSERT (k, a) VALUES (1, DEFAULT)", 'MERGE');
same_everywhere("$merge WHEN MATCHED THEN UPDATE SET a = DEFAULT, b = 'm' WHEN NOT MATCHED AND s.k = 1"
	  . " THEN INSERT (k, b) VALUES (1, DEFAULT) WHEN NOT MATCHED THEN INSERT (k, b, n) VALUES (1, 'x', s.a)",
	'MERGE of several actions');
same_everywhere("$merge WHEN NOT MATCHED THEN INSERT (k) VALUES (s.k - s.k + 1)", 'MERGE that leaves columns out');
same_everywhere("$merge WHEN NOT MATCHED AND s.k = 1 THEN INSERT (k, n) VALUES (1, 1)"
	  . ' WHEN NOT MATCHED THEN INSERT (k, b, a, n) VALUES (1, s.b, 4, 4)', 'DEFAULT in one action, NULL in another');
my $unsure = "$merge WHEN MATCHED THEN UPDATE SET k = 1, b = nullif(s.b, 'two')"
  . ' WHEN NOT MATCHED THEN INSERT (k, n) VALUES (1, s.k)';
if ($local->pg_version >= 17)
{
	same_everywhere($unsure, 'an action that moves rows');
}
else
{
	my $failed = fails($local, "SET search_path = l, public; $unsure", '0A000', qr/cannot tell DEFAULT from NULL in column "[ab]"/,
		'an action that moves rows');
	like($failed->{hint}, qr/Let all actions of the MERGE leave the column out/, '... with a hint');
}

# Triggers here: what they set is sent, what is NULL still is left out.
run_sql($local, <<"END") for qw(l twin);
CREATE FUNCTION $_.sets() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	IF NEW.n = 2 THEN NEW.b := 'trigger'; END IF;
	IF TG_OP = 'UPDATE' AND NEW.n = 3 THEN NEW.a := 33; END IF;
	RETURN NEW;
END \$\$;
CREATE TRIGGER sets BEFORE INSERT OR UPDATE ON $_.t FOR EACH ROW EXECUTE FUNCTION $_.sets();
CREATE TRIGGER sets BEFORE INSERT ON $_.p FOR EACH ROW EXECUTE FUNCTION $_.sets();
END
for my $more ('', ' RETURNING a, b, n')
{
	my $with = $more ? ', returned' : '';
	same_everywhere("INSERT INTO t(n) VALUES (2)$more", "a trigger, one row$with");
	same_everywhere("INSERT INTO t(a) SELECT k FROM source$more", "a trigger, rows of a SELECT$with");
	same_everywhere("INSERT INTO t(n, a) VALUES (2, DEFAULT), (DEFAULT, NULL), (4, DEFAULT)$more",
		"a trigger, unlike rows$with");
	same_everywhere("INSERT INTO t DEFAULT VALUES$more", "a trigger, and nothing given$with");
	same_everywhere("UPDATE t SET a = DEFAULT, n = id$more", "a trigger, UPDATE$with");
	same_everywhere("UPDATE t SET a = DEFAULT, b = NULL, n = id$more", "a trigger, UPDATE to NULL$with");
	same_everywhere("INSERT INTO parent(k, a, b, n) VALUES (1, DEFAULT, 'b', 2), (1, 3, DEFAULT, 4), (1, 4, DEFAULT, 2)$more",
		"a trigger of a partition$with");
}
same("$many; UPDATE t SET a = DEFAULT, n = id % 5", 'a trigger, UPDATE of many rows');
same("COPY t(n) FROM stdin;\n2\n4\n\\.\nCOPY t(n, a) FROM stdin;\n2\t1\n4\t\\N\n\\.\nSELECT 1;", 'a trigger, COPY');
same("COPY parent(k, n) FROM stdin;\n1\t2\n1\t4\n\\.\nSELECT 1;", 'a trigger of a partition, COPY');
run_sql($local, <<"END") for qw(l twin);
DROP TRIGGER sets ON $_.t;
DROP TRIGGER sets ON $_.p;
CREATE TABLE $_.seen (r text);
CREATE FUNCTION $_.notes() RETURNS trigger LANGUAGE plpgsql AS
	\$\$ BEGIN INSERT INTO $_.seen VALUES (concat_ws(',', NEW.a, NEW.b, NEW.n)); RETURN NULL; END \$\$;
CREATE TRIGGER notes AFTER INSERT OR UPDATE ON $_.t FOR EACH ROW EXECUTE FUNCTION $_.notes();
CREATE TRIGGER notes AFTER INSERT ON $_.p FOR EACH ROW EXECUTE FUNCTION $_.notes();
END
for my $sql ('INSERT INTO t(a, b) VALUES (DEFAULT, 1), (2, DEFAULT)', 'UPDATE t SET a = DEFAULT, b = 1',
	'INSERT INTO parent(k, a, b) VALUES (1, DEFAULT, 1), (1, 2, DEFAULT)', "COPY t(n) FROM stdin;\n2\n\\.\nSELECT 1",
	"COPY parent(k, n) FROM stdin;\n1\t2\n\\.\nSELECT 1")
{
	same("TRUNCATE seen;\n$sql;\nSELECT * FROM seen ORDER BY 1; TRUNCATE seen", "an AFTER trigger: $sql");
}

# Stored statements know no NULL from DEFAULT, which only matters where one of them has DEFAULT.
run_sql($local, <<"END") for qw(l twin);
SET search_path = $_;
CREATE FUNCTION atomic() RETURNS void LANGUAGE sql BEGIN ATOMIC
	UPDATE t SET a = NULL, b = 'atomic' WHERE id = 1;
	INSERT INTO t(a, b) VALUES (NULL, 1), (2, NULL);
	INSERT INTO parent(k, a, b) VALUES (1, NULL, 1), (1, 2, NULL);
END;
END
same('SELECT atomic()', 'NULL in a stored body');
run_sql($local, 'CREATE FUNCTION has_default() RETURNS void LANGUAGE sql BEGIN ATOMIC UPDATE l.t SET a = DEFAULT; END');
fails($local, "SELECT FROM l.t LIMIT 0; SELECT l.atomic()", '0A000', qr/cannot tell DEFAULT from NULL/,
	'... is refused where there is a stored DEFAULT');
fails($local, 'SELECT has_default()', '0A000', qr/cannot tell DEFAULT from NULL in column "a"/, '... and DEFAULT is');

done_testing();
