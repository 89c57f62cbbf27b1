# What an error tells of where it happened: the remote's statement that failed, not another of the
# same transaction; the column. Rows that nobody wanted have none. And rows that come back of a statement that the remote runs whole.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TABLE first (id int, a text);
CREATE TABLE second (id int, a text);
CREATE TABLE third (id int, a text);
INSERT INTO first SELECT i, 'x' FROM generate_series(1, 300) i;
INSERT INTO second SELECT i, 'x' FROM generate_series(1, 300) i;
CREATE TABLE wide (id int PRIMARY KEY, dropped int, a text, b text);
ALTER TABLE wide DROP COLUMN dropped;
INSERT INTO wide SELECT i, repeat(md5(i::text), 300), 'b' || i FROM generate_series(1, 500) i;
END
run_sql($local, link_sql($remote, 'c'));
my $server = run_sql($local, q{SELECT srvname FROM pg_foreign_server WHERE srvoptions @> '{link=c}'});

# In front of a join that the remote is to run.
my $push = join '', map { "SET enable_$_ = off;" } qw(hashjoin mergejoin nestloop);

# CONTEXT of an error.
sub context_of
{
	my ($sql) = @_;
	my ($status, undef, $stderr) = $local->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	isnt($status, 0, "$sql fails");
	return $stderr;
}

run_sql($remote, 'ALTER TABLE second RENAME TO renamed', dbname => 'orders', role => 'app');
my $union = 'SELECT * FROM c.first UNION ALL SELECT * FROM c.second';
for my $async ('false', 'true')
{
	run_sql($local, "ALTER SERVER $server OPTIONS (SET async_capable '$async')");
	like(context_of($union), qr/42P01.*CONTEXT:  remote SQL command: SELECT id, a FROM public\.second$/ms,
		"the statement that failed is named (async_capable $async)");
}
like(context_of("BEGIN; INSERT INTO c.third VALUES (1, 'x'); $union"),
	qr/42P01.*CONTEXT:  remote SQL command: SELECT id, a FROM public\.second$/ms,
	'... within the transaction that writes');
run_sql($remote, 'ALTER TABLE renamed RENAME TO second', dbname => 'orders', role => 'app');

run_sql($local, 'ALTER FOREIGN TABLE c.second ALTER COLUMN a TYPE int');
like(context_of('SELECT * FROM c.second'), qr/22P02.*column "a" of foreign table "second"/s, 'a column');
like(context_of("$push SELECT s FROM c.first JOIN c.second s USING (id)"),
	qr/22P02.*whole-row reference to foreign table "s"/s, 'a whole row');
like(context_of('ANALYZE c.second'), qr/22P02.*column "a" of foreign table "second"/s, 'ANALYZE');

# Rows of some 10 kB each that come back: more than one is kept in what goes with the row.
my $changed = "UPDATE c.wide SET b = b || '!' WHERE id > 0 RETURNING *";
like(run_sql($local, "EXPLAIN (COSTS OFF) $changed"), qr/Foreign Update/, 'the remote runs it whole');
is(run_sql($local, "WITH w AS ($changed) SELECT count(*), sum(length(a)), count(*) FILTER (WHERE a = repeat(md5(id::text), 300) AND b = 'b' || id || '!') FROM w"),
	'500|4800000|500', 'all rows of an UPDATE come back');
my $joined = "DELETE FROM c.wide w USING c.first f WHERE f.id = w.id RETURNING w.*, f.a AS fa";
like(run_sql($local, "$push EXPLAIN (COSTS OFF) $joined"), qr/Foreign Delete/, 'so it does with a join');
is(run_sql($local, "$push WITH w AS ($joined) SELECT count(*), sum(length(a)), count(*) FILTER (WHERE a = repeat(md5(id::text), 300) AND b = 'b' || id || '!' AND fa = 'x') FROM w"),
	'300|2880000|300', 'all rows of a DELETE with a join');
is(run_sql($local, "UPDATE c.wide SET b = md5(b) WHERE random() >= 0 RETURNING length(a)") =~ tr/\n//, 199,
	'and of one that goes row by row');

# Rows that nobody wants must not break a transaction that writes: 150 is in the second piece.
is(run_sql($local, "BEGIN; INSERT INTO c.third VALUES (10, 'x');
	SELECT count(*) FROM (SELECT * FROM c.first WHERE 100 / (id - 150) < 1000 AND random() >= 0 LIMIT 60) r;
	INSERT INTO c.third VALUES (11, 'x'); COMMIT; SELECT count(*) FROM c.third"), "60\n2",
	'an error in rows that were not wanted');

done_testing();
