# Dump and restore: the catalog is the truth, so every dump that carries the server carries the link.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
my $superuser = run_sql($local, 'SELECT current_user');
my $dir = PostgreSQL::Test::Utils::tempdir;
make_role($local, 'alice');
make_role($local, 'reader');
$local->safe_psql('postgres', 'CREATE DATABASE shop');
run_sql($local, <<'END', dbname => 'shop');
CREATE EXTENSION datalinks;
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE shop TO alice;
CREATE TABLE public.visit (id int);
INSERT INTO public.visit VALUES (1);
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
END
my %shop = (dbname => 'shop');
run_sql($local, link_sql($remote, 'sums', q{only_tables => '{customer,item}', read_only => true}),
	%shop);
run_sql($local, link_sql($remote, 'hers'), %shop, role => 'alice');
run_sql($local, link_sql($remote, 'was'), %shop);
run_sql($local, 'DROP SCHEMA was CASCADE; CREATE VIEW public.names AS SELECT name FROM sums.customer',
	%shop);

sub dumped
{
	my ($file, @options) = @_;
	command_ok([ 'pg_dump', '-f', "$dir/$file", @options ], "pg_dump @options[0 .. $#options - 1]");
	return "$dir/$file";
}

# Everything of the list, but that a copy is read-only (see 103_copies.pl).
sub listed
{
	my ($dbname) = @_;
	return run_sql($local, 'SELECT name, created_at, remote, remote_name, remote_schema, tables,'
		  . ' read_only, owner, state, invalidated_at,'
		  . " CASE WHEN reason !~ '^made in another database' THEN reason END FROM datalink_list()",
		dbname => $dbname);
}

sub new_database
{
	my ($name) = @_;
	$local->safe_psql('postgres', "CREATE DATABASE $name; GRANT CREATE ON DATABASE $name TO alice");
	return $name;
}

sub load_sql
{
	my ($dbname, $file, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $local->connstr($dbname),
			'-o', "$dir/output", '-f', $file ], $name);
}

sub works
{
	my ($dbname, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is( run_sql($local, 'SELECT count(*) FROM sums.customer JOIN sums.item USING (id)',
			dbname => $dbname), 2, "$name: the superuser's link works");
	is(run_sql($local, 'SELECT count(*) FROM hers.item', dbname => $dbname, role => 'alice'), 3,
		"$name: the plain role's link works");
}

my $before = listed('shop');
like($before, qr/^hers\|.*\|valid\|.*^sums\|.*\|t\|$superuser\|valid.*^was\|.*\|invalid\|/ms,
	'what is to be dumped');

# --- schema only ---

my $file = dumped('schema.sql', '--schema-only', $local->connstr('shop'));
load_sql(new_database('schema_only'), $file, 'a schema-only dump loads');
is(listed('schema_only'), $before =~ s/^was\|.*\n?//mr =~ s/\n\z//r,
	'the links are listed as they were');
works('schema_only', 'schema only');
is(run_sql($local, 'SELECT count(*) FROM public.names', dbname => 'schema_only'), 2,
	'so does a view on one');
fails($local, "INSERT INTO sums.customer VALUES (9, 'x')", '55000', undef, 'read-only as before',
	dbname => 'schema_only');
run_sql($local, "SELECT datalink_drop('hers')", dbname => 'schema_only', role => 'alice');
run_sql($local, "SELECT datalink_drop('sums')", dbname => 'schema_only');
is(listed('schema_only'), '', 'and can be dropped');
is( run_sql($local, 'SELECT (SELECT count(*) FROM pg_foreign_server), (SELECT count(*)'
		  . ' FROM pg_user_mappings), (SELECT count(*) FROM pg_foreign_table)',
		dbname => 'schema_only'), '0|0|0', 'whole');

# --- everything ---

$file = dumped('full.dump', '-Fc', $local->connstr('shop'));
command_ok([ 'pg_restore', '-d', $local->connstr(new_database('whole')), '--exit-on-error', $file ],
	'a full dump restores');
is(listed('whole'), $before, 'the links are listed, the invalid one too');
works('whole', 'full');
run_sql($local, 'DROP SCHEMA public CASCADE', dbname => 'whole');
like(listed('whole'), qr/^hers\|.*\|invalid\|.*^sums\|.*\|invalid\|.*^was\|.*\|invalid\|/ms,
	'a reset finds them');

# In parallel, in two sections.
new_database('sections');
command_ok([ 'pg_restore', '-d', $local->connstr('sections'), '--section=pre-data',
		'--exit-on-error', $file ], 'its first section');
command_ok([ 'pg_restore', '-d', $local->connstr('sections'), '--section=data',
		'--section=post-data', '-j2', '--exit-on-error', $file ], 'and the others, in parallel');
is(listed('sections'), $before, 'make the same links');

# --- over itself ---

command_ok([ 'pg_restore', '--clean', '-1', '-d', $local->connstr('shop'), $file ],
	'pg_restore --clean -1 of a dump with links over itself');
is(listed('shop'), $before, 'leaves the same links');
works('shop', 'over itself');
command_ok([ 'pg_restore', '--clean', '--if-exists', '-d', $local->connstr('shop'), $file ],
	'so does --clean --if-exists without a transaction');
is(listed('shop'), $before, 'the same links again');
$file = dumped('clean.sql', '--clean', '--if-exists', '--schema-only', $local->connstr('shop'));
load_sql('shop', $file, 'and a schema-only dump with --clean');
works('shop', 'schema only over itself');
run_sql($local, "SELECT datalink_drop('hers')", %shop, role => 'alice');
run_sql($local, link_sql($remote, 'hers'), %shop, role => 'alice');

# --- by a plain role ---

run_sql($local, 'GRANT USAGE ON SCHEMA sums, hers TO reader; GRANT SELECT ON sums.customer TO reader',
	%shop);
my $plain = connection($local, 'reader', 'shop');
$file = dumped('plain.sql', $plain);
unlike(slurp_file($file), qr/\Q${\ password_of('app')}\E/, 'the dump of a plain role holds no password');
load_sql(new_database('plain'), $file, 'and loads');
my $hers = link_of($local, 'hers', dbname => 'plain');
is($hers->{state}, 'invalid', 'a link whose mapping came without its password is invalid');
is($hers->{reason}, 'the user mapping of its owner has no password', 'and the list says why');
is(link_of($local, 'sums', dbname => 'plain')->{state}, 'invalid', "a superuser's link, too");
like(link_of($local, 'sums', dbname => 'plain')->{reason} // '', qr/mapping/, 'for the same reason');
is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server', dbname => 'plain'), 2,
	'nothing is touched');
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice', dbname => 'plain');
run_sql($local, link_sql($remote, 'hers'), dbname => 'plain', role => 'alice');
is(run_sql($local, 'SELECT count(*) FROM hers.item', dbname => 'plain', role => 'alice'), 3,
	'its owner makes it again');

my $owners = dumped('owners.sql', '--schema=hers', connection($local, 'alice', 'shop'));
like(slurp_file($owners), qr/CREATE FOREIGN TABLE hers\.customer/, "a dump of one link's schema");

# --- a template ---

run_sql($local, 'CREATE DATABASE copy TEMPLATE shop');
is(listed('copy'), listed('shop'), 'CREATE DATABASE ... TEMPLATE copies the links');
works('copy', 'copy');
run_sql($local, "SELECT datalink_drop('sums')", dbname => 'copy');
works('shop', 'the links of the original stay');

# --- all of the cluster, into a server where the extension is in template1 ---

$local->safe_psql('template1', 'CREATE EXTENSION datalinks');
$file = dumped('again.sql', '--schema-only', $local->connstr('shop'));
load_sql(new_database('with_extension'), $file, 'a dump into a database that has the extension');
works('with_extension', 'extension from template1');
$local->safe_psql('template1', 'DROP EXTENSION datalinks');

done_testing();
