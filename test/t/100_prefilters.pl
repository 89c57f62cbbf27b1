# Conditions that stay here and are sent to the remote as well: no row may be lost, whatever is set
# on either side, and what the remote need not send must not come.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
my $table = <<'END';
CREATE TYPE kind AS ENUM ('open', 'paid', 'it''s\gone', 'rare');
CREATE TABLE orders (id int PRIMARY KEY, status kind, at timestamptz, ts timestamp, d date, name text,
	short varchar(20), n numeric, tags text[], what regtype DEFAULT 'int4');
SET timezone = 'UTC';
INSERT INTO orders SELECT i,
	CASE WHEN i % 1000 = 0 THEN 'rare' WHEN i % 7 = 0 THEN NULL WHEN i % 7 = 1 THEN E'it''s\\gone'
		WHEN i % 2 = 0 THEN 'open' ELSE 'paid' END::kind,
	CASE WHEN i % 11 > 0 THEN timestamptz '2026-10-24 00:00Z' + i * interval '10 minutes' END,
	CASE WHEN i % 13 > 0 THEN timestamp '2026-10-24 00:00' + i * interval '10 minutes' END,
	CASE WHEN i % 5 > 0 THEN date '2026-10-20' + i % 40 END,
	CASE WHEN i % 3 > 0 THEN 'name ' || i % 50 END, 'short ' || i % 20, i * 1.5,
	CASE WHEN i % 4 > 0 THEN ARRAY['a' || i % 3, 'b'] END
FROM generate_series(1, 4000) i;
END
run_sql($remote, $table . "GRANT ALL ON orders TO app; ALTER TYPE kind OWNER TO app; ALTER TABLE orders OWNER TO app;
	CREATE TABLE mark (n int); ALTER TABLE mark OWNER TO app;
	ALTER ROLE app SET timezone = 'Pacific/Apia'; ALTER ROLE app SET datestyle = 'SQL, DMY'; ANALYZE",
	dbname => 'orders');
run_sql($local, $table . <<'END');
ANALYZE;
CREATE TABLE labels (label kind);
INSERT INTO labels VALUES ('open'), ('rare'), (NULL);
CREATE FUNCTION recent() RETURNS timestamptz STABLE LANGUAGE plpgsql AS
	$$ BEGIN PERFORM FROM labels; RETURN '2026-10-25 00:30+00'; END $$;
CREATE FUNCTION dear() RETURNS timestamptz VOLATILE LANGUAGE plpgsql AS
	$$ BEGIN RETURN '2026-10-25 00:30+00'; END $$;
END
run_sql($local, link_sql($remote, 'p'));
run_sql($local, 'ANALYZE p.orders');

sub plan_of
{
	my ($sql, $set) = @_;
	return run_sql($local, ($set // '') . "EXPLAIN (VERBOSE, COSTS OFF) $sql");
}

# What is sent.
for (
	[ "status = 'rare'", q{(status = 'rare')} ],
	[ "status = 'it''s\\gone'", q{(status = E'it''s\\\\gone')}, ],
	[ "status <> 'open'", q{(status <> 'open')} ],
	[ "status IN ('open', 'rare')", q{(status = ANY ($1))} ],
	[ "status NOT IN ('open', 'rare')", q{(status <> ALL ($1))} ],
	[ 'status IS NULL', '(status IS NULL)' ],
	[ 'at > now()', '(at > $1::timestamp with time zone)' ],
	[ 'recent() >= at', '($1::timestamp with time zone >= at)' ],
	[ 'at < current_date', '(at < $1::timestamp with time zone)' ],
	[ 'ts > now()', q{(ts > $1::timestamp without time zone - '2 days'::interval)} ],
	[ 'd <= now()', '(d <= $1::date + 2)' ],
	[ "name LIKE current_setting('timezone')", '(name ~~ $1::text)' ],
	[ "short = current_setting('timezone')", '(short::text = $1::text)' ],
	[ "status = 'open' OR at > now()", q{((status = 'open') OR (at > $1::timestamp with time zone))} ],
	[ "status = 'open' OR (at > now() AND random() > 2)", q{((status = 'open') OR ((at > $1::timestamp with time zone)))} ],
	[ "at > now() AND n > 3", '(at > $1::timestamp with time zone) AND ((n > 3::numeric))' ],
  )
{
	my ($condition, $sent) = @$_;
	like(plan_of("SELECT id FROM p.orders WHERE $condition"), qr/Remote SQL: SELECT .* WHERE \Q$sent\E$/m, "$condition is sent");
}
for ("status > 'open'", 'at > dear()', 'random() > id', "status = 'open' OR random() > 2", "status::text = name",
	"at > recent() IS FALSE", "name COLLATE \"C\" < current_setting('timezone')",
	"at + '1 day' > now()", "what = current_setting('x.what', true)::regtype")
{
	unlike(plan_of("SELECT id FROM p.orders WHERE $_"), qr/Remote SQL:.*WHERE/, "$_ is not sent");
}
like(plan_of("SELECT id FROM p.orders WHERE status = 'open' ORDER BY id"), qr/WHERE \(status = 'open'\)/, 'with an order');
like(plan_of("SELECT id FROM p.orders WHERE status = 'open' FOR UPDATE"), qr/WHERE \(status = 'open'\) FOR UPDATE$/m,
	'before the lock clause');

# Against a twin, with whatever is set.
my @terms = ("status = 'open'", "status <> 'rare'", "status IN ('rare', 'paid')", "status NOT IN ('open')", 'status IS NULL',
	'status IS NOT NULL', "status = ANY (SELECT label FROM labels)", 'at > recent()', 'at <= recent()', 'recent() < at',
	"ts > recent()", 'ts <= recent()', 'recent() > ts', 'd >= recent()', 'd < recent()', 'recent() >= d',
	"at < '2026-10-26'::date + extract(year FROM now())::int - extract(year FROM now())::int", "ts >= recent()::timestamp",
	"name LIKE 'name ' || extract(month FROM recent())::text || '%'", "d::text = recent()::date::text", 'd = recent()::date',
	"short = 'short ' || extract(day FROM recent())::text", "n > extract(day FROM recent())",
	"name = ANY (ARRAY['name 1', 'name ' || extract(day FROM recent())::text])",
	"status = NULLIF(current_setting('x.label'), '')::kind", 'id < 300', 'id > random() - 1',
	"to_char(at, 'DD/MM') = to_char(recent(), 'DD/MM')", "at = recent()", 'ts = recent()', "tags = ARRAY['a1', 'b']",
	"name > 'name ' || current_setting('x.label')");
my $seed = $ENV{SEED} // int(rand(1e6));
note("SEED=$seed");
srand($seed);

sub term
{
	my ($depth) = @_;
	my $dice = int(rand(10));
	return $terms[ rand @terms ] if $depth == 0 || $dice < 5;
	return '(' . term($depth - 1) . ' AND ' . term($depth - 1) . ')' if $dice < 7;
	return '(' . term($depth - 1) . ' OR ' . term($depth - 1) . ')' if $dice < 9;
	return 'NOT (' . term($depth - 1) . ')';
}

sub same
{
	my ($set, $sql, $name) = @_;
	(my $twin = $sql) =~ s/\bp\.orders\b/orders/g;
	is(run_sql($local, "$set $sql"), run_sql($local, "$set $twin"), $name);
}

my @zones = ('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia');
my $rounds = $ENV{ROUNDS} // 40;
keep_sessions();
for my $round (1 .. $rounds)
{
	my $set = "SET timezone = '$zones[rand @zones]'; SET datestyle = '" . ('ISO', 'SQL, DMY', 'German', 'Postgres, MDY')[ rand 4 ]
	  . "'; SET x.label = '" . ('open', 'rare', '', "paid")[ rand 4 ] . "';";
	my $where = join ' AND ', map { term(2) } 1 .. 1 + rand 2;
	same($set, "SELECT count(*), sum(id), min(at), max(name) FROM p.orders WHERE $where", "round $round: $where");
}

# Parameters of every kind.
same('', "PREPARE q(kind, timestamptz) AS SELECT count(*), sum(id) FROM p.orders WHERE status = \$1 AND at > \$2 + (now() - now());"
	  . join('', map { "EXECUTE q('$_', '2026-10-25 00:00+00');" } qw(open paid rare open paid rare open rare)), 'a generic plan');
same('', 'SELECT label, c FROM labels, LATERAL (SELECT count(*) AS c FROM p.orders WHERE status = label OFFSET 0) o ORDER BY 1', 'lateral');
same('', "DO \$\$ DECLARE r record; l kind; c bigint := 0; BEGIN FOREACH l IN ARRAY enum_range(NULL::kind) LOOP
	FOR r IN SELECT * FROM p.orders WHERE status = l LOOP c := c * 7 % 1000003 + r.id; END LOOP; END LOOP;
	PERFORM set_config('x.sum', c::text, false); END \$\$; SELECT current_setting('x.sum')", 'PL/pgSQL');
same('', "SELECT a.id, b.id FROM p.orders a JOIN p.orders b ON a.status = b.status AND b.status = 'rare' WHERE a.at > recent() ORDER BY 1, 2", 'a join');

# What comes over, and is locked.
my $update = run_sql($local, "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) UPDATE p.orders SET n = n + 1 WHERE status = 'rare'");
like($update, qr/Remote Rows: 4\n/, 'an UPDATE fetches the rows that it changes');
is(run_sql($remote, 'SELECT count(*) FROM orders WHERE n <> id * 1.5', dbname => 'orders'), 4, 'and changes them');
my ($fetched) = run_sql($local, "EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) SELECT count(*) FROM p.orders WHERE at > timestamptz '2026-11-20' + (now() - now())") =~ /Remote Rows: (\d+)/;
cmp_ok($fetched, '<', 200, 'a scan fetches what it keeps');
my ($cost, $all) = map { run_sql($local, "EXPLAIN SELECT * FROM p.orders WHERE $_") =~ /cost=[\d.]+\.\.([\d.]+)/ ? $1 : die } "status = 'rare'", "status > 'rare'";
cmp_ok($cost, '<', $all, 'the planner knows');

# A label that the remote does not have: no wrong row, and a word of what mends it.
run_sql($local, "ALTER TYPE kind ADD VALUE 'new'");
my $error = fails($local, "SELECT count(*) FROM p.orders WHERE status = 'new'", '22P02', qr/invalid input value for enum/, 'a label of this side only');
like($error->{hint}, qr/datalink_diff/, 'has its hint');

done_testing();
