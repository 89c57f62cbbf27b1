# Random queries over a link and over local tables with the same rows give the same results.

use strict;
use warnings;

use DataLinks;
use Test::More;

keep_sessions();
my ($local, $remote) = start_nodes();
my $make = <<'END';
CREATE SCHEMA twins;
CREATE TABLE twins.a (id int PRIMARY KEY, k int, v numeric(8,2), s text);
CREATE TABLE twins.b (id int PRIMARY KEY, k int, v numeric(8,2), s text);
CREATE TABLE twins.c (id int PRIMARY KEY, k int, v numeric(8,2), s text);
INSERT INTO twins.a SELECT i, nullif(i % 37, 5), i * 1.5 % 97, 's' || i % 11 FROM generate_series(1, 700) i;
INSERT INTO twins.b SELECT i, nullif(i % 53, 7), i * 2.25 % 89, nullif('s' || i % 13, 's4') FROM generate_series(1, 400) i;
INSERT INTO twins.c SELECT i, i % 5, i, 's' || i FROM generate_series(1, 40) i;
ANALYZE;
END
run_sql($remote, "$make GRANT USAGE ON SCHEMA twins TO app; GRANT SELECT ON ALL TABLES IN SCHEMA twins TO app",
	dbname => 'orders');
run_sql($local, $make);
run_sql($local, 'CREATE FUNCTION here(anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$');
run_sql($local, link_sql($remote, 'far', "remote_schema => 'twins'"));

my $seed = 20250109;
srand $seed;

sub one_of { return $_[ int rand @_ ] }
sub table { return one_of(map { "%S.$_" } qw(a b c)) }

# A condition on a table's alias that the remote or only we can check.
sub condition
{
	my ($t) = @_;
	my $n = int rand 60;
	return one_of("$t.id < $n * 5", "here($t.k) > $n", "$t.s IN ('s1', 's2', 's$n')", "$t.k IS NULL",
		"$t.v BETWEEN $n AND $n + 30", "here($t.s) LIKE '%1%'", "$t.k % 3 = 1", 'true');
}

sub join_on
{
	my ($l, $r) = @_;
	return one_of("$l.k = $r.k", "$l.id = $r.id", "here($l.id) = $r.id", "$l.s = $r.s", "$l.k = $r.id",
		"$l.id = $r.id + 1 AND here($l.v) <> $r.v");
}

my @kinds = (
	sub { 'SELECT x.*, y.id, y.s FROM ' . table() . ' x ' . one_of('', 'LEFT ', 'RIGHT ') . 'JOIN ' . table()
		  . ' y ON ' . join_on('x', 'y') . ' WHERE ' . condition('x') . ' AND ' . condition('y') },
	sub { 'SELECT x.id, y.n FROM ' . table() . ' x, LATERAL (SELECT count(*) AS n, max(here(v)) FROM ' . table()
		  . ' z WHERE ' . join_on('z', 'x') . ') y WHERE ' . condition('x') },
	sub { 'SELECT x.id, y.id FROM ' . table() . ' x LEFT JOIN LATERAL (SELECT id FROM ' . table()
		  . ' z WHERE ' . join_on('z', 'x') . ' ORDER BY id LIMIT ' . int(rand 4) . ') y ON true WHERE ' . condition('x') },
	sub {
		my ($not, $inner, $on) = (one_of('', 'NOT '), table(), join_on('x', 'y'));
		# Since 17 postgres_fdw plans a semi-join on the remote whose condition it keeps here, and then
		# asks for a column that the remote's query has not.
		$inner = "(SELECT * FROM $inner OFFSET 0)" if $on =~ /here/;
		return 'SELECT x.* FROM ' . table() . " x WHERE ${not}EXISTS (SELECT FROM $inner y WHERE $on AND "
		  . condition('y') . ') AND ' . condition('x');
	},
	sub { 'SELECT x.id, (SELECT sum(here(y.v)) FROM ' . table() . ' y WHERE ' . join_on('x', 'y') . ') FROM '
		  . table() . ' x WHERE ' . condition('x') },
	sub { 'SELECT id, rank() OVER (PARTITION BY k ORDER BY v, id), sum(v) OVER (ORDER BY id) FROM ' . table()
		  . ' x WHERE ' . condition('x') },
	sub { 'WITH RECURSIVE r AS (SELECT id, 1 AS d FROM ' . table() . ' x WHERE ' . condition('x')
		  . ' UNION SELECT y.id, d + 1 FROM r JOIN ' . table() . ' y ON y.k = r.id WHERE d < 4) SELECT * FROM r' },
	sub { 'SELECT * FROM (SELECT x.* FROM ' . table() . ' x WHERE ' . condition('x') . ' ORDER BY id LIMIT '
		  . int(rand 150) . ' OFFSET ' . int(rand 20) . ') l' },
	sub { 'SELECT k, count(*), sum(here(v)), min(s) FROM ' . table() . ' x WHERE ' . condition('x') . ' GROUP BY k' },
	sub { 'SELECT id, s FROM ' . table() . ' x WHERE ' . condition('x') . one_of(' UNION ALL', ' UNION', ' INTERSECT', ' EXCEPT')
		  . ' SELECT id, s FROM ' . table() . ' y WHERE ' . condition('y') },
	sub { 'SELECT x FROM ' . table() . ' x FULL JOIN ' . table() . ' y ON x.k = y.k AND x.id = y.id WHERE ' . condition('x') },
	sub { 'SELECT x.id FROM ' . table() . ' x WHERE x.k ' . one_of('IN', 'NOT IN') . ' (SELECT id FROM ' . table() . ' y WHERE '
		  . condition('y') . ') AND ' . condition('x') },
);

my @methods = qw(hashjoin mergejoin nestloop material memoize sort hashagg async_append indexscan);
for my $round (1 .. 12)
{
	my @off = grep { rand() < 0.4 } @methods;
	my $settings = join '', map { "SET enable_$_ = off;" } @off;
	my $async = one_of('true', 'false');
	run_sql($local, "ALTER SERVER far OPTIONS (SET async_capable '$async')");
	my (@queries, $sql);
	for (1 .. 25)
	{
		my $query = one_of(@kinds)->();
		push @queries, $query;
		my ($far, $near) = map { my $of = $query =~ s/%S/$_/gr;
			"(SELECT md5(string_agg(q::text, E'\\n' ORDER BY q::text)) || count(*) FROM ($of) q)" } qw(far twins);
		$sql .= "SELECT $#queries WHERE $far IS DISTINCT FROM $near;\n";
	}
	my @differing = split /\n/, run_sql($local, "$settings $sql");
	is(join("\n", map { $queries[$_] } @differing), '', "seed $seed, round $round, off: @off, async $async");
}

done_testing();
