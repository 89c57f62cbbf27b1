# Which link a table is of, and what it is on the remote: datalink_tables(), the options in which it
# is recorded and their drift, and the comments on the link's schema and server, until a user writes
# another.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;
use Drift;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob);
$local->safe_psql('postgres', 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . 'GRANT CREATE ON DATABASE postgres TO alice');
keep_sessions();

sub on_remote
{
	my ($sql) = @_;
	$remote->safe_psql('orders', "SET client_min_messages = warning; $sql");
}

# The rows of datalink_tables(), without the link's name.
sub tables_of
{
	my ($name, %given) = @_;
	return run_sql($local, 'SELECT relation, remote_schema, remote_table, kind, columns,'
		  . " CASE remote_table WHEN 'plain' THEN rows END, writable,"
		  . " selectable, primary_key FROM datalink_tables('$name')", %given);
}

sub options_of
{
	my ($table) = @_;
	return run_sql($local, 'SELECT array(SELECT o FROM unnest(ftoptions) o ORDER BY o) FROM'
		  . " pg_foreign_table WHERE ftrelid = '$table'::regclass");
}

on_remote(<<'END');
CREATE SCHEMA kept;
GRANT USAGE ON SCHEMA kept TO app;
CREATE TABLE kept.plain ("B, {c}" int NOT NULL, c int NOT NULL, d int);
CREATE TABLE kept.keyless (a int UNIQUE);
CREATE TABLE kept.parted (id int, k int, PRIMARY KEY (k)) PARTITION BY LIST (k);
CREATE TABLE kept.shut (id int PRIMARY KEY, secret text);
CREATE TABLE kept.wide (id int PRIMARY KEY, secret text);
CREATE TABLE kept.bare ();
CREATE VIEW kept.view AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW kept.material AS SELECT 1 AS one;
INSERT INTO kept.plain SELECT i, i, i FROM generate_series(1, 30) i;
ANALYZE kept.plain;
GRANT SELECT, INSERT ON kept.plain, kept.keyless, kept.parted, kept.view, kept.material TO app;
GRANT SELECT (id) ON kept.wide TO app;
END

# --- what is recorded ---

my $kept = "remote_schema => 'kept'";
my $created = messages_of($local, link_sql($remote, 'kept', $kept), role => 'alice');
my $cannot_read = "NOTICE:  00000: the remote's role cannot read 2 of the tables that are linked\n"
  . 'DETAIL:  It has no SELECT on ';
like($created, qr/${cannot_read}bare, shut\./, 'a creation tells what cannot be read');
my $all = <<'END';
kept.bare|kept|bare|table|0||t|f|{}
kept.keyless|kept|keyless|table|1||t|t|{}
kept.material|kept|material|materialized view|1||f|t|{}
kept.parted|kept|parted|partitioned table|2||t|t|{k}
kept.plain|kept|plain|table|3|30|t|t|{}
kept.shut|kept|shut|table|2||t|f|{id}
kept.view|kept|view|view|1||t|t|{}
kept.wide|kept|wide|table|2||t|t|{id}
END
is(tables_of('kept') . "\n", $all, 'every table with its kind, size, rights and key');
on_remote('ALTER TABLE kept.plain ADD PRIMARY KEY (c, "B, {c}") INCLUDE (d)');
is(drift($local, 'kept'), 'kept.plain: primary key changed: from none to (c, B, {c})', 'a new key is drift');
is(refreshed($local, 'kept'), 'kept.plain: primary key changed: from none to (c, B, {c})',
	'which a refresh records');
is(drift($local, 'kept'), '', 'once');
$all =~ s/(kept.plain.*)\{\}/$1\{c,"B, {c}"}/;
is(tables_of('kept') . "\n", $all, 'with its columns in their order, without those included');
is(tables_of('kept', role => 'bob') . "\n", $all, 'as in the catalogs, for everybody');
is(options_of('kept.plain'), '{"primary_key={\"c\",\"B, {c}\"}",schema_name=kept,table_name=plain}', 'options');
is(options_of('kept.shut'), '{"primary_key={\"id\"}",schema_name=kept,selectable=false,table_name=shut}',
	'and of one that is not readable');
is(options_of('kept.view'), '{"primary_key={}",remote_kind=view,schema_name=kept,table_name=view}', 'a view');
is(run_sql($local, 'SELECT count(*) FROM kept.plain', role => 'alice'), 30, 'and nothing else minds them');
run_sql($local, 'INSERT INTO kept.plain ("B, {c}", c) VALUES (100, 100)', role => 'alice');
is(run_sql($local, 'SELECT c FROM kept.plain WHERE c > 30', role => 'alice'), 100, 'writes neither');
fails($local, 'SELECT * FROM kept.shut', '42501', qr/permission denied/, 'what it says is so', role => 'alice');

# --- drift ---

on_remote(<<'END');
REVOKE SELECT ON kept.keyless FROM app;
GRANT SELECT (secret) ON kept.shut TO app;
ALTER TABLE kept.parted DROP CONSTRAINT parted_pkey;
ALTER TABLE kept.wide DROP CONSTRAINT wide_pkey, ADD PRIMARY KEY (secret, id);
END
my $changes = join "\n",
  'kept.keyless: remote privileges changed: its role may not SELECT',
  'kept.parted: primary key changed: from (k) to none',
  'kept.shut: remote privileges changed: its role may SELECT',
  'kept.wide: primary key changed: from (id) to (secret, id)',
  'kept.wide.secret: NOT NULL added: ';
like(drift($local, 'kept'), qr/^\Q$changes\E/, 'rights and keys show in diff');
my $told = messages_of($local, "SELECT * FROM datalink_refresh('kept')", role => 'alice');
like($told, qr/${cannot_read}bare, keyless\./,
	'a refresh tells of all when one more cannot be read');
is(drift($local, 'kept'), '', 'and has recorded it');
unlike(messages_of($local, "SELECT * FROM datalink_refresh('kept')", role => 'alice'), qr/cannot read/,
	'the next has no news');
is( run_sql($local, "SELECT relation, selectable, primary_key FROM datalink_tables('kept')"
		  . " WHERE remote_table IN ('keyless', 'parted', 'shut', 'wide') ORDER BY 1"),
	"kept.keyless|f|{}\nkept.parted|t|{}\nkept.shut|t|{id}\nkept.wide|t|{secret,id}", 'for the list, too');

# --- what people do to it ---

my $wide = 'ALTER FOREIGN TABLE kept.wide';
run_sql($local, "$wide RENAME id TO number; $wide ALTER number OPTIONS (ADD column_name 'id');"
	  . "$wide OPTIONS (ADD updatable 'false'); $wide RENAME TO broad", role => 'alice');
is( run_sql($local, "SELECT relation, remote_table, writable, primary_key FROM datalink_tables('kept')"
		  . " WHERE remote_table = 'wide'"), 'kept.broad|wide|f|{secret,number}', 'the key in the names here');
run_sql($local, q{ALTER SERVER kept OPTIONS (ADD updatable 'false')}, role => 'alice');
is(run_sql($local, "SELECT count(*) FILTER (WHERE writable), count(*) FROM datalink_tables('kept')"),
	'0|8', 'a read-only link');
run_sql($local, 'ALTER SERVER kept OPTIONS (DROP updatable)', role => 'alice');

# What stands in the options is data: it does no harm, and a refresh puts it right.
my $long = 'x' x 100;
for my $forged ("primary_key '{'", "primary_key '{a,NULL}'", "primary_key '{{a}}'", "primary_key '{a}b'",
	"primary_key '$long'", "primary_key ''", "selectable 'maybe'", "selectable '$long'", "selectable ''")
{
	my ($option) = split / /, $forged;
	fails($local, "ALTER FOREIGN TABLE kept.plain OPTIONS (" . ($option eq 'selectable' ? 'ADD' : 'SET')
		  . " $forged)", '22023', qr/invalid value for option "$option"/, "refused: $forged", role => 'alice');
}
fails($local, "ALTER FOREIGN TABLE kept.plain ALTER c OPTIONS (ADD primary_key '{}')", 'HV00D', undef,
	'and on a column', role => 'alice');
fails($local, "ALTER SERVER kept OPTIONS (ADD selectable 'false')", 'HV00D', undef,
	'and on a server', role => 'alice');
run_sql($local, "ALTER FOREIGN TABLE kept.plain OPTIONS (SET primary_key '{gone,\"\\\"); DROP x\"}',"
	  . " ADD selectable 'true')", role => 'alice');
is(run_sql($local, "SELECT selectable, primary_key FROM datalink_tables('kept') WHERE relation = 'kept.plain'::regclass"),
	't|{gone,"\"); DROP x"}', 'a key of names that there are not');
is(run_sql($local, 'SELECT count(*) FROM kept.plain', role => 'alice'), 31, 'is nothing to a query');
is( refreshed($local, 'kept'), "kept.plain: primary key changed: from (gone, \"); DROP x) to (c, B, {c})\n"
	  . 'kept.plain: remote privileges changed: its role may SELECT', 'and a refresh puts it right');

# --- links made before, and tables made by hand ---

run_sql($local, link_sql($remote, 'older'), role => 'alice');
run_sql($local, "DO \$\$ DECLARE t regclass; BEGIN FOR t IN SELECT relation FROM datalink_tables('older') LOOP"
	  . " EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (DROP primary_key)', t); END LOOP; END \$\$",
	role => 'alice');
run_sql($local, "CREATE FOREIGN TABLE older.mine (x int) SERVER older OPTIONS (schema_name 'kept', table_name 'plain');"
	  . "CREATE FOREIGN TABLE older.again (id int) SERVER older OPTIONS (schema_name 'public', table_name 'item')",
	role => 'alice');
on_remote('REVOKE SELECT ON public.item FROM app');
is(drift($local, 'older'), '', 'a link that an older version made has not drifted');
is( run_sql($local, "SELECT relation, selectable, primary_key FROM datalink_tables('older')"),
	"older.again||\nolder.customer||\nolder.item||\nolder.mine||\nolder.spent||",
	'of what is not recorded, nothing is said');
is( refreshed($local, 'older'), join("\n", 'older.customer: primary key recorded: (id)',
		'older.item: primary key recorded: (id)',
		'older.item: remote privileges changed: its role may not SELECT',
		'older.spent: primary key recorded: none'), 'the next refresh records it');
is(refreshed($local, 'older') . drift($local, 'older'), '', 'once');
is( run_sql($local, "SELECT relation, selectable, primary_key FROM datalink_tables('older')"),
	"older.again||\nolder.customer|t|{id}\nolder.item|f|{id}\nolder.mine||\nolder.spent|t|{}",
	'and what was made by hand stays');
on_remote('GRANT SELECT ON public.item TO app');
refreshed($local, 'older');

# --- whose rows ---

is(run_sql($local, 'SELECT name, count(*) FROM datalink_tables() GROUP BY name ORDER BY name'),
	"kept|8\nolder|5", 'of every link');
is(run_sql($local, 'SELECT name FROM datalink_tables() WHERE relation = $$older.item$$::regclass'),
	'older', 'which link a table is of');
fails($local, "SELECT * FROM datalink_tables('nothing')", '42704', undef, 'an unknown link');
fails($local, "SELECT * FROM datalink_tables('$long')", '42602', undef, 'a long name');
# Another role's claim to the name shows nothing, and is in nobody's way.
run_sql($local, "GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO bob");
run_sql($local, "CREATE SERVER claim FOREIGN DATA WRAPPER datalinks OPTIONS (link 'kept', host '127.0.0.1')",
	role => 'bob');
is(run_sql($local, 'SELECT count(*) FROM datalink_tables()'), 13, 'a forged server has no tables');
# No connection is made.
$remote->stop;
is(run_sql($local, 'SELECT count(*) FROM datalink_tables()'), 13, 'while the remote is down');
$remote->start;

# --- comments ---

my $comments = "SELECT obj_description('%s'::regnamespace, 'pg_namespace'), obj_description(oid,"
  . " 'pg_foreign_server') FROM pg_foreign_server WHERE srvname = '%s'";
sub comments_on
{
	my ($link, $server) = @_;
	return run_sql($local, sprintf $comments, $link, $server // $link);
}

my $port = $remote->port;
my $made = qr/made \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/;
my $ours = sub {
	my ($link, $dbname, $more) = @_;
	my $text = qr{data link $link to postgres://127\.0\.0\.1:$port/$dbname$more, $made};
	return qr/^$text\|$text$/;
};
like(comments_on('kept'), $ours->('kept', 'orders', ''), 'comments tell the link, where to and since when');
run_sql($local, 'ALTER SCHEMA older RENAME TO old', role => 'alice');
like(comments_on('old'), $ours->('old', 'orders', ''), 'they follow a rename');
my $tls = '\?sslmode=disable';
run_sql($local, "SELECT datalink_set_remote('old', '" . url($remote, query => '?sslmode=disable') . "')", role => 'alice');
like(comments_on('old'), $ours->('old', 'orders', $tls), 'and datalink_set_remote()');

# What a user wrote.
run_sql($local, q{COMMENT ON SCHEMA old IS 'it''s mine'; COMMENT ON SERVER old IS NULL}, role => 'alice');
run_sql($local, "SELECT datalink_set_remote('old', '" . url($remote) . "')", role => 'alice');
run_sql($local, 'ALTER SCHEMA old RENAME TO older', role => 'alice');
on_remote('CREATE TABLE public.more (id int); GRANT SELECT ON public.more TO app');
is(refreshed($local, 'older'), 'older.more: table added: table of 1 column', 'a refresh');
is(comments_on('older'), "it's mine|", 'a comment of a user, or none, stays');

sub set_again
{
	my ($link) = @_;
	run_sql($local, "SELECT datalink_set_remote('$link', '" . url($remote) . "')", role => 'alice');
}
run_sql($local, "COMMENT ON SERVER older IS 'production'", role => 'alice');
run_sql($local, 'DROP SCHEMA older CASCADE', role => 'alice');
is(link_of($local, 'older')->{state}, 'invalid', 'its schema is dropped');
set_again('older');
is(comments_on('older'), "it's mine|production", 'both come back with datalink_set_remote()');

sub reset_database
{
	run_sql($local, 'CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE IF NOT EXISTS public.t ();'
		  . 'DROP SCHEMA public CASCADE');
}
reset_database();
is(link_of($local, 'older')->{state}, 'invalid', 'the database is reset');
set_again($_) for qw(older kept);
is(comments_on('older'), "it's mine|production", 'and so they do after a reset');
like(comments_on('kept'), $ours->('kept', 'orders', ''), 'where nobody had written any, they are the link\'s own');
# A reset that may not wait leaves schema and server: what is on them is still the user's.
my $reader = $local->background_psql('postgres');
$reader->query_safe(q{BEGIN; COMMENT ON FOREIGN TABLE older.customer IS 'held'});
reset_database();
like(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname = 'older'"), qr/1/, 'a busy link');
$reader->query_safe('ROLLBACK');
$reader->quit;
set_again('older');
is(comments_on('older'), "it's mine|production", 'a reset that could not clear the link');
# The server alone is dropped: the schema is made anew with it.
run_sql($local, 'DROP SERVER older CASCADE', role => 'alice');
run_sql($local, 'DROP SCHEMA IF EXISTS older CASCADE', role => 'alice');
set_again('older');
is(comments_on('older'), "it's mine|production", 'a server that was dropped');

# No comment holds a user or a password.
is(run_sql($local, q{SELECT count(*) FROM pg_description WHERE description LIKE '%app%:%@%' OR description LIKE '%pw-%'}),
	0, 'no comment holds a secret');

# A table's owner may write any number into its statistics, on 18 without being superuser.
run_sql($local, "UPDATE pg_class SET reltuples = 'Infinity' WHERE relkind = 'f'");
is(run_sql($local, 'SELECT count(*) > 0, count(rows) FROM datalink_tables()'), 't|0',
	'an endless number of rows is unknown');

done_testing();
