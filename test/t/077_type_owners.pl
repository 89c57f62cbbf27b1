# Whose types a link uses, and where it makes its own: nothing of another role's may run when a table
# is read, and no remote chooses what is made among the system's own.

use strict;
use warnings;

use DataLinks;
use Drift;
use Test::More;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice mallory);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, mallory;
GRANT CREATE ON DATABASE postgres TO alice, mallory;
END
$remote->append_conf('postgresql.conf', 'allow_system_table_mods = on');
$remote->restart;

sub on_remote
{
	my ($sql) = @_;
	return $remote->safe_psql('orders', "SET client_min_messages = warning; $sql");
}

on_remote(<<'END');
CREATE SCHEMA m; GRANT USAGE ON SCHEMA m TO app; SET search_path = m;
CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pair AS (a int); CREATE TYPE nest AS (p pair[]);
CREATE TYPE span AS RANGE (subtype = int4); CREATE DOMAIN d AS int;
CREATE TABLE t_mood (c mood); CREATE TABLE t_nest (c nest); CREATE TABLE t_span (c span[]); CREATE TABLE t_d (c d);
CREATE TABLE t_with_d (c pair);
INSERT INTO t_d VALUES (1); INSERT INTO t_with_d VALUES ('(1)');
GRANT ALL ON ALL TABLES IN SCHEMA m TO app;
END

# Mallory's, with a function that runs as whoever reads.
run_sql($local, <<'END', role => 'mallory');
CREATE SCHEMA m; GRANT USAGE ON SCHEMA m TO PUBLIC;
CREATE FUNCTION m.evil(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'as %', current_user; END $$;
CREATE DOMAIN m.d AS int CHECK (m.evil(VALUE));
CREATE TYPE m.mood AS ENUM ('a'); CREATE TYPE m.pair AS (a int); CREATE TYPE m.nest AS (p m.pair[]);
CREATE TYPE m.span AS RANGE (subtype = int4);
END

sub create_sql
{
	my ($table) = @_;
	return link_sql($remote, 'o', "remote_schema => 'm', only_tables => '{$table}'");
}

for my $case ([ t_mood => 'm.mood' ], [ t_nest => 'm.pair' ], [ t_nest => 'm.nest' ], [ t_span => 'm.span' ],
	[ t_with_d => 'm.pair' ])
{
	my ($table, $type) = @$case;
	for my $role (undef, 'alice')
	{
		my @role = $role ? (role => $role) : ();
		my $error = fails($local, create_sql($table), '42804', undef, "$table: another role's type is not used", @role);
		like($error->{detail}, qr/type \Q$type\E: it belongs to role mallory/, 'and whose it is, is told');
	}
	run_sql($local, create_sql($table), role => 'mallory');
	run_sql($local, "SELECT datalink_drop('o')", role => 'mallory');
}
run_sql($local, create_sql('t_d'));
is(run_sql($local, 'TABLE o.t_d'), 1, "a domain is none of the types that are used");
run_sql($local, "SELECT datalink_drop('o')");

# A domain within a type that can be trusted.
run_sql($local, 'GRANT USAGE ON SCHEMA m TO alice; GRANT CREATE ON SCHEMA m TO alice');
run_sql($local, 'DROP TYPE m.nest; DROP TYPE m.pair', role => 'mallory');
run_sql($local, 'CREATE TYPE m.pair AS (a m.d)');
my $error = fails($local, create_sql('t_with_d'), '42804', undef, 'a domain of another role within a type');
like($error->{detail}, qr/type m\.d: it belongs to role mallory/, 'is told');
run_sql($local, 'ALTER DOMAIN m.d OWNER TO CURRENT_USER; ALTER DOMAIN m.d DROP CONSTRAINT d_check');
run_sql($local, create_sql('t_with_d'));
is(run_sql($local, 'SELECT (c).a FROM o.t_with_d'), 1, 'under a superuser it may be there');

# The owner changes later.
run_sql($local, 'ALTER TYPE m.pair OWNER TO mallory');
on_remote('CREATE TABLE m.t_more (c m.pair); GRANT ALL ON m.t_more TO app');
run_sql($local, "SELECT datalink_alter('o', only_tables => '{t_with_d,t_more}')");
is(run_sql($local, "SELECT to_regclass('o.t_more') IS NULL"), 't', 'no new table uses it then');
like(drift($local, 'o'), qr/^m\.pair: type differs: it belongs to role mallory,/m, 'and the diff says so');
run_sql($local, "SELECT datalink_drop('o')");

# An extension's types are used, whoever installed it.
on_remote('CREATE EXTENSION citext SCHEMA public; CREATE TABLE m.t_citext (c citext); GRANT ALL ON m.t_citext TO app');
run_sql($local, 'GRANT CREATE ON SCHEMA public TO alice');
run_sql($local, 'CREATE EXTENSION citext SCHEMA public', role => 'alice');
run_sql($local, create_sql('t_citext'), role => 'mallory');
run_sql($local, "SELECT datalink_drop('o')", role => 'mallory');

# --- where types are made ---

for my $schema (qw(pg_catalog information_schema datalinks pg_toast))
{
	on_remote("DROP SCHEMA IF EXISTS m CASCADE; CREATE SCHEMA m; GRANT USAGE ON SCHEMA m TO app;"
		  . ($schema eq 'datalinks' ? 'CREATE SCHEMA datalinks;' : '')
		  . " CREATE TYPE $schema.upper AS ENUM ('a'); CREATE TABLE m.t (c $schema.upper); GRANT ALL ON m.t TO app");
	my $create = link_sql($remote, 'o', "remote_schema => 'm', create_types => true");
	my $error = fails($local, $create, '42704', undef, "nothing is made in $schema");
	unlike($error->{hint}, qr/CREATE TYPE/, 'nor is that proposed');
	is(run_sql($local, "SELECT to_regtype('$schema.upper')"), '', 'nothing is there');
	on_remote("DROP TABLE m.t; DROP TYPE $schema.upper");
}

# --- lists are long, and one lookup each ---

on_remote('CREATE TABLE m.t1 (a int); GRANT ALL ON m.t1 TO app');
my $names = "(SELECT array_agg('t' || i) FROM generate_series(1, 60000) i)";
my $start = time;
for my $list (qw(only_tables except_tables))
{
	$error = fails($local, link_sql($remote, 'o', "remote_schema => 'm', $list => $names"), '42P01', undef,
		"60,000 names in $list");
	like($error->{detail}, qr/"t2", "t3", /, 'those that there are not are told');
}
on_remote(join('; ', map { "CREATE TABLE m.t$_ ()" } 2 .. 3000));
fails($local, link_sql($remote, 'o', "remote_schema => 'm', except_tables => $names"), '42P01', undef,
	'60,000 names beside 3,000 tables');
cmp_ok(time - $start, '<', 60, 'are looked up in good time');

done_testing();
