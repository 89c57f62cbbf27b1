# DEFAULT, written or implied, in every kind of statement: the remote's default, or an error that
# says why not. Never a NULL that nobody wrote.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TABLE t (id serial PRIMARY KEY, a int DEFAULT 7, b text DEFAULT 'remote');
CREATE TABLE p (k int, a int DEFAULT 7, b text DEFAULT 'remote');
END
run_sql($local, link_sql($remote, 'l'));
run_sql($local, <<'END');
CREATE TABLE parent (k int, b text, a int) PARTITION BY LIST (k);
ALTER TABLE parent ATTACH PARTITION l.p FOR VALUES IN (1);
CREATE TABLE rest PARTITION OF parent DEFAULT;
CREATE VIEW v AS SELECT id, a, b FROM l.t;
CREATE TABLE source (k int, a int, b text);
INSERT INTO source VALUES (1, NULL, NULL), (2, NULL, NULL);
END

# What a statement leaves in the remote's table, which it finds empty, or with one row. In a session that has planned
# before, unless it is to be the first.
sub leaves
{
	my ($table, $sql, $rows, $name, %given) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	run_sql($remote, "TRUNCATE $table RESTART IDENTITY"
		  . ($given{seed} ? $table eq 't' ? "; INSERT INTO t(a, b) VALUES (3, 'x')"
			  : "; INSERT INTO p VALUES (1, 3, 'x')" : ''), dbname => 'orders');
	my $before = $given{first} ? '' : 'SELECT FROM l.t LIMIT 0';
	my $error = error_of($local, "$before;\n$sql");
	is(($error->{message} // '') . run_sql($remote, "SELECT * FROM $table ORDER BY 1, 2, 3",
			dbname => 'orders'), $rows, $name);
	return;
}

sub refuses
{
	my ($sql, $message, $name, %given) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $before = $given{first} ? '' : 'SELECT FROM l.t LIMIT 0;';
	my $error = fails($local, "$before $sql", '0A000', $message, $name);
	ok($error->{hint}, '... with a hint');
	return;
}

# Rows of nothing but DEFAULT, first and later in a session.
for my $first (0, 1)
{
	my @given = (first => $first);
	my $when = $first ? 'first in a session' : 'later';
	leaves('t', 'INSERT INTO l.t(a) VALUES (DEFAULT), (DEFAULT)', "1|7|remote\n2|7|remote",
		"VALUES of DEFAULT alone, $when", @given);
	leaves('t', 'INSERT INTO l.t(a, b) VALUES (DEFAULT, DEFAULT), (DEFAULT, DEFAULT) RETURNING id',
		"1|7|remote\n2|7|remote", "two columns, $when", @given);
	leaves('t', 'INSERT INTO l.t(a, b) VALUES (NULL, DEFAULT), (NULL, DEFAULT)',
		"1||remote\n2||remote", "beside NULL, $when", @given);
	leaves('t', 'INSERT INTO v(a) VALUES (DEFAULT), (DEFAULT)', "1|7|remote\n2|7|remote",
		"through a view, $when", @given);
	leaves('t', 'WITH w AS (INSERT INTO l.t(a) VALUES (DEFAULT), (DEFAULT) RETURNING 1) TABLE w',
		"1|7|remote\n2|7|remote", "in a CTE, $when", @given);
	leaves('t', 'PREPARE q AS INSERT INTO l.t(a) VALUES (DEFAULT), (DEFAULT); EXECUTE q',
		"1|7|remote\n2|7|remote", "prepared, $when", @given);
	leaves('t', 'INSERT INTO l.t(a) VALUES (NULL), (NULL)', "1||remote\n2||remote",
		"NULL alone stays, $when", @given);
	leaves('t', 'UPDATE l.t SET a = DEFAULT', "1|7|x", "UPDATE, $when", @given, seed => 1);
	leaves('t', 'UPDATE l.t SET b = DEFAULT, a = 1 WHERE random() >= 0', '1|1|remote',
		"UPDATE row by row, $when", @given, seed => 1);
	leaves('t', 'UPDATE l.t SET (b, a) = (DEFAULT, NULL)', '1||remote', "UPDATE of several, $when", @given,
		seed => 1);
	leaves('p', 'UPDATE parent SET a = DEFAULT', '1|7|x', "UPDATE of a parent, $when", @given, seed => 1);
}
leaves('t', 'PREPARE q AS UPDATE v SET a = DEFAULT; EXECUTE q', '1|7|x', 'UPDATE of a view', seed => 1);
refuses('PREPARE q AS UPDATE v SET a = DEFAULT; EXECUTE q', qr/cannot tell DEFAULT from NULL/,
	'UPDATE of a view, first in a session', first => 1);
leaves('t', 'UPDATE v SET a = NULL', '1||x', 'UPDATE of a view to NULL, first in a session', seed => 1,
	first => 1);

# In functions.
run_sql($local, <<'END');
CREATE FUNCTION in_plpgsql() RETURNS void LANGUAGE plpgsql AS
	'BEGIN INSERT INTO l.t(a) VALUES (DEFAULT), (DEFAULT); END';
CREATE FUNCTION null_in_plpgsql(v int) RETURNS void LANGUAGE plpgsql AS
	'BEGIN INSERT INTO l.t(a) VALUES (v), (v); UPDATE l.t SET b = v WHERE v IS NULL; END';
CREATE FUNCTION update_in_plpgsql() RETURNS void LANGUAGE plpgsql AS
	'BEGIN UPDATE l.t SET a = DEFAULT; END';
CREATE FUNCTION atomic() RETURNS void LANGUAGE sql
	BEGIN ATOMIC INSERT INTO l.t(a) VALUES (DEFAULT), (DEFAULT); END;
CREATE FUNCTION null_atomic(v int) RETURNS void LANGUAGE sql
	BEGIN ATOMIC INSERT INTO l.t(a, b) SELECT v, NULL UNION ALL SELECT v, NULL; END;
CREATE FUNCTION atomic_row() RETURNS void LANGUAGE sql
	BEGIN ATOMIC INSERT INTO l.t(a, b) VALUES (DEFAULT, NULL); END;
CREATE FUNCTION atomic_parent() RETURNS void LANGUAGE sql
	BEGIN ATOMIC INSERT INTO parent(k, a, b) VALUES (1, DEFAULT, NULL); END;
CREATE FUNCTION update_atomic() RETURNS void LANGUAGE sql
	BEGIN ATOMIC UPDATE l.t SET a = DEFAULT; END;
CREATE VIEW ruled AS SELECT 1 AS a;
CREATE RULE r AS ON INSERT TO ruled DO INSTEAD INSERT INTO l.t(a) VALUES (DEFAULT), (DEFAULT);
CREATE VIEW passed AS SELECT 1 AS a;
CREATE RULE r AS ON INSERT TO passed DO INSTEAD INSERT INTO l.t(a) VALUES (new.a);
END
leaves('t', 'SELECT in_plpgsql()', "1|7|remote\n2|7|remote", 'in PL/pgSQL');
leaves('t', 'SELECT update_in_plpgsql()', '1|7|x', 'UPDATE in PL/pgSQL', seed => 1);
refuses('SELECT update_in_plpgsql()', qr/cannot tell DEFAULT from NULL/, 'UPDATE in PL/pgSQL, first in a session',
	first => 1);
refuses('SELECT in_plpgsql()', qr/cannot tell DEFAULT from NULL/, 'in PL/pgSQL, first in a session',
	first => 1);
leaves('t', 'SELECT null_in_plpgsql(NULL)', "1||\n2||", "a variable's NULL stays, first $_", first => $_)
  for 0, 1;
for my $first (0, 1)
{
	refuses('SELECT update_atomic()', qr/cannot tell DEFAULT from NULL/,
		"UPDATE in a stored body, first $first", first => $first);
	refuses('SELECT atomic()', qr/cannot tell DEFAULT from NULL/, "a stored body, first $first",
		first => $first);
	refuses('INSERT INTO ruled VALUES (1)', qr/cannot tell DEFAULT from NULL/, "a rule, first $first",
		first => $first);
	leaves('t', 'SELECT null_atomic(NULL)', "1||\n2||", "NULL in a stored body, first $first",
		first => $first);
	leaves('t', 'SELECT atomic_row()', '1|7|', "one row in a stored body, first $first", first => $first);
	leaves('t', 'INSERT INTO passed VALUES (NULL), (3)', "1||remote\n2|3|remote",
		"what a rule is given, first $first", first => $first);
}
leaves('p', 'SELECT atomic_parent()', '1|7|', 'a stored body, through a parent');

# Through a local partitioned parent.
leaves('p', 'INSERT INTO parent(k) VALUES (1)', '1|7|remote', 'left out');
leaves('p', 'INSERT INTO parent(k, a, b) VALUES (1, DEFAULT, DEFAULT)', '1|7|remote', 'DEFAULT');
leaves('p', 'INSERT INTO parent VALUES (1, DEFAULT)', '1|7|remote', 'DEFAULT without a list of columns');
leaves('p', 'INSERT INTO parent(k, a, b) VALUES (1, NULL, DEFAULT)', '1||remote', 'NULL and DEFAULT');
leaves('p', 'INSERT INTO parent(k, a) VALUES (1, DEFAULT), (2, DEFAULT), (1, DEFAULT)',
	"1|7|remote\n1|7|remote", 'DEFAULT in rows');
leaves('p', 'INSERT INTO parent(k, a) VALUES (1, NULL), (2, 3), (1, 4)', "1|4|remote\n1||remote",
	'values in rows');
leaves('p', 'PREPARE q(int) AS INSERT INTO parent(k, a, b) VALUES ($1, DEFAULT, NULL);'
	  . 'SET plan_cache_mode = force_generic_plan; EXECUTE q(1); EXECUTE q(1)', "1|7|\n1|7|", 'prepared');
leaves('p', 'INSERT INTO parent(k, a, b) SELECT k, a, b FROM source', '1||', 'NULL from a SELECT');
leaves('p', 'INSERT INTO parent(k, a) VALUES (1, DEFAULT), (1, 4)', "1|4|remote\n1|7|remote",
	'DEFAULT in one row, a value in another');
is(run_sql($local, 'INSERT INTO parent(k, a) VALUES (2, DEFAULT), (2, 4) RETURNING a'), "\n4",
	'... which is nothing to rows of local partitions');
run_sql($local, 'ALTER TABLE parent ALTER a SET DEFAULT 42');
leaves('p', 'INSERT INTO parent(k, a) VALUES (1, DEFAULT)', '1|42|remote', 'the default of the parent wins');
leaves('p', "COPY parent(k, b) FROM stdin;\n1\tx\n\\.\n", '1|42|x', '... in COPY, too');
run_sql($local, 'ALTER TABLE parent ALTER a DROP DEFAULT');
leaves('p', "COPY parent(k, b) FROM stdin;\n1\t\\N\n2\tx\n\\.\n", '1|7|', 'COPY');
leaves('p', "COPY l.p(k) FROM stdin;\n1\n\\.\n", '1|7|remote', 'COPY into the partition');

# Planned before the library was there: refused once, right afterwards, and no plan of it is kept.
run_sql($local, q{CREATE FUNCTION parent_in_plpgsql() RETURNS void LANGUAGE plpgsql AS
	'BEGIN INSERT INTO parent(k, a) VALUES (1, DEFAULT); END'});
refuses("SELECT $_()", qr/cannot tell DEFAULT from NULL/, "$_, first in a session", first => 1)
  for qw(parent_in_plpgsql);
refuses('INSERT INTO parent(k, a) VALUES (1, DEFAULT)', qr/cannot tell DEFAULT from NULL/,
	'through a parent, first in a session', first => 1);
for my $call ('SELECT parent_in_plpgsql()', 'SELECT in_plpgsql()')
{
	my ($table, $rows) = $call =~ /parent/ ? ('p', '1|7|remote') : ('t', "1|7|remote\n2|7|remote");
	run_sql($remote, "TRUNCATE $table RESTART IDENTITY", dbname => 'orders');
	messages_of($local, "$call;\n$call;");
	is(run_sql($remote, "SELECT * FROM $table ORDER BY 1, 2, 3", dbname => 'orders') =~ s/^\d+/1/r,
		$rows =~ s/^\d+/1/r, "$call, twice in a session");
}

# MERGE can only insert where no remote partition is to be updated.
my $merge = 'MERGE INTO parent USING source s ON parent.k = s.k AND parent.k = 2'
  . ' WHEN NOT MATCHED AND s.k = 1 THEN INSERT';
leaves('p', "$merge (k, a) VALUES (s.k, DEFAULT)", '1|7|remote', 'MERGE with DEFAULT');
leaves('p', "$merge (k, a) VALUES (s.k, 1)", '1|1|remote', 'MERGE that leaves a column out');
leaves('p', "$merge (k, a, b) VALUES (s.k, 1, s.b)", '1|1|', 'MERGE of all columns');

refuses("$merge (k, a) VALUES (s.k, DEFAULT)", qr/cannot tell DEFAULT from NULL/, 'MERGE, first in a session',
	first => 1);

# A session that has the library from its start has no such first statement.
run_sql($local, "ALTER DATABASE postgres SET session_preload_libraries = 'datalinks'");
leaves('p', 'SELECT parent_in_plpgsql()', '1|7|remote', 'in PL/pgSQL, first in a session that was prepared for it',
	first => 1);
leaves('t', 'UPDATE v SET a = DEFAULT', '1|7|x', 'UPDATE of a view, first in such a session', seed => 1, first => 1);
run_sql($local, 'ALTER DATABASE postgres RESET session_preload_libraries');

# NULL is not DEFAULT in an UPDATE, and a default of here is one.
leaves('t', "INSERT INTO l.t(b) VALUES ('x'); UPDATE l.t SET a = NULL, b = nullif('a', 'a')", '1||',
	'UPDATE to NULL');
run_sql($local, 'ALTER FOREIGN TABLE l.t ALTER a SET DEFAULT 42');
leaves('t', "INSERT INTO l.t(b) VALUES ('x'); UPDATE l.t SET a = DEFAULT", '1|42|x',
	'UPDATE to a default of here');

done_testing();
