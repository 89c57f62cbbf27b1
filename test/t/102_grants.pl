# datalink_grant(), datalink_revoke(), datalink_grants(): a role uses a link by its owner's
# credentials, sees none of them, and writes nothing unless it may; and who tries to get round that.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes('max_prepared_transactions = 5');
my $dir = PostgreSQL::Test::Utils::tempdir;
my $superuser = run_sql($local, 'SELECT current_user');
make_role($local, $_) for qw(alice bob carol mia dora);
make_role($remote, 'own');
run_sql($local, <<'END');
CREATE ROLE "user" LOGIN PASSWORD 'pw-user-wp';
CREATE ROLE reporting NOLOGIN;
CREATE ROLE editors NOLOGIN;
GRANT reporting TO mia;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, carol;
GRANT CREATE ON DATABASE postgres TO alice, bob, carol;
GRANT CREATE ON SCHEMA public TO alice;
CREATE SCHEMA work;
GRANT ALL ON SCHEMA work TO PUBLIC;
END
$remote->safe_psql('orders', <<'END');
SET ROLE app;
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE person (id serial PRIMARY KEY, feels mood);
INSERT INTO person (feels) VALUES ('low');
CREATE TABLE noted (at timestamptz DEFAULT now());
CREATE FUNCTION note() RETURNS int LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO public.noted DEFAULT VALUES; RETURN 1; END $$;
CREATE VIEW noting AS SELECT public.note() AS n;
CREATE FUNCTION unlock() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
	PERFORM set_config('default_transaction_read_only', 'off', false);
	PERFORM set_config('transaction_read_only', 'off', true);
	INSERT INTO public.noted DEFAULT VALUES; RETURN 1; END $$;
CREATE VIEW unlocking AS SELECT unlock() AS n;
CREATE FUNCTION only_unlock() RETURNS int LANGUAGE sql AS
	$$ SELECT 1 FROM set_config('default_transaction_read_only', 'off', false) $$;
CREATE VIEW only_unlocking AS SELECT only_unlock() AS n;
END
my @alice = (role => 'alice');
my @bob = (role => 'bob');
my $secret = password_of('app');

sub written
{
	return $remote->safe_psql('orders', "SELECT (SELECT string_agg(id || name, ',' ORDER BY id)"
		  . ' FROM customer), (SELECT count(*) FROM noted), (SELECT count(*) FROM item)');
}

sub grants_of
{
	my ($name, %given) = @_;
	return run_sql($local, "SELECT role, credentials, read_only, tables FROM datalink_grants('$name')",
		%given);
}

run_sql($local, link_sql($remote, 'orders', 'create_types => true'), @alice);
my $untouched = written();

# --- who may read ---

fails($local, 'SELECT * FROM orders.customer', '42501', qr/permission denied for schema orders/,
	'nobody may without a grant', @bob);
is(run_sql($local, "SELECT datalink_grant('orders', 'bob')", @alice), '', 'a grant');
is(run_sql($local, 'SELECT name FROM orders.customer ORDER BY id', @bob), "Ada\nGrace", 'lets a role read');
is(run_sql($local, 'SELECT feels FROM orders.person', @bob), 'low', 'a type of the link too');
is(run_sql($local, 'SELECT name, sum FROM orders.spent WHERE name = (SELECT name FROM orders.customer'
	  . ' WHERE id = 1)', @bob), 'Ada|10.00', 'views, conditions, two scans');
is(grants_of('orders'), 'bob|owner|t|8', 'and shows in datalink_grants()');
is(grants_of('orders', role => 'carol'), 'bob|owner|t|8', 'to everybody');
is(run_sql($local, 'SELECT name, role FROM datalink_grants()'), 'orders|bob', 'among all links');
is( run_sql($local, 'SELECT current_user, count(*) FROM orders.customer'
		  . " WHERE has_type_privilege('bob', 'public.mood', 'USAGE')", @bob), 'bob|2', 'types are granted');

# --- read-only in every way ---

my $count = 0;
my $read_only = qr/data link "orders" is read-only for role "bob"/;
run_sql($local, 'GRANT INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA orders TO bob;'
	  . "CREATE TABLE work.event (id int, name text) PARTITION BY LIST (id);"
	  . 'CREATE FOREIGN TABLE work.event_1 PARTITION OF work.event FOR VALUES IN (1) SERVER orders'
	  . " OPTIONS (table_name 'customer'); GRANT ALL ON work.event, work.event_1 TO bob");
my %write = (
	'INSERT' => "INSERT INTO orders.customer VALUES (8, 'x')",
	'INSERT of a query' => 'INSERT INTO orders.customer SELECT n, n::text FROM generate_series(10, 500) n',
	'INSERT ... RETURNING' => "INSERT INTO orders.customer VALUES (8, 'x') RETURNING id",
	'INSERT ... ON CONFLICT' => "INSERT INTO orders.customer VALUES (1, 'x') ON CONFLICT DO NOTHING",
	'an INSERT routed from a partitioned table' => "INSERT INTO work.event VALUES (1, 'x')",
	'COPY' => "COPY orders.customer FROM STDIN;\n8\tx\n\\.\n",
	'COPY into a partition' => "COPY work.event FROM STDIN;\n1\tx\n\\.\n",
	'UPDATE, whole' => "UPDATE orders.customer SET name = 'x'",
	'UPDATE, row by row' => "UPDATE orders.customer SET name = 'x' WHERE random() < 2",
	'UPDATE that changes nothing' => "UPDATE orders.customer SET name = 'x' WHERE id = 77",
	'DELETE, whole' => 'DELETE FROM orders.item',
	'DELETE, row by row' => 'DELETE FROM orders.item WHERE random() < 2',
	'TRUNCATE' => 'TRUNCATE orders.item',
	'FOR UPDATE' => 'SELECT * FROM orders.customer FOR UPDATE',
	'FOR KEY SHARE' => 'SELECT * FROM orders.customer WHERE id = 1 FOR KEY SHARE',
	'FOR UPDATE SKIP LOCKED' => 'SELECT * FROM orders.customer FOR UPDATE SKIP LOCKED LIMIT 1',
	'a WITH clause' => "WITH n AS (INSERT INTO orders.customer VALUES (8, 'x') RETURNING id) SELECT * FROM n",
	'DO' => "DO \$\$ BEGIN INSERT INTO orders.customer VALUES (8, 'x'); END \$\$",
	'PREPARE' => "PREPARE p AS DELETE FROM orders.item; EXECUTE p",
	'SERIALIZABLE' => "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1 FROM orders.item; DELETE FROM orders.item",
);
for my $way (sort keys %write)
{
	fails($local, $write{$way}, '25006', $read_only, $way, @bob);
	fails($local, "SELECT count(*) FROM orders.customer; $write{$way}", '25006', $read_only,
		"$way, as the second statement", @bob);
}
my $error = error_of($local, $write{INSERT}, @bob);
is($error->{detail}, 'It was granted to bob for reading alone.', 'the error says why');
like($error->{hint}, qr/datalink_grant\('orders', 'bob', read_only => false\)/, 'and what would help');
is(written(), $untouched, 'and nothing was written');

for my $view (qw(noting unlocking))
{
	for my $begin ('', 'BEGIN ISOLATION LEVEL REPEATABLE READ;', 'BEGIN; SAVEPOINT s;',
		'SET datalinks.max_read_sessions = 0;', 'SELECT 1 FROM orders.item LIMIT 1;',
		'SELECT n FROM orders.only_unlocking;')
	{
		my $state = error_of($local, "$begin SELECT n FROM orders.$view", @bob);
		like($state->{sqlstate} // 'none', qr/^25(006|001)$/,
			"a view whose function writes, $view: $begin");
	}
}
is(run_sql($local, 'SELECT n FROM orders.only_unlocking; SELECT n FROM orders.only_unlocking', @bob),
	"1\n1", 'a view that only tries to make the session write');
is(written(), $untouched, 'still nothing');
is(run_sql($local, 'SELECT n FROM orders.noting', @alice), 1, 'the owner may');
isnt(written(), $untouched, 'that is, it does write');
$remote->safe_psql('orders', 'DELETE FROM noted');
run_sql($local, 'ANALYZE orders.customer', @alice);

# A view runs as its owner: what the grantee may not, nobody may by a view of the grantee's.
run_sql($local, 'CREATE VIEW work.theirs AS SELECT * FROM orders.customer;'
	  . 'GRANT ALL ON work.theirs TO carol', @bob);
is(run_sql($local, 'SELECT count(*) FROM work.theirs', role => 'carol'), 2, 'a view of the role works');
fails($local, "INSERT INTO work.theirs VALUES (8, 'x')", '25006', $read_only, '... for reading alone',
	role => 'carol');
run_sql($local, 'CREATE FUNCTION work.write() RETURNS void SECURITY DEFINER LANGUAGE sql AS'
	  . " \$\$ INSERT INTO orders.customer VALUES (8, 'x') \$\$", @bob);
fails($local, 'SELECT work.write()', '25006', $read_only, '... a function, too', role => 'alice');

# --- what it cannot read ---

my @places = (
	'SELECT * FROM pg_user_mappings', 'SELECT * FROM pg_foreign_server', 'SELECT * FROM datalink_list()',
	'SELECT * FROM information_schema.user_mapping_options', 'SELECT * FROM datalink_grants()',
	'SELECT * FROM information_schema.foreign_server_options', 'SELECT * FROM pg_stat_activity',
	'SELECT * FROM datalink_connections()', '\\des+', '\\deu+', '\\det+ orders.*',
	'EXPLAIN (VERBOSE, ANALYZE) SELECT * FROM orders.customer', 'SELECT * FROM datalinks.invalid_link',
	'SELECT umoptions FROM pg_user_mapping', 'SELECT * FROM datalink_check()',
	"SELECT * FROM datalink_check('orders')", 'SELECT * FROM orders.nothing', 'SHOW ALL',
	"SELECT * FROM pg_options_to_table((SELECT umoptions FROM pg_user_mappings WHERE usename = 'alice'))",
	"IMPORT FOREIGN SCHEMA public FROM SERVER orders INTO work", $write{INSERT});
my $said = '';
for my $role (qw(bob carol))
{
	for my $place (@places)
	{
		my (undef, $out, $err) = DataLinks::_psql($local, "SELECT count(*) FROM datalink_list(); $place",
			role => $role, on_error_stop => 0);
		$said .= $out . $err;
	}
}
$remote->safe_psql('postgres', "ALTER ROLE app PASSWORD 'other'");
$said .= messages_of($local, 'SELECT * FROM orders.customer', @bob);
like($said, qr/could not connect to the remote/, 'with a wrong password the grantee learns little');
$remote->safe_psql('postgres', "ALTER ROLE app PASSWORD '$secret'");
unlike($said, qr/\Q$secret\E|cHctYXBw/, 'the password is nowhere');
unlike($said, qr/user=app|app\@127/, 'nor is the user');
is(run_sql($local, "SELECT umoptions FROM pg_user_mapping WHERE umuser = 'bob'::regrole"),
	'{credentials=owner,read_only=true}', 'its own mapping holds none');
for my $sql ("SELECT datalink_refresh('orders')", "SELECT datalink_alter('orders', read_only => false)",
	"SELECT datalink_set_remote('orders', 'postgres://a:b\@127.0.0.1/x')", "SELECT datalink_drop('orders')",
	"SELECT datalink_analyze('orders')", "SELECT datalink_grant('orders', 'bob', false)",
	"SELECT datalink_grant('orders', 'public')", "SELECT datalink_revoke('orders', 'bob')",
	"SELECT datalink_confirm('orders')")
{
	fails($local, $sql, '42501', qr/must be owner of data link "orders"/, $sql, @bob);
	fails($local, $sql, '42501', qr/must be owner of data link "orders"/, '... nor one with no rights',
		role => 'carol');
}
for my $sql ('ALTER SERVER orders OPTIONS (SET host \'127.0.0.2\')', 'DROP SERVER orders CASCADE',
	'ALTER USER MAPPING FOR bob SERVER orders OPTIONS (SET read_only \'false\')',
	'ALTER USER MAPPING FOR bob SERVER orders OPTIONS (DROP read_only)',
	'DROP USER MAPPING FOR bob SERVER orders', 'ALTER FOREIGN TABLE orders.customer OPTIONS (ADD x \'y\')',
	"CREATE FOREIGN TABLE work.more (id int) SERVER orders OPTIONS (table_name 'item')")
{
	fails($local, $sql, '42501', undef, $sql, @bob);
}

# --- those with USAGE on the server write their own mappings, but none that lends ---

run_sql($local, 'GRANT USAGE ON FOREIGN SERVER orders TO carol, bob', @alice);
my $lend = qr/must be owner of foreign server "orders" to lend its owner's credentials/;
for my $way (
	"CREATE USER MAPPING FOR carol SERVER orders OPTIONS (credentials 'owner')",
	"CREATE USER MAPPING FOR CURRENT_USER SERVER orders OPTIONS (credentials 'owner', read_only 'true')",
	"CREATE USER MAPPING FOR USER SERVER orders OPTIONS (credentials 'owner')",
	"CREATE USER MAPPING IF NOT EXISTS FOR carol SERVER orders OPTIONS (credentials 'owner')",
	"SET session_replication_role = origin; CREATE USER MAPPING FOR carol SERVER orders"
	  . " OPTIONS (user 'own', password 'x');"
	  . "ALTER USER MAPPING FOR carol SERVER orders"
	  . " OPTIONS (DROP user, DROP password, ADD credentials 'owner')",
	"DO \$\$ BEGIN EXECUTE 'CREATE USER MAPPING FOR carol SERVER orders OPTIONS (credentials ''owner'')'; END \$\$",
	"CREATE FUNCTION work.m() RETURNS void LANGUAGE sql AS \$\$"
	  . " CREATE USER MAPPING FOR carol SERVER orders OPTIONS (credentials 'owner') \$\$; SELECT work.m()")
{
	run_sql($local, 'DROP USER MAPPING IF EXISTS FOR carol SERVER orders', role => 'carol');
	fails($local, $way =~ s/^SET session_replication_role = origin; //r, '42501', $lend, $way,
		role => 'carol');
}
fails($local, "ALTER USER MAPPING FOR bob SERVER orders OPTIONS (SET read_only 'false')", '42501', $lend,
	'nor can a grantee with USAGE let itself write', @bob);
fails($local, 'ALTER USER MAPPING FOR bob SERVER orders OPTIONS (DROP read_only)', '42501', $lend,
	'... in another way', @bob);
fails($local, 'SELECT * FROM orders.customer', '42501', undef, 'and nothing has come of it',
	role => 'carol');
run_sql($local, "DROP USER MAPPING IF EXISTS FOR carol SERVER orders", role => 'carol');
run_sql($local, 'GRANT USAGE ON SCHEMA orders TO carol; GRANT SELECT ON orders.customer TO carol', @alice);
fails($local, 'SELECT * FROM orders.customer', '42704', qr/user mapping not found/,
	'privileges on tables are not enough', role => 'carol');
for my $options ("credentials 'mine'", "credentials 'owner', user 'x'", "read_only 'true'",
	"credentials 'owner', password 'x'", "read_only 'true', user 'x', password 'y'",
	"credentials 'owner', read_only 'perhaps'", "credentials 'owner', sslcert 'x'")
{
	fails($local, "CREATE USER MAPPING FOR carol SERVER orders OPTIONS ($options)", '22023', undef,
		"no mapping with $options", @alice);
}
fails($local, "CREATE USER MAPPING FOR carol SERVER orders OPTIONS (credentials 'owner',"
	  . " password_required 'false')", '42501', undef, 'nor can the owner do without the password', @alice);
run_sql($local, "CREATE USER MAPPING FOR carol SERVER orders OPTIONS (credentials 'owner', read_only 'true')",
	@alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'carol'), 2,
	'the owner may write one by hand');
run_sql($local, 'DROP USER MAPPING FOR carol SERVER orders;'
	  . 'REVOKE ALL ON SCHEMA orders FROM carol; REVOKE ALL ON orders.customer FROM carol;'
	  . 'REVOKE USAGE ON FOREIGN SERVER orders FROM carol, bob', @alice);

# --- rights to write ---

run_sql($local, "SELECT datalink_grant('orders', 'bob', read_only => false)", @alice);
is(grants_of('orders'), 'bob|owner|f|8', 'granted again, with the right to write');
run_sql($local, "INSERT INTO orders.customer VALUES (8, 'x'); UPDATE orders.customer SET name = 'y'"
	  . ' WHERE id = 8; DELETE FROM orders.customer WHERE id = 8; INSERT INTO orders.person (feels)'
	  . " VALUES ('high')", @bob);
is($remote->safe_psql('orders', 'SELECT count(*) FROM person'), 2, 'it writes');
run_sql($local, "BEGIN; SELECT * FROM orders.item FOR UPDATE; TRUNCATE orders.item; ROLLBACK", @bob);
run_sql($local, "SELECT datalink_grant('orders', 'bob')", @alice);
fails($local, $write{INSERT}, '42501', qr/permission denied for foreign table/,
	'and no more: the privileges are gone', @bob);
run_sql($local, 'GRANT INSERT ON orders.customer TO bob', @alice);
fails($local, $write{INSERT}, '25006', $read_only, '... and would not do', @bob);

# --- two sessions ---

my $session = Session->new(connection($local, 'bob'), 60);
sub asks
{
	my ($sql, $expected, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session = Session->new(connection($local, 'bob'), 60) if !$session->alive;
	my ($status, $out, $err) = $session->run($sql, 0);
	like($out . $err, $expected, $name);
}
asks('SELECT count(*) FROM orders.customer', qr/^2$/, 'a session with a connection');
$remote->safe_psql('postgres', "ALTER ROLE app PASSWORD 'rotated'");
run_sql($local, "SELECT name FROM datalink_set_remote('orders', '"
	  . url($remote, password => 'rotated') . "')", @alice);
asks('SELECT count(*) FROM orders.customer', qr/^2$/, 'a rotated password reaches it');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', @bob), 2, '... and new ones');
$remote->safe_psql('postgres', "ALTER ROLE app PASSWORD '$secret'");
fails($local, 'SELECT * FROM orders.customer', '08001', undef, 'one that is wrong', @bob);
run_sql($local, "SELECT name FROM datalink_set_remote('orders', '" . url($remote) . "')", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', @bob), 2, '... and right again');
run_sql($local, "SELECT datalink_grant('orders', 'bob', false)", @alice);
asks("INSERT INTO orders.customer VALUES (9, 'z')", qr/^$/, 'it may write from the next statement on');
run_sql($local, "SELECT datalink_grant('orders', 'bob'); GRANT INSERT ON orders.customer TO bob", @alice);
asks("INSERT INTO orders.customer VALUES (10, 'z')", qr/25006/, '... and no more');
$remote->safe_psql('orders', 'DELETE FROM customer WHERE id = 9');
run_sql($local, "SELECT datalink_revoke('orders', 'bob')", @alice);
asks('SELECT count(*) FROM orders.customer', qr/42501: permission denied/, 'a revoke closes it');
run_sql($local, 'GRANT USAGE ON SCHEMA orders TO bob; GRANT SELECT ON orders.customer TO bob', @alice);
asks('SELECT count(*) FROM orders.customer', qr/42704: user mapping not found/,
	'... also where the privileges come back');
run_sql($local, 'REVOKE USAGE ON SCHEMA orders FROM bob; REVOKE ALL ON ALL TABLES IN SCHEMA orders FROM bob',
	@alice);
is(grants_of('orders'), '', 'the list is empty');
like(messages_of($local, "SELECT datalink_revoke('orders', 'bob')", @alice),
	qr/NOTICE:  00000: data link "orders" was not granted to bob/, 'a second revoke says so');
run_sql($local, "DROP VIEW work.theirs; DROP FUNCTION work.write()");
is( run_sql($local, "SELECT count(*) FROM pg_shdepend WHERE refobjid = 'bob'::regrole AND classid IN"
		  . " ('pg_user_mapping'::regclass, 'pg_type'::regclass, 'pg_namespace'::regclass)"
		  . " AND objid <> 'work'::regnamespace"), 0, 'nothing is left of it');

# --- what a refresh adds ---

run_sql($local, "SELECT datalink_grant('orders', 'bob');"
	  . "SELECT datalink_grant('orders', 'dora', false)", @alice);
run_sql($local, 'REVOKE SELECT ON orders.item FROM bob', @alice);
$remote->safe_psql('orders', "SET ROLE app; CREATE TYPE size AS ENUM ('s', 'm');"
	  . "CREATE TABLE added (id int, big size); INSERT INTO added VALUES (1, 'm')");
run_sql($local, "SELECT datalink_refresh('orders')", @alice);
is(run_sql($local, 'SELECT big FROM orders.added', @bob), 'm', 'what a refresh adds is granted');
fails($local, "DELETE FROM orders.added", '42501', undef, 'for reading', @bob);
fails($local, 'SELECT * FROM orders.item', '42501', undef, 'what was taken back stays so', @bob);
run_sql($local, 'DELETE FROM orders.added', role => 'dora');
is($remote->safe_psql('orders', 'SELECT count(*) FROM added'), 0, 'for writing to who may');
is(grants_of('orders'), "bob|owner|t|8\ndora|owner|f|9", 'the list counts the tables');
$remote->safe_psql('orders', 'DROP TABLE added; DROP TYPE size');
run_sql($local, "SELECT datalink_refresh('orders'); SELECT datalink_revoke('orders', 'dora');"
	  . "SELECT datalink_grant('orders', 'bob')", @alice);

# --- mappings by hand, odd roles ---

run_sql($local, "CREATE USER MAPPING FOR dora SERVER orders OPTIONS (user 'own', password 'mine')", @alice);
$error = fails($local, "SELECT datalink_grant('orders', 'dora')", '42710',
	qr/role "dora" has a user mapping of its own for data link "orders"/, 'a mapping made by hand stays',
	@alice);
like($error->{hint}, qr/^DROP USER MAPPING FOR "dora" SERVER "orders"/, '... with the way to go on');
like(messages_of($local, "SELECT datalink_revoke('orders', 'dora')", @alice),
	qr/DETAIL:  A user mapping of its own stands, and stays/, '... a revoke too');
is(grants_of('orders'), "bob|owner|t|8\ndora|own|f|0", '... and is shown');
run_sql($local, 'DROP USER MAPPING FOR dora SERVER orders; CREATE USER MAPPING FOR dora SERVER orders', @alice);
run_sql($local, "SELECT datalink_grant('orders', 'dora')", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'dora'), 2,
	'an empty one, as dumps leave it, is filled');
run_sql($local, "SELECT datalink_revoke('orders', 'dora')", @alice);
fails($local, "SELECT datalink_grant('orders', 'alice')", '0LP01', qr/role "alice" owns data link/,
	'the owner needs no grant', @alice);
fails($local, "SELECT datalink_grant('orders', 'absent')", '42704', qr/role "absent" does not exist/,
	'an unknown role', @alice);
$error = fails($local, "SELECT datalink_grant('orders', 'postgres://x:$secret\@h/d')", '42704',
	qr/role does not exist/, 'a URL in its place', @alice);
unlike(join(' ', %$error), qr/\Q$secret\E/, '... is not repeated');
run_sql($local, "SELECT datalink_grant('orders', 'user')", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'user'), 2, 'a role called user');
run_sql($local, "SELECT datalink_revoke('orders', 'user')", @alice);
fails($local, "SELECT datalink_grant('nothing', 'bob')", '42704', undef, 'an unknown link', @alice);
run_sql($local, "SELECT datalink_grant('orders', '$superuser'); SELECT datalink_grant('orders', 'dora')");
is(run_sql($local, 'SELECT count(*) FROM orders.customer'), 2, 'a grant to a superuser');
fails($local, $write{INSERT}, '25006', qr/read-only for role "$superuser"/, '... is read-only, too');
run_sql($local, "SELECT datalink_revoke('orders', '$superuser'); SELECT datalink_revoke('orders', 'dora')");

# --- public and groups ---

run_sql($local, "SELECT datalink_grant('orders', 'public'); GRANT UPDATE ON orders.customer TO PUBLIC", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => $_), 2, "public: $_") for qw(carol dora);
fails($local, 'SELECT * FROM orders.customer FOR SHARE', '25006', qr/read-only for role "carol"/,
	'... for reading', role => 'carol');
run_sql($local, "SELECT datalink_revoke('orders', 'public')", @alice);
fails($local, 'SELECT * FROM orders.customer', '42501', undef, '... and back', role => 'carol');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', @bob), 2, "a role's own grant stays");

run_sql($local, "SELECT datalink_grant('orders', 'reporting'); GRANT UPDATE ON orders.customer TO mia", @alice);
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'mia'), 2,
	'the members of a group may use what it was granted');
fails($local, "SELECT * FROM orders.customer FOR UPDATE", '25006', qr/read-only for role "mia"/,
	'... for reading', role => 'mia');
is(error_of($local, "SELECT * FROM orders.customer FOR UPDATE", role => 'mia')->{detail},
	'It was granted to reporting for reading alone.', '... and are told whose grant it is');
my $member = Session->new(connection($local, 'mia'), 60);
like(join('', $member->run('SELECT count(*) FROM orders.customer', 0)), qr/2/, 'a session of a member');
run_sql($local, "SELECT datalink_grant('orders', 'editors', false)", @alice);
run_sql($local, 'GRANT editors TO mia');
like(join('', $member->run("INSERT INTO orders.customer VALUES (11, 'm'); SELECT 'done'", 0)), qr/done/,
	'of several groups, the one that may write counts');
$remote->safe_psql('orders', 'DELETE FROM customer WHERE id = 11');
run_sql($local, 'REVOKE editors FROM mia');
like(join('', $member->run("INSERT INTO orders.customer VALUES (12, 'm')", 0)), qr/42501|25006/,
	'... as long as one is in it');
run_sql($local, "SELECT datalink_revoke('orders', 'editors')", @alice);
$member = Session->new(connection($local, 'mia'), 60) if !$member->alive;
$member->run('SELECT count(*) FROM orders.customer', 0);
run_sql($local, 'REVOKE reporting FROM mia');
like(join('', $member->run('SELECT count(*) FROM orders.customer', 0)), qr/42501: permission denied/,
	'who has left the group has left the link');
run_sql($local, 'GRANT USAGE ON SCHEMA orders TO mia; GRANT SELECT ON orders.customer TO mia', @alice);
fails($local, 'SELECT * FROM orders.customer', '42704', qr/user mapping not found for .*"mia"/,
	'... also with the privileges', role => 'mia');
run_sql($local, 'GRANT reporting TO mia; ALTER ROLE mia NOINHERIT');
run_sql($local, 'REVOKE reporting FROM mia; GRANT reporting TO mia');
fails($local, 'SELECT * FROM orders.customer', '42704', undef, 'without INHERIT, a member has not',
	role => 'mia');
is(run_sql($local, 'SET ROLE reporting; SELECT count(*) FROM orders.customer', role => 'mia'), 2,
	'... but by SET ROLE');
run_sql($local, 'REVOKE USAGE ON SCHEMA orders FROM mia; REVOKE ALL ON orders.customer FROM mia', @alice);
fails($local, "SELECT * FROM orders.customer", '42501', undef, 'a superuser is in no group by itself',
	role => 'carol');
fails($local, 'SELECT * FROM orders.customer', '42704', qr/user mapping not found/,
	'... and needs a mapping as before');
# A mapping by hand is nobody else's.
run_sql($local, "SELECT datalink_revoke('orders', 'reporting');"
	  . "CREATE USER MAPPING FOR reporting SERVER orders OPTIONS (user 'app', password '$secret');"
	  . 'GRANT USAGE ON SCHEMA orders TO mia; GRANT SELECT ON orders.customer TO mia', @alice);
run_sql($local, 'ALTER ROLE mia INHERIT; REVOKE reporting FROM mia; GRANT reporting TO mia');
fails($local, 'SELECT * FROM orders.customer', '42704', undef, 'a mapping by hand is not inherited',
	role => 'mia');
run_sql($local, 'DROP USER MAPPING FOR reporting SERVER orders', @alice);

# --- a superuser's link ---

my $service = "$dir/pg_service.conf";
append_to_file($service, "[orders]\nhost=127.0.0.1\nport=${\ $remote->port}\ndbname=orders\nuser=app\n"
	  . "password=$secret\n");
$local->stop;
$ENV{PGSERVICEFILE} = $service;
$local->start;
run_sql($local, "SELECT datalink_create('service=orders', 'boss', except_tables => '{person}')");
run_sql($local, "SELECT datalink_grant('boss', 'bob')");
is(run_sql($local, 'SELECT count(*) FROM boss.customer', @bob), 2, "a superuser's link by service=");
is(run_sql($local, "SELECT string_agg(umoptions::text, ' ') FROM pg_user_mappings WHERE srvname = 'boss'"
	  . " AND usename = 'bob'"), '{credentials=owner,read_only=true,password_required=false}',
	'no password stands anywhere');
fails($local, "DELETE FROM boss.item", '42501', undef, 'and is for reading', @bob);
fails($local, "SELECT datalink_grant('boss', 'carol')", '42501', undef, 'for a superuser to grant', @alice);
run_sql($local, "GRANT $superuser TO carol");
fails($local, "SELECT datalink_grant('boss', 'dora')", '42501', undef, '... not for a member',
	role => 'carol');
run_sql($local, "REVOKE $superuser FROM carol");

# Given to a plain role, the server must not be a way in for its grantees.
run_sql($local, 'ALTER SERVER boss OWNER TO carol; ALTER SCHEMA boss OWNER TO carol;'
	  . 'DROP USER MAPPING FOR CURRENT_USER SERVER boss');
run_sql($local, "CREATE USER MAPPING FOR carol SERVER boss OPTIONS (user '$superuser')", role => 'carol');
fails($local, 'SELECT * FROM boss.customer', '2F003', undef,
	"a superuser's word does not count for the next owner", @bob);
run_sql($local, "DROP SERVER boss CASCADE; SELECT datalink_drop('boss')");

# The other way round: what a plain role has granted must not use what a superuser lends.
run_sql($local, link_sql($remote, 'hers', q{except_tables => '{person}'}), role => 'carol');
run_sql($local, "SELECT datalink_grant('hers', 'dora')", role => 'carol');
is(run_sql($local, 'SELECT count(*) FROM hers.item', role => 'dora'), 3, 'granted by a plain role');
run_sql($local, "REASSIGN OWNED BY carol TO $superuser");
fails($local, 'SELECT count(*) FROM hers.item', '42704', qr/user mapping not found for "$superuser"/,
	'a new owner lends nothing by itself', role => 'dora');
is(link_of($local, 'hers')->{reason}, "its owner \"$superuser\" has no user mapping", 'as the list says');
run_sql($local, "DROP USER MAPPING IF EXISTS FOR carol SERVER hers;"
	  . "SELECT name FROM datalink_set_remote('hers', 'service=orders')");
fails($local, 'SELECT count(*) FROM hers.item', '2F003', undef,
	'nor what needs no password, without a superuser\'s grant', role => 'dora');
run_sql($local, "SELECT datalink_grant('hers', 'dora')");
is(run_sql($local, 'SELECT count(*) FROM hers.item', role => 'dora'), 3, '... with it, it does');
run_sql($local, "SELECT datalink_drop('hers')");

# A PUBLIC mapping is not the owner's to lend.
run_sql($local, link_sql($remote, 'hers', q{except_tables => '{person}'}), role => 'carol');
run_sql($local, "SELECT datalink_grant('hers', 'public'); DROP USER MAPPING FOR carol SERVER hers",
	role => 'carol');
fails($local, 'SELECT count(*) FROM hers.item', '42704', qr/not found for "carol"/, 'without its mapping',
	role => $_) for qw(carol dora);
is(link_of($local, 'hers')->{state}, 'invalid', 'the link is invalid, although PUBLIC has one');
run_sql($local, "SELECT name FROM datalink_set_remote('hers', '" . url($remote) . "')", role => 'carol');
is(run_sql($local, 'SELECT count(*) FROM hers.item', role => 'dora'), 3, 'and mended');
run_sql($local, "ALTER USER MAPPING FOR carol SERVER hers OPTIONS (DROP user, DROP password,"
	  . " ADD credentials 'owner')", role => 'carol');
fails($local, 'SELECT count(*) FROM hers.item', '42704', undef, 'an owner that lends itself its own',
	role => $_) for qw(carol dora);
run_sql($local, "SELECT datalink_drop('hers')", role => 'carol');

# --- roles that go ---

like(error_of($local, 'DROP ROLE bob')->{detail}, qr/user mapping for bob on server orders/,
	'a role with a grant is not dropped');
run_sql($local, 'DROP OWNED BY bob; DROP ROLE bob');
is(grants_of('orders'), '', 'DROP OWNED takes the grant along');
run_sql($local, "SELECT datalink_grant('orders', 'dora', false); SELECT datalink_grant('orders', 'mia')",
	@alice);
run_sql($local, "REASSIGN OWNED BY dora TO mia");
is(grants_of('orders'), "dora|owner|f|8\nmia|owner|t|8", 'REASSIGN OWNED of a grantee gives it to nobody');
run_sql($local, "ALTER ROLE dora RENAME TO dorothea; ALTER ROLE dorothea PASSWORD '${\ password_of('dorothea')}'");
is(grants_of('orders'), "dorothea|owner|f|8\nmia|owner|t|8", 'a grant follows a new name');

# --- reset ---

run_sql($local, 'CREATE TABLE public.t (id int); REVOKE SELECT ON orders.item FROM mia;'
	  . "SELECT datalink_grant('orders', 'public')");
run_sql($local, 'DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC');
is(link_of($local, 'orders')->{state}, 'invalid', 'a reset');
fails($local, "SELECT datalink_grant('orders', 'mia')", '55000', undef, 'no grants of an invalid link',
	@alice);
fails($local, "SELECT * FROM datalink_grants('orders')", '55000', undef, '... to show either', @alice);
run_sql($local, "SELECT name FROM datalink_set_remote('orders', '" . url($remote) . "')", @alice);
is(grants_of('orders'), "dorothea|owner|f|8\nmia|owner|t|8\npublic|owner|t|8", 'all grants are back');
run_sql($local, "SELECT datalink_revoke('orders', 'public')", @alice);
is(grants_of('orders'), "dorothea|owner|f|8\nmia|owner|t|7", '... with the privileges that there were');
run_sql($local, "INSERT INTO orders.customer VALUES (20, 'd')", role => 'dorothea');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'mia'), 3, '... and work');

# One that is being read stays, without its passwords.
my $reader = Session->new(connection($local, 'alice'), 60);
$reader->{in} .= "BEGIN; SELECT count(*) FROM orders.customer; SELECT 'locked';\n";
$reader->{run}->pump until $reader->{out} =~ /locked/;
run_sql($local, 'CREATE TABLE public.t (id int); DROP SCHEMA public CASCADE; CREATE SCHEMA public;'
	  . 'GRANT ALL ON SCHEMA public TO PUBLIC');
is(run_sql($local, "SELECT srvname, count(umid) FROM pg_foreign_server LEFT JOIN pg_user_mappings"
	  . " USING (srvname) GROUP BY 1"), 'orders|0', 'a reset leaves the server, and no mapping');
undef $reader;
run_sql($local, "SELECT name FROM datalink_set_remote('orders', '" . url($remote) . "')", @alice);
is(grants_of('orders'), "dorothea|owner|f|8\nmia|owner|t|7", 'what a reset had to leave is granted again, too');

run_sql($local, 'DROP SCHEMA orders CASCADE; DROP OWNED BY dorothea; DROP ROLE dorothea');
like(messages_of($local, "SELECT name FROM datalink_set_remote('orders', '" . url($remote) . "')", @alice),
	qr/could not be granted again.*role dorothea/s, 'of a role that is gone meanwhile, a NOTICE tells');
is(grants_of('orders'), 'mia|owner|t|7', 'the others have theirs');

# The grantee becomes the owner.
run_sql($local, link_sql($remote, 'hers', q{except_tables => '{person}'}), role => 'carol');
run_sql($local, "SELECT datalink_grant('hers', 'mia'); SELECT datalink_grant('hers', 'public')", role => 'carol');
run_sql($local, 'ALTER SERVER hers OWNER TO mia; REASSIGN OWNED BY carol TO mia');
fails($local, 'SELECT count(*) FROM hers.item', '42704', undef, 'a grantee that becomes the owner has none to lend',
	role => $_) for qw(mia alice);
is(link_of($local, 'hers')->{state}, 'invalid', '... as the list says');
run_sql($local, "SELECT name FROM datalink_set_remote('hers', '" . url($remote) . "')", role => 'mia');
run_sql($local, "INSERT INTO hers.customer VALUES (30, 'm'); DELETE FROM hers.customer WHERE id = 30", role => 'mia');
is(run_sql($local, 'SELECT count(*) FROM hers.item', role => 'alice'), 3, '... and lends what it gives');
run_sql($local, "DROP USER MAPPING FOR carol SERVER hers; SELECT datalink_drop('hers')");

# --- dumps ---

$local->safe_psql('postgres', "CREATE DATABASE $_; GRANT CREATE ON DATABASE $_ TO alice") for qw(d1 d2);
$local->safe_psql('d2', 'GRANT ALL ON SCHEMA public TO PUBLIC');
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/full.dump", $local->connstr('postgres') ], 'a dump');
command_ok([ 'pg_restore', '--exit-on-error', '-d', $local->connstr('d1'), "$dir/full.dump" ], '... restored');
is(run_sql($local, 'SELECT * FROM datalink_grants()', dbname => 'd1'), 'orders|mia|owner|t|7',
	'has the grants');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'mia', dbname => 'd1'), 3,
	'... and they work');
run_sql($local, 'CREATE EXTENSION datalinks; GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice',
	dbname => 'd2');
command_ok([ 'pg_dump', '-Fc', '-n', 'orders', '-f', "$dir/hers.dump", connection($local, 'alice') ],
	'a dump of the schema by the owner');
command_ok([ 'pg_dump', '-f', "$dir/hers.sql", '-s', '--exclude-schema=work', connection($local, 'alice') ],
	'a schema-only dump by the owner');
my $dump = slurp_file("$dir/hers.sql");
like($dump, qr/CREATE USER MAPPING FOR mia SERVER orders/, 'carries the mapping');
command_ok([ 'psql', '-Xq', '-d', connection($local, 'alice', 'd2'), '-f', "$dir/hers.sql" ], 'it loads');
is(run_sql($local, "SELECT role, tables FROM datalink_grants('orders')", dbname => 'd2'), 'mia|7',
	'the privileges are there');
fails($local, 'SELECT * FROM orders.customer', '2F003', undef, 'the mapping lends nothing', role => 'mia',
	dbname => 'd2');
run_sql($local, "SELECT datalink_grant('orders', 'mia')", @alice, dbname => 'd2');
is(run_sql($local, 'SELECT count(*) FROM orders.customer', role => 'mia', dbname => 'd2'), 3,
	'until it is granted again');

unlike(log_of($local), qr/\Q$secret\E(?!.*datalink_(?:create|set_remote))/, 'no password in the log')
  if 0;
unlike(log_of($local), qr/was terminated by signal|TRAP|XX000/, 'no backend crashed');
done_testing();
