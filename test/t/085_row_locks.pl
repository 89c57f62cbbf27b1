# FOR UPDATE and the like on a link: what the remote is sent, and what is refused because it would
# lock rows that a local table's statement would not.

use strict;
use warnings;

use DataLinks;
use Test::More;

keep_sessions();
my ($local, $remote) = start_nodes();
run_sql($local, link_sql($remote, 'shop'));
run_sql($local, <<'END');
CREATE TABLE here (id int); INSERT INTO here VALUES (1), (2);
CREATE FUNCTION odd(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 2 = 1; END';
CREATE TABLE parent (id int, name text) PARTITION BY LIST (id);
ALTER TABLE parent ATTACH PARTITION shop.customer FOR VALUES IN (1, 2);
CREATE TABLE parent_rest PARTITION OF parent DEFAULT;
INSERT INTO parent VALUES (3, 'Edith');
END

# The remote's SQL of a statement's scans.
sub sent
{
	my ($sql) = @_;
	return run_sql($local, "EXPLAIN (VERBOSE, COSTS OFF) $sql") =~ /Remote SQL: (.*)/ ? $1 : '';
}

for my $strength ('UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE')
{
	for my $policy ('', ' NOWAIT', ' SKIP LOCKED')
	{
		my $lock = "FOR $strength$policy";
		like(sent("SELECT id FROM shop.customer $lock"), qr/customer \Q$lock\E$/, "a table: $lock");
		like(sent("SELECT id FROM shop.customer WHERE id > 0 ORDER BY id LIMIT 1 $lock"),
			qr/ORDER BY id ASC NULLS LAST LIMIT 1::bigint \Q$lock\E$/, "with LIMIT: $lock");
		if ($policy)
		{
			like(sent("SELECT c.id FROM shop.customer c JOIN shop.item USING (id) FOR $strength OF c$policy"),
				qr/ FOR $strength OF r\d$policy$/, "a join: $lock");
			like(sent("SELECT c.id FROM shop.customer c JOIN shop.item USING (id) FOR $strength OF c$policy FOR SHARE OF item"),
				qr/ FOR $strength OF r\d$policy FOR SHARE OF r\d$/, "a join, two clauses: $lock");
		}
		is(join(' ', sort split /\n/, run_sql($local, "SELECT id FROM parent $lock")), '1 2 3', "a local parent: $lock");
		is(run_sql($local, 'SELECT count(*) FROM (SELECT FROM here JOIN shop.customer USING (id)'
				  . " FOR $strength OF here$policy) s"), 2, "rows of local tables alone: $lock");
	}
	for my $policy ('NOWAIT', 'SKIP LOCKED')
	{
		my $lock = "FOR $strength $policy";
		for my $sql ("SELECT id FROM shop.customer WHERE odd(id) $lock",
			"SELECT * FROM here JOIN shop.customer USING (id) FOR $strength OF customer $policy",
			"SELECT id FROM shop.customer ORDER BY odd(id) LIMIT 1 $lock",
			"SELECT id FROM parent ORDER BY odd(id) LIMIT 1 $lock",
			"SELECT id FROM parent WHERE odd(id) $lock",
			"BEGIN; DECLARE c CURSOR FOR SELECT id FROM shop.customer ORDER BY odd(id) $lock; FETCH 1 FROM c",
			"WITH c AS (SELECT id FROM shop.customer WHERE odd(id) $lock) DELETE FROM here USING c WHERE here.id = c.id")
		{
			my $error = fails($local, $sql, '0A000', qr/cannot lock rows of a data link with $policy/, $sql);
			like($error->{hint}, qr/\(SELECT now\(\)\)/, '... with a hint');
		}
		like(sent("SELECT id FROM shop.customer WHERE id < (SELECT extract(year FROM now())::int) LIMIT 1 $lock"), qr/LIMIT 1::bigint \Q$lock\E$/,
			"as the hint says: $lock");
		# All of the rows are wanted.
		is(run_sql($local, "SELECT id FROM shop.customer ORDER BY odd(id), id $lock"), "2\n1", "sorted here: $lock");
	}
}

done_testing();
