# Twins: rows of every built-in type, read through a link and from a local table that holds the same,
# in binary form and as text, while the two servers are set differently.

use strict;
use warnings;

use DataLinks;
use Test::More;

keep_sessions();
my ($local, $remote) = start_nodes();

# Type => its edge values, as SQL.
my %values = (
	bool => [qw(true false)],
	int2 => [qw(-32768 0 32767)],
	int4 => [qw(-2147483648 -1 0 2147483647)],
	int8 => [qw(-9223372036854775808 0 9223372036854775807)],
	oid => [qw(0 4294967295)],
	float4 => [ "'NaN'", "'-Infinity'", "'Infinity'", "'-0'", '1.1754944e-38', '3.4028235e38', '0.1' ],
	float8 => [ "'NaN'", "'-Infinity'", "'-0'", '0.1', '1e-307', '1.7976931348623157e308', '0.30000000000000004' ],
	numeric => [ "'NaN'", "'Infinity'", "'-Infinity'", '0', '0.000', '-0.00000000000000000001',
		'1e1000', '1e-1000', '12345678901234567890.123456789', "(repeat('9', 5000) || '.' || repeat('7', 3000))::numeric" ],
	'numeric(10,2)' => [ '0', '99999999.99', "'NaN'" ],
	text => [ "''", "E'a\\nb\\\\c'", "'žluťoučký 漢字 🙂'", "repeat('é', 5000)" ],
	'varchar(5)' => [ "''", "'漢字é'", "'abcde'" ],
	'char(6)' => [ "''", "'漢'", "'ab'" ],
	'"char"' => [ "'a'", "''", "'\\377'" ],
	name => [ "'x'", "repeat('y', 63)" ],
	bytea => [ "''", "'\\x00ff275c'" ],
	date => [ "'infinity'", "'-infinity'", "'4713-01-01 BC'", "'5874897-12-31'", "'2001-02-03'" ],
	time => [ "'00:00'", "'24:00'", "'12:34:56.789012'" ],
	timetz => [ "'00:00+15:59'", "'24:00-15:59'", "'12:34:56.7-03:30:15'" ],
	timestamp => [ "'infinity'", "'4713-01-01 00:00 BC'", "'294276-12-31 23:59:59.999999'", "'2001-02-03 04:05:06.07'" ],
	timestamptz => [ "'-infinity'", "'4713-01-02 00:00+00 BC'", "'294276-12-30 23:59:59+00'", "'1880-01-01 00:00+00'", "'2020-10-25 02:30+02'" ],
	'timestamp(0)' => ["'2001-02-03 04:05:06.7'"],
	interval => [ "'0'", "'-178000000 years'", "'1 mon -2 days +03:04:05.000006'", "'-1 year 2 mons -3 days 04:05'" ],
	uuid => ["'00000000-0000-0000-0000-00000000000f'"],
	json => [ q('{"b": [1, null],  "a": "é"}'), "'null'" ],
	jsonb => [ q('{"b": [1, null],  "a": "é"}'), "'1e100'", "'[]'" ],
	jsonpath => ["'\$.a[*] ? (@ > 1)'"],
	'bit(5)' => ["B'10101'"],
	varbit => [ "B''", "B'1'", "B'101010101'" ],
	inet => [ "'10.0.0.1'", "'10.0.0.1/8'", "'::1'", "'2001:db8::/32'" ],
	cidr => [ "'10.0.0.0/8'", "'::/0'" ],
	macaddr => ["'08:00:2b:01:02:03'"],
	macaddr8 => ["'08:00:2b:01:02:03:04:05'"],
	point => [ "'(1e-300,-0)'", "'(NaN,Infinity)'" ],
	lseg => ["'[(0,0),(0.1,2)]'"],
	box => ["'(1,1),(0,0.3)'"],
	path => [ "'[(0,0),(1,1)]'", "'((0,0),(1,1))'" ],
	polygon => ["'((0,0),(1,1),(1,0))'"],
	circle => ["'<(0,0),0.1>'"],
	line => ["'{1,-1,0.3}'"],
	xml => ["'<a>é</a>'"],
	money => [ "'-1.23'", "'92233720368547758.07'" ],
	tsvector => ["'a:1A fat:2'"],
	tsquery => ["'a & !b'"],
	pg_lsn => ["'16/B374D848'"],
	txid_snapshot => ["'10:20:10,14'"],
	tid => ["'(4294967295,65535)'"],
	xid => ["'3'"],
	int4range => [ "'empty'", "'[1,5)'", "'(,)'", "'(,3)'" ],
	numrange => ["'[0.10,1e10]'"],
	tstzrange => [ "'[2001-01-01 00:00+00,infinity)'", "'empty'" ],
	daterange => ["'[0044-03-15 BC,2001-01-01)'"],
	int4multirange => [ "'{}'", "'{[1,2),[5,9)}'" ],
	'int4[]' => [ "'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'", "'[0:1][-1:0]={{1,2},{3,4}}'" ],
	'text[]' => [ "'{}'", q('{"a,b","NULL",NULL,"é\"","\\\\"}') ],
	'numeric[]' => ["'{NaN,0.10,NULL}'"],
	'timestamptz[]' => ["'{infinity,2001-01-01 00:00+00}'"],
	'varchar(3)[]' => ["'{漢字é,NULL}'"],
	'interval[]' => ["'{1 mon,-3 days}'"],
	'int4range[]' => [q~'{"[1,2)",empty}'~],
	int2vector => ["'1 2 3'"],
	oidvector => ["'1 4294967295'"],
	regtype => ["'integer'"],
	mood => [ "'sad'", "'glad'" ],
	'mood[]' => ["'{sad,NULL}'"],
	positive => [ '1', '2' ],
);

my ($n, $make, @tables) = (0, "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN positive AS int CHECK (value > 0);\n");
for my $type (sort keys %values)
{
	my $table = 't' . ++$n;
	push @tables, $table;
	# With a column of an enum beside it, a query is read as text.
	$make .= "CREATE TABLE twins.$table (id int, v $type); CREATE TABLE twins.${table}_text (id int, v $type, e mood);\n"
	  . "COMMENT ON TABLE twins.$table IS '" . ($type =~ s/'/''/gr) . "';\n";
	my $id = 0;
	$make .= "INSERT INTO twins.$table VALUES (" . ++$id . ", $_);\n" for @{ $values{$type} }, 'NULL';
	$make .= "INSERT INTO twins.${table}_text SELECT id, v, 'sad' FROM twins.$table;\n";
}
$make = "SET client_encoding = 'UTF8'; CREATE SCHEMA twins; $make";
run_sql($remote, "$make GRANT USAGE ON SCHEMA twins TO app; GRANT SELECT ON ALL TABLES IN SCHEMA twins TO app",
	dbname => 'orders');
run_sql($local, $make);
run_sql($local, link_sql($remote, 'far', "remote_schema => 'twins'"));

# The rows as text, made here.
sub rows_of
{
	my ($table) = @_;
	return "(SELECT string_agg(concat_ws('=', id, quote_nullable(v::text)), E'\\n' ORDER BY id)"
	  . " FROM (SELECT * FROM $table OFFSET 0) s)";
}

my @settings = (
	"DateStyle = 'SQL, DMY'", "TimeZone = 'America/St_Johns'", "IntervalStyle = 'sql_standard'",
	'extra_float_digits = -5', "bytea_output = 'escape'");
my @others = (
	"DateStyle = 'German'", "TimeZone = 'Asia/Kathmandu'", "IntervalStyle = 'iso_8601'",
	'extra_float_digits = 0', "search_path = ''");
my @compared = map { ($_, $_ . '_text') } @tables;
for my $there ([], \@settings, \@others)
{
	run_sql($remote, "ALTER ROLE app RESET ALL;" . join('', map { "ALTER ROLE app SET $_;" } @$there),
		dbname => 'orders');
	for my $here ([], \@settings, \@others, ["client_encoding = 'LATIN1'"])
	{
		my $set = join '', map { "SET $_;" } @$here;
		my $name = @$here ? "$here->[0] here" : 'defaults here';
		my $single = join ';', map { "SELECT '$_ '||obj_description('twins." . ($_ =~ s/_text//r)
			  . "'::regclass) WHERE " . rows_of("far.$_") . ' IS DISTINCT FROM ' . rows_of("twins.$_") } @compared;
		is(run_sql($local, "SELECT datalink_disconnect() IS NULL AND false; $set $single") =~ s/\Af\n?//r, '',
			"every type, $name, " . ($there->[0] // 'defaults') . ' there');
		my $shared = join ' UNION ALL ', map { "SELECT '$_' WHERE " . rows_of("far.$_") . ' IS DISTINCT FROM '
			  . rows_of("twins.$_") } @compared[ 0 .. 39 ];
		is(run_sql($local, "$set $shared"), '', '... of one statement');
	}
}

# Parameters: the remote reads what we mean.
for my $table (@tables)
{
	my $type = run_sql($local, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'far.$table'::regclass AND attname = 'v'");
	next if $type =~ /json$|jsonpath|point|path|polygon|line|xml|txid|vector|multirange|cid$/;
	my $difference = "SELECT count(*) FROM twins.$table t WHERE v IS NOT NULL"
	  . " AND NOT EXISTS (SELECT FROM far.$table f WHERE f.v = t.v AND f.id = t.id)";
	is(run_sql($local, join(';', (map { "SET $_" } @settings), 'SET enable_hashjoin = off', 'SET enable_mergejoin = off', $difference)),
		'0', "found by its value: $type");
}

# Columns whose type there is another than ours.
run_sql($remote, 'ALTER TABLE twins.t1 ADD small int DEFAULT 7, ADD wide bigint DEFAULT 8, ADD day timestamp DEFAULT \'2001-02-03\','
	  . " ADD e mood DEFAULT 'sad', ADD f float4 DEFAULT 0.5", dbname => 'orders');
run_sql($local, "CREATE FOREIGN TABLE far.drifted (small bigint, wide int, day date, e text, f int4range) SERVER far"
	  . " OPTIONS (schema_name 'twins', table_name 't1')");
is(run_sql($local, 'SELECT DISTINCT small, wide, day FROM (SELECT small, wide, day FROM far.drifted OFFSET 0) s'),
	'7|8|2001-02-03', 'columns that have drifted are read as text');
is(run_sql($local, 'SELECT DISTINCT e FROM (SELECT e FROM far.drifted OFFSET 0) s'), 'sad', 'an enum as text');
fails($local, 'SELECT f FROM far.drifted', '22P02', undef, 'or are an error');

done_testing();
