# FOR UPDATE NOWAIT and SKIP LOCKED on a link: what cannot be kept is refused, not left out.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($local, link_sql($remote, 'shop'));
run_sql($local, <<'END');
CREATE TABLE here (id int); INSERT INTO here VALUES (1), (2);
CREATE TABLE parent (id int, name text) PARTITION BY LIST (id);
ALTER TABLE parent ATTACH PARTITION shop.customer FOR VALUES IN (1, 2);
END

for my $strength ('UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE')
{
	for my $policy ('NOWAIT', 'SKIP LOCKED')
	{
		for my $sql ("SELECT id FROM shop.customer FOR $strength $policy",
			"SELECT * FROM shop.customer JOIN shop.item USING (id) FOR $strength $policy",
			"SELECT * FROM here JOIN shop.customer USING (id) FOR $strength OF customer $policy",
			"SELECT * FROM (SELECT * FROM shop.customer FOR $strength $policy) s WHERE id = 1",
			"SELECT id FROM parent FOR $strength $policy",
			"WITH c AS (SELECT id FROM shop.customer FOR $strength $policy)"
			  . ' DELETE FROM here USING c WHERE here.id = c.id')
		{
			my $error = fails($local, $sql, '0A000', qr/cannot lock rows of a data link with $policy/, $sql);
			ok($error->{hint}, '... with a hint');
		}
		is(error_of($local, "EXPLAIN SELECT id FROM shop.customer FOR $strength $policy")->{sqlstate},
			undef, "it can be explained: $strength $policy");
		is(run_sql($local, 'SELECT count(*) FROM (SELECT FROM here JOIN shop.customer USING (id)'
				  . " FOR $strength OF here $policy) s"), 2, "rows of local tables alone: $strength $policy");
	}
	is(run_sql($local, "SELECT count(*) FROM (SELECT FROM shop.customer FOR $strength) s"), 2,
		"without them: $strength");
}

done_testing();
