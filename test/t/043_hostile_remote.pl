# A remote that means harm gets no more than a wrong column: nothing that it says runs here, nothing
# is left of what fails, and what it says aloud stays with it.

use strict;
use warnings;

use DataLinks;
use EchoServer;
use Test::More;

my ($local, $remote) = start_nodes();
make_role($remote, 'evil', 'SUPERUSER');
$remote->append_conf('postgresql.conf', 'allow_system_table_mods = on');
$remote->restart;
$local->safe_psql('postgres', 'CREATE TABLE public.victim (a int); INSERT INTO victim VALUES (1)');

# A fresh database of the remote's for each attack, and a link to it that must or must not come up.
my $attacks = 0;
sub attack
{
	my ($sql) = @_;
	my $database = 'attack_' . ++$attacks;
	$remote->safe_psql('postgres', "CREATE DATABASE $database");
	$remote->safe_psql($database, "SET search_path = public; $sql");
	return link_sql($remote, 'attacked', undef, role => 'evil', dbname => $database);
}

# What stands in the local database, but for the link: must not change whatever happens.
sub state_of
{
	return run_sql($local, <<'END');
SELECT (SELECT array_agg(a) FROM public.victim), (SELECT count(*) FROM pg_inherits),
	(SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_roles),
	(SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_attrdef),
	(SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg_%'),
	(SELECT count(*) FROM pg_class WHERE relkind <> 'f'), (SELECT count(*) FROM pg_foreign_server)
END
}
my $before = state_of();

sub refused
{
	my ($name, $create, $sqlstate) = @_;
	fails($local, $create, $sqlstate // '[0-9A-Z]{5}', undef, "$name is refused");
	is(state_of(), $before, 'and leaves nothing');
	return;
}

sub harmless
{
	my ($name, $create, $look, $expected) = @_;
	run_sql($local, $create);
	is(run_sql($local, $look), $expected, "$name is a name like any other");
	run_sql($local, "SELECT datalink_drop('attacked')");
	is(state_of(), $before, 'and leaves nothing');
	return;
}

# Names.
my @injections = (
	q{x (a int) SERVER s; DROP TABLE public.victim; --}, q{x" (a int); DROP TABLE public.victim; --},
	q{x'); DROP TABLE public.victim; --}, q{x\'); DROP TABLE public.victim; --}, qq{x\n); DROP TABLE victim},
	q{$$; DROP TABLE public.victim; $$}, q{%1%%2%%s%n}, q{x", table_name 'victim'}, q{/*}, q{{a,b"}});
my $tables = join('', map { my $n = s/'/''/gr;
	"SELECT format('CREATE TABLE %I (%I int); INSERT INTO %1\$I VALUES (7)', E'' || \$q\$$_\$q\$, \$q\$$_\$q\$) \\gexec\n" } @injections);
harmless('an injection', attack($tables),
	"SELECT string_agg(md5(relname), ',' ORDER BY md5(relname)) FROM pg_class WHERE relnamespace = 'attacked'::regnamespace",
	$local->safe_psql('postgres', 'SELECT string_agg(m, \',\' ORDER BY m) FROM (VALUES '
		. join(', ', map { "(md5(\$q\$$_\$q\$))" } @injections) . ') v(m)'));
my $create = attack($tables);
run_sql($local, $create);
is($local->safe_psql('postgres', <<'END'), scalar @injections, 'rows of tables with such names are read');
SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM attacked.%I WHERE %1$I = 7', relname), false, true, '')))[1]::text::int)
FROM pg_class WHERE relnamespace = 'attacked'::regnamespace
END
run_sql($local, "SELECT datalink_drop('attacked')");

# Expressions are never taken over: a default, a generation expression, a partition bound, a CHECK.
$create = attack(<<'END');
CREATE FUNCTION public.pg_sleep() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (id int DEFAULT 6 * 7, n text GENERATED ALWAYS AS (chr(65)) STORED, CHECK (id > 0));
CREATE TABLE victim (a int CHECK (a > 5)) PARTITION BY LIST (a);
CREATE TABLE child () INHERITS (t);
END
run_sql($local, $create);
is(run_sql($local, <<'END'), "n|NULL::text\nn|NULL::text", 'of expressions, only that there is one comes over');
SELECT attname, pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
WHERE adrelid IN (SELECT ftrelid FROM pg_foreign_table)
END
is(run_sql($local, "SELECT count(*) FROM pg_constraint WHERE conrelid IN (SELECT ftrelid FROM pg_foreign_table)"),
	0, 'no CHECK');
is(run_sql($local, "SELECT count(*) FROM pg_inherits WHERE inhrelid IN (SELECT ftrelid FROM pg_foreign_table)"),
	0, 'nothing inherits');
run_sql($local, "SELECT datalink_drop('attacked')");

# Types.
refused('a type whose name is SQL', attack(<<'END'), '42704');
CREATE TYPE "int4); DROP TABLE public.victim; --" AS ENUM ('a');
CREATE TABLE t (a "int4); DROP TABLE public.victim; --");
END
$create = attack(<<'END');
CREATE TYPE "e'); DROP TABLE public.victim; --" AS ENUM ('a''); DROP TABLE public.victim; --', E'\\''); DROP TABLE public.victim; --');
CREATE DOMAIN "d; DROP TABLE public.victim; --" AS "e'); DROP TABLE public.victim; --"[];
CREATE TYPE "c""; DROP TABLE public.victim; --" AS ("a"" int); DROP TABLE public.victim; --" int,
	b "d; DROP TABLE public.victim; --", c text COLLATE "C");
CREATE TABLE t (a "c""; DROP TABLE public.victim; --");
END
my $error = fails($local, $create, '42704', undef, 'types made of types whose names are SQL are refused');
my ($hint) = $error->{hint} =~ /\ACreate them here[^\n]*:\n(.*)/s;
is(run_sql($local, "BEGIN;\n$hint\nSELECT array_agg(a) FROM public.victim; ROLLBACK"), '{1}',
	'and whoever follows the HINT makes types and nothing else');
is(state_of(), $before, 'nothing is left');
refused('a type renamed to garbage', attack(<<'END'), '42704');
CREATE TABLE t (a int4range, b text);
UPDATE pg_type SET typname = 'int4range); DROP TABLE public.victim; --' WHERE oid = 'int4range'::regtype;
END
$create = attack(<<'END');
CREATE TABLE t (a int4);
UPDATE pg_type SET typname = 'int4); DROP TABLE public.victim; --' WHERE oid = 'int4'::regtype;
END
run_sql($local, $create);
is(run_sql($local, "SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'attacked.t'::regclass AND attnum = 1"),
	'integer', 'a built-in base type is what it is here, whatever it is called there');
run_sql($local, "SELECT datalink_drop('attacked')");

# Modifiers.
for my $case ([ 'numeric(5,2)', -17 ], [ 'numeric(5,2)', 2147483647 ], [ 'varchar(5)', 3 ], [ 'varchar(5)', 0 ],
	[ 'varchar(5)', 2147483647 ], [ 'int4', 5 ], [ 'timestamp(2)', 99 ], [ 'interval(2)', 123456 ], [ 'bit(3)', 0 ],
	[ 'text', 12 ], [ 'time(2)', -2147483648 ], [ 'char(4)', 4 ], [ 'date', 0 ])
{
	my ($type, $typmod) = @$case;
	my $sql = attack("CREATE TABLE t (a $type, b int);
		UPDATE pg_attribute SET atttypmod = $typmod WHERE attrelid = 't'::regclass AND attname = 'a'");
	my $got = error_of($local, $sql);
	# The server's own words for an interval's modifier come as an internal error.
	ok(!$got->{sqlstate} || $got->{sqlstate} =~ /\A(22|42|0A|08P01)/ || $got->{message} =~ /invalid INTERVAL typmod/, "$type with modifier $typmod is taken or refused in order")
	  or diag(explain($got));
	run_sql($local, "SELECT datalink_drop('attacked', if_exists => true)");
	is(state_of(), $before, 'and leaves nothing');
}

# Catalogs that contradict themselves.
$create = attack(<<'END');
CREATE TABLE t (a int);
DELETE FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'tableoid';
UPDATE pg_attribute SET attname = 'tableoid' WHERE attrelid = 't'::regclass AND attname = 'a';
END
like(messages_of($local, $create), qr/NOTICE:  .*columns of the remote .* left out.*DETAIL:  t\.tableoid/s,
	'a column with a system column\'s name is left out');
run_sql($local, "SELECT datalink_drop('attacked')");
refused('a type that does not exist', attack(<<'END'), '08P01');
CREATE TABLE t (a int, b int);
UPDATE pg_attribute SET atttypid = 4294967295 WHERE attrelid = 't'::regclass AND attname = 'a';
END
refused('a pseudo-type', attack(<<'END'));
CREATE TABLE t (a int, b int);
UPDATE pg_attribute SET atttypid = 'anyelement'::regtype WHERE attrelid = 't'::regclass AND attname = 'a';
END
refused('an internal type', attack(<<'END'));
CREATE TABLE t (a int, b int);
UPDATE pg_attribute SET atttypid = 'internal'::regtype WHERE attrelid = 't'::regclass AND attname = 'a';
END
refused('a collation on a type that has none', attack(<<'END'));
CREATE TABLE t (a int, b int);
UPDATE pg_attribute SET attcollation = '"C"'::regcollation WHERE attrelid = 't'::regclass AND attname = 'a';
END
refused('more columns than a table may have', attack(<<'END'));
CREATE TABLE t (a int);
INSERT INTO pg_attribute SELECT (a).* FROM (SELECT jsonb_populate_record(a, jsonb_build_object('attnum', i, 'attname', 'c' || i)) AS a
	FROM pg_attribute a, generate_series(2, 1700) i WHERE a.attrelid = 't'::regclass AND a.attname = 'a') x;
END

# A role whose settings put its own functions and types before the server's.
$create = attack(<<'END');
CREATE SCHEMA trap;
CREATE TABLE trap.pg_class (oid oid, relname name, relnamespace oid, relkind "char", relispartition bool);
CREATE FUNCTION trap.format_type(oid, int) RETURNS text LANGUAGE sql AS $$ SELECT 'int); DROP TABLE public.victim; --' $$;
CREATE FUNCTION trap.coalesce_oid(oid, oid) RETURNS bool LANGUAGE sql AS $$ SELECT 1 / 0 = 1 $$;
CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap.coalesce_oid);
CREATE TABLE public.t (a int);
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = trap, pg_catalog, public', current_database()); END $$;
END
run_sql($local, $create);
is(run_sql($local, "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'attacked'::regnamespace"), 't',
	'a search_path of the remote role does not lead astray');
run_sql($local, "SELECT datalink_drop('attacked')");

# Settings of the role that bend how text is read.
$create = attack(<<'END');
CREATE TABLE "back\slash'" ("c\" int, d numeric(4,2));
DO $$ BEGIN
	EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database());
	EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database());
	EXECUTE format('ALTER DATABASE %I SET bytea_output = escape', current_database());
	EXECUTE format('ALTER DATABASE %I SET array_nulls = off', current_database());
	EXECUTE format('ALTER DATABASE %I SET client_min_messages = debug5', current_database());
	EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1min''', current_database());
END $$;
END
my $size = log_size($local);
unlike(messages_of($local, $create), qr/DEBUG|NOTICE:  00000: (?!the connection)|WARNING/, 'a talkative remote talks to itself');
is(run_sql($local, "SELECT string_agg(relname || '.' || attname, ',' ORDER BY attnum) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
	WHERE relnamespace = 'attacked'::regnamespace AND attnum > 0"), q{back\slash'.c\\,back\slash'.d}, 'names with backslashes come over whole');
unlike(log_of($local, $size), qr/DEBUG|StartTransaction|parse <unnamed>/, 'and nothing of it reaches the log here');
run_sql($local, "SELECT datalink_drop('attacked')");

# NULL in place of each value that no catalog leaves out, beside strings that are allocated: what was
# built of the row before must be freed once.
my $liar = EchoServer->new;
$size = log_size($local);
for my $what (map({ "relations_$_" } 0 .. 8), map { "types_$_" } 0 .. 18)
{
	my $got = error_of($local, link_sql($liar, 'lied', undef, dbname => $what));
	like($got->{sqlstate} // 'no error', qr/\A(08P01|42704|no error)\z/, "$what is NULL: an error in order");
	run_sql($local, "SELECT datalink_drop('lied', if_exists => true)");
}
unlike(log_of($local, $size), qr/terminated by signal/, 'and no crash');
$liar->stop;

is(run_sql($local, 'SELECT array_agg(a) FROM public.victim'), '{1}', 'the victim is well');

done_testing();
