# A link whose parts are dropped, renamed or given to another owner by ordinary commands.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob dba);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob;
CREATE TABLE public.app_table ();
END

# A link of the role's (the superuser's), in place of whatever had its name.
sub make_link
{
	my ($name, %given) = @_;
	run_sql($local, "SELECT datalink_drop('$name', if_exists => true)");
	run_sql($local, link_sql($remote, $name), %given);
}

sub state_of
{
	my ($name) = @_;
	my $link = link_of($local, $name);
	return join ': ', grep { defined } $link->{state} // 'unknown', $link->{reason};
}

sub exists_in
{
	my ($catalog, $condition) = @_;
	return run_sql($local, "SELECT count(*) FROM $catalog WHERE $condition");
}

my $customers = 'SELECT count(*) FROM orders.customer';

# --- its schema ---

make_link('orders');
make_link('other');
my $messages = messages_of($local, 'DROP SCHEMA orders CASCADE');
is(state_of('orders'), 'invalid: its schema was dropped', 'schema dropped: invalid, and why');
is(state_of('other'), 'valid', 'another link stays as it was');
like($messages, qr/WARNING:  \w{5}: 1 data link is invalid: orders/, 'a warning says so');
is(exists_in('pg_foreign_server', "srvname = 'orders'"), 0, 'its server went, too');
is(exists_in('pg_user_mappings', '1 = 1'), 1, 'and its mapping');

make_link('orders');
run_sql($local, 'BEGIN; DROP SCHEMA orders CASCADE; ROLLBACK');
is(state_of('orders'), 'valid', 'rolled back: valid');
fails($local, 'DROP SCHEMA orders', '2BP01', undef, 'without CASCADE it is refused');
is(state_of('orders'), 'valid', 'and nothing has happened');
run_sql($local, 'BEGIN; SAVEPOINT s; DROP SCHEMA orders CASCADE; ROLLBACK TO s; '
	  . 'CREATE SCHEMA plain; CREATE TABLE plain.t (); DROP SCHEMA plain CASCADE; COMMIT');
is(state_of('orders'), 'valid', 'nor by a drop that was rolled back before another');
run_sql($local, 'DROP SCHEMA orders, other CASCADE');
is(state_of($_), 'invalid: its schema was dropped', "two schemas at once: $_") for qw(orders other);
run_sql($local, "SELECT datalink_drop('other')");

make_link('orders', role => 'alice');
run_sql($local, 'DROP SCHEMA orders CASCADE', role => 'alice');
is(state_of('orders'), 'invalid: its schema was dropped', "by the link's own plain owner");
run_sql($local, link_sql($remote, 'orders'), role => 'alice');
is(state_of('orders'), 'valid', 'who can make it again');
is(run_sql($local, $customers, role => 'alice'), 2, 'and use it');

# --- DROP OWNED ---

make_link('orders', role => 'alice');
make_link('bobs', role => 'bob');
run_sql($local, 'DROP OWNED BY alice');
like(state_of('orders'), qr/^invalid: its (server|schema) was dropped$/, 'DROP OWNED: invalid');
is(state_of('bobs'), 'valid', "another owner's link stays");
is(exists_in('pg_namespace', "nspname = 'orders'"), 0, 'nothing of it is left');
run_sql($local,
	'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice; GRANT CREATE ON DATABASE postgres TO alice'
);

# --- its server ---

make_link('orders', role => 'alice');
my $server = 'orders';
run_sql($local, "DROP SERVER $server CASCADE", role => 'alice');
is(state_of('orders'), 'invalid: its server was dropped', 'server dropped: invalid, and why');
is(exists_in('pg_namespace', "nspname = 'orders'"), 1, 'the trigger drops nothing else');
run_sql($local, link_sql($remote, 'orders'), role => 'alice');
is(state_of('orders'), 'valid', 'datalink_create clears the schema away');
is(run_sql($local, $customers, role => 'alice'), 2, 'and the link works');

run_sql($local, "DROP SERVER $server CASCADE", role => 'alice');
run_sql($local, "SELECT datalink_drop('orders')", role => 'alice');
is(state_of('orders'), 'unknown', 'datalink_drop forgets it');
is(exists_in('pg_namespace', "nspname = 'orders'"), 0, 'and clears the schema away');

# --- its mapping ---

make_link('orders', role => 'alice');
run_sql($local, "DROP USER MAPPING FOR alice SERVER $server", role => 'alice');
is(state_of('orders'), 'invalid: its owner "alice" has no user mapping',
	'mapping dropped: invalid, and why');
is(exists_in('pg_foreign_server', "srvname = '$server'"), 1, 'the server stands');
is(exists_in('pg_foreign_table', '1 = 1'), 6, 'so do the tables');
is(exists_in('datalinks.invalid_link', '1 = 1'), 0, 'nothing is noted');
run_sql($local, "CREATE USER MAPPING FOR alice SERVER $server OPTIONS (user 'app', password '"
	  . password_of('app') . "')", role => 'alice');
is(state_of('orders'), 'valid', 'given another mapping it is valid');
is(run_sql($local, $customers, role => 'alice'), 2, 'and works');

# --- one table ---

run_sql($local, 'DROP FOREIGN TABLE orders.item', role => 'alice');
is(state_of('orders'), 'valid', 'one foreign table dropped: valid');
is(link_of($local, 'orders')->{tables}, 2, 'the list counts what is left');

# --- new names ---

run_sql($local, "ALTER SERVER $server RENAME TO elsewhere", role => 'alice');
is(state_of('orders'), 'valid', 'server renamed: the link is valid');
run_sql($local, 'ALTER SCHEMA orders RENAME TO bestellungen', role => 'alice');
is(state_of('bestellungen'), 'valid', 'schema renamed: so is the link');
is(state_of('orders'), 'unknown', 'the old name is free');
is(run_sql($local, 'SELECT count(*) FROM bestellungen.customer', role => 'alice'), 2, 'it works');
run_sql($local, 'BEGIN; ALTER SCHEMA bestellungen RENAME TO c; ROLLBACK', role => 'alice');
is(state_of('bestellungen'), 'valid', 'renamed and rolled back: the old name');
fails($local, link_sql($remote, 'bestellungen'), '42710', qr/"bestellungen" already exists/,
	'the new name is taken', role => 'alice');
run_sql($local, "SELECT datalink_drop('bestellungen')", role => 'alice');
is(exists_in('pg_foreign_server', "srvname = 'elsewhere'"), 0, 'dropped under its new names');

# A schema that another role was given is no more the link's own: here bob owns what alice linked.
make_link('orders', role => 'alice');
run_sql($local, 'GRANT alice TO bob; ALTER SCHEMA orders OWNER TO bob');
run_sql($local, 'REVOKE alice FROM bob; GRANT bob TO alice');
run_sql($local, 'ALTER SCHEMA orders RENAME TO bobs_orders', role => 'bob');
is(state_of('orders'), 'invalid: its schema is gone', 'renamed, it takes no link along');
run_sql($local, 'ALTER SCHEMA bobs_orders RENAME TO orders', role => 'bob');
is(state_of('orders'), 'invalid: the schema of its name belongs to another role', 'the list says so');
run_sql($local, "SELECT datalink_drop('orders')");
is(exists_in('pg_namespace', "nspname = 'orders'"), 1, 'and the drop of the link leaves it');
run_sql($local, 'DROP SCHEMA orders; REVOKE bob FROM alice');

# Somebody else's event triggers may run commands of their own inside the user's command.
run_sql($local, <<'END');
CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF tg_tag IN ('ALTER SCHEMA', 'DROP SCHEMA') AND current_setting('meddle.busy', true) <> 'yes'
	THEN
		PERFORM set_config('meddle.busy', 'yes', false);
		CREATE SCHEMA scratch;
		CREATE TABLE scratch.t ();
		ALTER SCHEMA scratch RENAME TO scratch2;
		ALTER SCHEMA scratch2 RENAME TO scratch;
		DROP SCHEMA scratch CASCADE;
		PERFORM set_config('meddle.busy', 'no', false);
	END IF;
END $$;
CREATE EVENT TRIGGER a_first ON ddl_command_start EXECUTE FUNCTION meddle();
CREATE EVENT TRIGGER zz_last ON ddl_command_start EXECUTE FUNCTION meddle();
CREATE EVENT TRIGGER a_end ON ddl_command_end EXECUTE FUNCTION meddle();
CREATE EVENT TRIGGER zz_end ON ddl_command_end EXECUTE FUNCTION meddle();
CREATE EVENT TRIGGER a_drop ON sql_drop WHEN TAG IN ('DROP SCHEMA') EXECUTE FUNCTION meddle();
END
make_link('orders');
make_link('other');
run_sql($local, "SET meddle.busy = 'no'; ALTER SCHEMA orders RENAME TO orders2");
is(state_of('orders2'), 'valid', "renamed inside others' event triggers");
run_sql($local, "SET meddle.busy = 'no'; DROP SCHEMA orders2 CASCADE");
is(state_of('orders2'), 'invalid: its schema was dropped', "dropped inside others' event triggers");
is(state_of('other'), 'valid', 'and nothing but that');
run_sql($local, 'DROP EVENT TRIGGER a_first; DROP EVENT TRIGGER zz_last; '
	  . 'DROP EVENT TRIGGER a_end; DROP EVENT TRIGGER zz_end; DROP EVENT TRIGGER a_drop');
run_sql($local, "SELECT datalink_drop('orders2'); SELECT datalink_drop('other')");

# --- owners ---

make_link('orders', role => 'alice');
run_sql($local, 'REASSIGN OWNED BY alice TO dba');
is(link_of($local, 'orders')->{owner}, 'dba', 'REASSIGN OWNED: the list shows the new owner');
is(state_of('orders'), 'invalid: its owner "dba" has no user mapping', 'who has no mapping');
run_sql($local, "SELECT datalink_drop('orders')", role => 'dba');
is(state_of('orders'), 'unknown', 'but can drop it');

run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob');
make_link('orders', role => 'alice');
run_sql($local, "ALTER SERVER $server OWNER TO bob");
is(link_of($local, 'orders')->{owner}, 'bob', 'server given away: the list shows the new owner');
like(state_of('orders'), qr/^invalid: /, 'and says invalid');
run_sql($local, "SELECT datalink_drop('orders')");
is(exists_in('pg_foreign_server', "srvname = '$server'"), 0, 'a superuser can drop it');

# --- the extension ---

run_sql($local, "DROP SCHEMA IF EXISTS orders CASCADE; SELECT datalink_drop('bobs')");
make_link('orders');
my $error = fails($local, 'DROP EXTENSION datalinks', '2BP01', undef,
	'DROP EXTENSION is refused while links exist');
like($error->{detail}, qr/server orders/, 'and names them');
is(state_of('orders'), 'valid', 'which stay valid');
$messages = messages_of($local, 'DROP EXTENSION datalinks CASCADE');
unlike($messages, qr/ERROR|WARNING/, 'CASCADE takes them');
is(exists_in($_, '1 = 1'), 0, "nothing left in $_")
  for qw(pg_foreign_server pg_foreign_table pg_user_mappings);
run_sql($local, 'DROP SCHEMA IF EXISTS orders; CREATE EXTENSION datalinks');
run_sql($local, link_sql($remote, 'orders'));
is(state_of('orders'), 'valid', 'created again, the extension works');
run_sql($local, "SELECT datalink_drop('orders'); DROP EXTENSION datalinks");
is(exists_in('pg_namespace', "nspname = 'datalinks'"), 0, 'without links it goes without CASCADE');

done_testing();
