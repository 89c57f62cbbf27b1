# Types and collations that the remote has and this database has not: all of them in one error, and
# a HINT whose statements, taken as they are, let the creation succeed.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();

# Takes the statements out of the HINT and runs them.
sub follow_hint
{
	my ($error, $dbname) = @_;
	my ($statements) = $error->{hint} =~ /\ACreate them here[^\n]*:\n(.*)\z/s
	  or return fail("no statements in the hint: $error->{hint}");
	run_sql($local, $statements, dbname => $dbname);
	return;
}

$remote->safe_psql('orders', <<'END');
CREATE SCHEMA zoo; CREATE SCHEMA "Odd; Schema"; CREATE SCHEMA addons; CREATE SCHEMA kept;
CREATE TYPE zoo.size AS ENUM ('small', 'it''s "big"', E'back\\slash', '');
CREATE TYPE "Odd; Schema"."odd ""type""" AS ENUM ('%1%', '$$');
CREATE TYPE zoo.nothing AS ENUM ();
CREATE DOMAIN zoo.tag AS varchar(12) NOT NULL;
CREATE DOMAIN zoo.sizes AS zoo.size[];
CREATE DOMAIN zoo.tag2 AS zoo.tag;
CREATE TYPE zoo.point AS (x int, "y y" numeric(8,3), label zoo.tag);
CREATE TYPE zoo.line AS (a zoo.point, b zoo.point, sizes zoo.size[], rest zoo.sizes);
CREATE TYPE zoo.bare AS ();
CREATE DOMAIN public.everyday AS date;
CREATE EXTENSION citext SCHEMA addons;
CREATE EXTENSION hstore SCHEMA addons;
CREATE TABLE kept.animal (id int, s zoo.size, ss zoo.size[], o "Odd; Schema"."odd ""type""", t zoo.tag2,
	l zoo.line, ls zoo.line[], n zoo.nothing, b zoo.bare, d public.everyday);
CREATE TABLE kept.cage (s zoo.size, c addons.citext, hs addons.hstore[]);
CREATE VIEW kept.seen AS SELECT ss, o FROM kept.animal;
CREATE TABLE kept.fine (a int);
GRANT USAGE ON SCHEMA kept, zoo, addons, "Odd; Schema" TO app;
GRANT SELECT ON ALL TABLES IN SCHEMA kept TO app;
INSERT INTO kept.cage VALUES ('small', 'X', '{"a=>1"}');
END

my $create = link_sql($remote, 'kept', "remote_schema => 'kept'");
my $error = fails($local, $create, '42704', qr/do not exist here/, 'missing types are one error');
my %users = (
	'type "zoo"."size"' => '"?animal"?\."?s"?, "?animal"?\."?ss"?, "?cage"?\."?s"?, "?seen"?\."?ss"?',
	'type "Odd; Schema"."odd ""type"""' => '"?animal"?\."?o"?, "?seen"?\."?o"?',
	'type "zoo"."line"' => '"?animal"?\."?l"?, "?animal"?\."?ls"?',
	'type "zoo"."nothing"' => '"?animal"?\."?n"?',
	'type "zoo"."bare"' => '"?animal"?\."?b"?',
	'type "addons"."citext" of extension "citext"' => '"?cage"?\."?c"?',
	'type "addons"."hstore" of extension "hstore"' => '"?cage"?\."?hs"?');
unlike($error->{detail}, qr/tag|sizes|everyday/, 'domains are not missed');
like($error->{detail}, qr/\Q$_\E, used by $users{$_}(?:;|\.)/, "$_ is named with its columns")
  for sort keys %users;
is(run_sql($local, "SELECT count(*) FROM pg_foreign_server"), 0, 'nothing is left behind');

follow_hint($error);
run_sql($local, $create);
is(link_of($local, 'kept')->{tables}, 4, 'the statements of the HINT are all that it takes');
is(run_sql($local, 'TABLE kept.cage'), 'small|X|{"\"a\"=>\"1\""}', 'and the rows are read');
is(run_sql($local, q(SELECT enum_range(NULL::zoo.size)::text)),
	$remote->safe_psql('orders', q(SELECT enum_range(NULL::zoo.size)::text)),
	'an enum has the labels in their order');

# Only what is missing is in the hint: here an attribute's type, of a type whose schema is there.
run_sql($local, "SELECT datalink_drop('kept'); DROP TYPE zoo.line; DROP TYPE zoo.point");
$error = fails($local, $create, '42704', undef, 'one type less');
like($error->{hint}, qr/TYPE "zoo"\."point".*TYPE "zoo"\."line"/s, 'what it is made of comes first');
unlike($error->{hint}, qr/SCHEMA|EXTENSION|ENUM|DOMAIN/, 'what is there is not made again');
follow_hint($error);
run_sql($local, $create);
run_sql($local, "SELECT datalink_drop('kept')");

# Composite and domain over a type of an extension that lives elsewhere here.
$local->safe_psql('postgres', 'CREATE DATABASE other');
$local->safe_psql('other', 'CREATE EXTENSION datalinks; CREATE SCHEMA elsewhere; CREATE EXTENSION citext SCHEMA elsewhere');
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA mail; GRANT USAGE ON SCHEMA mail TO app;
CREATE DOMAIN mail.address AS addons.citext;
CREATE TYPE mail.person AS (name text COLLATE "C", mails mail.address[], nick addons.citext);
CREATE TABLE mail.sent (p mail.person);
GRANT SELECT ON mail.sent TO app;
INSERT INTO mail.sent VALUES ('(a,{B},C)');
END
$create = link_sql($remote, 'post', "remote_schema => 'mail'");
$error = fails($local, $create, '42704', undef, 'types over a type of an extension', dbname => 'other');
follow_hint($error, 'other');
run_sql($local, $create, dbname => 'other');
is(run_sql($local, 'TABLE post.sent', dbname => 'other'), '(a,{B},C)', 'are made over it where it lives here');

is(run_sql($local, <<'END', dbname => 'other'), '"C"', 'with the collations of their parts');
SELECT attcollation::regcollation FROM pg_attribute WHERE attrelid = 'mail.person'::regclass AND attnum = 1
END

# A schema of types whose name the link would take.
$error = fails($local, link_sql($remote, 'mail', "remote_schema => 'mail'"), '42704', undef,
	'types in a schema of the link\'s name');
like($error->{hint}, qr/\ACreate them here and give the link another name[^\n]*:\nCREATE SCHEMA "mail";\n/,
	'cannot be made as long as the link bears it');

# Ranges cannot be made from a HINT; the error says what remains to be done.
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA rare; GRANT USAGE ON SCHEMA rare TO app;
CREATE TYPE rare.span AS RANGE (subtype = float8);
CREATE TABLE rare.t (a rare.span, b int);
CREATE TABLE rare.u (b int);
END
$error = fails($local, link_sql($remote, 'rare', "remote_schema => 'rare'"), '42704', undef, 'a missing range');
like($error->{detail}, qr/type "rare"\."span"/, 'is named');
like($error->{hint}, qr/except_tables/, 'and may be left out');
run_sql($local, link_sql($remote, 'rare', "remote_schema => 'rare', except_tables => '{t}'"));
is(link_of($local, 'rare')->{tables}, 1, 'which works');

# Collations, alone and beside types.
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA spelt; GRANT USAGE ON SCHEMA spelt TO app;
CREATE COLLATION spelt."own Coll" FROM "C";
CREATE TABLE spelt.t (a text COLLATE spelt."own Coll", b text);
END
$create = link_sql($remote, 'spelt', "remote_schema => 'spelt'");
$error = fails($local, $create, '42704', undef, 'a missing collation');
like($error->{detail}, qr/collation "spelt"\."own Coll", used by "?t"?\."?a"?\./, 'is named with its columns');
like($error->{hint}, qr/collation/, 'and what to do about it');
$remote->safe_psql('orders', "CREATE TYPE spelt.late AS ENUM ('a'); ALTER TABLE spelt.t ADD c spelt.late");
$error = fails($local, $create, '42704', undef, 'a missing collation and a missing type');
like($error->{detail}, qr/collation "spelt".*type "spelt"."late"/s, 'are both named');

# Every column is counted, every type resolved, also where there are hundreds of them.
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA crowd; GRANT USAGE ON SCHEMA crowd TO app;
SELECT format('CREATE TYPE crowd.e%s AS ENUM (''a''); CREATE TABLE crowd.t%1$s (c crowd.e%1$s)', i)
	FROM generate_series(1, 300) i \gexec
END
$create = link_sql($remote, 'many', "remote_schema => 'crowd'");
$error = fails($local, $create, '42704', undef, '300 missing types');
is(() = $error->{detail} =~ /type "crowd"\."e\d+", used by/g, 300, 'are all named');
follow_hint($error);
run_sql($local, $create);
is(link_of($local, 'many')->{tables}, 300, 'and all made from the HINT');

done_testing();
