# Types of extensions that live in another schema here than there, and remotes in other encodings.

use strict;
use warnings;
use utf8;

use DataLinks;
use Encode qw(encode_utf8 encode);
use Test::More;

my ($local, $remote) = start_nodes();

# Extensions are found wherever they live.
my %types = (citext => ['citext'], hstore => ['hstore'], ltree => [ 'ltree', 'lquery', 'ltxtquery' ],
	cube => ['cube'], seg => ['seg'], isn => [ 'isbn', 'ean13' ]);
my (@columns, @expected);
for my $extension (sort keys %types)
{
	$remote->safe_psql('orders', "CREATE SCHEMA there_$extension;
		CREATE EXTENSION $extension SCHEMA there_$extension");
	$local->safe_psql('postgres', "CREATE SCHEMA \"Here $extension\";
		CREATE EXTENSION $extension SCHEMA \"Here $extension\"");
	for my $type (@{ $types{$extension} })
	{
		push @columns, "$type there_$extension.$type, ${type}s there_$extension.${type}[]";
		push @expected, "$type|\"Here $extension\".$type", "${type}s|\"Here $extension\".${type}[]";
	}
}
# A trap: a type of that name stands where the remote's extension has it.
$local->safe_psql('postgres', "CREATE SCHEMA there_hstore; CREATE DOMAIN there_hstore.hstore AS int");
$remote->safe_psql('orders', 'CREATE TABLE public.extended (' . join(', ', @columns) . ");
	INSERT INTO extended (citext, hstore, hstores, ltree, lquery, cube, seg, isbn) VALUES ('Ab', 'a=>1',
		'{\"b=>2\"}', 'a.b', 'a.*', '(1,2)', '1..2', '0-393-04002-X');
	GRANT SELECT ON extended TO app");
run_sql($local, link_sql($remote, 'ext'));
is(run_sql($local, <<'END'), join("\n", @expected), 'the types of extensions are found by extension');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'ext.extended'::regclass AND attnum > 0 ORDER BY attnum
END
my $row = 'SELECT to_jsonb(e) FROM %s.extended e';
is(run_sql($local, sprintf($row, 'ext')), $remote->safe_psql('orders', sprintf($row, 'public')),
	'and their values are read');

# LATIN1: a name of 63 bytes there is longer here, is clipped, and still read and written.
my $latin1 = "CREATE DATABASE %s OWNER app ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
$remote->safe_psql('postgres', sprintf($latin1, 'latin'));
my $long = 'é' x 63;
my $mixed = 'x' . 'ü' x 62;
my $setup = <<"END";
SET client_encoding = 'UTF8';
SET ROLE app;
CREATE TABLE "$long" ("$long" text, "$mixed" int);
INSERT INTO "$long" VALUES ('Müller', 1);
CREATE TABLE "Straße" ("Größe" int NOT NULL, "naïve" text);
INSERT INTO "Straße" VALUES (5, 'ß');
END
$remote->safe_psql('latin', encode_utf8($setup));
run_sql($local, link_sql($remote, 'latin', undef, dbname => 'latin'));
my ($clipped, $clipped_mixed) = ('é' x 31, 'x' . 'ü' x 31);
is(run_sql($local, encode_utf8("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'latin'::regnamespace")),
	encode_utf8("Straße,$clipped"), 'names arrive in this encoding, clipped at a character');
is(run_sql($local, encode_utf8("SELECT \"$clipped\", \"$clipped_mixed\" FROM latin.\"$clipped\"")),
	encode_utf8('Müller|1'), 'a clipped name is read');
run_sql($local, encode_utf8("UPDATE latin.\"$clipped\" SET \"$clipped\" = 'Möller' WHERE \"$clipped_mixed\" = 1"));
is($remote->safe_psql('latin', encode_utf8("SET client_encoding = 'UTF8'; SELECT \"$long\" FROM \"$long\"")),
	encode_utf8('Möller'), 'and written');
is(run_sql($local, encode_utf8('SELECT "Größe", "naïve" FROM latin."Straße"')), encode_utf8('5|ß'),
	'a short name, too');
run_sql($local, link_sql($remote, 'latin_some', encode_utf8("only_tables => ARRAY['Straße']"), dbname => 'latin'));
is(link_of($local, 'latin_some')->{tables}, 1, 'only_tables goes there in its encoding');

# Two names that become one here: an error that says which, and nothing is left.
$remote->safe_psql('postgres', sprintf($latin1, 'twins'));
$remote->safe_psql('twins', encode_utf8(sprintf("SET client_encoding = 'UTF8'; SET ROLE app;
	CREATE TABLE \"%sa\" (a int); CREATE TABLE \"%sb\" (a int)", ('é' x 62) x 2)));
fails($local, link_sql($remote, 'twins', undef, dbname => 'twins'), '42P07', undef,
	'two names that are one when clipped are refused');
is_deeply(link_of($local, 'twins'), {}, 'and nothing is left of it');

# A remote without an encoding: what is no text here is an error, not garbage.
$remote->safe_psql('postgres', "CREATE DATABASE anything OWNER app ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
$remote->safe_psql('anything', encode_utf8('SET ROLE app; CREATE TABLE "Größe" (a int)'));
run_sql($local, link_sql($remote, 'valid', undef, dbname => 'anything'));
is(run_sql($local, encode_utf8('SELECT count(*) FROM valid."Größe"')), 0, 'UTF-8 bytes from SQL_ASCII are text');
$remote->safe_psql('anything', encode('latin1', 'CREATE TABLE "Füße" (a int)'));
fails($local, link_sql($remote, 'broken', undef, dbname => 'anything'), '08P01|22021', qr/encoding/,
	'bytes that are not are refused');

# A local database without an encoding takes the bytes as they are.
$local->safe_psql('postgres', "CREATE DATABASE anything ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
$local->safe_psql('anything', 'CREATE EXTENSION datalinks');
run_sql($local, link_sql($remote, 'bytes', undef, dbname => 'latin'), dbname => 'anything');
is(run_sql($local, encode('latin1', 'SELECT "Größe" FROM bytes."Straße"'), dbname => 'anything'), 5,
	'SQL_ASCII here reads a name of LATIN1 there');

# A local LATIN1, a remote with names that it cannot spell.
$local->safe_psql('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
$local->safe_psql('latin', 'CREATE EXTENSION datalinks');
$remote->safe_psql('orders', encode_utf8('CREATE SCHEMA kana; GRANT USAGE ON SCHEMA kana TO app; CREATE TABLE kana."名" (a int)'));
fails($local, link_sql($remote, 'kana', "remote_schema => 'kana'"), '22P05', qr/LATIN1/,
	'a name that this encoding cannot spell is refused', dbname => 'latin');

done_testing();
