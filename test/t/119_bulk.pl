# Many rows at once arrive as they are: whatever their types, by COPY in binary or as text, or as INSERTs
# where COPY would mean something else there; and whatever else the statement asks of the same session.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, "ALTER ROLE app SET log_statement = 'all'");

my $binary = <<'END';
	big bigint, small int2, flag bool, real float8, amount numeric, at timestamp, at_zone timestamptz,
	clock time, clock_zone timetz, day date, span interval, label varchar(40), fixed char(6), bytes bytea,
	doc json, docb jsonb, uid uuid, list text[], days date[]
END
my $types = <<'END';
CREATE TYPE mood AS ENUM ('sad', E'tab\there', E'back\\slash');
CREATE TYPE pair AS (a int, b text);
END
my $tables = <<"END";
CREATE TABLE kinds (id int PRIMARY KEY, $binary);
CREATE TABLE texts (id int PRIMARY KEY, $binary, mood mood, moods mood[], pair pair, own money);
CREATE TABLE one (t mood);
END
run_sql($remote, "$types$tables" . <<'END', dbname => 'orders', role => 'app');
CREATE TABLE other (id int, t text);
CREATE TABLE audit (id int);
CREATE TABLE ruled (id int, t text);
CREATE RULE also AS ON INSERT TO ruled DO ALSO INSERT INTO audit VALUES (NEW.id);
CREATE TABLE secured (id int, t text);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY odd ON secured FOR INSERT WITH CHECK (id < 1000);
CREATE POLICY all_of_it ON secured FOR SELECT USING (true);
CREATE VIEW seen AS SELECT id, t FROM other;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO public.other VALUES (NEW.id, NEW.t || '' by the view''); RETURN NEW; END';
CREATE TRIGGER instead INSTEAD OF INSERT ON seen FOR EACH ROW EXECUTE FUNCTION instead();
CREATE TABLE eu (region text, id int UNIQUE, t text);
CREATE TABLE us (region text, id int UNIQUE, t text);
CREATE TABLE source (region text, id int, t text);
CREATE TABLE goal (region text, id int, t text);
END
run_sql($local, $types);
run_sql($local, link_sql($remote, 'w'));

# What is odd in each type, and all of it in more rows than go as INSERTs.
my $columns = 'id, big, small, flag, real, amount, at, at_zone, clock, clock_zone, day, span, label, fixed,'
  . ' bytes, doc, docb, uid, list, days';
run_sql($local, $tables . <<'END');
INSERT INTO texts SELECT i,
	(ARRAY[-9223372036854775808, 9223372036854775807, 0, NULL])[1 + i % 4], i - 200, i % 2 = 0,
	(ARRAY['NaN', '-Infinity', 1e-300, 1.0 / 3])[1 + i % 4]::float8,
	(ARRAY['NaN', '123456789012345678901234567890.000', '-0.00001', NULL])[1 + i % 4]::numeric,
	(ARRAY['infinity', '0044-03-15 12:00 BC', '2024-02-29 23:59:59.999999'])[1 + i % 3]::timestamp,
	(ARRAY['-infinity', '1900-01-01 00:00+00', '2024-07-01 12:00:00.000001+09'])[1 + i % 3]::timestamptz,
	'24:00'::time - make_interval(secs => i), '12:00:00.5+05:30', (ARRAY['infinity', '0001-12-31 BC'])[1 + i % 2]::date,
	(ARRAY['-1 year +2 days -00:00:01', '1 mon'])[1 + i % 2]::interval,
	(ARRAY['', E'\\.', E'\\N', E'a\tb\r\nc\\', 'é€😀'])[1 + i % 5], 'x', decode('00ff5c0a', 'hex'),
	'{"a":  "\u00e9\n"}', '{"b": null}', md5(i::text)::uuid, ARRAY[E'\\', '"', NULL, E',\t{}'], '{infinity,NULL}',
	(enum_range(NULL::mood))[1 + i % 4], enum_range(NULL::mood) || NULL, ROW(i, E'\\"\n,')::pair, 1.50
FROM generate_series(1, 400) i;
END
run_sql($local, "INSERT INTO kinds SELECT $columns FROM texts; INSERT INTO one SELECT mood FROM texts");

# How the rows of the last statement went: as COPY in binary, as COPY of text, or as INSERTs alone.
my $since = 0;

sub form
{
	my $log = log_of($remote, $since);
	$since = log_size($remote);
	return 'binary' if $log =~ /COPY public\.\S+ \(.*\) FROM STDIN \(FORMAT binary\)/;
	return $log =~ /COPY public\.\S+ \(.*\) FROM STDIN/ ? 'text' : 'rows';
}

# One test: so the rows go, and so they are there afterwards.
sub arrives
{
	my ($table, $sql, $form, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $sum = "SELECT count(*), md5(string_agg(r::text, E'\\n' ORDER BY r::text COLLATE \"C\")) FROM $table r";
	form();
	run_sql($local, $sql);
	is(form(), $form, "$name: as $form");
	return is(run_sql($remote, $sum, dbname => 'orders'), run_sql($local, $sum), "$name: the same rows");
}

my $set = "SET datestyle = 'German'; SET intervalstyle = 'sql_standard'; SET timezone = 'Asia/Tokyo';"
  . "SET extra_float_digits = -5; SET bytea_output = 'escape'; SET client_encoding = 'LATIN1'";
arrives('kinds', 'INSERT INTO w.kinds SELECT * FROM kinds', 'binary', 'built-in types');
arrives('texts', 'INSERT INTO w.texts SELECT * FROM texts', 'text', 'types of their own');
arrives('one', 'INSERT INTO w.one SELECT * FROM one', 'text', 'a single column');
run_sql($remote, 'TRUNCATE kinds, texts', dbname => 'orders', role => 'app');
arrives('kinds', "$set; INSERT INTO w.kinds SELECT * FROM kinds", 'text', 'built-in types, other settings');
arrives('texts', "$set; INSERT INTO w.texts SELECT * FROM texts", 'text', 'types of their own, other settings');
run_sql($remote, 'TRUNCATE kinds; ALTER TABLE kinds ALTER small TYPE int, ALTER label TYPE text', dbname => 'orders',
	role => 'app');
arrives('kinds', 'INSERT INTO w.kinds SELECT * FROM kinds', 'text', 'columns that have changed their types there');

# Where COPY would mean something else.
my $rows = "SELECT i, 't' || i FROM generate_series(1, 400) i";
form();
run_sql($local, "INSERT INTO w.seen $rows");
is(form(), 'rows', 'a view: as rows');
is(run_sql($remote, "SELECT count(*), max(t) FROM other WHERE t LIKE '% by the view'", dbname => 'orders'),
	'400|t99 by the view', '... through its trigger');
run_sql($local, "INSERT INTO w.ruled $rows");
is(form(), 'rows', 'a table with a rule: as rows');
is(run_sql($remote, 'SELECT (SELECT count(*) FROM ruled), (SELECT count(*) FROM audit)', dbname => 'orders'),
	'400|400', '... which the rule sees');
run_sql($local, "INSERT INTO w.secured $rows");
is(form(), 'rows', 'row-level security: as rows');
fails($local, 'INSERT INTO w.secured SELECT 700 + i FROM generate_series(1, 400) i', '42501',
	qr/violates row-level security policy/, '... each of which it checks');
is(run_sql($remote, 'SELECT count(*) FROM secured', dbname => 'orders'), '400', '... and none is left');

# The session is asked for rows while it takes others.
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
INSERT INTO source SELECT CASE i % 2 WHEN 0 THEN 'eu' ELSE 'us' END, i, repeat(i::text, 30) FROM generate_series(1, 30000) i;
END
run_sql($local, <<'END');
CREATE TABLE parts (region text, id int, t text) PARTITION BY LIST (region);
ALTER TABLE parts ATTACH PARTITION w.eu FOR VALUES IN ('eu');
ALTER TABLE parts ATTACH PARTITION w.us FOR VALUES IN ('us');
END
my $sum = "count(*), count(DISTINCT id), md5(string_agg(t, '' ORDER BY id))";
my $expected = run_sql($remote, "SELECT $sum FROM source", dbname => 'orders');
form();
is(run_sql($local, "BEGIN; DELETE FROM w.goal; INSERT INTO w.goal SELECT * FROM w.source; SELECT $sum FROM w.goal; COMMIT"),
	$expected, 'a transaction that has written reads and writes at the same time');
is(form(), 'binary', '... by COPY');
is(run_sql($local, "INSERT INTO parts SELECT * FROM w.source; SELECT $sum FROM parts"), $expected,
	'two partitions of one remote take rows by turns');
is(form(), 'binary', '... by COPY');
run_sql($local, 'DELETE FROM parts WHERE id <> 29000');
my $error = fails($local, 'INSERT INTO parts SELECT region, id, t FROM w.source ORDER BY id', '23505', qr/unique/,
	'one of the rows is refused');
like($error->{context} // 'no context', qr/^row 14500 of the statement/, '... the row of its table that it was');
is(run_sql($local, 'SELECT count(*) FROM parts'), '1', '... and none is left');

# Rows that an UPDATE moves into a partition of the link's.
run_sql($local, "CREATE TABLE parts_asia PARTITION OF parts FOR VALUES IN ('asia'); INSERT INTO parts SELECT 'asia', i FROM generate_series(1, 400) i");
is(run_sql($local, "UPDATE parts SET region = 'us' WHERE region = 'asia'; SELECT region, count(*) FROM parts GROUP BY 1 ORDER BY 1"),
	"eu|1\nus|400", 'rows move from a table here to one there');
run_sql($local, "INSERT INTO parts VALUES ('asia', 500)");
fails($local, "UPDATE parts SET region = 'us', t = 'moved' WHERE $_", '0A000', qr/cannot route tuples into foreign table to be updated "us"/,
	"... not to one that the statement updates, too: $_") for 'id > 0', 'random() >= 0';
is(run_sql($local, "SELECT count(*) FROM parts WHERE t = 'moved'"), '0', '... which changes nothing then');

done_testing();
