# The border between C++ and PostgreSQL (src/postgres): what crosses it arrives whole, what it
# leaves behind is destroyed, and nothing is leaked. The SQL functions are those of test/border.

use strict;
use warnings;

use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $library = `pg_config --pkglibdir`);
plan skip_all => 'the module of test/border is not installed: run make check'
  unless -e "$library/datalinks_border.so";

my $node = PostgreSQL::Test::Cluster->new('border');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE FUNCTION border_alive() RETURNS int LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_run(sql text, frames int) RETURNS void LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_catch(sql text, depth int) RETURNS text LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_catch_and_raise(sql text) RETURNS void LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_throw(kind text) RETURNS void LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_throw_in_call(kind text) RETURNS void LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_with_setting(name text, value text, sql text) RETURNS text
	LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_as(role oid, sql text) RETURNS text LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_many(sql text, times int) RETURNS int LANGUAGE C AS 'datalinks_border';
CREATE FUNCTION border_origin(sql text) RETURNS void LANGUAGE C AS 'datalinks_border';

-- An error with everything that an error can have.
CREATE FUNCTION raise_all() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE 'a message, 100%%' USING ERRCODE = 'P0042', DETAIL = 'a detail', HINT = 'a hint',
		SCHEMA = 'a schema', TABLE = 'a table', COLUMN = 'a column', DATATYPE = 'a type',
		CONSTRAINT = 'a constraint';
END $$;

-- What PL/pgSQL sees of a statement's error.
CREATE FUNCTION diagnosed(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	code text; message text; detail text; hint text; in_schema text; in_table text;
	in_column text; of_type text; by_constraint text; context text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, in_schema = SCHEMA_NAME,
		in_table = TABLE_NAME, in_column = COLUMN_NAME, of_type = PG_DATATYPE_NAME,
		by_constraint = CONSTRAINT_NAME, context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws(E'\n', code, message, detail, hint, in_schema, in_table, in_column, of_type,
		by_constraint, context);
END $$;
CREATE TABLE keys (key int CONSTRAINT only_once PRIMARY KEY);
INSERT INTO keys VALUES (1);
CREATE ROLE plain;

-- What the session holds: contexts of errors, bytes of its longest-lived context and of all, and
-- of the process (the second number of statm, in pages).
CREATE FUNCTION held(OUT errors bigint, OUT top bigint, OUT total bigint, OUT resident bigint)
	LANGUAGE sql AS $$
	SELECT count(*) FILTER (WHERE name = 'datalinks error'),
		sum(total_bytes) FILTER (WHERE name = 'TopMemoryContext'), sum(total_bytes),
		split_part(pg_read_file('/proc/self/statm'), ' ', 2)::bigint * 4096
	FROM pg_backend_memory_contexts $$;
END

# Runs all of it in one session; what it printed, and what it said.
sub session
{
	my ($sql) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', $sql, stdout => \$out, stderr => \$err, on_error_stop => 0);
	return ($out, $err);
}

sub printed
{
	my ($out, $err) = session(@_);
	return $out . $err;
}

# Destructors run when a server's ERROR passes through C++ frames.
my ($out, $err) = session(<<'END');
SELECT border_run('SELECT 1/0', 50);
SELECT border_alive();
BEGIN;
SELECT border_run('SELECT 1', 50);
SELECT border_catch('SELECT 1/0', 10) ~ '^22012';
SELECT border_alive();
COMMIT;
END
like($err, qr/ERROR:  division by zero/, 'an error passes through fifty C++ frames');
is($out, "0\n\nt\n0", '... and each destructor ran');

# Server to C++: everything is there.
my $raised = "a message, 100%\ndetail=a detail\nhint=a hint\n"
  . "context=PL/pgSQL function raise_all() line 3 at RAISE\nSQL statement \"SELECT raise_all()\"\n";
my $names = "schema=a schema\ntable=a table\ncolumn=a column\ndatatype=a type\n"
  . 'constraint=a constraint';
is(printed(q{SELECT border_catch('SELECT raise_all()', 1)}),
	"P0042\nmessage=$raised$names", 'C++ catches the whole error');
is(printed(q{SELECT border_catch('SELECT raise_all()', 7)}),
	"P0042\nmessage=$raised$names", '... also seven subtransactions deep');
like(printed(q{SELECT border_catch('INSERT INTO keys VALUES (1)', 1)}),
	qr/^23505\n.*schema=public\ntable=keys\nconstraint=only_once/s, 'names of table and constraint');
like(printed(q{SELECT border_catch('SELEC 1', 1)}),
	qr/^42601\n.*query=SELEC 1/s, 'the text that could not be parsed');

# C++ to server: PL/pgSQL sees what it would have seen without C++ between.
my $fields = "P0042\na message, 100%\na detail\na hint\na schema\na table\na column\na type\n"
  . "a constraint\nPL/pgSQL function raise_all() line 3 at RAISE";
my $inside = 'SQL statement "SELECT raise_all()"';
my $end = 'PL/pgSQL function diagnosed(text) line 6 at EXECUTE';
is(printed(q{SELECT diagnosed('SELECT raise_all()')}), "$fields\n$inside\n$end", 'without C++');
is(printed(q{SELECT diagnosed($$SELECT border_run('SELECT raise_all()', 3)$$)}),
	qq{$fields\n$inside\nSQL statement "SELECT border_run('SELECT raise_all()', 3)"\n$end},
	'through C++, no CONTEXT doubled');
is(printed(q{SELECT diagnosed($$SELECT border_catch_and_raise('SELECT raise_all()')$$)}),
	qq{$fields\n$inside\nSQL statement "SELECT border_catch_and_raise('SELECT raise_all()')"\n$end},
	'caught, other errors in between, and passed on');
my $once = q{SELECT border_run('SELECT raise_all()', 2)};
my $twice = q{SELECT border_run('SELECT border_run(''SELECT raise_all()'', 2)', 2)};
is(printed("SELECT diagnosed(\$\$$twice\$\$)"),
	"$fields\n$inside\nSQL statement \"$once\"\nSQL statement \"$twice\"\n$end",
	'through C++ twice');
($out, $err) = session(q{SELECT border_run('SELECT 1 FROM nowhere', 1)});
like($err,
	qr/relation "nowhere" does not exist\nLINE 1: SELECT 1 FROM nowhere\n\s+\^\nQUERY:  SELECT 1 FROM nowhere/,
	'psql can point to the place');
like((session(q{SELECT border_origin('SELECT 1/0')}))[1], qr/ERROR:  int\.c int4div division by zero$/m,
	'nothing of it stood in memory that went with the exception');

# Exceptions that are none of the server's.
for my $function ('border_throw', 'border_throw_in_call')
{
	($out, $err) = session(<<"END");
\\set VERBOSITY verbose
SELECT $function('unknown');
SELECT $function('int');
SELECT $function('bad_alloc');
SELECT $function('logic_error');
SELECT $function('failure');
\\set VERBOSITY default
SELECT border_alive(), 'alive';
END
	my @unknown = $err =~ /ERROR:  XX000: unexpected exception of an unknown type\n/g;
	is(scalar @unknown, 2, "$function: exceptions of unknown types");
	like($err, qr/ERROR:  53200: out of memory/, '... std::bad_alloc');
	like($err, qr/ERROR:  XX000: unexpected exception: what it says, 100%\n/, '... a std::exception');
	like($err,
		qr/ERROR:  42704: a message, 100%s\nDETAIL:  A detail, 100%s\.\nHINT:  A hint, 100%s\.\nCONTEXT:  a context, 100%s\n/,
		'... and one of our own, whole');
	is($out, '0|alive', '... and the session lives, everything destroyed');
}
is(printed(q{SELECT diagnosed($$SELECT border_throw('failure')$$)}),
	"42704\na message, 100%s\nA detail, 100%s.\nA hint, 100%s.\n\n\n\n\n\na context, 100%s\n"
	  . qq{SQL statement "SELECT border_throw('failure')"\n$end}, 'PL/pgSQL sees all of that');

# Interrupts.
($out, $err) = session(<<'END');
SET statement_timeout = '100ms';
SELECT border_run('SELECT pg_sleep(60)', 5);
SELECT border_alive(), 'alive';
BEGIN;
SELECT border_run('SELECT pg_sleep(60)', 5);
ROLLBACK;
BEGIN;
SELECT left(border_catch('SELECT pg_sleep(60)', 5), 5);
SELECT border_catch('SELECT 1/0', 1) ~ '^22012', 'goes on';
COMMIT;
SELECT border_alive(), 'alive';
END
my @cancelled = $err =~ /ERROR:  canceling statement due to statement timeout/g;
is(scalar @cancelled, 2, 'statement_timeout ends a statement under C++ frames');
is($out, "0|alive\n57014\nt|goes on\n0|alive", '... and in a subtransaction');

for my $call (q{border_run('SELECT pg_sleep(60)', 5)},
	q{border_catch_and_raise('SELECT pg_sleep(60)')})
{
	my ($shown, $said) = ('', '');
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'),
			'-c', "SELECT $call", '-c', q{SELECT border_alive(), 'alive'} ],
		'<', \undef, '>', \$shown, '2>', \$said);
	my $sleeping = q{FROM pg_stat_activity WHERE wait_event = 'PgSleep'};
	$node->poll_query_until('postgres', "SELECT count(*) = 1 $sleeping")
	  or BAIL_OUT('the session to be cancelled did not begin to sleep');
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) $sleeping");
	$psql->finish;
	like($said, qr/canceling statement due to user request/, "pg_cancel_backend: $call");
	is($shown, "0|alive\n", '... and the session lives');
}

# Subtransactions: what was done in a failed one is undone, the rest stays, and goes on.
($out, $err) = session(<<'END');
BEGIN;
CREATE TABLE done (what text);
SELECT border_catch($$INSERT INTO done VALUES ('undone'); SELECT 1/0$$, 5) ~ '^22012';
SELECT border_catch($$INSERT INTO done VALUES ('kept')$$, 5);
SELECT border_catch($$SELECT border_run('SELECT border_catch(''SELECT 1/0'', 3), 1/0', 3)$$, 3)
	~ '^22012';
INSERT INTO done VALUES ('after');
COMMIT;
SELECT * FROM done;
SELECT border_alive();
END
is($err, '', 'errors in subtransactions, nested ones too, do not end the transaction');
is($out, "t\nno error\nt\nkept\nafter\n0", '... what failed is undone, the rest is kept');

# Settings and the user are put back, whatever happened.
($out, $err) = session(<<'END');
SET work_mem = '4MB';
SELECT border_with_setting('work_mem', '123kB', $$SELECT current_setting('work_mem')$$);
SHOW work_mem;
BEGIN;
SELECT diagnosed($$SELECT border_with_setting('work_mem', '123kB', 'SELECT 1/0')$$) ~ '^22012';
SHOW work_mem;
SELECT left(border_catch($$SELECT border_with_setting('work_mem', '123kB', 'SELECT 1/0')$$, 3), 5);
SHOW work_mem;
SELECT border_with_setting('work_mem', '123kB',
	$$SELECT left(border_catch('SELECT 1/0', 2), 5) || ' ' || current_setting('work_mem')$$);
SHOW work_mem;
COMMIT;
SELECT border_with_setting('work_mem', 'nonsense', 'SELECT 1');
SHOW work_mem;
SELECT border_with_setting('no_such_setting', 'x', 'SELECT 1');
END
is($out, "123kB\n4MB\nt\n4MB\n22012\n4MB\n22012 123kB\n4MB\n4MB", 'settings are put back');
like($err,
	qr/invalid value for parameter "work_mem": "nonsense".*unrecognized configuration parameter/s,
	'... and wrong ones refused');

($out, $err) = session(<<'END');
SELECT current_user AS me \gset
SELECT oid AS plain FROM pg_roles WHERE rolname = 'plain' \gset
SELECT border_as(:plain, 'SELECT current_user::text');
SELECT current_user = :'me';
SELECT left(diagnosed(format('SELECT border_as(%s, ''TABLE pg_authid'')', :plain)), 5);
SELECT current_user = :'me';
BEGIN;
SELECT left(border_catch(format('SELECT border_as(%s, ''SELECT 1/0'')', :plain), 2), 5);
SELECT current_user = :'me', count(*) > 0 FROM pg_authid;
SELECT left(border_catch(format('SELECT border_as(%s, ''SET ROLE NONE'')', :plain), 2), 5);
SELECT border_as(:plain, 'SELECT left(border_catch(''SELECT 1/0'', 2), 5) || '' '' || current_user');
COMMIT;
SELECT border_as(:plain, 'SELECT 1/0');
SELECT current_user = :'me';
SET ROLE plain;
SELECT current_user;
END
is($out, "plain\nt\n42501\nt\n22012\nt|t\n42501\n22012 plain\nt\nplain", 'the user is put back');

# Ten thousand errors in a row, in each way that one can take.
my %ways = (
	'caught in subtransactions' => q{PERFORM border_many('SELECT raise_all()', 10000)},
	'raised to EXCEPTION blocks' => loop(q{PERFORM border_run('SELECT raise_all()', 3)}),
	'our own, raised to EXCEPTION blocks' => loop(q{PERFORM border_throw('failure')}),
	'caught and raised again' => loop(q{PERFORM border_catch_and_raise('SELECT raise_all()')}),
	'in expressions of PL/pgSQL' =>
	  loop(q{dummy := border_with_setting('work_mem', '1MB', 'SELECT raise_all()')}));

sub loop
{
	my ($statement) = @_;
	return "FOR i IN 1..10000 LOOP BEGIN $statement;"
	  . " EXCEPTION WHEN SQLSTATE 'P0042' OR undefined_object THEN NULL; END; END LOOP";
}

for my $way (sort keys %ways)
{
	# The first round is for caches; errors must not even heap up within one statement.
	my $do = "DO \$\$ DECLARE dummy text; count bigint; BEGIN $ways{$way};"
	  . " SELECT errors INTO count FROM held(); RAISE NOTICE 'held %', count; END \$\$;";
	($out, $err) = session(<<"END");
SELECT * FROM held() \\gset before_
$do
SELECT * FROM held() \\gset before_
$do
SELECT * FROM held() \\gset after_
SELECT :after_errors, border_alive(), :after_top - :before_top, :after_total - :before_total,
	:after_resident - :before_resident;
END
	note("$way: $out $err");
	my ($errors, $alive, $top, $total, $resident) = split /\|/, $out;
	is($errors, 0, "10,000 errors $way: none is still held");
	is($alive, 0, '... all was destroyed');
	cmp_ok($top, '<=', 0, '... TopMemoryContext has not grown');
	cmp_ok($total, '<', 65536, '... nor have all contexts together');
	cmp_ok($resident, '<', 4 * 1024 * 1024, '... nor has the process');
	is(join(',', $err =~ /held (\d+)/g), '0,0', '... nor were any held until the statement ended');
}

$node->stop;
done_testing();
