# The drift matrix: for each kind of change, on each kind of relation where it can occur, the diff
# shows that row alone, a refresh applies it, and what comes of it equals a fresh link.

use strict;
use warnings;

use lib 'test/t';
use DataLinks;
use Drift;
use Test::More;

my ($local, $remote) = start_nodes();
keep_sessions();
$remote->safe_psql('orders', <<'END');
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
GRANT USAGE ON FOREIGN SERVER elsewhere TO app;
GRANT CREATE ON DATABASE orders TO app;
END

# On the remote, a schema of its own for each case, with a table that nothing happens to.
sub remote_schema
{
	my ($setup) = @_;
	run_sql($remote, <<"END", dbname => 'orders', role => 'app');
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS s CASCADE;
CREATE SCHEMA s;
SET search_path = s;
CREATE TABLE bystander (id int PRIMARY KEY, note text);
$setup
END
}

sub on_remote
{
	my ($sql) = @_;
	run_sql($remote, "SET search_path = s; $sql", dbname => 'orders', role => 'app');
}

my $create = "datalink_create('" . url($remote) . "', 'd', remote_schema => 's')";
my $create_fresh = $create =~ s/'d'/'fresh'/r;

# Rows as the refresh applied them, then the diff, then how it differs from a fresh link.
sub applied
{
	my ($more, $link_options) = @_;
	$more = $more ? ", $more" : '';
	return rows_sql("datalink_refresh('d'$more)") . ";\nSELECT '--';\n"
	  . rows_sql("datalink_diff('d')") . ";\n"
	  . fresh_sql('d', $create_fresh =~ s/\)$/$link_options)/r);
}

# One case: the remote before, what happens to it, and the rows. Where a column or table goes or is
# retyped, a view is in the way first.
sub shows
{
	my ($name, $before, $change, $rows, %given) = @_;
	my $options = $given{options} ? ", $given{options}" : '';
	my $rows_text = join("\n", @$rows);
	remote_schema($before);
	my $call = $create =~ s/\)$/$options)/r;
	run_sql($local, "SELECT name FROM $call");
	on_remote($change);
	is(drift($local, 'd'), $rows_text, "$name: the diff shows it") or return drop_link();
	is(run_sql($local, "BEGIN;\n" . applied('', $options) . "ROLLBACK;\n"),
		join("\n", (grep { !/renamed\?/ } @$rows), '--'), "$name: a refresh applies it");
	blocked($name, $rows, $options, $given{blocked}) if $given{blocked};
	drop_link();
}

sub drop_link
{
	run_sql($local, "SET client_min_messages = warning; SELECT datalink_drop('d')");
}

# The same with a view on what goes.
sub blocked
{
	my ($name, $rows, $options, $on) = @_;
	my $rows_text = join("\n", grep { !/renamed\?/ } @$rows);
	my ($table, $column) = split /\./, $on;
	my $object = $column ? "d.$table.$column: " : "d.$table: table removed";
	my $what = $column // '*';
	run_sql($local, "CREATE VIEW in_the_way AS SELECT $what FROM d.$table");
	my $expected = join("\n", map { /^\Q$object\E/ && !/NOT NULL (added|dropped):|renamed\?/
		  ? "$_ [view public.in_the_way]" : $_ } @$rows);
	is(drift($local, 'd'), $expected, "$name: the diff names the view in the way");
	my $error = fails($local, "SELECT * FROM datalink_refresh('d')", '2BP01', qr/cannot refresh/,
		"$name: a refresh refuses");
	like($error->{detail}, qr/ is blocked by view public\.in_the_way\./, "$name: and says why");
	is(drift($local, 'd'), $expected, "$name: and has changed nothing");
	is(run_sql($local, applied('cascade => true', $options)),
		"$rows_text\n--", "$name: with cascade it applies it");
	is(run_sql($local, "SELECT to_regclass('public.in_the_way')"), '', "$name: the view is gone");
}

# How a guess that something was renamed ends.
my $keep = 'to keep what is built on it: ALTER FOREIGN TABLE "d"."t"';

# Tables: each kind comes, goes, and becomes another.
my %relations = (
	'table' => 'CREATE TABLE t (id int, n text);',
	'partitioned table' => 'CREATE TABLE t (id int, n text) PARTITION BY LIST (id);
		CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);',
	'view' => 'CREATE VIEW t AS SELECT 1 AS id, NULL::text AS n;',
	'materialized view' => 'CREATE MATERIALIZED VIEW t AS SELECT 1 AS id, NULL::text AS n;',
	'foreign table' => 'CREATE FOREIGN TABLE t (id int, n text) SERVER elsewhere;',
);
my @kinds = sort keys %relations;

sub drop_text
{
	my ($kind) = @_;
	return 'DROP ' . ($kind eq 'partitioned table' ? 'TABLE' : uc $kind) . ' t;';
}

for my $kind (@kinds)
{
	shows("a new $kind", '', $relations{$kind}, ["d.t: table added: $kind of 2 columns"]);
	shows("a dropped $kind", $relations{$kind}, drop_text($kind),
		['d.t: table removed: the remote has no "t"'], blocked => 't');
}
for my $i (0 .. $#kinds)
{
	my ($from, $to) = @kinds[ $i, ($i + 1) % @kinds ];
	shows("from $from to $to", $relations{$from}, drop_text($from) . $relations{$to},
		["d.t: kind changed: from $from to $to"]);
	shows("from $to to $from", $relations{$to}, drop_text($to) . $relations{$from},
		["d.t: kind changed: from $to to $from"]);
}
shows('a first child', $relations{table}, 'CREATE TABLE t_child () INHERITS (t);',
	[ 'd.t: kind changed: from table to inheritance parent',
	  'd.t_child: table added: table of 2 columns' ]);
shows('a last child gone', "$relations{table} CREATE TABLE t_child () INHERITS (t);",
	'ALTER TABLE t_child NO INHERIT t;',
	['d.t: kind changed: from inheritance parent to table']);
shows('a foreign table with a child', $relations{'foreign table'},
	'CREATE TABLE t_child () INHERITS (t);',
	['d.t_child: table added: table of 2 columns']);
shows('a new partition', $relations{'partitioned table'},
	'CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);', []);
shows('a partition attached', "$relations{'partitioned table'} CREATE TABLE t2 (id int, n text);",
	'ALTER TABLE t ATTACH PARTITION t2 FOR VALUES IN (2);',
	['d.t2: table removed: the remote has no "t2"'], blocked => 't2');
shows('a partition detached', $relations{'partitioned table'}, 'ALTER TABLE t DETACH PARTITION t1;',
	['d.t1: table added: table of 2 columns']);
shows('a renamed table', $relations{table}, 'ALTER TABLE t RENAME TO u;',
	[ qq{d.t: table renamed?: perhaps to u; $keep OPTIONS (SET table_name 'u')},
	  'd.t: table removed: the remote has no "t"', 'd.u: table added: table of 2 columns' ],
	blocked => 't');
shows('a table moved to another schema', $relations{table},
	'DROP SCHEMA IF EXISTS elsewhere CASCADE; CREATE SCHEMA elsewhere;
	ALTER TABLE t SET SCHEMA elsewhere;',
	['d.t: table removed: the remote has no "t"'], blocked => 't');
shows('a table whose name needs quotes', 'CREATE TABLE "A ""b"".c" ("X y" int);',
	'ALTER TABLE "A ""b"".c" ALTER "X y" TYPE bigint;',
	['d."A ""b"".c"."X y": type changed: from integer to bigint']);
shows('a table without columns', 'CREATE TABLE t ();', 'ALTER TABLE t ADD a int;',
	['d.t.a: column added: integer']);
shows('a table that loses all columns', 'CREATE TABLE t (a int);', 'ALTER TABLE t DROP a;',
	['d.t.a: column removed: integer'], blocked => 't.a');

# Columns of relations that ALTER TABLE knows.
my %altered = (
	'table' => [ 'CREATE TABLE t (COLUMNS);', 'TABLE' ],
	'partitioned table' => [
		'CREATE TABLE t (k int, COLUMNS) PARTITION BY LIST (k);
		CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);', 'TABLE' ],
	'inheritance parent' => [ 'CREATE TABLE t (COLUMNS); CREATE TABLE z () INHERITS (t);', 'TABLE' ],
	'foreign table' => [ 'CREATE FOREIGN TABLE t (COLUMNS) SERVER elsewhere;', 'FOREIGN TABLE' ],
);
# Name, columns before, ALTER, row without the object, whether a view can be in the way.
my @alterations = (
	[ 'a column added', 'id int', 'ADD c text', 'column added: text' ],
	[ 'a column added NOT NULL', 'id int', 'ADD c numeric(8,2) NOT NULL',
		'column added: numeric(8,2) NOT NULL' ],
	[ 'a column added with a collation', 'id int', 'ADD c text COLLATE "C"',
		'column added: text COLLATE pg_catalog."C"' ],
	[ 'a generated column added', 'id int', 'ADD c int GENERATED ALWAYS AS (id * 2) STORED',
		'column added: integer computed by the remote' ],
	[ 'a column removed', 'id int, c text', 'DROP c', 'column removed: text', 1 ],
	[ 'a column retyped', 'id int, c int', 'ALTER c TYPE bigint',
		'type changed: from integer to bigint', 1 ],
	[ 'a column that becomes an array', 'id int, c int', 'DROP c, ADD c int[]',
		'type changed: from integer to integer[]', 1 ],
	[ 'another typmod', 'id int, c varchar(10)', 'ALTER c TYPE varchar(20)',
		'type changed: from character varying(10) to character varying(20)', 1 ],
	[ 'no typmod any more', 'id int, c numeric(8,2)', 'ALTER c TYPE numeric',
		'type changed: from numeric(8,2) to numeric', 1 ],
	[ 'another collation', 'id int, c text', 'ALTER c TYPE text COLLATE "C"',
		'type changed: from text to text COLLATE pg_catalog."C"', 1 ],
	[ 'no collation any more', 'id int, c text COLLATE "C"', 'ALTER c TYPE text',
		'type changed: from text COLLATE pg_catalog."C" to text', 1 ],
	[ 'NOT NULL added', 'id int, c text', 'ALTER c SET NOT NULL',
		'NOT NULL added: the remote forbids NULL' ],
	[ 'NOT NULL dropped', 'id int, c text NOT NULL', 'ALTER c DROP NOT NULL',
		'NOT NULL dropped: the remote allows NULL' ],
	[ 'generation lost', 'id int, c int GENERATED ALWAYS AS (id * 2) STORED',
		'ALTER c DROP EXPRESSION',
		'generation changed: from integer computed by the remote to integer' ],
	[ 'generation gained', 'id int, c int',
		'DROP c, ADD c int GENERATED ALWAYS AS (id * 2) STORED',
		'generation changed: from integer to integer computed by the remote', 1 ],
	[ 'a generated column retyped', 'id int, c int GENERATED ALWAYS AS (id * 2) STORED',
		'ALTER c TYPE bigint',
		'generation changed: from integer computed by the remote to bigint computed by the remote',
		1 ],
	[ 'a column renamed', 'id int, c text', 'RENAME c TO c2',
		[ qq{d.t.c: column renamed?: perhaps to c2; $keep RENAME COLUMN "c" TO "c2"},
		  'd.t.c: column removed: text', 'd.t.c2: column added: text' ], 1 ],
	[ 'a default added', 'id int, c text', q{ALTER c SET DEFAULT 'x'}, [] ],
	[ 'several at once', 'id int, c int, d text',
		'ALTER c TYPE bigint, ALTER c SET NOT NULL, DROP d, ADD a text',
		[ qq{d.t.d: column renamed?: perhaps to a; $keep RENAME COLUMN "d" TO "a"},
		  'd.t.d: column removed: text', 'd.t.c: type changed: from integer to bigint',
		  'd.t.c: NOT NULL added: the remote forbids NULL', 'd.t.a: column added: text' ], 1 ],
);
# PostgreSQL has identity columns on ordinary tables only, until 17 gave them to partitioned ones.
my @identities = (
	[ 'identity gained', 'id int, c int NOT NULL', 'ALTER c ADD GENERATED ALWAYS AS IDENTITY',
		'generation changed: from integer NOT NULL to integer computed by the remote NOT NULL', 1 ],
	[ 'identity lost', 'id int, c int GENERATED ALWAYS AS IDENTITY', 'ALTER c DROP IDENTITY',
		'generation changed: from integer computed by the remote NOT NULL to integer NOT NULL' ],
	[ 'identity no longer ALWAYS', 'id int, c int GENERATED ALWAYS AS IDENTITY',
		'ALTER c SET GENERATED BY DEFAULT',
		'generation changed: from integer computed by the remote NOT NULL to integer NOT NULL' ],
	[ 'an identity column added', 'id int', 'ADD c bigint GENERATED ALWAYS AS IDENTITY',
		'column added: bigint computed by the remote NOT NULL' ],
);
for my $kind (sort keys %altered)
{
	my ($table, $word) = @{ $altered{$kind} };
	for my $case (@alterations, $kind eq 'table' ? @identities : ())
	{
		my ($name, $columns, $alter, $row, $blocked) = @$case;
		# A child keeps its own column when the parent's goes: it would be drift of its own.
		my $before = $table =~ s/COLUMNS/$columns/r;
		my @rows = ref $row ? @$row : ("d.t.c: $row");
		# What happens to a parent happens to its child.
		push @rows, map { s/^d\.t/d.z/r =~ s/"d"\."t"/"d"."z"/r } @rows if $kind eq 'inheritance parent';
		shows("$kind: $name", $before, "ALTER $word t $alter;", \@rows,
			$blocked ? (blocked => 't.c') : ());
	}
}

# Columns of views, which are made anew.
for my $kind ('view', 'materialized view')
{
	my $make = sub { 'CREATE ' . uc($kind) . " t AS SELECT $_[0];" };
	for my $case (
		[ 'a column added', '1 AS id', q{1 AS id, 'x'::text AS c}, 'column added: text' ],
		[ 'a column removed', q{1 AS id, 'x'::text AS c}, '1 AS id', 'column removed: text', 1 ],
		[ 'a column retyped', '1 AS id, 1 AS c', q{1 AS id, 'x'::text AS c},
			'type changed: from integer to text', 1 ],
		[ 'another typmod', q{1 AS id, 'x'::varchar(3) AS c}, q{1 AS id, 'x'::varchar(4) AS c},
			'type changed: from character varying(3) to character varying(4)', 1 ],
		[ 'another collation', q{1 AS id, 'x'::text AS c}, q{1 AS id, 'x'::text COLLATE "C" AS c},
			'type changed: from text to text COLLATE pg_catalog."C"', 1 ])
	{
		my ($name, $before, $after, $row, $blocked) = @$case;
		shows("$kind: $name", $make->($before), drop_text($kind) . $make->($after),
			["d.t.c: $row"], $blocked ? (blocked => 't.c') : ());
	}
}

# Enum labels, at every position, in a type that the link made.
for my $case (
	[ 'before all', q{ADD VALUE 'x' BEFORE 'a'}, q{'x' before 'a'} ],
	[ 'in the middle', q{ADD VALUE 'x' AFTER 'a'}, q{'x' after 'a'} ],
	[ 'after all', q{ADD VALUE 'x'}, q{'x' after 'b'} ],
	[ 'that needs quotes', q{ADD VALUE 'it''s \\"'}, q{E'it''s \\\\"' after 'b'} ])
{
	my ($name, $alter, $detail) = @$case;
	run_sql($local, "CREATE SCHEMA s");
	shows("an enum label $name", q{CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (m mood[]);},
		"ALTER TYPE mood $alter;", ["s.mood: enum label added: $detail"],
		options => 'create_types => true');
	remote_schema(q{CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (m mood);});
	run_sql($local, "SELECT name FROM $create" =~ s/\)$/, create_types => true)/r);
	on_remote("ALTER TYPE mood $alter");
	refreshed($local, 'd');
	my $labels = 'SELECT enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder';
	is(run_sql($local, $labels), run_sql($remote, $labels, dbname => 'orders'),
		"an enum label $name: the labels are the remote's");
	drop_link();
	run_sql($local, "SET client_min_messages = warning; DROP SCHEMA s CASCADE");
}

# In a type that the user made it is shown, and left to the user.
run_sql($local, q{CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('a', 'b')});
remote_schema(q{CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (m mood);});
run_sql($local, "SELECT name FROM $create");
on_remote(q{ALTER TYPE mood ADD VALUE 'x' AFTER 'a'});
my $users = q{s.mood: enum label added: 'x' after 'a' [type s.mood, which this link did not make]};
is(drift($local, 'd'), $users, "a label of the user's type: the diff shows it");
my $messages = messages_of($local, rows_sql("datalink_refresh('d')"));
like($messages, qr/NOTICE: .*HINT:  Bring them up with:\nALTER TYPE s\.mood ADD VALUE 'x' AFTER 'a';/s,
	"a label of the user's type: a refresh says how to add it");
is(drift($local, 'd'), $users, "a label of the user's type: a refresh leaves it");
run_sql($local, $messages =~ /(ALTER TYPE .*?;)/ ? $1 : '');
is(drift($local, 'd'), '', "a label of the user's type: the statement does it");
run_sql($local, q{ALTER TYPE s.mood ADD VALUE 'mine'});
is(drift($local, 'd'), '', "a label that only the local type has is no drift");
drop_link();
run_sql($local, "SET client_min_messages = warning; DROP SCHEMA s CASCADE");

# What happens here: foreign tables and columns that somebody dropped, retyped, or marked.
for my $case (
	[ 'a foreign table dropped here', 'DROP FOREIGN TABLE d.t', 'd.t: table added: table of 2 columns' ],
	[ 'a column dropped here', 'ALTER FOREIGN TABLE d.t DROP n', 'd.t.n: column added: text' ],
	[ 'a column added here', 'ALTER FOREIGN TABLE d.t ADD m int', 'd.t.m: column removed: integer' ],
	[ 'a column retyped here', 'ALTER FOREIGN TABLE d.t ALTER n TYPE int',
		'd.t.n: type changed: from integer to text' ],
	[ 'NOT NULL dropped here', 'ALTER FOREIGN TABLE d.t ALTER id DROP NOT NULL',
		'd.t.id: NOT NULL added: the remote forbids NULL' ])
{
	my ($name, $sql, $rows) = @$case;
	remote_schema('CREATE TABLE t (id int NOT NULL, n text);');
	run_sql($local, "SELECT name FROM $create; $sql");
	is(drift($local, 'd'), $rows, "$name: the diff shows it");
	is(run_sql($local, applied('', '')), "$rows\n--", "$name: a refresh mends it");
	drop_link();
}

done_testing();
