# What the triggers note of links before a command, and go by after it: in functions that catch
# errors, in commands within commands, where nothing can be noted; and what a reset leaves.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice dba);
$local->safe_psql('postgres', 'CREATE DATABASE template_links');
$local->safe_psql('template_links', <<'END');
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, dba;
CREATE TABLE public.app_table (id int);
ALTER TABLE public.app_table OWNER TO dba;
END

my $databases = 0;

# A new database of dba's, with the superuser's link orders.
sub new_database
{
	my $name = 'db' . ++$databases;
	$local->safe_psql('postgres',
		"CREATE DATABASE $name TEMPLATE template_links OWNER dba; "
		  . "GRANT CREATE ON DATABASE $name TO alice");
	run_sql($local, link_sql($remote, 'orders'), dbname => $name);
	return (dbname => $name);
}

sub states
{
	my (%db) = @_;
	return join ' ', map { "$_->{name}=$_->{state}" } links($local, %db);
}

sub count_in
{
	my ($catalog, %db) = @_;
	return run_sql($local, "SELECT count(*) FROM $catalog", %db);
}

my $reset = 'DROP SCHEMA public CASCADE';

# --- one command after another ---

my %db = new_database();
run_sql($local, "BEGIN; $reset; SELECT datalink_drop('orders'); CREATE SCHEMA public;"
	  . ' DROP SCHEMA public; COMMIT', %db);
is(states(%db), '', 'what was noted for an earlier DROP does not count for a later one');

%db = new_database();
run_sql($local, <<'END', %db);
DO $$
BEGIN
	FOR i IN 1..20 LOOP
		BEGIN
			EXECUTE 'DROP SCHEMA public CASCADE';
			RAISE EXCEPTION 'undone';
		EXCEPTION WHEN raise_exception THEN
		END;
	END LOOP;
	PERFORM datalink_drop('orders');
	DROP TABLE public.app_table;
	EXECUTE 'DROP SCHEMA public CASCADE';
END $$;
END
is(states(%db), '', 'nor what was noted for one that was rolled back');

%db = new_database();
run_sql($local, 'BEGIN; SAVEPOINT a; DROP SCHEMA orders CASCADE; ROLLBACK TO a; SAVEPOINT b; '
	  . "$reset; ROLLBACK TO b; DROP SCHEMA IF EXISTS nothing; COMMIT", %db);
is(states(%db), 'orders=valid', 'rolled back to savepoints, nothing has happened');
run_sql($local, "BEGIN; SAVEPOINT a; DROP SCHEMA orders CASCADE; ROLLBACK TO a; $reset; COMMIT", %db);
is(states(%db), 'orders=invalid', 'and the next command counts');
like(link_of($local, 'orders', %db)->{reason}, qr/reset/, 'for what it is');

# --- commands within commands ---

# A DROP that runs at the beginning, or at the end, of every other: before and after our triggers.
for my $event ('a_first ON ddl_command_start', 'z_last ON ddl_command_start', 'a_first ON sql_drop',
	'z_last ON sql_drop')
{
	%db = new_database();
	run_sql($local, link_sql($remote, 'other'), %db);
	run_sql($local, link_sql($remote, 'third'), %db);
	run_sql($local, <<"END", %db);
CREATE SCHEMA audit;
CREATE FUNCTION audit.drop_other() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
BEGIN
	IF pg_catalog.current_setting('audit.within', true) = 'yes' THEN
		RETURN;
	END IF;
	PERFORM pg_catalog.set_config('audit.within', 'yes', true);
	IF pg_catalog.to_regnamespace('other') IS NOT NULL THEN
		DROP SCHEMA other CASCADE;
	END IF;
	BEGIN
		DROP SCHEMA datalinks;
	EXCEPTION WHEN dependent_objects_still_exist THEN
	END;
	PERFORM pg_catalog.set_config('audit.within', 'no', true);
END \$\$;
CREATE EVENT TRIGGER $event WHEN TAG IN ('DROP SCHEMA') EXECUTE FUNCTION audit.drop_other();
DROP SCHEMA third CASCADE;
END
	is(states(%db), 'orders=valid other=invalid third=invalid', "$event: a DROP within a DROP");
	is(link_of($local, 'other', %db)->{reason}, 'its schema was dropped', "$event: and why");
	run_sql($local, link_sql($remote, 'other'), %db);
	run_sql($local, $reset, %db);
	is(states(%db), 'orders=invalid other=invalid third=invalid', "$event: and within a reset");
	is(count_in('pg_user_mappings', %db), 0, "$event: no password is left");
}

# --- nothing, or not all, can be noted ---

%db = new_database();
run_sql($local, 'ALTER EVENT TRIGGER datalinks_note_links DISABLE', %db);
run_sql($local, $reset, %db);
is(states(%db), 'orders=invalid', 'without a note, a reset is one all the same');
is(count_in('pg_user_mappings', %db), 0, 'and takes the passwords');

for my $revoked ('SELECT ON pg_catalog.pg_depend', 'SELECT ON pg_catalog.pg_class',
	'SELECT ON pg_catalog.pg_attribute',
	'EXECUTE ON FUNCTION pg_catalog.pg_event_trigger_dropped_objects()')
{
	%db = new_database();
	run_sql($local, "REVOKE $revoked FROM PUBLIC", %db);
	my $messages = messages_of($local, $reset, %db, role => 'dba');
	unlike($messages, qr/ERROR/, "no $revoked: the reset goes through");
	like($messages, qr/WARNING:  \w{5}: 1 data link is invalid: orders/, "no $revoked: it warns");
	is(link_of($local, 'orders', %db)->{state}, 'invalid', "no $revoked: the link is invalid");
	is(count_in('pg_user_mappings', %db), 0, "no $revoked: its password is gone");
	like($messages, qr/Privileges could not be remembered of: orders/,
		"no $revoked: the warning says what could not be remembered")
	  if $revoked =~ /pg_class|pg_attribute/;
}

%db = new_database();
run_sql($local, 'ALTER TABLE datalinks.invalid_link ADD CHECK (false) NOT VALID', %db);
my $messages = messages_of($local, $reset, %db);
unlike($messages, qr/ERROR/, 'a link that cannot be remembered: the reset goes through');
like($messages, qr/Could not be remembered at all: orders \(new row .*invalid_link/, 'it warns');
is(count_in('pg_user_mappings', %db), 0, 'the password is gone');

# --- what is in a link's schema and not the link's ---

%db = new_database();
run_sql($local, <<'END', %db);
CREATE TABLE orders.my_cache AS SELECT * FROM orders.customer;
CREATE VIEW orders.my_view AS SELECT * FROM orders.customer;
CREATE VIEW orders.of_cache AS SELECT * FROM orders.my_cache;
CREATE FUNCTION orders.my_function() RETURNS int LANGUAGE sql AS 'SELECT 1';
END
$messages = messages_of($local, $reset, %db);
is(states(%db), 'orders=invalid', "a reset of a link with others' objects in its schema");
is(run_sql($local, 'SELECT count(*) FROM orders.of_cache', %db), 2, 'leaves what is not built on it');
is(count_in($_, %db), 0, "and takes its $_")
  for qw(pg_foreign_server pg_user_mappings pg_foreign_table);
like($messages, qr/Dropped with them, .*: view orders\.my_view\.$/m,
	'the warning names what was built on its tables');
like( $messages,
	qr/left with the schema: function orders\.my_function\(\), table orders\.my_cache, view orders\.of_cache\.$/m,
	'and what is left');
run_sql($local, "SELECT datalink_drop('orders')", %db);
is(states(%db), '', 'datalink_drop forgets the link');
is(run_sql($local, 'SELECT count(*) FROM orders.my_cache', %db), 2, 'and leaves the rest');

# --- the setting, before the library is loaded ---

%db = new_database();
run_sql($local, "CREATE SCHEMA app; CREATE TABLE app.t (); "
	  . "ALTER DATABASE $db{dbname} SET datalinks.reset_schemas = 'app'", %db);
run_sql($local, $reset, %db);
is(states(%db), 'orders=valid', "the database's setting counts in a session that used no link yet");
run_sql($local, 'DROP SCHEMA app CASCADE', %db);
is(states(%db), 'orders=invalid', 'for what it names, too');
my $show = 'SHOW datalinks.reset_schemas';
is(run_sql($local, $show, %db), 'app', 'SHOW shows what is set there');
%db = new_database();
is(run_sql($local, "LOAD 'datalinks'; $show", %db), 'public', 'and the default after a LOAD');
run_sql($local, "ALTER DATABASE $db{dbname} SET session_preload_libraries = 'datalinks'", %db);
is(run_sql($local, $show, %db), 'public', 'or with session_preload_libraries');
is(run_sql($local, $show, %db, role => 'alice'), 'public', 'for everybody');

done_testing();
