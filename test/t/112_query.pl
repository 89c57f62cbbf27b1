# Statements in the remote's own SQL: in the transaction of the link's other statements, with its
# rights, and harmless to what else uses the session.

use strict;
use warnings;

use DataLinks;
use Test::More;

use Pooler ();

keep_sessions();
my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob carol dave);
$local->safe_psql('postgres', 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . 'GRANT CREATE ON DATABASE postgres TO alice');
make_remote_schema($remote, 'other');
$remote->safe_psql('orders', <<'END_OF_SQL');
CREATE ROLE another; GRANT another TO app;
SET ROLE app;
UPDATE other.customer SET name = 'other ' || name;
CREATE TABLE job (id int PRIMARY KEY, done bool DEFAULT false);
INSERT INTO job SELECT g FROM generate_series(1, 5) g;
CREATE TABLE child (id int REFERENCES customer DEFERRABLE INITIALLY DEFERRED);
CREATE SEQUENCE counter;
CREATE FUNCTION add_customer(int, text) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO public.customer VALUES ($1, $2) $$;
END_OF_SQL
my %alice = (role => 'alice');
run_sql($local, link_sql($remote, 'shop'), %alice);
run_sql($local, link_sql($remote, 'other', "remote_schema => 'other'"), %alice);
run_sql($local, link_sql($remote, 'reading', 'read_only => true'), %alice);

sub query
{
	my ($sql, $list, $link, @parameters) = @_;
	my $call = join ', ', "'" . ($link // 'shop') . "'", "\$q\$$sql\$q\$", @parameters;
	return "SELECT * FROM datalink_query($call) AS t($list)";
}

sub execute
{
	my ($sql, $link, @parameters) = @_;
	my $call = join ', ', "'" . ($link // 'shop') . "'", "\$q\$$sql\$q\$", @parameters;
	return "SELECT datalink_execute($call)";
}

sub there
{
	my ($sql) = @_;
	return $remote->safe_psql('orders', $sql);
}

sub is_sql
{
	my ($sql, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(run_sql($local, $sql, %alice), $expected, $name);
}

# --- what it returns ---

is_sql(query('SELECT id, name FROM customer ORDER BY id', 'id int, name text'), "1|Ada\n2|Grace", 'rows');
is_sql(query('SELECT name FROM customer ORDER BY id', 'name text', 'other'), "other Ada\nother Grace",
	'names are looked up in the schema of the link');
is_sql(query('SELECT count(*) FROM public.job', 'n bigint', 'other'), 5, '... and elsewhere');
is_sql(query('SELECT $1::int + 1, $2::text IS NULL, $3', 'a int, b bool, c text', 'shop', "'41'", 'NULL', "'x'"),
	'42|t|x', 'parameters');
is_sql(query('SELECT $1 || $2', 'a text', 'shop', "VARIADIC ARRAY['a', 'b']"), 'ab', '... as an array');
is_sql(query(q{SELECT 1.50::numeric, '2026-01-02'::date, '{1,2}'::int[], NULL::int, 'a"b'::text, '\x00ff'::bytea},
		'a numeric, b date, c int[], d int, e text, f bytea'),
	'1.50|2026-01-02|{1,2}||a"b|\x00ff', 'types');
is_sql("SET datestyle = 'SQL, DMY'; SET intervalstyle = 'sql_standard'; "
	  . query(q{SELECT '2026-03-04'::date = $1::date, interval '-1 day 2 hours'}, 'a bool, b interval', 'shop', "'2026-03-04'"),
	't|+0-0 -1 +2:00:00', '... whatever the styles of dates here');
is_sql(query('SELECT 1 WHERE false', 'a int'), '', 'no rows');
is_sql("SELECT c.name, q.n FROM shop.customer c, LATERAL (" . query('SELECT 2 * $1::int', 'n int', 'shop', 'c.id::text')
	  . ') q ORDER BY 1', "Ada|2\nGrace|4", 'in a join, once a row');
is_sql(query('INSERT INTO customer VALUES (10, $1) RETURNING id, name', 'id int, name text', 'shop', "'Edith'"),
	'10|Edith', 'INSERT ... RETURNING');
is_sql(execute("INSERT INTO customer VALUES (10, 'x'), (11, 'y') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name"),
	2, 'an upsert, and how many rows');
is_sql(execute('SELECT add_customer(12, \'z\')'), 1, 'a function');
is_sql(execute('DELETE FROM customer WHERE id >= 10'), 3, 'DELETE');
is_sql(execute('CREATE TABLE made (a int)'), 0, 'DDL');
is(there("SELECT count(*) FROM pg_tables WHERE tablename = 'made'"), 1, '... is there');
is_sql(execute('UPDATE job SET done = true WHERE id IN (SELECT id FROM job WHERE NOT done ORDER BY id LIMIT $1::int'
	  . ' FOR UPDATE SKIP LOCKED)', 'shop', "'2'"), 2, 'SKIP LOCKED');
is_sql(execute("DO \$\$ BEGIN PERFORM 1; END \$\$"), 0, 'DO');

# --- what it refuses ---

my %refused = (
	'0A000' => [ 'COMMIT', ' ; /* a */ commit', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE datalinks_statement', 'END AND CHAIN',
		'BEGIN', 'START TRANSACTION', 'PREPARE TRANSACTION \'a\'', 'PREPARE a AS SELECT 1',
		'SET TRANSACTION READ WRITE', 'SET SESSION AUTHORIZATION DEFAULT', 'SET ROLE another', 'SET search_path = x',
		'RESET ALL', 'DISCARD ALL', 'LISTEN a', 'UNLISTEN *', 'EXECUTE a', 'DEALLOCATE ALL', 'FETCH c1', 'CLOSE ALL',
		'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'COPY customer TO STDOUT', 'COPY customer FROM STDIN' ],
	'42601' => [ '', ' ', ';', '-- a', '/* a */', 'SELECT 1; SELECT 2', 'DELETE FROM item; COMMIT', 'nonsense' ],
);
for my $state (sort keys %refused)
{
	for my $sql (@{ $refused{$state} })
	{
		fails($local, $_, $state, undef, "refused: $sql", %alice) for query($sql, 'a int'), execute($sql);
	}
}
is(there('SELECT count(*) FROM item'), 3, 'nothing was done');
fails($local, "SELECT * FROM datalink_query('shop', 'SELECT 1')", '42601', qr/column definition list/, 'no list', %alice);
like(fails($local, "SELECT datalink_query('shop', 'SELECT 1')", '42601', qr/list of the columns/, 'in a select list',
		%alice)->{hint}, qr/FROM/, '... says where');
fails($local, query('SELECT 1, 2', 'a int'), '42804', qr/have 2 columns, the list of columns 1/, 'too few columns', %alice);
fails($local, query('SELECT 1 WHERE false', 'a int, b int'), '42804', qr/have 1 columns/, 'too many, without a row', %alice);
like(fails($local, query('DELETE FROM item', 'a int'), '42804', qr/returns no rows/, 'no rows', %alice)->{hint},
	qr/datalink_execute/, '... says how');
is(there('SELECT count(*) FROM item'), 3, '... and is taken back');
my $error = fails($local, query("SELECT 1, 'a' UNION ALL SELECT 2, '3x' ORDER BY 1 DESC", 'a int, "my total" int'), '22P02',
	qr/column "my total" of row 1: invalid input syntax for type integer: "3x"/, 'a value that does not fit', %alice);
is($error->{detail}, 'The column is to be integer.', '... and what it should be');
fails($local, query('SELECT 1 UNION ALL SELECT 70000', 'a smallint'), '22003', qr/column "a" of row 2: .*out of range/,
	'... later', %alice);
fails($local, query("SELECT 'abcd'", 'a varchar(3)'), '22001', qr/column "a" of row 1/, '... too long', %alice);
$error = fails($local, query('SELECT 1 / $1::int', 'a int', 'shop', "'0'"), '22012', qr/division by zero/,
	"the remote's error", %alice);
like($error->{context}, qr/^remote SQL command: SELECT 1/m, '... and its statement');
unlike(join('', %$error), qr/\Q${\ password_of('app')}/, '... without the password');
fails($local, execute('INSERT INTO customer VALUES (1, NULL)'), '23502', undef, 'a constraint', %alice);
fails($local, "SELECT datalink_execute('shop', $_)", '22004', undef, "NULL: $_", %alice) for 'NULL', "'SELECT 1', VARIADIC NULL";
fails($local, "SELECT datalink_execute(NULL::text, 'SELECT 1')", '22004', undef, 'NULL for the link', %alice);
fails($local, execute('SELECT $1', 'shop'), '08P01', undef, 'a parameter too few', %alice);
fails($local, "SELECT datalink_execute('shop', 'SELECT 1', VARIADIC array_fill('x'::text, ARRAY[65536]))", '54000',
	qr/65535 parameters at the most/, '... and far too many', %alice);
fails($local, execute('SELECT 1', 'nowhere'), '42704', qr/does not exist/, 'no such link', %alice);

# --- who may ---

run_sql($local, "SELECT datalink_grant('shop', 'bob', false)", %alice);
for my $sql (query('SELECT 1', 'a int'), execute('SELECT 1'))
{
	fails($local, $sql, '42501', qr/permission denied for data link "shop"/, 'a granted role', role => 'bob');
	fails($local, $sql, '42501', qr/permission denied for data link "shop"/, 'any other', role => 'carol');
}
run_sql($local, 'GRANT USAGE ON FOREIGN SERVER shop TO carol, dave', %alice);
fails($local, execute('SELECT 1'), '42704', qr/user mapping not found for (?:user )?"carol"/, 'USAGE without a mapping', role => 'carol');
my $password = password_of('app');
run_sql($local, "CREATE USER MAPPING FOR dave SERVER shop OPTIONS (user 'app', password '$password')", role => 'dave');
is(run_sql($local, execute('SELECT 1'), role => 'dave'), 1, 'USAGE and a mapping');
fails($local, execute('SELECT 1'), '42704', qr/user mapping not found/, 'a superuser by a mapping of their own, too');
run_sql($local, "ALTER USER MAPPING FOR dave SERVER shop OPTIONS (DROP password)", role => 'dave');
fails($local, execute('SELECT 1'), '2F003', qr/password is required/, 'without a password', role => 'dave');

# --- the transaction ---

my $names = "SELECT string_agg(id::text, ',' ORDER BY id) FROM customer";
is_sql("BEGIN; INSERT INTO shop.customer VALUES (20, 'a'); " . query($names, 'a text') . '; '
	  . execute("INSERT INTO customer VALUES (21, 'b')") . "; SELECT string_agg(id::text, ',' ORDER BY id) FROM shop.customer; ROLLBACK",
	"1,2,20\n1\n1,2,20,21", 'each sees what the others have written');
is(there($names), '1,2', '... and a ROLLBACK takes it back');
is_sql('BEGIN; SAVEPOINT a; ' . execute("INSERT INTO customer VALUES (20, 'a')") . '; ROLLBACK TO a; '
	  . execute("INSERT INTO customer VALUES (21, 'b')") . '; SAVEPOINT c; ' . execute("INSERT INTO customer VALUES (22, 'c')")
	  . '; RELEASE c; COMMIT', "1\n1\n1", 'savepoints');
is(there($names), '1,2,21,22', '... are followed');
run_sql($local, 'DO $$ BEGIN BEGIN PERFORM datalink_execute(\'shop\', \'SELECT 1 / 0\'); EXCEPTION WHEN division_by_zero THEN NULL; END;'
	  . "PERFORM datalink_execute('shop', 'DELETE FROM customer WHERE id > 20'); END \$\$", %alice);
is(there($names), '1,2', 'it goes on after an error that was caught');
fails($local, execute('INSERT INTO child VALUES (99)'), '23503', undef, 'a deferred constraint, at COMMIT', %alice);
fails($local, 'BEGIN READ ONLY; ' . execute('DELETE FROM item'), '25006', qr/read-only/, 'not in a read-only transaction', %alice);
my $insert = sprintf q{\! psql -Xq -d "%s" -c "INSERT INTO customer VALUES (23, 'd')"}, $remote->connstr('orders');
is_sql('BEGIN ISOLATION LEVEL REPEATABLE READ; ' . query($names, 'a text') . ";\n$insert\n" . query($names, 'a text') . '; COMMIT; '
	  . query($names, 'a text') . '; ' . execute('DELETE FROM customer WHERE id = 23'), "1,2\n1,2\n1,2,23\n1", 'REPEATABLE READ');
is(there('SELECT count(*) FROM item'), 3, 'nothing was lost');

# --- no way to write ---

my @writes = ('DELETE FROM item', 'CREATE TABLE more (a int)', "SELECT nextval('counter')", 'SELECT add_customer(30, \'a\')',
	'WITH d AS (DELETE FROM item RETURNING id) SELECT id FROM d', 'SELECT id FROM item FOR UPDATE', 'TRUNCATE item',
	q{DO $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM item; END $$},
	q{DO $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); DELETE FROM item; END $$},
	q{SELECT set_config('transaction_read_only', 'off', true), add_customer(31, 'a')},
	q{DO $$ BEGIN COMMIT; DELETE FROM item; END $$}, 'DELETE FROM item; COMMIT');
my %copy = (dbname => 'copy');
$local->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()");
$local->safe_psql('template1', 'CREATE DATABASE copy TEMPLATE postgres');
error_of($local, 'SELECT 1', %$_) for {}, \%alice;
for my $sql (@writes)
{
	for my $call (execute($sql, 'reading'), query($sql, 'a text', 'reading'))
	{
		my $got = error_of($local, $call, %alice)->{sqlstate} // 'none';
		like($got, qr/\A(?:25006|25001|2D000|42601|42804)\z/, "read-only: $sql");
	}
	like(error_of($local, execute($sql), %alice, %copy)->{sqlstate} // 'none', qr/\A(?:25006|25001|2D000|42601)\z/, "in a copy: $sql");
}
# Some versions let these pass, but what they did is taken back.
error_of($local, execute($_, 'reading'), %alice)
  for q{DO $$ BEGIN RESET transaction_read_only; DELETE FROM item; NOTIFY evil; END $$}, 'SELECT lo_create(4711)';
is(there('SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM customer), (SELECT last_value FROM counter),'
	  . ' (SELECT count(*) FROM pg_largeobject_metadata)'), '3|2|1|0', 'nothing was written');
$error = fails($local, execute('DELETE FROM item', 'reading'), '25006', qr/read-only transaction/, 'a read-only link', %alice);
like($error->{hint}, qr/Data link "reading" is read-only/, '... says that it is');
is_sql('BEGIN; ' . query(q{SELECT set_config('transaction_read_only', 'off', false) WHERE false}, 'a text', 'reading') . '; '
	  . execute("SELECT set_config('app.x', 'y', false)", 'reading') . '; '
	  . query("SELECT coalesce(current_setting('app.x', true), '') = ''", 'a bool', 'reading') . '; COMMIT',
	"1\nt", 'it reads, and nothing of it is left');

# --- what it leaves behind ---

my $state = q{SELECT current_user, session_user, current_setting('search_path') ~ 'evil',
	current_setting('standard_conforming_strings'), current_setting('client_encoding'), current_setting('datestyle'),
	coalesce(current_setting('app.x', true), ''), (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
	(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
	(SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_cursors WHERE is_holdable),
	(SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND pg_table_is_visible(oid) AND relname = 'customer')};
my $list = 'a text, b text, c bool, d text, e text, f text, g text, h int, i int, j int, k int, l int';
my $clean = 'app|app|f|on|UTF8|ISO, MDY||0|0|0|0|0';
my @settings = (q{SELECT set_config('role', 'another', false)}, q{SELECT set_config('search_path', 'evil', false)},
	q{SELECT set_config('standard_conforming_strings', 'off', false), set_config('client_encoding', 'LATIN1', false),
		set_config('datestyle', 'German', false), set_config('app.x', 'y', false)},
	q{DO $$ BEGIN SET SESSION ROLE another; SET search_path = evil; SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; END $$});
my @objects = (q{DO $$ BEGIN EXECUTE 'PREPARE evil AS SELECT 1'; EXECUTE 'LISTEN evil';
	EXECUTE 'DECLARE evil CURSOR WITH HOLD FOR SELECT 1'; PERFORM pg_advisory_lock(1);
	CREATE TEMP TABLE customer (id int, name text); END $$});
my $pid = 'SELECT pg_backend_pid()';
for my $sql (@settings)
{
	is_sql('BEGIN; ' . execute($sql) =~ s/^SELECT/SELECT 0 */r . "; " . query($state, $list) . '; SELECT count(*) FROM shop.customer; COMMIT; '
		  . query($state, $list) . '; SELECT count(*) FROM shop.customer; '
		  . execute("INSERT INTO customer VALUES (40, 'a')") . '; ' . execute('DELETE FROM customer WHERE id = 40'),
		"0\n$clean\n2\n$clean\n2\n1\n1", "set back: $sql");
}
for my $end ('COMMIT', 'ROLLBACK')
{
	for my $sql (@settings, @objects)
	{
		is_sql(query($pid, 'a int') . ' \gset before_' . "\nBEGIN; SELECT 0 * datalink_execute('shop', \$q\$$sql\$q\$); $end;\n"
			  . query($pid, 'a int') . " \\gset after_\nSELECT :before_a = :after_a; " . query($state, $list)
			  . '; SELECT count(*) FROM shop.customer', "0\nt\n$clean\n2", "after $end: $sql");
	}
}
my $running = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND state <> 'idle'";
ok($remote->poll_query_until('orders', $running, '0'), 'no transaction is left open');

SKIP:
{
	my $pooler = Pooler->new($remote, 'orders') or skip 'no PgBouncer', 1;
	run_sql($local, link_sql($remote, 'pooled', undef, port => $pooler->port), %alice);
	for my $end ('COMMIT', 'ROLLBACK')
	{
		for my $sql (@settings, @objects)
		{
			is_sql('BEGIN; SELECT 0 * ' . execute($sql, 'pooled') =~ s/^SELECT //r . "; $end; SELECT count(*) FROM pooled.customer",
				"0\n2", "pooled, $end: $sql");
			is($remote->safe_psql('orders', $state, connstr => $pooler->connection('orders')), $clean, '... others find nothing');
		}
	}
	$pooler->stop;
}

# --- many rows, and an end to waiting ---

my $memory = "SELECT regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/status'), '.*VmHWM:\\s+(\\d+) kB.*', '\\1')::int";
SKIP:
{
	skip 'no /proc', 1 unless -r '/proc/self/status';
	run_sql($local, link_sql($remote, 'mine'));
	my ($before, $n, $after) = split /\n/, run_sql($local, "SET work_mem = '1MB'; $memory;"
		  . query("SELECT g, repeat('x', 1000) FROM generate_series(1, 100000) g", 'a int, b text', 'mine') =~ s/\*/count(*)/r . "; $memory");
	is($n, 100000, 'many rows');
	cmp_ok($after - $before, '<', 40_000, '... take little memory');
}
for my $sql (query('SELECT pg_sleep(1000)', 'a text'), query('SELECT g, pg_sleep(0.1) FROM generate_series(1, 10000) g', 'a int, b text'))
{
	fails($local, "SET statement_timeout = '200ms'; $sql", '57014', undef, 'cancelled', %alice);
	ok($remote->poll_query_until('orders', $running, '0'), '... there, too');
}
is_sql(query($names, 'a text'), '1,2', 'and it goes on');

unlike(log_of($local), qr/was terminated by signal/, 'no backend crashed');

done_testing();
