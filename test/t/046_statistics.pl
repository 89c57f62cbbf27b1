# The planner knows of a link's tables what the remote knows, and believes no lie: estimates are those
# of the remote, whatever it says every query goes on, and a ROLLBACK takes all of it back.

use strict;
use warnings;

use DataLinks;
use JSON::PP;
use Test::More;

my ($local, $remote) = start_nodes('autovacuum = off');
$remote->append_conf('postgresql.conf', "autovacuum = off\nallow_system_table_mods = on");
$remote->restart;

$remote->safe_psql('orders', <<'END');
SET ROLE app;
CREATE TYPE mood AS ENUM ('low', 'mid', 'high');
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE DOMAIN smaller AS small;
CREATE TABLE fact (id int PRIMARY KEY, name text, exact text COLLATE "C", feeling mood, domain_of small,
	nested smaller, numbers int[], tags text[], feelings mood[], words tsvector, half int, price numeric(10,2));
INSERT INTO fact SELECT i, 'name ' || i % 50, chr(65 + i % 2 * 32 + i % 26) || i % 26,
		(ARRAY['low','low','low','mid','mid','high'])[1 + i % 6]::mood, i % 7, i % 3, ARRAY[i % 5, i % 3],
		ARRAY['x' || i % 4, 'y'], ARRAY['low', (ARRAY['mid','high'])[1 + i % 2]]::mood[],
		to_tsvector('simple', 'foo bar' || i % 9), CASE WHEN i % 4 = 0 THEN i END, i % 1000 / 7.0
	FROM generate_series(1, 20000) i;
CREATE TABLE part (id int, kind int) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (5000);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (5000) TO (20001);
INSERT INTO part SELECT i, i % 10 FROM generate_series(1, 20000) i;
CREATE TABLE loose (LIKE part);
CREATE TABLE loose_1 () INHERITS (loose);
INSERT INTO loose SELECT * FROM part WHERE id < 100;
INSERT INTO loose_1 SELECT * FROM part WHERE id >= 100;
CREATE TABLE leaves (id int, kind int) PARTITION BY RANGE (id);
CREATE TABLE leaves_1 PARTITION OF leaves FOR VALUES FROM (0) TO (5000);
CREATE TABLE leaves_2 PARTITION OF leaves FOR VALUES FROM (5000) TO (20001);
INSERT INTO leaves SELECT * FROM part;
CREATE TABLE never (id int, name text);
INSERT INTO never SELECT id, name FROM fact;
CREATE TABLE nothing (id int);
CREATE TABLE guarded (id int, name text);
INSERT INTO guarded SELECT id, name FROM fact;
CREATE MATERIALIZED VIEW stored AS SELECT * FROM fact;
CREATE VIEW seen AS SELECT * FROM fact;
END
$remote->safe_psql('orders', 'ANALYZE fact, part, loose, loose_1, leaves_1, leaves_2, nothing, guarded, stored, customer');
my $create = link_sql($remote, 'shop', 'create_types => true');
run_sql($local, $create);

# How many rows the planner expects.
sub expected
{
	my ($node, $sql, %given) = @_;
	return decode_json(run_sql($node, "EXPLAIN (FORMAT JSON) $sql", %given))->[0]{Plan}{'Plan Rows'};
}

# The rows of the local pg_stats, by column.
my @statistics = qw(null_frac avg_width n_distinct most_common_vals most_common_freqs histogram_bounds
  correlation most_common_elems most_common_elem_freqs elem_count_histogram);
sub statistics_of
{
	my ($node, $schema, $table, %given) = @_;
	my $columns = join ', ', map { "coalesce($_\::text, '-')" } @statistics;
	return run_sql($node, "SELECT attname, $columns FROM pg_stats WHERE schemaname = '$schema'"
		  . " AND tablename = '$table' ORDER BY attname", %given);
}
my @there = (dbname => 'orders');

subtest 'estimates are the remote\'s' => sub {
	for my $query (
		'fact', 'part', 'loose', 'leaves', 'never', 'nothing', 'stored', 'guarded',
		"fact WHERE name = 'name 7'", "fact WHERE name > 'name 3'", 'fact WHERE id < 5000', 'fact WHERE id = 7',
		"fact WHERE exact > 'a'", "fact WHERE exact < 'G'", "fact WHERE feeling = 'low'", "fact WHERE feeling > 'low'",
		'fact WHERE domain_of = 3', 'fact WHERE nested = 1', "fact WHERE numbers \@> '{3}'", "fact WHERE numbers && '{4,1}'",
		"fact WHERE numbers = '{0,0}'", "fact WHERE tags \@> '{x3}'", "fact WHERE 'x2' = ANY (tags)",
		"fact WHERE numbers <\@ '{1,2,3}'", "fact WHERE feelings \@> '{mid}'", "fact WHERE words \@\@ 'bar3'",
		'fact WHERE half IS NULL', 'fact WHERE half > 15000', 'fact WHERE price BETWEEN 10 AND 20', "fact WHERE name LIKE 'name 1%'",
		'part WHERE kind = 3', 'part WHERE id > 15000', 'loose WHERE kind = 3', 'loose WHERE id > 15000',
		"stored WHERE feeling = 'high'", "stored WHERE numbers \@> '{3}'")
	{
		my $here = expected($local, "SELECT * FROM shop.$query");
		my $truth = expected($remote, "SELECT * FROM $query", @there);
		cmp_ok(abs(log($here / $truth)), '<=', log(2) + 0.001, "$query: $here, there $truth");
	}
	is(run_sql($local, "SELECT reltuples, relpages FROM pg_class WHERE oid = 'shop.seen'::regclass"), '-1|0',
		'of a view nothing is known');
};

# Of what stands outside of its rows, ANALYZE counts the pointer: 18 bytes.
subtest 'wide values' => sub {
	$remote->safe_psql('orders', <<'END');
SET ROLE app;
CREATE TABLE wide (id int, name text, body bytea);
ALTER TABLE wide ALTER body SET STORAGE EXTERNAL;
INSERT INTO wide SELECT i, 'name ' || i, decode(repeat('00', 1000000), 'hex') FROM generate_series(1, 90) i;
END
	$remote->safe_psql('orders', 'VACUUM ANALYZE wide');
	run_sql($local, link_sql($remote, 'wide', "only_tables => '{wide}'"));
	my ($name, $body) = split /\n/, run_sql($local, "SELECT avg_width FROM pg_stats WHERE schemaname = 'wide' AND attname <> 'id' ORDER BY attname DESC");
	cmp_ok($name, '<', 10, 'a narrow column is as wide as it is');
	cmp_ok($body, '>=', 900_000, 'a wide one as the remote has outside of its rows');
	my $peak = "SELECT substring(pg_read_file('/proc/self/status', 0, 10000, true) FROM 'VmHWM:\\s*(\\d+) kB')";
	my ($before, $sum, $after) = split /\n/, run_sql($local, "$peak; SELECT sum(length(body)) FROM"
		  . " (SELECT body FROM wide.wide OFFSET 0) w; $peak");
	is($sum, 90_000_000, 'all of it is read');
	cmp_ok($after - $before, '<', 64 * 1024, 'and takes no more than 64 MB of memory') if $before;

	# A refresh that has asked for statistics, and finds something else to do first, asks again.
	$remote->safe_psql('orders', 'ALTER TABLE wide ADD more int');
	is(run_sql($local, "SELECT object, change FROM datalink_refresh('wide')"), 'wide.wide.more|column added', 'a refresh');
	run_sql($local, "SELECT datalink_drop('wide')");
};

subtest 'joins of one link' => sub {
	my %joins = (
		"few with many" => ["shop.fact f JOIN shop.guarded g USING (id) WHERE f.id < 100", 1],
		"many with many" => ["shop.fact f JOIN shop.guarded g USING (id)", 1],
		"an outer join" => ["shop.fact f LEFT JOIN shop.guarded g ON f.id = g.id WHERE f.half = 40", 1],
		"three tables" => ["shop.fact f JOIN shop.guarded g USING (id) JOIN shop.stored s USING (id) WHERE f.domain_of = 3", 1],
		"what makes more rows than there are" => ["shop.fact f JOIN shop.guarded g ON f.name = g.name", 0]);
	for my $name (sort keys %joins)
	{
		my ($join, $shipped) = @{ $joins{$name} };
		my $relations = () = run_sql($local, "EXPLAIN SELECT * FROM $join") =~ /Relations: /g;
		is($relations, $shipped, "$name: " . ($shipped ? 'on the remote' : 'here'));
	}
};

subtest 'values of every type' => sub {
	my %values = (
		boolean => 'i % 2 = 0', '"char"' => q{chr(65 + i % 26)::"char"}, name => q{('n "' || i % 9)::name},
		smallint => 'i', integer => 'i % 3', bigint => 'i * 10000000000', oid => 'i::oid', real => 'i / 7.0',
		'double precision' => 'i % 10 / 7.0', numeric => q{CASE i % 100 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' ELSE (i / 7.0)::text END::numeric},
		'numeric(10,2)' => 'i % 5', money => 'i % 17 * 1.25', text => q{'a,{b}\\"c' || i % 5}, 'varchar(20)' => q{'NULL'},
		'char(10)' => q{'x' || i % 3}, bytea => q{decode(md5((i % 5)::text), 'hex')}, date => q{'0044-03-15 BC'::date + i},
		time => q{'10:00'::time + i * interval '1 s'}, timetz => q{'10:00+02'::timetz + i % 5 * interval '1 s'},
		timestamp => q{'2020-02-03'::timestamp + i % 5 * interval '1 day'}, timestamptz => q{'2020-02-03 UTC'::timestamptz + i * interval '1 day'},
		interval => q{i % 7 * interval '-1 year 2 mons -3 days 04:05:06.7'}, inet => q{'10.0.0.1/8'::inet + i}, cidr => q{'10.0.0.0/8'::cidr},
		macaddr => q{'08:00:2b:01:02:03'::macaddr}, macaddr8 => q{'08:00:2b:01:02:03:04:05'::macaddr8}, uuid => q{md5(i::text)::uuid},
		'bit(4)' => 'i % 16', 'bit varying' => q{B'101'}, pg_lsn => q{'0/0'::pg_lsn + i}, xid8 => q{i::text::xid8},
		tid => q{format('(0,%s)', i % 5 + 1)::tid}, jsonb => q{jsonb_build_object('k"', i % 5)}, json => q{'{}'}, xml => q{'<a/>'}, point => 'point(i, i)',
		tsvector => q{to_tsvector('simple', 'it''s \\ a' || i % 5)}, tsquery => q{'a & b'}, int4range => 'int4range(i, i + 5)',
		int8multirange => q{'{[1,3)}'}, 'integer[]' => 'ARRAY[i % 3, NULL]', 'text[]' => q{ARRAY['a"', NULL, '{,}', 'NULL']}, 'timestamptz[]' => q{ARRAY['2020-02-03 UTC'::timestamptz + i % 5 * interval '1 day']},
		'interval[]' => q{ARRAY[i % 5 * interval '-1 month 3 days']}, regclass => q{'pg_class'::regclass}, oidvector => q{'1 2'}, int2vector => q{'1 2'},
		'mood' => q{'mid'::mood}, 'mood[]' => q{'{mid,low}'});
	my @types = sort keys %values;
	my $columns = join ', ', map { "c$_ $types[$_]" } 0 .. $#types;
	my $expressions = join ', ', map { "CASE WHEN i % 10 > 0 THEN ($values{$types[$_]})::$types[$_] END" } 0 .. $#types;
	$remote->safe_psql('orders', "CREATE TABLE every ($columns); ALTER TABLE every OWNER TO app;"
		  . " INSERT INTO every SELECT $expressions FROM generate_series(1, 1000) i; ANALYZE every;"
		  . " ALTER ROLE app SET datestyle = 'SQL, DMY'; ALTER ROLE app SET intervalstyle = 'sql_standard';"
		  . " ALTER ROLE app SET extra_float_digits = -3; ALTER ROLE app SET bytea_output = 'escape'; ALTER ROLE app SET timezone = 'Asia/Kolkata'");
	my $messages = messages_of($local, "SET datestyle = 'German'; SET intervalstyle = 'sql_standard'; SET timezone = 'America/Caracas';"
		  . ' SET client_min_messages = debug1;' . link_sql($remote, 'types', "only_tables => '{every}'"));
	unlike($messages, qr/not taken over/, 'none is refused');
	my @here = split /\n/, statistics_of($local, 'types', 'every');
	my @far = split /\n/, statistics_of($remote, 'public', 'every', @there);
	is(scalar @far, scalar @types, 'the remote has statistics of all');
	is($here[$_], $far[$_], 'the same of ' . $types[ $far[$_] =~ /\Ac(\d+)/ ? $1 : die ]) for 0 .. $#far;
	my $slots = q{SELECT staattnum, stakind1, stakind2, stakind3, stakind4, staop1, staop2, staop3, staop4, stacoll1, stacoll2, stacoll3,
		stacoll4 FROM pg_statistic JOIN pg_attribute ON attrelid = starelid AND attnum = staattnum WHERE starelid = '%s'::regclass AND
		atttypid < 10000 AND atttypid::regtype::text !~ 'range' ORDER BY 1};
	is(run_sql($local, sprintf $slots, 'types.every'), run_sql($remote, sprintf($slots, 'every'), @there),
		'with the operators and collations with which ANALYZE stores them');
	run_sql($local, "SELECT datalink_drop('types')");
	$remote->safe_psql('orders', 'ALTER ROLE app RESET ALL; DROP TABLE every');
};

subtest 'a transaction' => sub {
	my $state = "SELECT reltuples, relpages, (SELECT count(*) FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'fact'),"
	  . " (SELECT n_distinct FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'fact' AND attname = 'half')"
	  . " FROM pg_class WHERE oid = 'shop.fact'::regclass";
	my $before = run_sql($local, $state);
	$remote->safe_psql('orders', 'INSERT INTO fact (id, half) SELECT i, 1 FROM generate_series(20001, 90000) i; ANALYZE fact');
	my $within = run_sql($local, "BEGIN; SELECT datalink_analyze('shop'); $state; ROLLBACK; $state");
	like($within, qr/\A\d+\n90000\|.*\n\Q$before\E\z/, 'a ROLLBACK leaves what there was');
	run_sql($local, "SELECT * FROM datalink_refresh('shop')");
	like(run_sql($local, $state), qr/\A90000\|/, 'a refresh brings them up, with no other change');
	my $rows = "SELECT string_agg(xmin || ' ' || ctid, ',' ORDER BY ctid) FROM pg_statistic; SELECT xmin FROM pg_class WHERE oid = 'shop.fact'::regclass;";
	is(run_sql($local, "SELECT * FROM datalink_refresh('shop'); SELECT datalink_analyze('shop') > 5; $rows"),
		"t\n" . run_sql($local, $rows), 'what has not changed is not written again');
	is(run_sql($local, "BEGIN; SELECT datalink_analyze('shop') > 5; SELECT count(*) FROM pg_locks WHERE relation = 'shop.fact'::regclass;"
			  . "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND mode = 'ShareUpdateExclusiveLock'; COMMIT"),
		"t\n0\n0", 'nor locked');
	is(run_sql($local, "ANALYZE shop.customer; UPDATE pg_statistic SET stawidth = 77 WHERE starelid = 'shop.fact'::regclass AND staattnum = 1;"
			  . " SELECT avg_width FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'fact' AND attname = 'id';"
			  . " SELECT datalink_analyze('shop') > 5;"
			  . " SELECT avg_width FROM pg_stats WHERE schemaname = 'shop' AND tablename = 'fact' AND attname = 'id'"),
		"77\nt\n4", 'one\'s own count until the next time');
	like(run_sql($local, "BEGIN; SELECT datalink_drop('shop'); $create; $state; SELECT datalink_analyze('shop') > 5; $state; ROLLBACK; $state"),
		qr/\nshop\n(90000.*)\nt\n\1\n\1\z/, 'created and analysed in one transaction');
};

subtest 'other sessions' => sub {
	$local->safe_psql('postgres', 'CREATE EXTENSION dblink');
	my $other = $local->connstr('postgres') =~ s/'/''/gr;
	my $changed = 'INSERT INTO fact (id) SELECT 1 + max(id) FROM fact; ANALYZE fact; ANALYZE guarded; DELETE FROM guarded WHERE id = (SELECT max(id) FROM guarded); ANALYZE guarded';
	my $tuples = "SELECT reltuples FROM pg_class WHERE oid = 'shop.fact'::regclass";
	for my $statement ('ANALYZE shop.fact (id)', 'GRANT SELECT ON shop.fact TO pg_monitor',
		'ALTER TABLE shop.fact ALTER id SET STATISTICS 7')
	{
		$remote->safe_psql('orders', $changed);
		my $before = run_sql($local, $tuples);
		my $messages = messages_of($local, "SELECT dblink_connect('o', '$other'), dblink_exec('o', 'BEGIN'), dblink_exec('o', '$statement');"
			  . "SET lock_timeout = '5s'; SELECT datalink_analyze('shop'); SELECT dblink_exec('o', 'COMMIT');");
		like($messages, qr/NOTICE:.*1 tables of data link "shop" keep their old statistics/, "$statement: the table is left out");
		unlike($messages, qr/ERROR/, 'and nobody fails');
		run_sql($local, "SELECT datalink_analyze('shop')");
		cmp_ok(run_sql($local, $tuples), '>', $before - 1, 'and had the next time');
	}
};

subtest 'without rights there' => sub {
	make_role($remote, 'guest');
	$remote->safe_psql('orders', <<'SQL');
GRANT USAGE ON SCHEMA public TO guest;
GRANT SELECT (id) ON guarded TO guest;
GRANT SELECT ON part TO guest;
ALTER TABLE part ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON loose TO guest;
SQL
	my $messages = messages_of($local, "SET client_min_messages = debug1; " . link_sql($remote, 'guest',
			"only_tables => '{guarded,part,loose,fact}'", role => 'guest'));
	like($messages, qr/statistics of "$_\.\*" in data link "guest" are not taken over: .* none for this role/, "$_: DEBUG1 says so")
	  for qw(fact part);
	is(run_sql($local, "SELECT string_agg(tablename || '.' || attname, ' ' ORDER BY tablename, attname) FROM pg_stats WHERE schemaname = 'guest'"),
		'guarded.id loose.id loose.kind', 'what the role may see');
	is(expected($local, 'SELECT * FROM guest.part'), 20000, 'the size is no secret');
	run_sql($local, "SELECT datalink_drop('guest')");
	$remote->safe_psql('orders', 'ALTER TABLE part DISABLE ROW LEVEL SECURITY; REVOKE SELECT ON pg_stats FROM PUBLIC');
	like(messages_of($local, link_sql($remote, 'blind')), qr/NOTICE: .*the remote's statistics could not be read\nDETAIL:  permission denied for view pg_stats\nHINT:.*datalink_analyze\('blind'\)/,
		'no statistics at all: a creation says so');
	is(link_of($local, 'blind')->{state}, 'valid', 'and succeeds');
	like(messages_of($local, "SELECT * FROM datalink_refresh('blind')"), qr/NOTICE: .*statistics could not be read/, 'so does a refresh');
	fails($local, "SELECT datalink_analyze('blind')", '42501', qr/permission denied for view pg_stats/, 'datalink_analyze fails');
	run_sql($local, "SELECT datalink_drop('blind')");
	$remote->safe_psql('orders', 'GRANT SELECT ON pg_stats TO PUBLIC');
};

subtest 'without rights here' => sub {
	make_role($local, 'other');
	fails($local, "SELECT datalink_analyze('shop')", '42501', qr/must be owner/, 'another role', role => 'other');
	fails($local, "SELECT datalink_analyze('none')", '42704', undef, 'no link');
	fails($local, 'SELECT datalink_analyze(NULL)', '22004', undef, 'NULL');
	fails($local, "BEGIN READ ONLY; SELECT datalink_analyze('shop')", '25006', undef, 'a read-only transaction');
};

subtest 'columns that differ' => sub {
	run_sql($local, 'ALTER FOREIGN TABLE shop.fact RENAME name TO title; ALTER FOREIGN TABLE shop.fact ALTER title OPTIONS (ADD column_name \'name\');'
		  . 'ALTER FOREIGN TABLE shop.fact ALTER id TYPE bigint; ALTER FOREIGN TABLE shop.fact DROP half; ALTER FOREIGN TABLE shop.guarded RENAME TO watched');
	run_sql($local, 'DELETE FROM pg_statistic');
	my $messages = messages_of($local, "SET client_min_messages = debug1; SELECT datalink_analyze('shop')");
	like($messages, qr/statistics of "fact.id" .*: its type is another here/, 'another type');
	like($messages, qr/statistics of "fact.half" .*: there is no such column here/, 'no such column');
	is(expected($local, "SELECT * FROM shop.fact WHERE title = 'name 7'") > 100, 1, 'a column that was renamed here');
	cmp_ok(expected($local, "SELECT * FROM shop.watched WHERE name = 'name 7'"), '>', 300, 'and a table');
	run_sql($local, "SELECT datalink_drop('shop')");
};

subtest 'another order of text' => sub {
	my $icu = $local->safe_psql('postgres', "SELECT count(*) FROM pg_collation WHERE collname = 'en-x-icu'");
	plan skip_all => 'no ICU here' unless $icu;
	$local->safe_psql('postgres', "CREATE DATABASE other TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en'");
	run_sql($local, 'CREATE EXTENSION datalinks', dbname => 'other');
	$remote->safe_psql('orders', 'SET ROLE app; CREATE TABLE sorted AS SELECT chr(65 + i % 2 * 32 + i % 26) || i AS name,'
		  . ' ARRAY[chr(65 + i % 2 * 32 + i % 26)] AS tags FROM generate_series(1, 10000) i; ANALYZE sorted');
	my $messages = messages_of($local, 'SET client_min_messages = debug1;' . link_sql($remote, 'text', "only_tables => '{sorted}'"), dbname => 'other');
	unlike($messages, qr/not taken over/, 'nothing is refused');
	for my $condition ("name < 'm'", "name > 'X'", "name BETWEEN 'b' AND 'd'")
	{
		my $truth = run_sql($local, "SELECT count(*) FROM (SELECT * FROM text.sorted OFFSET 0) s WHERE $condition", dbname => 'other');
		my $here = expected($local, "SELECT * FROM text.sorted WHERE $condition", dbname => 'other');
		cmp_ok(abs(log($here / $truth)), '<=', log 2, "$condition: $here of $truth");
	}
	my $here = expected($local, "SELECT * FROM text.sorted WHERE tags \@> '{b}'", dbname => 'other');
	my $truth = $remote->safe_psql('orders', "SELECT count(*) FROM sorted WHERE tags \@> '{b}'");
	cmp_ok(abs(log($here / $truth)), '<=', log 2, "elements: $here of $truth");
};

# A remote whose pg_stats is a table of lies.
subtest 'lies' => sub {
	make_role($remote, 'evil', 'SUPERUSER');
	$remote->safe_psql('postgres', 'CREATE DATABASE lies');
	$remote->safe_psql('lies', <<'SQL');
CREATE TABLE fact (i int, t text, n text[], m tsvector, f float8, b bytea);
INSERT INTO fact SELECT i, i, ARRAY[i], to_tsvector('simple', i::text), i FROM generate_series(1, 1000) i;
ANALYZE fact;
ALTER VIEW pg_catalog.pg_stats RENAME TO pg_true_stats;
CREATE TABLE pg_catalog.pg_stats (schemaname name DEFAULT 'public', tablename name DEFAULT 'fact', attname name, inherited bool DEFAULT false,
	null_frac text DEFAULT '0', avg_width text DEFAULT '4', n_distinct text DEFAULT '-1', most_common_vals text, most_common_freqs text,
	histogram_bounds text, correlation text, most_common_elems text, most_common_elem_freqs text, elem_count_histogram text);
SQL
	run_sql($local, link_sql($remote, 'lies', undef, role => 'evil', dbname => 'lies'));
	my $lie = sub {
		my ($what, $column, $values, $objection) = @_;
		my %values = (attname => $column, %$values);
		my @names = sort keys %values;
		$remote->safe_psql('lies', 'DELETE FROM pg_stats; INSERT INTO pg_stats (' . join(', ', @names) . ') VALUES ('
			  . join(', ', map { my $v = $values{$_} =~ s/'/''/gr; "'$v'" } @names) . ')');
		my $messages = messages_of($local, "SET client_min_messages = debug1; SELECT datalink_analyze('lies')");
		like($messages, qr/statistics of "fact\.$column" in data link "lies" are not taken over: $objection/, "$what: refused");
		unlike($messages, qr/ERROR|WARNING/, 'without an error');
		is(run_sql($local, "SELECT count(*) FROM pg_statistic WHERE starelid = 'lies.fact'::regclass"), 0, 'nothing is stored');
	};
	my ($no_share, $no_list, $unlike) = (qr/its share of NULLs/, qr/its most common values are no list/, qr/its most common values and their frequencies are not alike/);
	$lie->('a share of NULLs of 2', 'i', { null_frac => 2 }, $no_share);
	$lie->('one that is no number', 'i', { null_frac => 'NaN' }, $no_share);
	$lie->('a negative one', 'i', { null_frac => -0.5 }, $no_share);
	$lie->('a word', 'i', { null_frac => '0x' }, $no_share);
	$lie->('infinitely many values', 'i', { n_distinct => 'Infinity' }, qr/its number of distinct/);
	$lie->('less than all distinct', 'i', { n_distinct => -2 }, qr/its number of distinct/);
	$lie->('a negative width', 'i', { avg_width => -1 }, qr/its width/);
	$lie->('a NULL among the values', 't', { most_common_vals => '{NULL,hot}', most_common_freqs => '{0.1,0.1}' }, $no_list);
	$lie->('two dimensions', 't', { most_common_vals => '{{a,b}}', most_common_freqs => '{0.1,0.1}' }, $no_list);
	$lie->('no array', 't', { most_common_vals => 'a', most_common_freqs => '{0.1}' }, $no_list);
	$lie->('more values than frequencies', 't', { most_common_vals => '{a,b}', most_common_freqs => '{0.1}' }, $unlike);
	$lie->('no frequencies', 't', { most_common_vals => '{a,b}' }, $unlike);
	$lie->('frequencies alone', 't', { most_common_freqs => '{0.1}' }, $unlike);
	$lie->('a frequency of NaN', 't', { most_common_vals => '{a}', most_common_freqs => '{NaN}' }, qr/a frequency is none/);
	$lie->('a frequency above 1', 't', { most_common_vals => '{a}', most_common_freqs => '{1.5}' }, qr/a frequency is none/);
	$lie->('a frequency of NULL', 't', { most_common_vals => '{a}', most_common_freqs => '{NULL}' }, qr/a frequency is none/);
	$lie->('more than the whole', 't', { most_common_vals => '{a,b}', most_common_freqs => '{0.7,0.7}' }, qr/its frequencies are more than the whole/);
	$lie->('the same with NULLs', 't', { null_frac => 0.5, most_common_vals => '{a}', most_common_freqs => '{0.7}' }, qr/its frequencies are more than the whole/);
	$lie->('values without an end', 'i', { most_common_vals => '{' . join(',', 1 .. 10001) . '}',
			most_common_freqs => '{' . join(',', (0) x 10001) . '}' }, $no_list);
	$lie->('too long a list', 't', { most_common_vals => '{' . 'a' x 1_000_001 . '}', most_common_freqs => '{0.1}' }, $unlike);
	$lie->('no value of the type', 'i', { most_common_vals => '{a}', most_common_freqs => '{0.1}' }, qr/invalid input syntax for type integer/);
	$lie->('out of its range', 'i', { most_common_vals => '{99999999999}', most_common_freqs => '{0.1}' }, qr/value "99999999999" is out of range/);
	$lie->('one bound', 'i', { histogram_bounds => '{1}' }, qr/its histogram has fewer than two bounds/);
	$lie->('no bound', 'i', { histogram_bounds => '{}' }, qr/its histogram has fewer than two bounds/);
	$lie->('bounds with a NULL', 'i', { histogram_bounds => '{1,NULL,3}' }, qr/its histogram is no list/);
	$lie->('bounds in no order', 'i', { histogram_bounds => '{3,2,1}' }, qr/its values are not in order/);
	$lie->('a correlation of 7', 'i', { correlation => 7 }, qr/its correlation/);
	$lie->('a correlation of NaN', 'i', { correlation => 'NaN' }, qr/its correlation/);
	$lie->('elements without numbers', 'n', { most_common_elems => '{a}' }, qr/its most common elements and their frequencies are not alike/);
	$lie->('elements with a tsvector\'s numbers', 'n', { most_common_elems => '{a}', most_common_elem_freqs => '{0.1,0.1,0.1}' },
		qr/its most common elements are not those of its type/);
	$lie->('lexemes with an array\'s numbers', 'm', { most_common_elems => '{a}', most_common_elem_freqs => '{0.1,0.1,0.1,0}' },
		qr/its most common elements are not those of its type/);
	$lie->('lexemes in no order', 'm', { most_common_elems => '{bb,a}', most_common_elem_freqs => '{0.1,0.1,0.1,0.1}' }, qr/its elements are not in order/);
	$lie->('an element\'s frequency of 2', 'n', { most_common_elems => '{a}', most_common_elem_freqs => '{2,0.1,0.1,0}' }, qr/an element's frequency is none/);
	$lie->('element counts of NaN', 'n', { elem_count_histogram => '{NaN,1,1}' }, qr/its histogram of element counts/);
	$lie->('too few of them', 'n', { elem_count_histogram => '{1,1}' }, qr/its histogram of element counts/);
	$lie->('in no order', 'n', { elem_count_histogram => '{3,1,1}' }, qr/its histogram of element counts/);
	$lie->('a column that is none', 'x', { histogram_bounds => '{1,2}' }, qr/there is no such column here/)
	  if $remote->safe_psql('lies', 'ALTER TABLE fact ADD x int') eq '';

	# One lie among what is true, and one column more than once: all are read together.
	$remote->safe_psql('lies', <<'SQL');
DELETE FROM pg_stats;
INSERT INTO pg_stats (attname, avg_width, most_common_vals, most_common_freqs) VALUES ('i', 11, '{1}', '{0.5}'),
	('t', 12, NULL, NULL), ('f', 13, '{a}', '{0.5}'), ('n', 14, NULL, NULL), ('i', 15, NULL, NULL), ('b', 16, NULL, NULL),
	('t', 17, NULL, NULL);
SQL
	my $messages = messages_of($local, "SET client_min_messages = debug1; SELECT datalink_analyze('lies')");
	is(() = $messages =~ /are not taken over/g, 1, 'one is refused');
	like($messages, qr/"fact\.f" .*: invalid input syntax for type double precision/, 'the lie');
	is(run_sql($local, "SELECT string_agg(attname || ' ' || avg_width, ', ' ORDER BY attname) FROM pg_stats WHERE schemaname = 'lies'"),
		'b 16, i 11, n 14, t 12', 'the others are written, each as it came first');
	run_sql($local, "BEGIN; DELETE FROM pg_statistic WHERE starelid = 'lies.fact'::regclass AND staattnum < 3; SELECT datalink_analyze('lies'); COMMIT");
	is(run_sql($local, "SELECT count(*) FROM pg_stats WHERE schemaname = 'lies'"), 4, 'what is missing here is added');
	run_sql($local, "DELETE FROM pg_statistic WHERE starelid = 'lies.fact'::regclass");

	# What may stand there, and is of no use to anybody who lies.
	$remote->safe_psql('lies', <<'SQL');
DELETE FROM pg_stats;
INSERT INTO pg_stats (attname, avg_width, histogram_bounds) SELECT a, '2000000000', '{1,2}' FROM unnest('{i,t,f,b}'::text[]) a;
UPDATE pg_stats SET histogram_bounds = '{b,a}' WHERE attname = 't';
UPDATE pg_stats SET most_common_vals = '{"\\x00"}', most_common_freqs = '{1}', histogram_bounds = NULL WHERE attname = 'b';
INSERT INTO pg_stats (attname, most_common_elems, most_common_elem_freqs, elem_count_histogram)
	VALUES ('n', '{b,a}', '{0.1,0.2,0.1,0.2,0}', '{1,1000000000,1000000000}'), ('m', '{a,b,aa}', '{0.1,0.2,0.1,0.2,0}', NULL);
UPDATE pg_class SET reltuples = 'Infinity', relpages = -7 WHERE relname = 'fact';
SQL
	run_sql($local, "SELECT datalink_analyze('lies')");
	is(run_sql($local, "SELECT max(avg_width), max(histogram_bounds::text) FILTER (WHERE attname = 't') FROM pg_stats WHERE schemaname = 'lies'"),
		'1048576|{a,b}', 'widths are cut, and text is in the order of here');
	cmp_ok(expected($local, "SELECT * FROM lies.fact WHERE $_"), '>=', 1, "the planner goes on: $_")
	  for "i > 1", "t > 'a'", "f < 0", "b = '\\x00'", "n \@> '{a}'", "n <\@ '{a,b}'", "n && '{b}'", "m \@\@ 'b'", "m \@\@ 'aa:*'";
	my $plan = join "\n", map { "EXPLAIN SELECT * FROM lies.fact a JOIN lies.fact b USING ($_) WHERE a.$_ IS NOT NULL;" } qw(i t n m f b);
	is(error_of($local, $plan)->{sqlstate}, undef, 'joins, too');
};

done_testing();
