# Whose a link is: what acts on it acts as its owner, and its name, its schema and the memory of it
# are of no use to anybody else.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob mallory reader);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob, mallory;
GRANT CREATE ON DATABASE postgres TO alice, bob, mallory;
END
my $superuser = run_sql($local, 'SELECT current_user');
my $url = url($remote);

sub set_remote
{
	my ($name, $to) = @_;
	return "SELECT name FROM datalink_set_remote('$name', '" . ($to // $url) . "')";
}

sub schema_exists
{
	my ($name) = @_;
	return run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname = '$name'");
}

sub owners
{
	my ($schema) = @_;
	return run_sql($local, 'SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class'
		  . " WHERE relnamespace = '$schema'::regnamespace ORDER BY 1");
}

# What waits for a reader stands after a reset, without its password: server, schema and tables.
sub reset_while_read
{
	my ($table) = @_;
	my $reader = $local->background_psql('postgres');
	$reader->query_safe("BEGIN; COMMENT ON FOREIGN TABLE $table IS 'held'");
	run_sql($local, 'CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE public.t ();'
		  . ' DROP SCHEMA public CASCADE; CREATE SCHEMA public');
	$reader->quit;
}

# --- refresh, alter and set_remote act as the owner ---

run_sql($local, link_sql($remote, 'hers', 'create_types => true'), role => 'alice');
$remote->safe_psql('orders', "SET ROLE app; CREATE TABLE added (id int)");
run_sql($local, "SELECT * FROM datalink_refresh('hers')");
is(owners('hers'), 'alice', "a superuser's refresh makes tables of the owner's");
run_sql($local, 'GRANT alice TO bob');
$remote->safe_psql('orders', "SET ROLE app; CREATE TABLE more (id int)");
run_sql($local, "SELECT * FROM datalink_refresh('hers')", role => 'bob');
is(owners('hers'), 'alice', "so does a member's");
run_sql($local, 'REVOKE alice FROM bob');
$remote->safe_psql('orders', "SET ROLE app; ALTER TABLE added ADD name text; ALTER TABLE more ADD n int;"
	  . " CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE moods (m mood)");
my $alter = "SELECT name FROM datalink_alter('hers', except_tables => '{item}')";
fails($local, $alter, '42501', undef, 'a type that its owner may not make is not made for him');
run_sql($local, "GRANT CREATE ON SCHEMA public TO alice; $alter");
is(owners('hers'), 'alice', 'an alter makes tables of the owner\'s, too');
is(run_sql($local, "SELECT pg_get_userbyid(typowner) FROM pg_type WHERE typname = 'mood'"), 'alice',
	'and types');
run_sql($local, "SELECT * FROM datalink_refresh('hers')", role => 'alice');
pass("the owner's next refresh works");
$remote->safe_psql('orders', 'DROP TABLE moods; DROP TYPE mood');

# What fires meanwhile runs as the owner, and restricted.
run_sql($local, <<'END');
CREATE TABLE public.seen (who text);
GRANT INSERT ON public.seen TO PUBLIC;
CREATE FUNCTION public.see() RETURNS event_trigger LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO public.seen VALUES (current_user); END $$;
CREATE EVENT TRIGGER see ON ddl_command_end WHEN TAG IN ('CREATE FOREIGN TABLE')
	EXECUTE FUNCTION public.see();
END
$remote->safe_psql('orders', "SET ROLE app; CREATE TABLE third (id int)");
run_sql($local, "SELECT * FROM datalink_refresh('hers')");
is(run_sql($local, 'SELECT DISTINCT who FROM public.seen'), 'alice', "event triggers run as the owner");
run_sql($local, 'DROP EVENT TRIGGER see; DROP FUNCTION public.see; DROP TABLE public.seen');
is(run_sql($local, "SELECT * FROM datalink_refresh('hers'); SELECT current_user"), $superuser,
	'afterwards the caller is who he was');
error_of($local, set_remote('hers', url($remote, password => 'wrong')));
is(run_sql($local, 'SELECT current_user'), $superuser, 'after an error, too');

# A link of a superuser's is no way to be one: members of his role have its rights, but not that.
run_sql($local, link_sql($remote, 'sums', "only_tables => '{customer,item}'") . "; GRANT \"$superuser\" TO bob");
fails($local, $_, '42501', qr/must be superuser/, "not by a member: $_", role => 'bob')
  for "SELECT * FROM datalink_refresh('sums')", "SELECT datalink_alter('sums', read_only => true)",
  set_remote('sums');
run_sql($local, "REVOKE \"$superuser\" FROM bob");

# --- a rebuilt link is its owner's ---

run_sql($local, 'DROP SCHEMA hers CASCADE');
run_sql($local, set_remote('hers'));
is(link_of($local, 'hers')->{owner}, 'alice', "a superuser's set_remote makes it its owner's again");
is(owners('hers'), 'alice', 'tables and all');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', role => 'alice'), 2, 'who can read it');

# --- the memory knows its owner by OID ---

run_sql($local, 'DROP SCHEMA hers CASCADE; ALTER ROLE alice RENAME TO alicia');
make_role($local, 'alice');
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . ' GRANT CREATE ON DATABASE postgres TO alice');
run_sql($local, "ALTER ROLE alicia PASSWORD '${\ password_of('alicia')}'");
is(link_of($local, 'hers')->{owner}, 'alicia', 'the list has its new name');
for my $sql (set_remote('hers'), link_sql($remote, 'hers'), "SELECT datalink_drop('hers')")
{
	fails($local, $sql, '42501', qr/must be owner/, 'a new role of the old name does not own it',
		role => 'alice');
}
run_sql($local, set_remote('hers'), role => 'alicia');
is(link_of($local, 'hers')->{owner}, 'alicia', 'the owner under the new name does');

# In another cluster, OIDs say nothing: the name counts there.
run_sql($local, 'DROP SCHEMA hers CASCADE');
run_sql($local, 'UPDATE datalinks.invalid_link SET cluster = cluster + 1,'
	  . " owner_oid = 'alice'::regrole::oid");
fails($local, set_remote('hers'), '42501', qr/must be owner/, 'an OID of another cluster is nobody',
	role => 'alice');
run_sql($local, set_remote('hers'), role => 'alicia');
is(link_of($local, 'hers')->{owner}, 'alicia', 'there the name counts');

# An owner who is gone leaves it to who speaks for the database.
run_sql($local, 'DROP SCHEMA hers CASCADE; DROP OWNED BY alicia; DROP ROLE alicia');
make_role($local, 'alicia');
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alicia;'
	  . ' GRANT CREATE ON DATABASE postgres TO alicia');
fails($local, set_remote('hers'), '42501', qr/must be owner/, 'a new role of a dropped one\'s name',
	role => 'alicia');
run_sql($local, set_remote('hers'));
is(link_of($local, 'hers')->{owner}, $superuser, 'the link of a role that is gone is the caller\'s');
run_sql($local, "SELECT datalink_drop('hers')");

# --- squatting on the name of an invalid link ---

run_sql($local, 'DROP SCHEMA sums CASCADE');
run_sql($local, link_sql($remote, 'bait'), role => 'mallory');
run_sql($local, 'ALTER SCHEMA bait RENAME TO sums', role => 'mallory');
is(join(' ', sort map { "$_->{owner}:$_->{state}" } grep { $_->{name} eq 'sums' } links($local)),
	join(' ', sort 'mallory:valid', "$superuser:invalid"), 'the list shows both');
for my $sql (set_remote('sums'), link_sql($remote, 'sums', 'if_not_exists => true'),
	link_sql($remote, 'sums'))
{
	my $error = fails($local, $sql, '42501', qr/name of invalid data link "sums" is taken/,
		"refused: " . substr($sql, 0, 40));
	like($error->{detail}, qr/"$superuser".*"mallory"/s, 'and says by whom');
	ok($error->{hint}, 'and what to do');
}
fails($local, set_remote('sums'), '42501', undef, "nor is it mallory's", role => 'mallory');
is(run_sql($local, "SELECT count(*) FROM pg_user_mappings WHERE usename = 'mallory'"), 1,
	"no password came into mallory's hands");
run_sql($local, "SELECT datalink_drop('sums')");
is(run_sql($local, 'SELECT name FROM datalinks.invalid_link'), 'sums',
	"the drop of mallory's link forgets nothing");
run_sql($local, 'CREATE SCHEMA sums', role => 'mallory');
fails($local, set_remote('sums'), '42501', qr/is taken/, 'a mere schema of another role, too');
run_sql($local, 'DROP SCHEMA sums', role => 'mallory');
run_sql($local, <<'END', role => 'mallory');
CREATE SERVER claim FOREIGN DATA WRAPPER datalinks OPTIONS (link 'sums', host 'localhost');
END
run_sql($local, set_remote('sums'));
is(run_sql($local, "SELECT pg_get_userbyid(srvowner) FROM pg_foreign_server WHERE srvname = 'claim'"),
	'mallory', "a server of another's that merely claims the name is in nobody's way, and stays");
is(join(' ', map { $_->{owner} } grep { $_->{name} eq 'sums' && $_->{state} eq 'valid' } links($local)),
	$superuser, 'beside it the link is made again');
run_sql($local, "DROP SERVER claim; SELECT datalink_drop('sums')");

# --- own is the very same role, and the link's tables or nothing ---

# After a reset that left the schema, somebody else's schema of that name is not the link's.
run_sql($local, link_sql($remote, 'sums'));
reset_while_read('sums.item');
run_sql($local, 'ALTER SCHEMA sums RENAME TO kept');
run_sql($local, 'CREATE SCHEMA sums; CREATE TABLE sums.precious AS SELECT 1 AS id', role => 'mallory');
run_sql($local, "SELECT datalink_drop('sums', if_exists => true)");
is(schema_exists('sums'), 1, 'datalink_drop leaves the schema of another role');
is(run_sql($local, 'SELECT count(*) FROM sums.precious', role => 'mallory'), 1, 'and what is in it');
run_sql($local, 'DROP SCHEMA sums CASCADE', role => 'mallory');
run_sql($local, 'DROP SCHEMA kept CASCADE;'
	  . ' SELECT datalink_drop(name) FROM datalink_list()');

# A superuser's server that names a schema of others, as REASSIGN OWNED makes them.
run_sql($local, "CREATE SCHEMA plain; CREATE TABLE plain.precious (id int);"
	  . " CREATE SERVER plain FOREIGN DATA WRAPPER datalinks OPTIONS (link 'plain')");
is(link_of($local, 'plain')->{reason},
	'the schema of its name holds other objects and none of its tables',
	'a schema of the same owner is not own by that alone');
run_sql($local, 'DROP SERVER plain CASCADE');
is(run_sql($local, 'SELECT count(*) FROM plain.precious'), 0, 'nothing of it went with the server');
run_sql($local, "CREATE SERVER plain FOREIGN DATA WRAPPER datalinks OPTIONS (link 'plain')");
run_sql($local, "SELECT datalink_drop('plain')");
is(run_sql($local, 'SELECT count(*) FROM plain.precious'), 0, 'nor with datalink_drop');
run_sql($local, "ALTER SCHEMA plain OWNER TO mallory");
run_sql($local, "CREATE SERVER plain FOREIGN DATA WRAPPER datalinks OPTIONS (link 'plain')");
run_sql($local, 'CREATE TABLE public.t (); DROP SCHEMA public CASCADE; CREATE SCHEMA public');
is(run_sql($local, 'SELECT count(*) FROM plain.precious'), 0, 'nor with a reset');
fails($local, link_sql($remote, 'plain'), '42P06', undef, 'nor with datalink_create');
run_sql($local, 'DROP SCHEMA plain CASCADE; DROP SERVER IF EXISTS plain CASCADE;'
	  . ' SELECT datalink_drop(name) FROM datalink_list()');

# A server that was given away without its schema.
run_sql($local, link_sql($remote, 'hers'), role => 'alice');
run_sql($local, 'ALTER SERVER hers OWNER TO bob');
my $error = fails($local, set_remote('hers'), '55000', qr/no schema of its own/,
	'a server without its schema is not mended', role => 'bob');
like($error->{hint}, qr/OWNER TO/, 'but the HINT says how');
run_sql($local, 'ALTER SCHEMA hers OWNER TO bob');
run_sql($local, set_remote('hers'), role => 'bob');
is(link_of($local, 'hers')->{state}, 'valid', 'given the schema, too, it is');
run_sql($local, "SELECT datalink_drop('hers')");

# --- claims of a superuser ---

run_sql($local, "CREATE SERVER a_claim FOREIGN DATA WRAPPER datalinks OPTIONS (link 'hers')");
run_sql($local, link_sql($remote, 'hers'), role => 'alice');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', role => 'alice'), 2,
	"a superuser's server that claims the name keeps nobody from making the link");
run_sql($local, "SELECT datalink_drop('hers')", role => 'alice');
# Both claim an empty schema: the link is the one that bears the name.
$remote->safe_psql('orders', 'CREATE SCHEMA void; GRANT USAGE ON SCHEMA void TO app');
run_sql($local, "ALTER SERVER a_claim OWNER TO alice");
is(run_sql($local, link_sql($remote, 'hers', "remote_schema => 'void'") =~ s/SELECT name/SELECT remote_schema, state/r,
		role => 'alice'), 'void|valid', 'created is what was asked for, whatever else claims the name');

# --- read-only transactions ---

my $log = log_size($remote);
$remote->append_conf('postgresql.conf', 'log_connections = on');
$remote->reload;
$remote->poll_query_until('postgres', "SELECT current_setting('log_connections') = 'on'");
for my $sql (set_remote('hers'), link_sql($remote, 'other'), "SELECT datalink_drop('hers')",
	"SELECT * FROM datalink_refresh('hers')", "SELECT datalink_alter('hers', read_only => true)",
	set_remote('hers', url($remote, password => 'new')))
{
	fails($local, "SET default_transaction_read_only = on; $sql", '25006',
		qr/cannot execute datalink_\w+\(\) in a read-only transaction/,
		'read-only: ' . substr($sql, 0, 40), role => 'alice');
}
unlike(log_of($remote, $log), qr/connection authorized: user=app/, 'and nothing connects');

done_testing();
