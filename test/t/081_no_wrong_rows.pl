# UPDATE and DELETE change no other rows than they say. Row by row they go by ctid, which several
# partitions of the remote have alike: postgres_fdw changes rows that the WHERE clause excludes.
# Through a link the partition counts as well; where that is not enough, because a foreign table is
# one of them, such a statement is refused at its first row. 087 has more of those that work.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();

run_sql($remote, <<'END', dbname => 'orders');
CREATE EXTENSION postgres_fdw;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO app;
END
my $self = $remote->port;
my $password = password_of('app');
run_sql($remote, <<"END", dbname => 'orders', role => 'app');
CREATE TABLE parted (a int, b int, c text) PARTITION BY LIST (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
CREATE TABLE parent (a int, b int, c text);
CREATE TABLE heir () INHERITS (parent);
CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '$self', dbname 'orders');
CREATE USER MAPPING FOR app SERVER self OPTIONS (user 'app', password '$password');
CREATE FOREIGN TABLE far (a int, b int, c text) SERVER self OPTIONS (table_name 'parted');
CREATE TABLE plain (a int, b int, c text);
CREATE TABLE mixed (a int, b int, c text) PARTITION BY LIST (a);
CREATE TABLE mixed_1 PARTITION OF mixed FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE FOREIGN TABLE "mixed ""far""" PARTITION OF mixed_1 FOR VALUES IN (10) SERVER self OPTIONS (table_name 'parted_1');
CREATE TABLE mixed_2 PARTITION OF mixed FOR VALUES IN (2);
CREATE VIEW seen AS SELECT * FROM plain;
END

# The rows before each test; ctid is (0,1) in both partitions.
sub reset_rows
{
	run_sql($remote, <<'END', dbname => 'orders', role => 'app');
TRUNCATE parted, parent, plain, mixed_2;
INSERT INTO parted VALUES (1, 10, 'one'), (2, 20, 'two');
INSERT INTO parent VALUES (1, 10, 'one');
INSERT INTO heir VALUES (2, 20, 'two');
INSERT INTO plain VALUES (1, 10, 'one'), (2, 20, 'two');
INSERT INTO mixed_2 VALUES (2, 20, 'two');
END
	return;
}

sub rows
{
	my ($table) = @_;
	return run_sql($remote, "SELECT a, b, c FROM $table ORDER BY a, b", dbname => 'orders', role => 'app');
}
my $before = "1|10|one\n2|20|two";

# Through plain postgres_fdw: the defect that this is about.
my $host_port = $remote->port;
run_sql($local, <<"END");
CREATE EXTENSION postgres_fdw;
CREATE SCHEMA raw;
CREATE SERVER raw FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host '127.0.0.1', port '$host_port', dbname 'orders');
CREATE USER MAPPING FOR CURRENT_USER SERVER raw OPTIONS (user 'app', password '$password');
IMPORT FOREIGN SCHEMA public LIMIT TO (parted, parent, far) FROM SERVER raw INTO raw;
END
for my $table (qw(parted parent far))
{
	reset_rows();
	my $rows = $table eq 'far' ? 'parted' : $table;
	run_sql($local, "UPDATE raw.$table SET b = 99 WHERE a = 1 AND random() >= 0");
	is(rows($rows), "1|99|one\n2|99|two", "$table: plain postgres_fdw updates a row of a = 2");
	reset_rows();
	run_sql($local, "DELETE FROM raw.$table WHERE a = 1 AND random() >= 0");
	is(rows($rows), '', "$table: and deletes one");
}

run_sql($local, link_sql($remote, 'w'));
run_sql($local, 'CREATE TABLE keys (a int, b int); INSERT INTO keys VALUES (1, 77)');
is(run_sql($local, q{SELECT string_agg(ftrelid::regclass || ': ' || split_part(o, '=', 2), ', ' ORDER BY 1)
		FROM pg_foreign_table, unnest(ftoptions) o WHERE o LIKE 'remote_kind=%' AND ftrelid::regclass::text
		IN ('w.parted', 'w.parent', 'w.far', 'w.plain')}) =~ s/w\.//gr,
	'far: foreign table, parent: inheritance parent, parted: partitioned table',
	'the link knows what the tables are');

# What goes row by row: the rows that it leaves, or undef where it is to be refused.
sub changes
{
	my ($table, $sql, $after, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $rows = $table =~ /far|seen/ ? ($table eq 'far' ? 'parted' : 'plain') : $table;
	reset_rows();
	if (defined $after)
	{
		run_sql($local, $sql);
		return is(rows($rows), $after, "$table: $name");
	}
	my $error = fails($local, $sql, '0A000',
		qr/cannot (?:update|delete from) foreign table "$table" row by row/, "$table: $name");
	is(rows($rows), $before, "$table: and nothing has changed");
	return $error;
}

for my $table (qw(parted parent far mixed seen))
{
	my $works = $table eq 'parted' || $table eq 'parent';
	my $rows = $table eq 'far' ? 'parted' : $table eq 'seen' ? 'plain' : $table;
	my $row = sub { return $works ? $_[0] : undef };
	my $updated = $row->("1|99|one\n2|20|two");
	my $deleted = $row->('2|20|two');
	my $error = changes($table, "UPDATE w.$table SET b = 99 WHERE a = 1 AND random() >= 0", $updated, 'UPDATE');
	if (!$works)
	{
		my %why = (far => qr/stands for a remote foreign table/, mixed => qr/"mixed "far"" is a foreign table/,
			seen => qr/stands for a remote view/);
		like($error->{detail}, $why{$table}, "$table: why");
		like($error->{hint}, qr/Remote SQL|EXPLAIN/, "$table: what to do");
	}
	changes($table, "DELETE FROM w.$table WHERE a = 1 AND random() >= 0", $deleted, 'DELETE');
	changes($table, "UPDATE w.$table t SET b = k.b + 22 FROM keys k WHERE k.a = t.a", $updated, 'UPDATE with a local join');
	changes($table, "DELETE FROM w.$table t USING keys k WHERE k.a = t.a", $deleted, 'DELETE with a local join');
	changes($table, "UPDATE w.$table SET b = 99 WHERE a = 1 AND random() >= 0 RETURNING *", $updated, 'RETURNING');
	changes($table, "WITH u AS (UPDATE w.$table SET b = 99 WHERE a = 1 AND random() >= 0 RETURNING a) SELECT * FROM u",
		$updated, 'in a CTE');
	changes($table, "SET plan_cache_mode = $_; PREPARE p(int) AS UPDATE w.$table SET b = 99"
		  . ' WHERE a = $1 AND random() >= 0; EXECUTE p(3); EXECUTE p(1)', $updated, "prepared, $_")
	  for qw(force_generic_plan force_custom_plan);
	changes($table, "DO 'BEGIN UPDATE w.$table SET b = 99 WHERE a = 1 AND random() >= 0; END'", $updated, 'in PL/pgSQL');
	changes($table, "BEGIN; DECLARE c CURSOR FOR SELECT a FROM w.$table WHERE a = 1 FOR UPDATE; FETCH c;"
		  . " UPDATE w.$table SET b = 99 WHERE a = 1 AND random() >= 0; COMMIT", $updated, 'after FOR UPDATE');
	next if $table eq 'seen' || $table eq 'mixed';

	# What touches no row, is sent whole, or is no UPDATE or DELETE.
	reset_rows();
	is(run_sql($local, "UPDATE w.$table SET b = 99 WHERE a = 3 AND random() >= 0 RETURNING a"), '',
		"$table: UPDATE of no row");
	is(run_sql($local, "DELETE FROM w.$table WHERE a = 1 AND random() < 0 RETURNING a"), '',
		"$table: DELETE of no row");
	like(run_sql($local, "EXPLAIN UPDATE w.$table SET b = 99 WHERE random() >= 0"), qr/Update on/,
		"$table: EXPLAIN");
	run_sql($local, "UPDATE w.$table SET b = b + 1 WHERE a = 1");
	is(rows($rows), "1|11|one\n2|20|two", "$table: UPDATE sent whole");
	run_sql($local, "PREPARE p(int) AS UPDATE w.$table SET b = b + 1 WHERE a = \$1; EXECUTE p(1)");
	is(rows($rows), "1|12|one\n2|20|two", "$table: UPDATE sent whole, prepared");
	run_sql($local, "UPDATE w.$table t SET b = p.b FROM w.plain p WHERE p.a = t.a AND p.a = 1");
	is(rows($rows), $before, "$table: UPDATE with a join sent whole");
	run_sql($local, "DELETE FROM w.$table WHERE a = 1");
	is(rows($rows), '2|20|two', "$table: DELETE sent whole");
	run_sql($local, "INSERT INTO w.$table VALUES (1, 10, 'one')");
	is(run_sql($local, "SELECT * FROM w.$table ORDER BY a"), $before, "$table: INSERT and SELECT");

	# A local trigger makes every statement one of rows.
	run_sql($local, "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
		  . "CREATE TRIGGER keep BEFORE UPDATE ON w.$table FOR EACH ROW EXECUTE FUNCTION keep()");
	changes($table, "UPDATE w.$table SET b = 99 WHERE a = 1", $updated, 'UPDATE with a local trigger');
	run_sql($local, 'DROP FUNCTION keep CASCADE');

	# As a partition of a local table.
	run_sql($local, "CREATE TABLE top (a int, b int, c text) PARTITION BY LIST (a);"
		  . "ALTER TABLE top ATTACH PARTITION w.$table FOR VALUES IN (1, 2);"
		  . 'CREATE TABLE top_rest PARTITION OF top DEFAULT; INSERT INTO top VALUES (8, 80, \'here\')');
	changes($table, 'UPDATE top SET b = 99 WHERE a = 1 AND random() >= 0', $updated, 'UPDATE of a local parent');
	changes($table, 'DELETE FROM top WHERE a = 1 AND random() >= 0', $deleted, 'DELETE from a local parent');
	changes($table, 'UPDATE top SET b = k.b + 22 FROM keys k WHERE k.a = top.a', $updated, 'local parent, local join');
	reset_rows();
	run_sql($local, 'UPDATE top SET b = 81 WHERE a = 8 AND random() >= 0');
	is(run_sql($local, 'SELECT b FROM top WHERE a = 8'), '81', "$table: local rows of the parent change");
	is(rows($rows), $before, "$table: and no others");
	run_sql($local, 'UPDATE top_rest SET a = 8 WHERE random() >= 0; UPDATE top SET b = 82 WHERE a > 5');
	run_sql($local, "UPDATE top SET a = 2, b = 30 WHERE a = 8");
	is(rows($rows), "$before\n2|30|here", "$table: a row that moves in is an INSERT");
	run_sql($local, "ALTER TABLE top DETACH PARTITION w.$table; DROP TABLE top");
}

# Ordinary tables are changed row by row, as ever.
reset_rows();
run_sql($local, 'UPDATE w.plain SET b = 99 WHERE a = 1 AND random() >= 0');
is(rows('plain'), "1|99|one\n2|20|two", 'an ordinary table: UPDATE row by row');
run_sql($local, 'DELETE FROM w.plain t USING keys k WHERE k.a = t.a');
is(rows('plain'), '2|20|two', 'an ordinary table: DELETE row by row');

# What was an ordinary table at the last refresh and has got an heir, or partitions, since.
my $heir = 'CREATE TABLE plain_heir () INHERITS (plain); INSERT INTO plain_heir SELECT * FROM plain';
run_sql($remote, $heir, dbname => 'orders', role => 'app');
my $with_heir = rows('plain');
for my $sql ('UPDATE w.plain SET b = 1 WHERE random() >= 0', 'DELETE FROM w.plain WHERE random() >= 0 RETURNING a',
	'DO $$ BEGIN BEGIN UPDATE w.plain SET b = 1 WHERE random() >= 0; EXCEPTION WHEN feature_not_supported THEN'
	  . ' RAISE feature_not_supported USING MESSAGE = SQLERRM; END; END $$')
{
	fails($local, $sql, '0A000', qr/"plain" row by row/, "a table that has got an heir: $sql");
	is(rows('plain'), $with_heir, 'and nothing has changed');
}
like(error_of($local, 'UPDATE w.plain SET b = 1 WHERE random() >= 0')->{hint}, qr/datalink_refresh/, '... what to do');
run_sql($local, "SELECT datalink_refresh('w')");
run_sql($local, 'UPDATE w.plain SET b = 1 WHERE random() >= 0');
is(rows('plain'), "2|1|two\n2|1|two", 'and after a refresh');
run_sql($remote, 'DROP TABLE plain CASCADE; CREATE VIEW plain AS SELECT * FROM parted', dbname => 'orders', role => 'app');
fails($local, 'UPDATE w.plain SET b = 1 WHERE random() >= 0', '(?:0A000|42703)', qr/./, 'a table that is a view now');

done_testing();
