# UPDATE and DELETE change no other rows than they say. Row by row they go by ctid, which several
# partitions of the remote have alike: postgres_fdw changes rows that the WHERE clause excludes.
# Through a link such a statement is refused at its first row.

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
END

# The rows before each test; ctid is (0,1) in both partitions.
sub reset_rows
{
	run_sql($remote, <<'END', dbname => 'orders', role => 'app');
TRUNCATE parted, parent, plain;
INSERT INTO parted VALUES (1, 10, 'one'), (2, 20, 'two');
INSERT INTO parent VALUES (1, 10, 'one');
INSERT INTO heir VALUES (2, 20, 'two');
INSERT INTO plain VALUES (1, 10, 'one'), (2, 20, 'two');
END
	return;
}

sub rows
{
	my ($table) = @_;
	return run_sql($remote, "SELECT a, b, c FROM $table ORDER BY a, b", dbname => 'orders');
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

my %kind = (parted => 'partitioned table', parent => 'inheritance parent', far => 'foreign table');
for my $table (qw(parted parent far))
{
	my $rows = $table eq 'far' ? 'parted' : $table;
	my $refused = sub
	{
		my ($sql, $name) = @_;
		local $Test::Builder::Level = $Test::Builder::Level + 1;
		my $error = fails($local, $sql, '0A000',
			qr/cannot (?:update|delete from) foreign table "$table" row by row/, "$table: $name");
		is(rows($rows), $before, "$table: and nothing has changed");
		return $error;
	};
	reset_rows();
	my $error = $refused->("UPDATE w.$table SET b = 99 WHERE a = 1 AND random() >= 0", 'UPDATE');
	like($error->{detail}, qr/stands for a remote $kind{$table}/, "$table: why");
	like($error->{hint}, qr/sent whole/, "$table: what to do");
	$refused->("DELETE FROM w.$table WHERE a = 1 AND random() >= 0", 'DELETE');
	$refused->("UPDATE w.$table t SET b = k.b FROM keys k WHERE k.a = t.a", 'UPDATE with a local join');
	$refused->("DELETE FROM w.$table t USING keys k WHERE k.a = t.a", 'DELETE with a local join');
	$refused->("UPDATE w.$table SET c = 'x' WHERE a = 1 AND random() >= 0 RETURNING *", 'RETURNING');
	$refused->("WITH u AS (UPDATE w.$table SET b = 1 WHERE random() >= 0 RETURNING a) SELECT * FROM u",
		'in a CTE');
	for my $mode (qw(force_generic_plan force_custom_plan))
	{
		$refused->("SET plan_cache_mode = $mode; PREPARE p(int) AS UPDATE w.$table SET b = 5"
			  . ' WHERE a = $1 AND random() >= 0; EXECUTE p(3); EXECUTE p(1)', "prepared, $mode");
	}
	$refused->("DO 'BEGIN UPDATE w.$table SET b = 5 WHERE a = 1 AND random() >= 0; END'", 'in PL/pgSQL');
	$refused->("BEGIN; DECLARE c CURSOR FOR SELECT a FROM w.$table WHERE a = 1 FOR UPDATE; FETCH c;"
		  . " UPDATE w.$table SET b = 6 WHERE a = 1 AND random() >= 0; COMMIT", 'after FOR UPDATE');

	# What touches no row, is sent whole, or is no UPDATE or DELETE.
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
	run_sql($local, "DELETE FROM w.$table WHERE a = 1");
	is(rows($rows), '2|20|two', "$table: DELETE sent whole");
	run_sql($local, "INSERT INTO w.$table VALUES (1, 10, 'one')");
	is(run_sql($local, "SELECT * FROM w.$table ORDER BY a"), $before, "$table: INSERT and SELECT");

	# A local trigger makes every statement one of rows.
	run_sql($local, "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
		  . "CREATE TRIGGER keep BEFORE UPDATE ON w.$table FOR EACH ROW EXECUTE FUNCTION keep()");
	$refused->("UPDATE w.$table SET b = 99 WHERE a = 1", 'UPDATE with a local trigger');
	run_sql($local, 'DROP FUNCTION keep CASCADE');

	# As a partition of a local table.
	run_sql($local, "CREATE TABLE top (a int, b int, c text) PARTITION BY LIST (a);"
		  . "ALTER TABLE top ATTACH PARTITION w.$table FOR VALUES IN (1, 2);"
		  . 'CREATE TABLE top_rest PARTITION OF top DEFAULT; INSERT INTO top VALUES (8, 80, \'here\')');
	$refused->('UPDATE top SET b = 99 WHERE a = 1 AND random() >= 0', 'UPDATE of a local parent');
	$refused->('DELETE FROM top WHERE a = 1 AND random() >= 0', 'DELETE from a local parent');
	$refused->('UPDATE top SET b = k.b FROM keys k WHERE k.a = top.a', 'local parent, local join');
	$refused->('UPDATE top SET a = 9 WHERE a = 1 AND random() >= 0', 'a row that moves away');
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

# The fact is as old as the last refresh.
run_sql($remote, 'CREATE TABLE plain_heir () INHERITS (plain)', dbname => 'orders', role => 'app');
run_sql($local, "SELECT datalink_refresh('w')");
fails($local, 'UPDATE w.plain SET b = 1 WHERE random() >= 0', '0A000', qr/"plain" row by row/,
	'a table that has got an heir, after a refresh');

done_testing();
