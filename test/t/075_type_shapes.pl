# Types that are here under the name of a remote's: they must have its shape. What does not fit is an
# error at creation and a row in the diff; what the link made, a refresh alters in place.

use strict;
use warnings;

use DataLinks;
use Drift;
use Test::More;

my ($local, $remote) = start_nodes();
my $args = "remote_schema => 's'";
my $create = link_sql($remote, 'd', $args);

sub on_remote
{
	my ($sql) = @_;
	return $remote->safe_psql('orders', "SET search_path = s; $sql");
}

sub remote_schema
{
	my ($sql) = @_;
	$remote->safe_psql('orders', <<"END");
SET client_min_messages = warning; DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s; SET search_path = s;
$sql;
GRANT USAGE ON SCHEMA s TO app; GRANT ALL ON ALL TABLES IN SCHEMA s TO app;
END
}

sub clear
{
	run_sql($local, <<'END');
SET client_min_messages = warning; SELECT datalink_drop('d', if_exists => true); DROP SCHEMA IF EXISTS s CASCADE
END
}

# --- at creation: all that does not fit, in one error ---

remote_schema(<<'END');
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE inn AS (x int, n numeric(10,2));
CREATE TYPE outr AS (first inn, rest inn[], m mood);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE whole (id int, note text);
CREATE TABLE t (o outr, ms mood[], sp span, w whole, mood_again mood)
END
my %fitting = (
	mood => "CREATE TYPE s.mood AS ENUM ('sad', 'happy')",
	inn => 'CREATE TYPE s.inn AS (x int, n numeric(10,2))',
	outr => 'CREATE TYPE s.outr AS (first s.inn, rest s.inn[], m s.mood)',
	span => 'CREATE TYPE s.span AS RANGE (subtype = float8)',
	whole => 'CREATE TABLE s.whole (id int, note text)');
my @order = qw(mood inn outr span whole);

for my $case (
	[ mood => "CREATE TYPE s.mood AS ENUM ('happy', 'sad')",
		"s.mood is enum ('happy', 'sad') here and enum ('sad', 'happy') on the remote" ],
	[ mood => "CREATE TYPE s.mood AS ENUM ('sad')", "s.mood lacks the label 'happy' after 'sad'" ],
	[ mood => 'CREATE TYPE s.mood AS (sad int, happy int)',
		"s.mood is (sad integer, happy integer) here and enum ('sad', 'happy') on the remote" ],
	[ mood => 'CREATE DOMAIN s.mood AS text', "s.mood is a domain here and enum ('sad', 'happy') on the remote;\n"
		  . 'type s.outr is (first s.inn, rest s.inn[], m text) here and (first s.inn, rest s.inn[], m s.mood) on the remote' ],
	[ inn => 'CREATE TYPE s.inn AS (n numeric(10,2), x int)',
		's.inn is (n numeric(10,2), x integer) here and (x integer, n numeric(10,2)) on the remote' ],
	[ inn => 'CREATE TYPE s.inn AS (x int, n numeric(10,4))',
		's.inn is (x integer, n numeric(10,4)) here and (x integer, n numeric(10,2)) on the remote' ],
	[ inn => 'CREATE TYPE s.inn AS (x int)', 's.inn is (x integer) here and (x integer, n numeric(10,2)) on the remote' ],
	[ outr => 'CREATE TYPE s.outr AS (first s.inn, rest s.inn, m s.mood)',
		's.outr is (first s.inn, rest s.inn, m s.mood) here and (first s.inn, rest s.inn[], m s.mood) on the remote' ],
	[ span => 'CREATE TYPE s.span AS RANGE (subtype = float4)',
		's.span is range over real here and range over double precision on the remote' ],
	[ whole => 'CREATE TABLE s.whole (id int, note varchar)',
		's.whole is (id integer, note character varying) here and (id integer, note text) on the remote' ])
{
	my ($type, $sql, $expected) = @$case;
	run_sql($local, 'CREATE SCHEMA s; ' . join('; ', map { $_ eq $type ? $sql : $fitting{$_} } @order));
	my $error = fails($local, $create, '42804', qr/do not fit/, "at creation: $expected");
	is($error->{detail}, "type $expected.", 'both shapes are told');
	clear();
}
run_sql($local, 'CREATE SCHEMA s; ' . join('; ', map { $_ eq 'inn' ? 'CREATE TYPE s.inn AS (x int)'
			: $_ eq 'span' ? 'CREATE TYPE s.span AS RANGE (subtype = int8)' : $fitting{$_} } @order));
my $error = fails($local, $create, '42804', undef, 'two that do not fit');
like($error->{detail}, qr/type s\.inn is .*;\ntype s\.span is |type s\.span is .*;\ntype s\.inn is /s, 'are one error');
is($error->{hint}, "Bring them up with:\nALTER TYPE s.inn ADD ATTRIBUTE \"n\" numeric(10,2);", 'with what can be done');
run_sql($local, $error->{hint} =~ s/.*?:\n//sr . 'DROP TYPE s.span; ' . $fitting{span});
run_sql($local, $create);
is(drift($local, 'd'), '', 'types that fit are taken as they are');

# A composite over a domain here fits what is over its base there.
clear();
run_sql($local, 'CREATE SCHEMA s; CREATE DOMAIN s.money2 AS numeric(10,2); '
	  . join('; ', map { $_ eq 'inn' ? 'CREATE TYPE s.inn AS (x int, n s.money2)' : $fitting{$_} } @order));
run_sql($local, $create);
is(drift($local, 'd'), '', 'domains within types count as their base types');
on_remote('ALTER TYPE inn ADD ATTRIBUTE late date');
is(drift($local, 'd'), 's.inn: type differs: from (x integer, n numeric(10,2)) to (x integer, n numeric(10,2), late date)'
	  . ' [type s.inn, which this link did not make]', 'drift of a type that the user made shows');
on_remote('CREATE TABLE later (o outr, id int)');
$remote->safe_psql('orders', 'GRANT ALL ON ALL TABLES IN SCHEMA s TO app');
my $messages = messages_of($local, rows_sql("datalink_refresh('d')"));
like($messages, qr/NOTICE: .*do not fit.*HINT:  Bring them up with:\nALTER TYPE s\.inn ADD ATTRIBUTE "late" pg_catalog\.date;/s,
	'and a refresh says what to do');
is(run_sql($local, "SELECT to_regclass('d.later') IS NULL"), 't', 'a table with such a column is not made yet');
run_sql($local, 'ALTER TYPE s.inn ADD ATTRIBUTE "late" date');
refreshed($local, 'd');
is(run_sql($local, "SELECT to_regclass('d.later') IS NULL"), 'f', 'but then it is');
is(drift($local, 'd'), '', 'and nothing differs');
clear();

# Columns do not come into the use of a type that does not fit.
remote_schema("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id int, was text)");
run_sql($local, "CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('ok', 'sad'); $create");
on_remote('ALTER TABLE t ADD m mood, ADD ms mood[], ALTER was TYPE mood USING NULL');
my $obstacle = '[type s.mood, which this link did not make]';
my $differs = "s.mood: type differs: from enum ('ok', 'sad') to enum ('sad', 'ok') $obstacle\n"
  . "d.t.was: type changed: from text to s.mood $obstacle\n"
  . "d.t.m: column added: s.mood $obstacle\nd.t.ms: column added: s.mood[] $obstacle";
is(drift($local, 'd'), $differs, 'columns of a type that does not fit');
run_sql($local, "SELECT datalink_refresh('d', skip_blocked => true)");
is(drift($local, 'd'), $differs, '... are not made by a refresh');
clear();

# --- what the link made ---

sub made_link
{
	my ($sql) = @_;
	clear();
	remote_schema($sql);
	run_sql($local, link_sql($remote, 'd', "$args, create_types => true"));
	is(drift($local, 'd'), '', 'no drift at first');
}

made_link(q{CREATE TYPE pt AS (x int, y int); CREATE TABLE t (id int, p pt, ps pt[]);
	INSERT INTO t VALUES (1, '(1,2)', '{"(3,4)"}')});
run_sql($local, 'CREATE VIEW whole AS SELECT p FROM d.t');
on_remote('ALTER TYPE pt DROP ATTRIBUTE x; ALTER TYPE pt ADD ATTRIBUTE x int; UPDATE t SET p = (20, 10), ps = NULL');
is(drift($local, 'd'), 's.pt: type differs: from (x integer, y integer) to (y integer, x integer)', 'an attribute moved');
refreshed($local, 'd');
is(run_sql($local, 'SELECT (p).x, (p).y FROM d.t'), '10|20', 'a refresh puts it in its place');
is(run_sql($local, 'SELECT (p).x FROM whole'), '10', 'and the view stands');

# No server retypes what a table of its own stores.
sub retype
{
	my ($actions) = @_;
	on_remote("ALTER TABLE t DROP p, DROP ps; ALTER TYPE pt $actions; ALTER TABLE t ADD p pt, ADD ps pt[]");
}
retype('ADD ATTRIBUTE "Z z" text COLLATE "C", ALTER ATTRIBUTE y TYPE numeric(5,2)');
on_remote("UPDATE t SET p = (1.5, 2, 'z')");
refreshed($local, 'd');
is(run_sql($local, 'SELECT (p).x, (p).y, (p)."Z z" FROM d.t'), '2|1.50|z', 'attributes added and retyped');
is(run_sql($local, q{SELECT format_type(atttypid, atttypmod), attcollation::regcollation FROM pg_attribute
	WHERE attrelid = 's.pt'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum}),
	"numeric(5,2)|-\ninteger|-\ntext|\"C\"", 'with modifier and collation');
is(drift($local, 'd'), '', 'and nothing differs');

# Something in the way.
run_sql($local, 'CREATE VIEW uses_x AS SELECT (p).x FROM d.t');
on_remote('ALTER TYPE pt DROP ATTRIBUTE x');
like(drift($local, 'd'), qr/s\.pt: type differs: .* \[view public\.uses_x\]$/, 'a view of the attribute is in the way');
fails($local, "SELECT datalink_refresh('d')", '2BP01', undef, 'and stops a refresh');
is(run_sql($local, 'SELECT count(*) FROM uses_x'), 1, 'stands');
refreshed($local, 'd', 'skip_blocked => true');
like(drift($local, 'd'), qr/type differs/, 'or is skipped');
refreshed($local, 'd', 'cascade => true');
is(run_sql($local, "SELECT to_regclass('uses_x') IS NULL"), 't', 'or goes');
run_sql($local, "CREATE TABLE stores AS SELECT p FROM d.t");
retype('ALTER ATTRIBUTE y TYPE text');
like(drift($local, 'd'), qr/\[view public.whole, table column public\.stores\.p\]$|\[table column public\.stores\.p\]$/,
	'a table that stores what is retyped is in the way, too');
refreshed($local, 'd', 'cascade => true');
is(run_sql($local, 'SELECT (p).y FROM stores'), '1.50', 'and loses nothing, not by cascade either');
run_sql($local, 'DROP TABLE stores');
refreshed($local, 'd');
is(drift($local, 'd'), '', 'until it is gone');

# Nested, with a type that is new, and through an array.
made_link('CREATE TYPE inn AS (a int); CREATE TYPE outr AS (i inn[]); CREATE TABLE t (o outr[])');
on_remote("CREATE TYPE color AS ENUM ('r', 'g'); ALTER TYPE inn ADD ATTRIBUTE c color; ALTER TYPE outr ADD ATTRIBUTE d date");
refreshed($local, 'd');
is(drift($local, 'd'), '', 'nested types, and one that is new, in one refresh');
on_remote(q{INSERT INTO t VALUES (ARRAY[(ARRAY[(1, 'r')::inn], '2020-01-01')::outr])});
is(run_sql($local, 'SELECT ((o[1]).i)[1].c, (o[1]).d FROM d.t'), 'r|2020-01-01', 'the values arrive');

# After a reset the link's types are its own still: a rebuilt link alters them.
run_sql($local, 'DROP SCHEMA d CASCADE');
on_remote('ALTER TYPE inn ADD ATTRIBUTE e int');
run_sql($local, "SELECT datalink_set_remote('d', '" . url($remote) . "')");
is(drift($local, 'd'), '', 'a rebuilt link has its types right');
clear();

# --- one type, two links ---

remote_schema("CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pt AS (m mood); CREATE TABLE t (p pt)");
run_sql($local, link_sql($remote, 'd', "$args, create_types => true"));
run_sql($local, link_sql($remote, 'd2', $args));
$messages = messages_of($local, "SELECT datalink_drop('d')");
unlike($messages, qr/NOTICE/, 'a type that another link uses is handed on');
is(run_sql($local, "SELECT to_regtype('s.pt')"), 's.pt', 'and stays');
on_remote('ALTER TYPE pt ADD ATTRIBUTE x int');
refreshed($local, 'd2');
is(drift($local, 'd2'), '', 'the heir alters it');
run_sql($local, "SELECT datalink_drop('d2')");
is(run_sql($local, "SELECT to_regtype('s.pt'), to_regtype('s.mood')"), '|', 'it goes with the last link');

# --- settings ---

for my $settings ([ 'on', 'off' ], [ 'off', 'on' ])
{
	run_sql($local, "SET quote_all_identifiers = $settings->[0]; " . link_sql($remote, 'd', "$args, create_types => true"));
	on_remote("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'b$settings->[0]'");
	run_sql($local, "SET quote_all_identifiers = $settings->[1]; SELECT datalink_refresh('d')");
	is(run_sql($local, "SET quote_all_identifiers = $settings->[0]; " . rows_sql("datalink_diff('d')")), '', 'no drift');
	run_sql($local, "SET quote_all_identifiers = $settings->[1]; SELECT datalink_drop('d')");
	is(run_sql($local, "SELECT to_regtype('s.pt'), to_regtype('s.mood')"), '|',
		"quote_all_identifiers $settings->[0], then $settings->[1]: the types are the link's");
}

done_testing();
