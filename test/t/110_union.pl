# Unions: many links as one schema of views. What they hold, which remotes a query touches, who may
# read them, and how they follow their links.

use strict;
use warnings;

use DataLinks;
use Test::More;

keep_sessions();
my ($local, $remote) = start_nodes();

# Tenants: databases of one server, one of them behind in its migrations.
my @shops = qw(shop1 shop2 shop3);
for my $shop (@shops)
{
	$remote->safe_psql('postgres', "CREATE DATABASE $shop OWNER app");
	$remote->safe_psql($shop, <<"END");
SET client_min_messages = warning;
GRANT ALL ON SCHEMA public TO app;
SET ROLE app;
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2), code varchar(10), at date);
INSERT INTO customer VALUES (1, '$shop');
INSERT INTO orders SELECT i, i, 'c' || i, '2026-01-01' FROM generate_series(1, 300) i;
END
}
$remote->safe_psql('shop2', <<'END');
SET ROLE app;
ALTER TABLE orders ADD note text DEFAULT 'n', ALTER id TYPE bigint, ALTER code TYPE varchar(20);
CREATE TABLE refund (id int);
END
$remote->safe_psql('shop3', <<'END');
SET ROLE app;
ALTER TABLE orders DROP at;
CREATE TABLE old (id int);
END

sub make_links
{
	my (%given) = @_;
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => $_) . "', '$_')", %given) for @shops;
	return;
}
my $all = 'ARRAY[' . join(', ', map { "'$_'" } @shops) . ']';

make_role($local, 'owner');
make_role($local, 'reader');
make_role($local, 'other');
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO owner, other;'
	  . 'GRANT CREATE ON DATABASE postgres TO owner, other; GRANT CREATE ON SCHEMA public TO owner');
my @owner = (role => 'owner');
make_links(@owner);

sub diff
{
	my ($name) = @_;
	return run_sql($local, "SELECT object, change, detail, blocked_by FROM datalink_diff('$name')"
		  . ' ORDER BY object COLLATE "C", change COLLATE "C"', @owner);
}

sub refresh
{
	my ($name, $more) = @_;
	return run_sql($local, "SELECT object, change, detail, blocked_by FROM datalink_refresh('$name'"
		  . ($more ? ", $more" : '') . ') ORDER BY object COLLATE "C", change COLLATE "C"', @owner);
}

subtest 'a union' => sub {
	is(run_sql($local, "SELECT name, remote, tables, read_only, owner, state, kind FROM datalink_union('shops', $all)",
			@owner), 'shops|shop1, shop2, shop3|4|t|owner|valid|union', 'is made, and returned as the list shows it');
	is(run_sql($local, 'SELECT name, kind, state FROM datalink_list()', @owner),
		"shop1|link|valid\nshop2|link|valid\nshop3|link|valid\nshops|union|valid", 'the list shows it as what it is');
	is(run_sql($local, 'SELECT link, name FROM shops.customer ORDER BY 1', @owner),
		"shop1|shop1\nshop2|shop2\nshop3|shop3", 'a view has the rows of all');
	is(run_sql($local, 'SELECT link, count(*), sum(total), count(note), count(at) FROM shops.orders GROUP BY 1 ORDER BY 1',
			@owner), "shop1|300|45150.00|0|300\nshop2|300|45150.00|300|300\nshop3|300|45150.00|0|0",
		'a column that some lack is NULL there');
	is(run_sql($local, "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
			  . " WHERE attrelid = 'shops.orders'::regclass AND attnum > 0 ORDER BY attnum", @owner),
		"link|text\nid|bigint\ntotal|numeric(10,2)\ncode|character varying\nat|date\nnote|text",
		'types are brought together as UNION does');
	is(diff('shops'), '', 'nothing differs');
	is(refresh('shops'), '', 'nor is there anything to refresh');
};

sub plan_of
{
	my ($sql, $before) = @_;
	return run_sql($local, ($before // '') . "EXPLAIN (VERBOSE, COSTS off) $sql", @owner);
}

subtest 'which remotes a query touches' => sub {
	my $one = plan_of(q{SELECT * FROM shops.orders WHERE link = 'shop2' AND id = 7});
	is(() = $one =~ /Foreign Scan on/g, 1, 'WHERE link = a constant: one remote');
	like($one, qr/Foreign Scan on shop2\.orders/, '... that one');
	like($one, qr/Remote SQL: .* WHERE \(\(id = 7\)\)/, '... with the other condition');
	my $all = plan_of('SELECT link, id FROM shops.orders WHERE total > 299');
	is(() = $all =~ /Async Foreign Scan on/g, 3, 'all remotes are scanned side by side');
	is(() = $all =~ /Remote SQL: .* WHERE \(\(total > 299/g, 3, 'with the condition');
	my $generic = "SET plan_cache_mode = force_generic_plan;"
	  . " PREPARE one(text) AS SELECT id FROM shops.orders WHERE link = \$1 AND id = 7;";
	my $run = run_sql($local, "$generic EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) EXECUTE one('shop3')", @owner);
	is(() = $run =~ /\(never executed\)/g, 2,
		'a parameter: the others are never asked');
	is(run_sql($local, "$generic EXECUTE one('shop3'); EXECUTE one('shop9')", @owner), '7', '... and the row is right');
};

subtest 'who may' => sub {
	fails($local, 'SELECT count(*) FROM shops.orders', '42501', undef, 'a role without rights may not read', role => 'reader');
	run_sql($local, 'GRANT USAGE ON SCHEMA shops TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA shops TO reader', @owner);
	is(run_sql($local, 'SELECT count(*) FROM shops.orders', role => 'reader'), 900, 'with a GRANT it does, by the owner\'s mappings');
	my $error = fails($local, "SELECT datalink_union('theirs', $all)", '42501', qr/may not read all tables/,
		'a union over links of others is refused', role => 'other');
	like($error->{detail}, qr/No user mapping for: data link shop1, data link shop2, data link shop3\./, 'and all of them named');
	like($error->{detail}, qr/No right to read: .*shop1\.orders.*shop2\.refund/, 'with the tables');
	is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname = 'theirs'"), 0, 'nothing is left of it');
	run_sql($local, "SELECT datalink_grant(l, 'other') FROM unnest($all) l", @owner);
	is(run_sql($local, "SELECT tables FROM datalink_union('theirs', $all)", role => 'other'), 4, 'granted links are taken');
	is(run_sql($local, 'SELECT count(*) FROM theirs.orders', role => 'other'), 900, 'and read');
	for my $call ("datalink_drop('shops')", "datalink_diff('shops')", "datalink_refresh('shops')",
		"datalink_union_add('shops', 'shop1')", "datalink_union_remove('shops', 'shop1')")
	{
		fails($local, "SELECT $call", '42501', qr/must be owner of data link union "shops"/, "$call is the owner's", role => 'other');
	}
	run_sql($local, "SELECT datalink_drop('theirs')", role => 'other');
};

subtest 'rights that were taken back' => sub {
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => 'shop1') . "', 'lent'); SELECT datalink_grant('lent', 'owner')", role => 'other');
	run_sql($local, "SELECT datalink_union('mixed', '{shop2,lent}', only_tables => '{customer}')", @owner);
	$remote->safe_psql('shop1', 'SET ROLE app; ALTER TABLE customer ALTER name TYPE varchar');
	my $error = fails($local, "SELECT datalink_refresh('lent')", '2BP01', undef, 'a refresh names a view in a schema of others', role => 'other');
	like($error->{detail}, qr/mixed\.customer/, '... of the union');
	$remote->safe_psql('shop1', 'SET ROLE app; ALTER TABLE customer ALTER name TYPE text');
	run_sql($local, "SELECT datalink_revoke('lent', 'owner')", role => 'other');
	fails($local, 'SELECT count(*) FROM mixed.customer', '42501', undef, 'a link that may not be used any more', @owner);
	run_sql($local, "SELECT datalink_union_remove('mixed', 'lent')", @owner);
	is(run_sql($local, 'SELECT link FROM mixed.customer', @owner), 'shop2', '... can be taken out');
	# Whoever takes the name of a link that is gone, and gives it up again.
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => 'shop1') . "', 'gone'); SELECT datalink_union_add('mixed', 'gone');"
		  . "SELECT datalink_drop('gone')", @owner);
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => 'shop1') . "', 'gone'); ALTER SCHEMA gone RENAME TO went", role => 'other');
	is(link_of($local, 'mixed')->{remote}, 'shop2, gone', 'a link of another role does not take a place with it');
	run_sql($local, "SELECT datalink_drop('mixed')", @owner);
	run_sql($local, "SELECT datalink_drop('went'); SELECT datalink_drop('lent')", role => 'other');
};

subtest 'what is refused' => sub {
	$remote->safe_psql('shop3', 'SET ROLE app; ALTER TABLE customer ADD link int;'
		  . ' ALTER TABLE orders ALTER total TYPE text USING total::text, ADD at interval');
	run_sql($local, "SELECT datalink_drop('shop3')", @owner);
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => 'shop3') . "', 'shop3')", @owner);
	my $error = fails($local, "SELECT datalink_union('two', $all)", '42804', qr/have no common type/, 'columns without a common type', @owner);
	is($error->{detail}, "customer.link: has the name of source_column\n"
		  . "orders.total: numeric(10,2) in shop1, shop2; text in shop3\norders.at: date in shop1, shop2; interval in shop3",
		'all of them are listed');
	my $notice = messages_of($local, "SELECT datalink_union('two', $all, skip_conflicts => true)", @owner);
	like($notice, qr/NOTICE: .*leaves out columns\nDETAIL:  customer\.link: .*\norders\.total: .*\norders\.at: /, 'or left out, if one likes');
	is(run_sql($local, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute"
			  . " WHERE attrelid = 'two.orders'::regclass AND attnum > 0", @owner), 'link id code note', '... they alone');
	run_sql($local, "SELECT datalink_drop('two')", @owner);
	is(run_sql($local, "SELECT tables FROM datalink_union('two', ARRAY['shop1', 'shop3'], 'shop', only_tables => '{customer}')", @owner),
		1, 'another source_column, and one table');
	fails($local, $_->[1], $_->[0], undef, $_->[1], @owner) for (
		[ 42602, "SELECT datalink_union('A-b', $all)" ],
		[ 22023, "SELECT datalink_union('x', '{}')" ],
		[ 22023, "SELECT datalink_union('x', '{shop1,shop1}')" ],
		[ 22023, "SELECT datalink_union('x', '{shop1}', '')" ],
		[ 22023, "SELECT datalink_union('x', '{shop1}', on_unreachable => 'ignore')" ],
		[ 22023, "SELECT datalink_union('x', '{shop1}', only_tables => '{a}', except_tables => '{b}')" ],
		[ 42704, "SELECT datalink_union('x', '{shop1,shop9}')" ],
		[ 42809, "SELECT datalink_union('x', '{shops}')" ],
		[ 42809, "SELECT datalink_grant('two', 'reader')" ],
		[ '42P01', "SELECT datalink_union('x', '{shop1}', only_tables => '{nowhere}')" ],
		[ 42710, "SELECT datalink_union('two', $all)" ],
		[ 42710, "SELECT datalink_union('two', $all, if_not_exists => true)" ],
		[ 42710, "SELECT datalink_union('shop1', $all)" ],
		[ '42P06', "SELECT datalink_union('public', $all)" ],
		[ 25006, "BEGIN READ ONLY; SELECT datalink_union('x', $all)" ],
		[ 42809, 'CREATE USER MAPPING FOR owner SERVER two' ],
		[ 22023, q{ALTER SERVER two OPTIONS (ADD host '127.0.0.1')} ],
		[ 22023, q{ALTER SERVER two OPTIONS (SET links '{a,NULL}')} ]);
	like(messages_of($local, "SELECT datalink_union('two', ARRAY['shop1', 'shop3'], 'shop', only_tables => '{customer}', if_not_exists => true)",
			@owner), qr/NOTICE: .*already exists, skipping/, 'the same again, if_not_exists');
	run_sql($local, 'CREATE VIEW outside AS SELECT name FROM two.customer', @owner);
	$error = fails($local, "SELECT datalink_drop('two', cascade => false)", '2BP01', undef, 'a drop that would take a view along', @owner);
	is($error->{detail}, 'view public.outside', 'names it');
	like(messages_of($local, "SELECT datalink_drop('two')", @owner), qr/dropped an object besides its views\nDETAIL:  view public\.outside\n/,
		'and so does one that does');
	is(run_sql($local, "SELECT count(*) FROM pg_namespace n, pg_foreign_server s WHERE 'two' IN (nspname, srvname)"), 0, 'nothing is left');
};

# shop3 was dropped and made again: the views that had it went along.
subtest 'a link that went' => sub {
	is(link_of($local, 'shops')->{reason}, 'its view "customer" is gone', 'the list says what is missing');
	$remote->safe_psql('shop3', 'SET ROLE app; ALTER TABLE orders DROP total, DROP at; ALTER TABLE customer DROP link');
	run_sql($local, "SELECT count(*) FROM datalink_refresh('shop3')", @owner);
	is(diff('shops'), "shops.customer|table added|view of 3 columns over shop1, shop2, shop3|{}\n"
		  . "shops.old|table added|view of 2 columns over shop3|{}\n"
		  . "shops.orders|table added|view of 6 columns over shop1, shop2, shop3|{}", 'diff shows the views');
	refresh('shops');
	is(link_of($local, 'shops')->{state}, 'valid', 'a refresh makes them again');
	run_sql($local, "SELECT datalink_drop('shop3')", @owner);
	is(link_of($local, 'shops')->{reason}, 'data link "shop3" does not exist', 'a link that is gone');
	like(diff('shops'), qr/^shop3\|link missing\|data link "shop3" does not exist\|\{\}$/m, '... in diff, too');
	my $error = fails($local, "SELECT datalink_refresh('shops')", '55000', qr/links of data link union "shops" are missing/,
		'a refresh does not leave a tenant out without a word', @owner);
	like($error->{detail}, qr/data link "shop3" does not exist/, '... and says which');
	refresh('shops', 'skip_blocked => true');
	is(run_sql($local, 'SELECT DISTINCT link FROM shops.orders ORDER BY 1', @owner), "shop1\nshop2", 'but with skip_blocked');
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => 'shop3') . "', 'shop3')", @owner);
	like(diff('shops'), qr/^shops\.orders\|links changed\|with shop3\|\{\}$/m, 'the link is back');
	refresh('shops');
	is(diff('shops'), '', 'and taken in again');
};

subtest 'what is built on the views' => sub {
	run_sql($local, 'GRANT SELECT ON shops.orders TO reader; COMMENT ON VIEW shops.orders IS \'all of them\';'
		  . 'CREATE VIEW report AS SELECT link, count(*) FROM shops.orders GROUP BY link', @owner);
	run_sql($local, "SELECT datalink_union_remove('shops', 'shop1')", @owner);
	is(run_sql($local, 'SELECT link FROM report ORDER BY 1', @owner), "shop2\nshop3", 'survives when a link is taken out');
	run_sql($local, "SELECT datalink_union_add('shops', 'shop1')", @owner);
	is(run_sql($local, 'SELECT link FROM report ORDER BY 1', @owner), "shop1\nshop2\nshop3", 'and in');
	fails($local, "SELECT datalink_union_add('shops', 'shop1')", '42710', undef, 'but once', @owner);
	fails($local, "SELECT datalink_union_remove('shops', 'shop9')", '42704', undef, 'one that is not in it', @owner);
	$remote->safe_psql('shop1', 'SET ROLE app; ALTER TABLE orders ADD vip boolean');
	run_sql($local, "SELECT count(*) FROM datalink_refresh('shop1')", @owner);
	is(diff('shops'), 'shops.orders.vip|column added|boolean|{}', 'a column that a link got');
	refresh('shops');
	is(run_sql($local, 'SELECT count(vip), count(*) FROM shops.orders; SELECT count(*) FROM report', @owner), "0|900\n3", 'is added in place');
	# note goes with shop2: the view has to be made anew.
	my $error = fails($local, "SELECT datalink_union_remove('shops', 'shop2')", '2BP01', qr/are in the way/, 'a column that would go', @owner);
	like($error->{detail}, qr/View shops\.orders.* is used by view public\.report\./, '... by what is built on it');
	like(messages_of($local, "BEGIN; SELECT datalink_union_remove('shops', 'shop2', cascade => true); ROLLBACK", @owner),
		qr/NOTICE: .*dropped what was built on its views\nDETAIL:  view public\.report\n/, 'cascade names it');
	run_sql($local, 'DROP VIEW report; ALTER DEFAULT PRIVILEGES IN SCHEMA shops GRANT SELECT ON TABLES TO other;'
		  . "CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
		  . 'CREATE TRIGGER mine INSTEAD OF INSERT ON shops.orders FOR EACH ROW EXECUTE FUNCTION public.nothing()', @owner);
	run_sql($local, "SELECT datalink_union_remove('shops', 'shop2')", @owner);
	is(run_sql($local, "SELECT obj_description('shops.orders'::regclass)", @owner), 'all of them', 'comments survive that');
	is(run_sql($local, 'SELECT count(*) FROM shops.orders', role => 'reader'), 600, 'and grants');
	is(run_sql($local, "SELECT tgname, has_table_privilege('other', tgrelid, 'SELECT') FROM pg_trigger WHERE tgrelid = 'shops.orders'::regclass"),
		'mine|f', 'and triggers, and default privileges give nobody more');
	run_sql($local, 'ALTER DEFAULT PRIVILEGES IN SCHEMA shops REVOKE SELECT ON TABLES FROM other; DROP FUNCTION public.nothing() CASCADE', @owner);
	run_sql($local, "SELECT datalink_union_add('shops', 'shop2')", @owner);
};

subtest 'views that were changed by hand' => sub {
	run_sql($local, "SELECT datalink_union('by_hand', '{shop1}', only_tables => '{customer}')", @owner);
	run_sql($local, 'CREATE OR REPLACE VIEW by_hand.customer AS SELECT link, id, name FROM'
		  . q{ (SELECT text 'shop1' AS link, * FROM shop1.customer) c ORDER BY id + 1}, @owner);
	is(diff('by_hand'), 'by_hand.customer|definition changed||{}', 'a view with an expression in ORDER BY');
	refresh('by_hand');
	is(diff('by_hand'), '', '... is as it was');
	run_sql($local, "SELECT datalink_drop('by_hand')", @owner);
};

subtest 'renames, dumps and resets' => sub {
	run_sql($local, 'ALTER SCHEMA shop1 RENAME TO first; ALTER SCHEMA shops RENAME TO stores', @owner);
	is(link_of($local, 'stores')->{remote}, 'shop3, first, shop2', 'new names of links and union are followed');
	is(diff('stores'), join("\n", map { "stores.$_|definition changed||{}" } qw(customer orders)), 'the views have the old one');
	refresh('stores');
	is(run_sql($local, 'SELECT DISTINCT link FROM stores.orders ORDER BY 1', @owner), "first\nshop2\nshop3", 'until a refresh');
	$local->safe_psql('postgres', $_) for 'CREATE DATABASE copy', 'GRANT CREATE ON DATABASE copy TO owner';
	my $dump = $local->basedir . '/dump.sql';
	$local->command_ok([ 'pg_dump', '-d', $local->connstr('postgres'), '-f', $dump ], 'a dump');
	$local->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $local->connstr('copy'), '-f', $dump ], 'restored');
	is(run_sql($local, 'SELECT name, state, kind FROM datalink_list()', dbname => 'copy'),
		"first|valid|link\nshop2|valid|link\nshop3|valid|link\nstores|valid|union", 'has the union');
	is(run_sql($local, "SELECT count(*) FROM datalink_diff('stores')", dbname => 'copy', @owner), 0, 'as it was');
	is(run_sql($local, 'SELECT count(*) FROM stores.orders', dbname => 'copy', @owner), 900, 'and reads');

	run_sql($local, 'CREATE TABLE public.mine (); DROP SCHEMA public CASCADE; CREATE SCHEMA public', dbname => 'copy');
	like(link_of($local, 'stores', dbname => 'copy')->{reason}, qr/data link "shop3" is invalid: the database was reset/,
		'after a reset, the union says which links it misses');
	run_sql($local, "SELECT datalink_set_remote('$_->[0]', '" . url($remote, dbname => $_->[1]) . "')", dbname => 'copy')
	  for ([ 'first', 'shop1' ], [ 'shop2', 'shop2' ], [ 'shop3', 'shop3' ]);
	run_sql($local, "SELECT count(*) FROM datalink_refresh('stores')", dbname => 'copy', @owner);
	is(run_sql($local, 'SELECT count(*) FROM stores.orders', dbname => 'copy', @owner), 900, 'and is made again');
	run_sql($local, 'DROP SCHEMA stores CASCADE', dbname => 'copy');
	is(link_of($local, 'stores', dbname => 'copy')->{reason}, 'its schema is gone', 'its schema dropped');
	run_sql($local, "SELECT count(*) FROM datalink_refresh('stores')", dbname => 'copy', @owner);
	is(link_of($local, 'stores', dbname => 'copy')->{state}, 'valid', '... and made again');
};

subtest 'what is in the way' => sub {
	run_sql($local, 'CREATE SERVER single FOREIGN DATA WRAPPER datalinks', @owner);
	my $warned = messages_of($local, "SELECT datalink_union('single', '{shop2}')", @owner);
	is($warned, '', 'a server of the name that is no union');
	is(run_sql($local, q{SELECT srvname FROM pg_foreign_server WHERE 'union=single' = ANY (srvoptions)}), 'single_2',
		'... gives the union the next name');
	fails($local, "SELECT datalink_union_add('none', 'shop2')", '42704', qr/data link union "none" does not exist/, 'no such union',
		@owner);
	run_sql($local, q{CREATE SERVER claim FOREIGN DATA WRAPPER datalinks OPTIONS ("union" 'fresh', source_column 'link', links '{shop2}')},
		role => 'other');
	run_sql($local, "SELECT datalink_union('fresh', '{shop2}')", @owner);
	is(run_sql($local, 'SELECT count(*) FROM fresh.orders', @owner), 300, "somebody else's claim to a name does not keep it");
	run_sql($local, 'DROP SCHEMA fresh CASCADE; CREATE SCHEMA fresh; CREATE TABLE fresh.other ()', @owner);
	my $error = fails($local, "SELECT datalink_union_add('fresh', 'shop3')", '55000', qr/data link union "fresh" is invalid/,
		'a union without its schema takes no link', @owner);
	like($error->{detail}, qr/the schema of its name holds other objects and none of its views/, '... and why');
	run_sql($local, "DROP SCHEMA fresh CASCADE; SELECT datalink_drop('fresh')", @owner);
	run_sql($local, 'DROP SERVER claim', role => 'other');
	fails($local, "SELECT datalink_union_remove('single', 'shop2')", '55000', qr/is the last one of union "single"/,
		'the last link is not taken out', @owner);
	run_sql($local, "ALTER SCHEMA single RENAME TO lone", @owner);
	is(run_sql($local, q{SELECT srvname FROM pg_foreign_server WHERE 'union=lone' = ANY (srvoptions)}), 'single_2',
		'a server of another name keeps it');
	my $holder = $local->background_psql('postgres');
	$holder->query_safe("BEGIN; ALTER SERVER single_2 OPTIONS (ADD only_tables '{orders}')");
	like(messages_of($local, 'ALTER SCHEMA lone RENAME TO lost', @owner),
		qr/WARNING:  01000: data link union "lone" could not follow a new name\nDETAIL:  .*lock timeout/,
		'a union that is being altered does not follow its schema');
	$holder->query_safe('ROLLBACK');
	$holder->quit;
	is(link_of($local, 'lone')->{reason}, 'its schema is gone', '... and misses it');
	run_sql($local, 'ALTER SCHEMA lost RENAME TO lone', @owner);
	is(link_of($local, 'lone')->{state}, 'valid', '... until that is called so again');
	run_sql($local, "SELECT datalink_drop('lone'); DROP SERVER single", @owner);
	for my $case ([ q{"union" 'x', links '{shop2}'}, qr/source_column is missing/, undef ],
		[ q{"union" 'x', source_column 'l', on_unreachable 'wait'}, qr/invalid value for option "on_unreachable"/, qr/only value is "skip"/ ])
	{
		my ($options, $message, $detail) = @$case;
		$error = fails($local, "CREATE SERVER x FOREIGN DATA WRAPPER datalinks OPTIONS ($options)", '22023', $message,
			"a union by hand: $options", @owner);
		like($error->{detail}, $detail, '... and why') if $detail;
	}
};

subtest 'what somebody else may try' => sub {
	# Another role makes a link under the name of one that was dropped.
	run_sql($local, "SELECT datalink_drop('first')", @owner);
	run_sql($local, "SELECT datalink_create('" . url($remote, dbname => 'shop1') . "', 'first')", role => 'other');
	run_sql($local, "SELECT datalink_grant('first', 'owner')", role => 'other');
	like(link_of($local, 'stores')->{reason} // '', qr/view .* is gone/, 'the views went with the link');
	fails($local, "SELECT datalink_refresh('stores')", '55000', undef, 'a refresh does not take it in', @owner);
	refresh('stores', 'skip_blocked => true');
	is(run_sql($local, 'SELECT DISTINCT link FROM stores.orders ORDER BY 1', @owner), "shop2\nshop3", '... never');
	run_sql($local, "SELECT datalink_union_remove('stores', 'first'); SELECT datalink_union_add('stores', 'first')", @owner);
	is(run_sql($local, 'SELECT DISTINCT link FROM stores.orders ORDER BY 1', @owner), "first\nshop2\nshop3", 'but who says so');
	# Or claims the union's name, or its list.
	run_sql($local, q{CREATE SERVER forged FOREIGN DATA WRAPPER datalinks OPTIONS ("union" 'stores', source_column 'link', links '{shop2}')},
		role => 'other');
	is(run_sql($local, "SELECT owner, state FROM datalink_list() WHERE name = 'stores' ORDER BY 1"),
		"other|invalid\nowner|valid", 'a forged one is shown as what it is');
	refresh('stores');
	fails($local, "SELECT datalink_refresh('stores')", '42501', undef, 'and is not the one that is meant', role => 'other');
	run_sql($local, 'DROP SERVER forged', role => 'other');
	# The owner's own objects in the schema.
	run_sql($local, 'CREATE TABLE stores.refund2 (); CREATE VIEW stores.mine AS SELECT 1 AS a', @owner);
	refresh('stores');
	$remote->safe_psql('shop2', 'SET ROLE app; CREATE TABLE mine (id int)');
	run_sql($local, "SELECT count(*) FROM datalink_refresh('shop2')", @owner);
	like(diff('stores'), qr/^stores\.mine\|table added\|.*\|\{"view stores\.mine"\}$/m, 'a name that is taken');
	fails($local, "SELECT datalink_refresh('stores')", '2BP01', undef, '... is in the way', @owner);
	like(messages_of($local, "SELECT datalink_drop('stores')", @owner), qr/DETAIL:  table stores\.refund2\nview stores\.mine\n/,
		'a drop names what was not the union\'s');
};

done_testing();
