# Values in binary form, right and wrong ones, are decoded as the receive functions of their types
# decode them: tens of thousands of changed bytes a type, in an order that a seed decides
# (DECODER_SEED, DECODER_RUNS). The SQL function is that of test/border.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $library = `pg_config --pkglibdir`);
plan skip_all => 'the module of test/border is not installed: run make check'
  unless -e "$library/datalinks_border.so";

my $seed = $ENV{DECODER_SEED} // 1;
my $runs = $ENV{DECODER_RUNS} // 4000;

my $node = PostgreSQL::Test::Cluster->new('decoders');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE FUNCTION border_decode(type oid, typmod int, sample bytea, seed int, runs int) RETURNS int
	LANGUAGE C AS 'datalinks_border';
END

# Values to begin with, of a type as pg_attribute has it: its typmod included.
my %samples = (
	'boolean' => ['true'],
	'smallint' => ['-2'],
	'integer' => ['42'],
	'bigint' => ['-9000000000'],
	'real' => [ '1.5', 'NaN' ],
	'double precision' => [ '-1e300', 'Infinity' ],
	'numeric' => [ '0', '-12345.678', '1e-20', '99999999999999999999.9999', 'NaN' ],
	'numeric(10,2)' => [ '12345678.90', '-0.01', '0' ],
	'numeric(5,-2)' => ['12300'],
	'numeric(3,5)' => ['0.00123'],
	'date' => [ '2026-02-28', 'infinity', '4713-01-01 BC' ],
	'time' => ['23:59:59.999999'],
	'timestamp' => [ '2026-02-28 12:00', '-infinity', '294276-12-31' ],
	'timestamp(3)' => ['2026-02-28 12:00:00.123'],
	'timestamptz' => ['2026-02-28 12:00+02'],
	'interval' => ['1 year 2 days 3.5 seconds'],
	'text' => [ '', "na\xc3\xafve", 'x' x 300 ],
	'varchar(20)' => [ 'short', 'twenty characters!!!' ],
	'character(8)' => ['padded'],
	'json' => ['{"a": [1, null, "x"]}'],
	'jsonb' => ['{"a": [1, null, "x"]}'],
	'uuid' => ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
	'bytea' => ['\x00ff'],
	'inet' => [ '192.168.0.1/24', '::1' ],
	'bit varying(9)' => ['101'],
	'integer[]' => [ '{}', '{1,NULL,3}', '{{1,2},{3,4}}' ],
	'text[]' => ['{a,NULL,"b c"}'],
	'int4range' => [ 'empty', '[1,5)', '(,)' ],
	'point' => ['(1,2)']);

for my $type (sort keys %samples)
{
	# The send function is that of the type without its typmod.
	my ($total, $said) = (0, '');
	for my $sample (@{ $samples{$type} })
	{
		my ($status, $taken, $error) = $node->psql('postgres', <<"END");
SET client_min_messages = error;
CREATE TEMP TABLE sample (c $type);
INSERT INTO sample VALUES (\$\$$sample\$\$);
SELECT format('SELECT border_decode(%s, %s, %s(c), $seed, $runs) FROM sample',
	a.atttypid, a.atttypmod, t.typsend)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = 'sample'::regclass AND a.attnum = 1 \\gexec
END
		$total += $taken || 0;
		$said .= $error if $status != 0 || $error ne '';
	}
	is($said, '', "$type: as its receive function makes them");
	cmp_ok($total, '>', 0, "$type: some were values");
	isnt($total, $runs * @{ $samples{$type} }, "$type: some were not")
	  unless $type =~ /^(real|double precision|bytea)$/;
}

done_testing();
