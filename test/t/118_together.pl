# What the larger parts say of each other's objects: a link to all schemas in datalink_query(), in
# datalink_tables(), in datalink_stats() and in a union; a union where a link is wanted; a role that
# has a grant, at the remote's own SQL.

use strict;
use warnings;

use lib 'test/t';
use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice reader);
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice; GRANT CREATE ON DATABASE postgres TO alice');
run_sql($remote, 'GRANT CREATE ON DATABASE orders TO app', dbname => 'orders');
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE SCHEMA sales;
CREATE TABLE sales.invoice (id int PRIMARY KEY, total numeric NOT NULL);
INSERT INTO sales.invoice VALUES (1, 10), (2, 20);
END
my @alice = (role => 'alice');
run_sql($local, link_sql($remote, 'whole', "remote_schema => '*', except_tables => ARRAY['public.*']"), @alice);
run_sql($local, link_sql($remote, 'sold', "remote_schema => 'sales'"), @alice);

# --- a link to all schemas ---

is(run_sql($local, "SELECT * FROM datalink_query('whole', 'SELECT sum(total) FROM sales.invoice') AS t(n numeric)", @alice),
	'30', 'the remote\'s own SQL over a link to all schemas');
is(run_sql($local, "SELECT * FROM datalink_query('whole', 'SHOW search_path') AS t(path text)", @alice),
	run_sql($remote, 'SHOW search_path', dbname => 'orders', role => 'app'), 'names are looked up as the role has it there');
is(run_sql($local, 'SELECT name, relation, remote_schema, remote_table, columns, primary_key FROM datalink_tables() ORDER BY 1', @alice),
	"sold|sold.invoice|sales|invoice|2|{id}\nwhole|whole_sales.invoice|sales|invoice|2|{id}", 'its tables');
my $error = fails($local, "SELECT datalink_union('both', ARRAY['sold', 'whole'])", '0A000', qr/"whole" cannot be in a union/,
	'a union refuses it', @alice);
is($error->{hint}, "Link the schemas by themselves, with remote_schema => 'name'.", 'and says what to do');

# --- a union where a link is wanted, and the other way round ---

run_sql($local, "SELECT datalink_union('all_sold', ARRAY['sold'])", @alice);
fails($local, "SELECT datalink_union_add('all_sold', 'whole')", '0A000', qr/"whole"/, 'nor later', @alice);
for my $call ("datalink_analyze('all_sold')", "datalink_set_remote('all_sold', 'postgres://a:b\@127.0.0.1/c')",
	"datalink_grant('all_sold', 'reader')", "datalink_confirm('all_sold')", "datalink_execute('all_sold', 'SELECT 1')",
	"datalink_alter('all_sold', read_only => true)")
{
	fails($local, "SELECT $call", '42809', qr/union/, "$call of a union", @alice);
}
fails($local, "SELECT * FROM datalink_query('all_sold', 'SELECT 1') AS t(n int)", '42809', qr/union/, 'datalink_query of a union', @alice);
is(run_sql($local, "SELECT name, kind FROM datalink_list() ORDER BY 1", @alice),
	"all_sold|union\nsold|link\nwhole|link", 'the list tells them apart');
is(run_sql($local, "SELECT string_agg(name, ' ' ORDER BY name) FROM datalink_check()", @alice), 'sold whole', 'links alone are checked');
is(run_sql($local, "SELECT count(*) FROM datalink_tables('sold')", @alice), '1', 'tables of links, no views');

# --- what went over them ---

is(run_sql($local, <<'END', @alice), 't', 'each is counted by itself');
SELECT datalink_stats_reset() \g /dev/null
SELECT count(*) FROM whole_sales.invoice \g /dev/null
SELECT n FROM datalink_query('whole', 'SELECT generate_series(1, 5)') AS t(n int) \g /dev/null
SELECT count(*) FROM all_sold.invoice \g /dev/null
SELECT bool_and(rows_received >= CASE name WHEN 'whole' THEN 6 ELSE 1 END) AND count(*) = 2
  FROM datalink_stats() WHERE scope = 'session';
END

# --- a granted role ---

run_sql($local, "SELECT datalink_grant('whole', 'reader'), datalink_grant('sold', 'reader')", @alice);
is(run_sql($local, 'SELECT count(*) FROM whole_sales.invoice', role => 'reader'), '2', 'reads the tables');
fails($local, "SELECT * FROM datalink_query('$_', 'SELECT 1') AS t(n int)", '42501', undef,
	"and may not send its own SQL over $_", role => 'reader') for qw(whole sold);
fails($local, 'SELECT count(*) FROM all_sold.invoice', '42501', undef, 'a union is granted by itself', role => 'reader');
run_sql($local, 'GRANT USAGE ON SCHEMA all_sold TO reader; GRANT SELECT ON all_sold.invoice TO reader', @alice);
is(run_sql($local, 'SELECT count(*) FROM all_sold.invoice', role => 'reader'), '2', 'by GRANT');

# --- a copy writes over none of these ways ---

run_sql($local, 'CREATE DATABASE copy TEMPLATE postgres');
for my $call (q{datalink_execute('sold', 'DELETE FROM invoice')}, q{datalink_execute('whole', 'DELETE FROM sales.invoice')})
{
	fails($local, "SELECT $call", '25006', undef, "$call in a copy", @alice, dbname => 'copy');
}
is(run_sql($local, 'SELECT count(*) FROM all_sold.invoice', @alice, dbname => 'copy'), '2', 'and its union reads');
run_sql($local, "SELECT datalink_drop('all_sold'); SELECT datalink_drop('whole'); SELECT datalink_drop('sold')", @alice);
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(all_sold|sold|whole)'"), '0', 'all is dropped');

done_testing();
