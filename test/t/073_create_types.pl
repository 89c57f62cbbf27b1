# create_types: what is made, in which order and by whose rights; what refresh adds; what the drop
# takes along; and options that were forged.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob;
END
my @alice = (role => 'alice');

sub on_remote
{
	my ($sql) = @_;
	$remote->safe_psql('orders', "SET ROLE app; $sql");
}

sub labels
{
	my ($type) = @_;
	return run_sql($local, "SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum"
		  . " WHERE enumtypid = '$type'::regtype");
}

sub exists_type
{
	my ($type) = @_;
	return run_sql($local, "SELECT to_regtype('$type') IS NOT NULL");
}

$remote->safe_psql('orders', 'CREATE SCHEMA kinds AUTHORIZATION app; GRANT CREATE ON DATABASE orders TO app');
on_remote(<<'END');
CREATE SCHEMA "Odd Kinds";
-- The names sort against the order in which they are needed.
CREATE TYPE kinds.z_mood AS ENUM ('sad', 'o''k', 'happy');
ALTER TYPE kinds.z_mood ADD VALUE 'so-so' BEFORE 'o''k';
CREATE DOMAIN "Odd Kinds"."Code" AS varchar(5) NOT NULL CHECK (VALUE <> 'wrong') DEFAULT 'none';
CREATE DOMAIN kinds.y_codes AS "Odd Kinds"."Code"[];
CREATE TYPE kinds.x_inner AS (mood kinds.z_mood, "A b" "Odd Kinds"."Code", price numeric(7,2));
CREATE TYPE kinds.b_outer AS (first kinds.x_inner, rest kinds.x_inner[], at timestamptz(3));
CREATE DOMAIN kinds.a_domain AS kinds.b_outer;
CREATE TYPE kinds.unused AS ENUM ('no');
CREATE TABLE public.things (id int, it kinds.a_domain, moods kinds.z_mood[], codes kinds.y_codes);
CREATE TABLE public.more (id int, mood kinds.z_mood, code "Odd Kinds"."Code");
INSERT INTO public.more VALUES (1, 'so-so', 'abc'), (2, 'happy', 'def'), (3, 'o''k', 'x');
INSERT INTO public.things VALUES (1, ((('sad', 'abc', 1.5), ARRAY[('happy', 'd', 2)]::kinds.x_inner[],
	'2020-01-01 00:00+00')::kinds.b_outer)::kinds.a_domain, '{happy,sad}', '{abc,d}');
END
my $choice = "only_tables => '{things,more}'";
my $link = link_sql($remote, 'orders', "create_types => true, $choice");
my $mood = 'kinds.z_mood';

# --- without it: the error, whose HINT would do ---

my $error = fails($local, link_sql($remote, 'orders', $choice), '42704', undef, 'missing types', @alice);
like($error->{hint}, qr/CREATE TYPE "kinds"\."z_mood" AS ENUM/, 'the HINT has the statements');

# --- everything at once ---

run_sql($local, $link, @alice);
is(labels($mood), "sad,so-so,o'k,happy", 'an enum, its labels in order');
is(run_sql($local, "SELECT count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace"
		  . " WHERE typtype = 'd' AND nspname ~* 'kinds'"), 0, 'no domain');
is( run_sql($local, "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) ||"
		  . " CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY attnum)"
		  . " FROM pg_attribute WHERE attrelid IN ('orders.things'::regclass, 'orders.more'::regclass)"
		  . " AND attname IN ('it', 'codes', 'code') GROUP BY attrelid ORDER BY 1"),
	"code character varying(5) NOT NULL\nit kinds.b_outer, codes character varying(5)[]",
	'columns of domains have what these are over');
is( run_sql($local, "SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod),"
		  . " ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'kinds.b_outer'::regclass"),
	'first kinds.x_inner, rest kinds.x_inner[], at timestamp(3) with time zone',
	'a composite of composites and arrays');
is( run_sql($local, "SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod),"
		  . " ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'kinds.x_inner'::regclass"),
	'mood kinds.z_mood, "A b" character varying(5), price numeric(7,2)', 'which is made of others');
is(exists_type('kinds.unused'), 'f', 'nothing that no column needs');
is( run_sql($local, "SELECT DISTINCT nspname, nspowner::regrole, typowner::regrole FROM pg_namespace n"
		  . " JOIN pg_type t ON t.typnamespace = n.oid WHERE nspname ~* 'kinds' ORDER BY 1"),
	"kinds|alice|alice", 'schemas and types belong to the maker');
is( run_sql($local, "SELECT (it).first.mood, ((it).rest)[1].price, moods, codes FROM orders.things",
		@alice), 'sad|2.00|{happy,sad}|{abc,d}', 'values arrive');
is( run_sql($local, "SELECT id FROM orders.more WHERE mood > 'sad' ORDER BY mood", @alice),
	"1\n3\n2", 'and sort as there');
run_sql($local, q{INSERT INTO orders.more VALUES (4, 'sad', 'new')}, @alice);
fails($local, q{INSERT INTO orders.more VALUES (5, 'sad', 'wrong')}, '23514', undef,
	"the remote's CHECK is the remote's to enforce", @alice);
is(run_sql($local, "SELECT count(*) FROM datalink_diff('orders')", @alice), 0, 'no drift');

# --- refresh: labels and new types ---

on_remote(<<"END");
ALTER TYPE $mood ADD VALUE 'first' BEFORE 'sad';
ALTER TYPE $mood ADD VALUE 'between' AFTER 'sad';
ALTER TYPE $mood ADD VALUE 'last';
END
is( run_sql($local, "SELECT object, change, blocked_by FROM datalink_diff('orders')", @alice),
	join("\n", ("$mood|enum label added|{}") x 3), 'diff shows the new labels');
run_sql($local, "SELECT datalink_refresh('orders')", @alice);
is(labels($mood), "first,sad,between,so-so,o'k,happy,last", 'refresh adds them in their places');
is(run_sql($local, "SELECT count(*) FROM datalink_diff('orders')", @alice), 0, 'then all is told');

on_remote(<<'END');
CREATE TYPE kinds.later AS ENUM ('x');
CREATE TYPE kinds.pair AS (a kinds.later, b kinds.later[]);
ALTER TABLE public.more ADD COLUMN pair kinds.pair;
END
run_sql($local, "SELECT datalink_refresh('orders')", @alice);
is( run_sql($local, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
		  . " WHERE attrelid = 'orders.more'::regclass AND attname = 'pair'"),
	'kinds.pair', 'a new column of a new type: refresh makes the type');
like(run_sql($local, 'SELECT srvoptions FROM pg_foreign_server'), qr/kinds\.pair/,
	'and the link remembers that it did');

# --- drop: what is not used goes, what is stays ---

run_sql($local, <<'END', @alice);
CREATE SCHEMA mine;
CREATE TABLE mine.t (mood kinds.z_mood, inner_one kinds.x_inner);
END
my $messages = messages_of($local, "SELECT datalink_drop('orders')", @alice);
like($messages, qr/NOTICE:  00000: types that the data link made are still used and stay/, 'the drop');
my ($stay) = $messages =~ /^DETAIL:  (.*)$/m;
is($stay && join(', ', sort split /, /, $stay), 'kinds.x_inner, kinds.z_mood',
	'says which types stay');
is( run_sql($local, "SELECT string_agg(typname, ',' ORDER BY typname) FROM pg_type t"
		  . " JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname ~* 'kinds' AND typelem = 0"),
	'x_inner,z_mood', 'the others are gone');
run_sql($local, 'DROP SCHEMA mine CASCADE', @alice);
run_sql($local, 'DROP SCHEMA kinds CASCADE', @alice);

# --- types that were here are nobody's to alter, and not to drop ---

run_sql($local, "CREATE SCHEMA kinds; CREATE TYPE $mood AS ENUM ('sad', 'so-so', 'o''k', 'happy', 'last')", @alice);
$error = fails($local, $link, '42804', qr/do not fit/, 'a type that was here and lacks labels', @alice);
like($error->{detail}, qr/type kinds\.z_mood lacks the label 'first' before 'sad';/, 'is named');
is($error->{hint} =~ s/.*?:\n//sr, join("\n", "ALTER TYPE kinds.z_mood ADD VALUE 'first' BEFORE 'sad';",
	"ALTER TYPE kinds.z_mood ADD VALUE 'between' AFTER 'sad';"), 'with what to do');
run_sql($local, $error->{hint} =~ s/.*?:\n//sr, @alice);
run_sql($local, $link, @alice);
on_remote("ALTER TYPE $mood ADD VALUE 'very last'");
is(labels($mood), "first,sad,between,so-so,o'k,happy,last", 'a type that was here stays as it was');
unlike(run_sql($local, 'SELECT srvoptions FROM pg_foreign_server'), qr/z_mood/, 'and is not ours');
$messages = messages_of($local,
	"SELECT object, blocked_by FROM datalink_refresh('orders')", @alice);
like($messages, qr/NOTICE:  .*types of this database do not fit/, 'a refresh says so');
like($messages, qr/ALTER TYPE kinds\.z_mood ADD VALUE 'very last' AFTER 'last';/, 'with the statement');
is(labels($mood), "first,sad,between,so-so,o'k,happy,last", 'and leaves it');
like(run_sql($local, "SELECT DISTINCT blocked_by FROM datalink_diff('orders')", @alice),
	qr/type kinds\.z_mood, which this link did not make/, 'diff says why');
my ($statements) = $messages =~ /^HINT:  Bring them up with:\n(.*?)(?=^[A-Z]+:|\z)/ms;
run_sql($local, $statements =~ s/^LOCATION.*//msr, @alice);
is(labels($mood), "first,sad,between,so-so,o'k,happy,last,very last", 'the statements are right');
run_sql($local, "SELECT datalink_drop('orders')", @alice);
is(exists_type($mood), 't', 'a drop of the link leaves it');
is(exists_type('kinds.x_inner'), 'f', 'and takes its own');
run_sql($local, 'DROP SCHEMA kinds CASCADE', @alice);

# --- rolled back ---

run_sql($local, "BEGIN; $link; ROLLBACK", @alice);
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname ~* 'kinds'"), 0,
	'ROLLBACK takes types and schemas along');

# --- what cannot be made ---

on_remote(<<'END');
CREATE TYPE kinds.span AS RANGE (subtype = float8);
CREATE TABLE public.spans (id int, s kinds.span);
CREATE TYPE kinds.with_span AS (s kinds.span);
CREATE TABLE public.nested (id int, s kinds.with_span);
END
$remote->safe_psql('orders', 'CREATE EXTENSION citext; CREATE TABLE public.ext (name citext);'
	  . ' CREATE TYPE kinds.with_ext AS (name citext); CREATE TABLE public.ext2 (c kinds.with_ext);'
	  . ' GRANT SELECT ON public.ext, public.ext2 TO app');
for my $table (qw(spans nested ext ext2))
{
	$error = fails($local, link_sql($remote, 'orders', "create_types => true, only_tables => '{$table}'"),
		'42704', undef, "$table: cannot be made", @alice);
	like($error->{hint}, $table =~ /ext/ ? qr/CREATE EXTENSION "?citext"?/ : qr/except_tables/,
		"$table: what to do");
	is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname IN ('kinds', 'orders')"), 0,
		"$table: nothing is left");
}
run_sql($local, 'CREATE EXTENSION citext');
run_sql($local, link_sql($remote, 'orders', "create_types => true, only_tables => '{ext,ext2}'"), @alice);
is( run_sql($local, "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
		  . " WHERE attrelid = 'kinds.with_ext'::regclass"), 'citext', 'with the extension it can');
run_sql($local, "SELECT datalink_drop('orders')", @alice);
is(run_sql($local, "SELECT to_regtype('citext')"), 'citext', "the extension's type stays");
run_sql($local, 'DROP SCHEMA kinds', @alice);

# --- rights ---

$local->safe_psql('postgres', 'CREATE SCHEMA kinds');
$error = fails($local, $link, '42501', qr/permission denied for schema kinds/,
	'a role without CREATE on the schema', @alice);
is(run_sql($local, "SELECT count(*) FROM pg_foreign_server"), 0, 'makes nothing');
$local->safe_psql('postgres', 'GRANT ALL ON SCHEMA kinds TO alice, bob');
run_sql($local, $link, @alice);
is(exists_type('kinds.b_outer'), 't', 'with it, it does');
fails($local, link_sql($remote, 'second', "create_types => true, $choice"), '42804', undef,
	'types that belong to another role', role => 'bob');
run_sql($local, "SELECT datalink_drop('orders')", @alice);

# --- forged options ---

# Somebody names a superuser's and bob's types, a table, and SQL, as made by a link.
$local->safe_psql('postgres', <<'END');
CREATE TYPE public.theirs AS ENUM ('a', 'b');
CREATE TABLE public.precious (id int);
INSERT INTO public.precious VALUES (1);
CREATE TABLE public.alices (id int);
ALTER TABLE public.alices OWNER TO alice;
END
run_sql($local, 'CREATE TYPE kinds.bobs AS ENUM (\'x\')', role => 'bob');
$remote->safe_psql('orders', 'CREATE TABLE public.forged (id int); GRANT SELECT ON public.forged TO app');

# The remote's type, which fits only without c.
sub their_labels
{
	my ($labels) = @_;
	$remote->safe_psql('orders', "ALTER TABLE public.forged DROP COLUMN IF EXISTS t;"
		  . " DROP TYPE IF EXISTS public.theirs; CREATE TYPE public.theirs AS ENUM ($labels);"
		  . ' ALTER TABLE public.forged ADD t public.theirs');
}
my @forged = ('public.theirs', 'kinds.bobs', 'integer', 'public.precious', 'public.alices',
	'public.theirs; DROP TABLE public.precious', 'public.theirs CASCADE; --', '', '"', 'no such type at all',
	'public.theirs[]');
my $array = run_sql($local, 'SELECT ARRAY[' . join(', ', map { "'$_'" } @forged) . ']::text');
my $forge = "ALTER SERVER orders OPTIONS (ADD types_made '" . $array . "', ADD create_types 'true')";
my $untouched = sub {
	my ($name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(labels('public.theirs') . ' ' . labels('kinds.bobs'), 'a,b x', "$name: others' types stay");
	is( run_sql($local, 'SELECT (SELECT count(*) FROM public.precious),'
			  . ' (SELECT count(*) FROM public.alices)'), '1|0', "$name: tables stay");
};
my $forged_link = link_sql($remote, 'orders', "only_tables => '{forged}'");
for my $who ([ 'a superuser' ], [ 'its owner', @alice ])
{
	my ($name, @role) = @$who;
	their_labels("'a', 'b'");
	run_sql($local, $forged_link, @alice);
	run_sql($local, $forge, @alice);
	their_labels("'a', 'b', 'c'");
	$messages = messages_of($local, "SELECT * FROM datalink_refresh('orders')", @role);
	unlike($messages, qr/ERROR/, "$name refreshes a link with a forged option");
	$untouched->("$name refreshes");
	$messages = messages_of($local, "SELECT datalink_drop('orders')", @role);
	unlike($messages, qr/ERROR|NOTICE/, "$name drops it");
	is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server'), 0, "$name: the link is gone");
	$untouched->("$name drops");
}

# A superuser who rebuilds it does not lend the option his rights.
my $url = url($remote);
for my $way ("datalink_set_remote('orders', '$url')",
	"datalink_create('$url', 'orders', only_tables => '{forged}', create_types => true)")
{
	their_labels("'a', 'b'");
	run_sql($local, $forged_link, @alice);
	run_sql($local, $forge, @alice);
	run_sql($local, 'DROP SCHEMA orders CASCADE', @alice);
	run_sql($local, "SELECT $way");
	their_labels("'a', 'b', 'c'");
	$messages = messages_of($local, "SELECT * FROM datalink_refresh('orders');"
		  . " SELECT datalink_drop('orders')");
	unlike($messages, qr/ERROR/, 'a superuser rebuilds, refreshes and drops it');
	$untouched->('a superuser rebuilds');
}

# A reset takes the types that a link has made along, but for those that something else uses.
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA typed AUTHORIZATION app;
SET ROLE app;
CREATE TYPE typed.mood AS ENUM ('sad', 'ok');
CREATE TABLE typed.t (mood typed.mood);
END
run_sql($local, link_sql($remote, 'typed', "remote_schema => 'typed', create_types => true"));
my $reset = "SET datalinks.reset_schemas = 'doomed'; CREATE SCHEMA doomed CREATE TABLE t (); DROP SCHEMA doomed CASCADE";
like(messages_of($local, $reset), qr/WARNING:  01000: 1 data link is invalid: typed\nHINT/, 'a reset of a link that made types');
is(run_sql($local, "SELECT to_regnamespace('typed') IS NULL"), 't', '... takes types and schema along');
run_sql($local, "SELECT datalink_set_remote('typed', '$url'); CREATE TABLE typed.mine AS SELECT 'ok'::typed.mood AS mood");
like(messages_of($local, $reset), qr/left with the schema: table typed\.mine, type typed\.mood\./, '... which a table of another uses');
is(run_sql($local, 'SELECT mood FROM typed.mine'), 'ok', '... leaves that as it is');

done_testing();
