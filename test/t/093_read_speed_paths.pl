# What makes reads fast must not show: settings and statements that stay with a session stay with
# none of a pooler's, numbers of a decoder of our own are those of the server's, and rows that come
# in pieces are all there.

use strict;
use warnings;

use DataLinks;
use Pooler;
use Test::More;

my ($local, $remote) = start_nodes();
$remote->safe_psql('orders', <<'END');
SET ROLE app;
DROP VIEW spent;
CREATE VIEW prepared AS SELECT statement FROM pg_prepared_statements;
CREATE VIEW backend AS SELECT pg_backend_pid() AS pid;
CREATE VIEW setting AS SELECT name, setting FROM pg_settings WHERE name IN ('search_path', 'TimeZone',
	'DateStyle', 'IntervalStyle', 'extra_float_digits', 'cursor_tuple_fraction',
	'default_transaction_read_only');
CREATE FUNCTION forget() RETURNS int LANGUAGE plpgsql AS
	$$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END $$;
CREATE VIEW forgotten AS SELECT forget() AS done;
CREATE TABLE pieces AS SELECT i AS id, 'row ' || i AS name FROM generate_series(1, 3000) i;
CREATE TABLE many AS SELECT g AS k, i AS v
	FROM unnest('{1,99,100,101,102,1,250,3,0,3000,1,2}'::int[]) WITH ORDINALITY u (n, g), generate_series(1, n) i;
CREATE TABLE number (id int PRIMARY KEY, free numeric, two numeric(12,2), whole numeric(6,0));
INSERT INTO number SELECT i, n::numeric,
		CASE WHEN abs(n::numeric) < 1e9 THEN n::numeric END, CASE WHEN abs(n::numeric) < 1e5 THEN n::numeric END
	FROM unnest('{0,0.00,1,-1,9999,10000,10001,99990000,0.0001,0.00001,-0.00010001,1.25,1.20,-99999,
		999999999.99,1e-63,1e-64,1e-260,1e255,-1e255,1e256,1e259,1e260,1e1000,
		0.000000000000000000000000000000000000000000000000000000000000001,
		0.0000000000000000000000000000000000000000000000000000000000000010}'::text[])
	WITH ORDINALITY u (n, i);
INSERT INTO number SELECT 100 + i, r, r, r % 99999 FROM (SELECT i,
	(random() - 0.5)::numeric * (10 ^ (i % 10))::numeric AS r FROM generate_series(1, 500) i) s;
CREATE TABLE alike AS SELECT i AS id, i % 10 AS a, i % 10 AS b, i % 10 AS c FROM generate_series(1, 10000) i;
ANALYZE alike;
INSERT INTO number VALUES (1000, 'NaN', 'NaN', 'NaN'), (1001, NULL, NULL, NULL);
END
my @types = qw(int text numeric timestamptz bool bytea varchar(9) float8);
my $broad = join ', ', map { "c$_ $types[$_ % @types]" } 0 .. 149;
my @values = ('i', "'t \\\\ \"é' || i", 'i / 7.0', "now() - i * interval '1 hour'", 'i % 2 = 0', "'\\x00ff'::bytea", "'v' || i % 9", 'i / 3.0::float8');
my $values = join ', ', map { "CASE WHEN (i + $_) % 10 > 0 THEN $values[$_ % @values] END" } 0 .. 149;
$remote->safe_psql('orders', "SET ROLE app; CREATE TABLE broad ($broad); INSERT INTO broad SELECT $values FROM generate_series(1, 300) i");
run_sql($local, link_sql($remote, 'shop'));

# Both run in one session, and so in one of the remote's.
my $by_parameter = <<'END';
SET plan_cache_mode = force_generic_plan;
PREPARE by_id(int) AS SELECT name FROM shop.customer WHERE id = $1;
EXECUTE by_id(1);
EXECUTE by_id(2);
EXECUTE by_id(1);
END

# Those of more than 110 columns are read as text.
subtest 'rows of many columns' => sub {
	my $sum = 'SELECT count(*), md5(string_agg(b::text, chr(10) ORDER BY c0, c1, c2)) FROM (SELECT * FROM %s OFFSET 0) b';
	my $settings = "SET timezone = 'GMT'; SET extra_float_digits = 3;";
	is(run_sql($local, "$settings " . sprintf($sum, 'shop.broad')),
		$remote->safe_psql('orders', "$settings " . sprintf($sum, 'broad')), 'are those of the remote');
};

subtest 'a session of its own' => sub {
	is(run_sql($local, $by_parameter . 'SELECT statement FROM shop.prepared'),
		"Ada\nGrace\nAda\nSELECT name FROM public.customer WHERE ((id = \$1::integer))",
		'keeps what it has prepared');
	is(run_sql($local, $by_parameter . 'SELECT done FROM shop.forgotten; EXECUTE by_id(2);'),
		"Ada\nGrace\nAda\n1\nGrace", 'a statement that was thrown away there');
	is(run_sql($local, <<'END'), 'search_path=pg_catalog', 'settings hold between statements');
SELECT count(*) AS n FROM shop.customer \gset
SELECT name || '=' || setting FROM shop.setting WHERE name = 'search_path';
END
	is(run_sql($local, "SELECT setting FROM shop.setting WHERE name = 'cursor_tuple_fraction'"), '0.1',
		'the remote plans for somebody who may stop early, as for any cursor');
	my $many = join '', map { "PREPARE q$_(int) AS SELECT id FROM shop.pieces WHERE id = \$1 AND id < 10000 + $_;"
		  . "EXECUTE q$_($_);" } 1 .. 70;
	my $rows = run_sql($local, "SELECT count(*) AS n FROM shop.customer \\gset\n"
		  . "SET plan_cache_mode = force_generic_plan; $many SELECT count(*) <= 50 FROM shop.prepared");
	is($rows, join("\n", 1 .. 70, 't'), 'of many statements, some');
};

subtest 'a table that is altered under a prepared statement' => sub {
	$local->safe_psql('postgres', 'CREATE EXTENSION dblink');
	my $alter = sprintf "SELECT dblink_exec('%s', 'ALTER TABLE customer ALTER name TYPE %s');",
		connection($remote, 'app', 'orders') =~ s/'/''/gr, 'varchar(50)';
	is(run_sql($local, $by_parameter . $alter . 'EXECUTE by_id(1); EXECUTE by_id(2);'),
		"Ada\nGrace\nAda\nALTER TABLE\nAda\nGrace", 'is read as it is now');
};

subtest 'a query that has more rows than the planner thought' => sub {
	run_sql($remote, "ALTER ROLE app SET log_statement = 'all'");
	my ($since, $from) = (log_size($remote), 'FROM public\.alike WHERE');
	my $count = 'SELECT count(*) FROM (SELECT * FROM shop.alike WHERE a = 1 AND b = 1 AND c = 1 AND a + b = 2 OFFSET 0) q';
	is(run_sql($local, "$count; $count; $count"), "1000\n1000\n1000", 'has them all');
	is(() = log_of($remote, $since) =~ /execute \S+: SELECT .* $from/g, 1, '... the first time row by row');
	is(() = log_of($remote, $since) =~ /execute \S+: DECLARE \w+ NO SCROLL CURSOR FOR\s+SELECT .* $from/g, 2,
		'... then with a cursor');
	run_sql($remote, 'ALTER ROLE app RESET log_statement');
};

subtest 'rescans' => sub {
	my $counts = 'SELECT string_agg((SELECT count(v) FROM (SELECT * FROM shop.many WHERE k = g OFFSET 0) r)::text,'
	  . " ' ' ORDER BY g) FROM generate_series(1, 12) g";
	my $expected = '1 99 100 101 102 1 250 3 0 3000 1 2';
	my $kept = "SELECT statement FROM shop.prepared WHERE statement LIKE '%LIMIT 101'";
	my $alter = sprintf "SELECT dblink_exec('%s', 'ALTER TABLE many ALTER v TYPE bigint');",
		connection($remote, 'app', 'orders') =~ s/'/''/gr;
	is(run_sql($local, "$counts; $counts; $kept; $alter $counts; $counts; $kept"), join("\n", $expected, $expected,
			'SELECT * FROM (SELECT v FROM public.many WHERE ((k = $1::integer))) rows LIMIT 101',
			'ALTER TABLE', $expected, $expected,
			'SELECT * FROM (SELECT v FROM public.many WHERE ((k = $1::integer))) rows LIMIT 101'),
		'have all rows, few or many, and also after the table was altered');
	is(run_sql($local, <<'END'), '1 4950 5050 5151 5253 1 31375 6 - 4501500 1 3|12', 'beside another scan, and stopped early');
SELECT string_agg(coalesce(s::text, '-'), ' ' ORDER BY p.id), count(*)
	FROM (SELECT * FROM shop.pieces WHERE id <= 12 AND random() >= 0 OFFSET 0) p,
		LATERAL (SELECT sum(v) AS s FROM (SELECT * FROM shop.many WHERE k = p.id OFFSET 0) r) c,
		LATERAL (SELECT EXISTS (SELECT FROM shop.many m WHERE m.k = p.id AND random() >= 0) AS e) x;
END
	is(run_sql($local, <<'END'), "5", 'an error in one, and the next');
DO $$ BEGIN PERFORM (SELECT sum(1 / (v - 99)) FROM (SELECT * FROM shop.many WHERE k = g OFFSET 0) r)
	FROM generate_series(1, 12) g; EXCEPTION WHEN division_by_zero THEN NULL; END $$;
SELECT count(*) FROM generate_series(1, 12) g, LATERAL (SELECT FROM shop.many WHERE k = g AND v = 100 OFFSET 0) r;
END
};

subtest 'numbers' => sub {
	run_sql($local, 'CREATE TABLE here (id int, free numeric, two numeric(12,2), whole numeric(6,0))');
	$local->safe_psql('postgres', "COPY here FROM STDIN;\n"
		  . $remote->safe_psql('orders', 'COPY number TO STDOUT') . "\n\\.\n");
	my $in_memory = 'md5(string_agg(numeric_send(free)::text || numeric_send(two)::text'
	  . ' || numeric_send(whole)::text, NULL ORDER BY id))';
	is(run_sql($local, "SELECT count(*),"
			  . ' bool_and(n.free = h.free AND hash_numeric(n.free) = hash_numeric(h.free)),'
			  . ' bool_and(n.two = h.two AND n.two::text = h.two::text),'
			  . ' bool_and(n.whole = h.whole AND n.whole::text = h.whole::text),'
			  . ' bool_and(n.free::text = h.free::text)'
			  . ' FROM (SELECT * FROM shop.number OFFSET 0) n JOIN here h USING (id)'),
		"528|t|t|t|t", 'are those that were sent');
	is(run_sql($local, 'SELECT sum(size) FROM (SELECT pg_column_size(free) AS size FROM shop.number OFFSET 0) n'),
		run_sql($local, 'SELECT sum(pg_column_size(free::text::numeric)) FROM here'), 'in the shortest form');
	is(run_sql($local, "SELECT $in_memory FROM (SELECT * FROM shop.number OFFSET 0) n"),
		run_sql($local, "SELECT $in_memory FROM here"), 'to the last digit');
	run_sql($local, 'ALTER FOREIGN TABLE shop.number ALTER two TYPE numeric(4,2)');
	is(error_of($local, 'SELECT sum(two), sum(free) FROM shop.number')->{sqlstate}, undef,
		'that are computed there');
	fails($local, 'SELECT two FROM shop.number', '22003', qr/numeric field overflow/,
		'that do not fit the table here');
};

subtest 'pieces' => sub {
	for my $rows (0, 1, 49, 50, 51, 99, 100, 101, 299, 300, 301, 499, 500, 501, 2099, 2100, 2101, 3000)
	{
		is(run_sql($local, "SELECT count(*), max(id), min(id), count(DISTINCT name)"
				  . " FROM (SELECT * FROM shop.pieces WHERE id <= $rows AND random() >= 0) p"),
			$rows ? "$rows|$rows|1|$rows" : '0|||0', "$rows rows");
		next unless $rows;
		is(run_sql($local, 'SELECT count(*) FROM (SELECT * FROM shop.pieces WHERE random() >= 0'
				  . " LIMIT $rows) p; SELECT name FROM shop.customer WHERE id = 1"),
			"$rows\nAda", "... the first of all, and another query behind them");
	}
};

SKIP:
{
	my $pooler = Pooler->new($remote, 'orders') or skip 'no PgBouncer is installed';
	my $other = $pooler->connection('orders');
	my $initial = run_sql($remote, "SELECT string_agg(setting, ' ' ORDER BY name) || '|0|0|t' FROM setting",
		role => 'app', dbname => 'orders');

	# What another client of the pool finds in the one backend, while the link's session still stands.
	my $left = sub {
		my ($sql) = @_;
		my @lines = split /\n/, run_sql($local, <<"END");
$sql;
SELECT pid FROM pooled.backend;
SELECT * FROM dblink('$other', \$\$ SELECT pg_backend_pid(), (SELECT string_agg(setting, ' ' ORDER BY name)
	FROM setting), (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors),
	xact_start = query_start FROM pg_stat_activity WHERE pid = pg_backend_pid() \$\$)
	AS found (pid int, settings text, prepared int, cursors int, alone bool);
END
		my ($pid, $found) = splice @lines, -2;
		is($found =~ s/^\Q$pid\E\|//r, $initial, join ' ', 'nothing is left behind:', @lines);
		return join ' ', @lines;
	};

	subtest 'behind a pooler' => sub {
		run_sql($local, link_sql($remote, 'pooled', undef, port => $pooler->port));
		is($left->($by_parameter =~ s/shop/pooled/r . 'SELECT statement FROM pooled.prepared'),
			'Ada Grace Ada', 'nothing is prepared');
		is($left->('SELECT count(p.name) FROM generate_series(1, 200) g,'
				  . ' LATERAL (SELECT * FROM pooled.pieces WHERE id = g OFFSET 0) p'), 200, 'rescans');
		is($left->('SELECT count(*) FROM (SELECT * FROM pooled.pieces OFFSET 0) p'), 3000, 'pieces');
		is($left->('SELECT count(*) FROM (SELECT * FROM pooled.pieces WHERE random() >= 0 LIMIT 5) p'),
			5, 'a stop');
		is($left->('DO $$ BEGIN PERFORM id / (id - 1) FROM pooled.pieces;'
				  . ' EXCEPTION WHEN division_by_zero THEN NULL; END $$'), '', 'an error');
	};
	$pooler->stop;
}

done_testing();
