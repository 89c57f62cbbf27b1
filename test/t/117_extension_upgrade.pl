# The first upgrade, before there is one: a version 1.1 that this test alone knows adds a function, an
# attribute to row types and a column to datalinks.invalid_link. The library stays that of 1.0, as it
# does in sessions from before an upgrade: what it knows nothing of is NULL. The other way round, a
# library that is newer than the SQL, is here as functions that have less than it knows.

use strict;
use warnings;

use DataLinks;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# An installation of our own: where its programs stand, its files are looked for.
my $at = PostgreSQL::Test::Utils::tempdir . '/install';
my ($bin, $lib, $share) = map { chomp(my $dir = `pg_config --$_`); $dir } qw(bindir pkglibdir sharedir);
my $extension = "$share/extension";
system_or_bail('mkdir', '-p', map { "$at$_" } $bin, $lib, $extension);
system_or_bail('cp', '-L', glob("$bin/*"), "$at$bin/");
sub default_version
{
	my ($version) = @_;
	my $control = slurp_file("$extension/datalinks.control") =~ s/^default_version = .*/default_version = '$version'/mr;
	unlink "$at$extension/datalinks.control";
	append_to_file("$at$extension/datalinks.control", $control);
	return;
}
default_version('1.0');
for my $file (map { glob "$_/*" } $lib, $share, $extension)
{
	-e "$at$file" or symlink $file, "$at$file" or die "could not link $file: $!";
}
$ENV{PATH} = "$at$bin:$ENV{PATH}";

# An upgrade locks first what sessions may have read in their transactions: so it holds nothing that
# they want while it waits for them.
append_to_file("$at$extension/datalinks--1.0--1.1.sql", <<'END');
\echo Use "ALTER EXTENSION datalinks UPDATE" to load this file. \quit
ALTER TABLE datalinks.invalid_link ADD COLUMN note text DEFAULT 'none';
ALTER TYPE datalinks.link ADD ATTRIBUTE note text;
ALTER TYPE datalinks.link_check ADD ATTRIBUTE note text, ADD ATTRIBUTE score int;
ALTER TYPE datalinks.change ADD ATTRIBUTE note text;
CREATE FUNCTION datalink_count() RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS 'SELECT count(*) FROM pg_catalog.datalink_list()';
-- A function whose symbol the library lacks cannot be created; sessions from before can have one.
CREATE FUNCTION datalink_later(name text) RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_confirm' LANGUAGE C;
UPDATE pg_catalog.pg_proc SET prosrc = 'datalink_later' WHERE proname = 'datalink_later';
END

append_to_file("$at$extension/datalinks--1.0--2.0.sql", <<'END');
ALTER TYPE datalinks.link ADD ATTRIBUTE note text;
CREATE FUNCTION datalink_later(name text) RETURNS datalinks.link
AS 'MODULE_PATHNAME', 'datalink_later' LANGUAGE C;
END

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice reader);
run_sql($local, <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE postgres TO alice;
CREATE FUNCTION names() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	l datalinks.link;
BEGIN
	FOR l IN SELECT * FROM datalink_list() ORDER BY name LOOP
		RETURN NEXT l.name;
	END LOOP;
END $$;
END
my @alice = (role => 'alice');
run_sql($local, link_sql($remote, $_), @alice) for qw(hers was);
run_sql($local, "SELECT datalink_grant('hers', 'reader'); DROP SCHEMA was CASCADE", @alice);
my $version = q{SELECT extversion FROM pg_extension WHERE extname = 'datalinks'};
my $list = 'SELECT name, owner, tables, state, invalidated_at, reason FROM datalink_list() ORDER BY name';
my $before = run_sql($local, $list);
like($before, qr/\Ahers\|alice\|3\|valid\|.*\nwas\|alice\|0\|invalid\|/, 'a link and an invalid one');
is(run_sql($local, $version), '1.0', 'in 1.0');
my $dir = PostgreSQL::Test::Utils::tempdir;
command_ok([ 'pg_dump', '-f', "$dir/1.0.sql", $local->connstr('postgres') ], 'a dump of that');

# --- sessions from before ---

# Each is told something, and asked later what it said to it; errors are among that.
my %sessions;
sub session
{
	my ($name, $connection) = @_;
	my $session = $sessions{$name} = { in => '', out => '' };
	$session->{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $connection, '-f', '-' ],
		'<', \$session->{in}, '>&', \$session->{out}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return;
}

sub tell_session
{
	my ($name, $sql) = @_;
	$sessions{$name}{in} .= "$sql;\n\\echo (done)\n";
	$sessions{$name}{run}->pump while length $sessions{$name}{in};
	return;
}

sub answer
{
	my ($name) = @_;
	my $session = $sessions{$name};
	$session->{run}->pump until $session->{out} =~ /^\(done\)$/m;
	my ($said) = $session->{out} =~ /\A(.*)^\(done\)$/ms;
	$session->{out} = '';
	chomp $said;
	return $said;
}

sub ask
{
	tell_session(@_);
	return answer($_[0]);
}

session($_, connection($local, 'alice')) for qw(old busy lister);
session('upgrade', $local->connstr('postgres'));
ask('old', 'PREPARE list AS SELECT * FROM datalink_list() ORDER BY name');
like(ask('old', 'EXECUTE list'), qr/\Ahers\|.*\nwas\|/, 'a prepared statement lists them');
is(ask('old', 'SELECT * FROM names()'), "hers\nwas", 'and a function');
is(ask('busy', 'BEGIN; INSERT INTO hers.customer VALUES (3, $$Mary$$); SELECT count(*) FROM hers.item'), 3,
	'a session is in the middle of a transaction on the link');
is(ask('lister', 'BEGIN; SELECT count(*) FROM datalink_list()'), 2, 'another has listed the links in one');

# --- the upgrade ---

fails($local, "ALTER EXTENSION datalinks UPDATE TO '2.0'", '42883', qr/could not find function "datalink_later"/,
	'no upgrade to what the library in use does not have');
is(run_sql($local, $version), '1.0', 'nor a half of it');
default_version('1.1');
tell_session('upgrade', 'ALTER EXTENSION datalinks UPDATE');
$local->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
	  . " AND query LIKE 'ALTER EXTENSION%'") or die 'the upgrade does not wait';
is(ask('busy', 'INSERT INTO hers.customer VALUES (4, $$Edith$$); SELECT count(*) FROM hers.customer'), 4,
	'while the upgrade waits for the list, the link goes on');
is(ask('lister', 'SELECT count(*) FROM datalink_list()'), 2, 'and so does the list, without a deadlock');
is(ask('lister', 'COMMIT'), '', 'until that transaction ends');
is(answer('upgrade'), '', 'then the upgrade is through');
is(run_sql($local, $version), '1.1', 'and all is of 1.1');

# --- afterwards ---

is(ask('busy', 'INSERT INTO hers.customer VALUES (5, $$Ida$$); COMMIT'), '', 'the transaction on the link commits');
is(run_sql($remote, 'SELECT count(*) FROM customer', dbname => 'orders'), 5, 'whole');
is(ask($_, 'SELECT name, note IS NULL, l IS NULL FROM datalink_list() l ORDER BY name'), "hers|t|f\nwas|t|f",
	"session $_ lists the links with what was added, as NULL") for qw(old busy lister);
like(ask('old', 'EXECUTE list'), qr/\Ahers\|.*\nwas\|.*\z/, 'the prepared statement lists on');
is(ask('old', 'SELECT * FROM names()'), "hers\nwas", 'and the function');
is(ask('old', "SELECT status, note IS NULL, score IS NULL FROM datalink_check('hers', '30 s')"), 'ok|t|t', 'two more attributes');
is(ask('old', "SELECT name, note IS NULL FROM datalink_alter('hers', read_only => false)"), 'hers|t', 'one row');
is(ask('old', "SELECT (datalink_confirm('hers')).note IS NULL"), 't', 'as a value');
run_sql($remote, 'ALTER TABLE customer ADD COLUMN email text', dbname => 'orders', role => 'app');
is(ask('old', "SELECT count(*), count(note) FROM datalink_refresh('hers')"), '1|0', 'a refresh');
is(ask('old', 'SELECT datalink_count()'), 2, 'a new function');
like(ask('old', "SELECT datalink_later('hers')"), qr/\Apsql:\S+ ERROR:  42883: could not find function "datalink_later"/,
	'one that only a later library has');
run_sql($local, "UPDATE pg_foreign_server SET srvoptions = array_append(srvoptions, 'later=x') WHERE srvname = 'hers'");
is(ask('old', 'SELECT count(*) FROM hers.item; SELECT count(*) FROM datalink_diff($$hers$$)'), "3\n0",
	'a server with an option that only a later library knows');
run_sql($local, 'ALTER SERVER hers OPTIONS (DROP later)');
is(run_sql($local, $list), $before, 'the links are what they were');
is(run_sql($local, 'SELECT count(*) FROM hers.customer', role => 'reader'), 5, 'and the grant');
is(ask('old', "BEGIN; DROP SCHEMA hers CASCADE; SELECT name, note FROM datalinks.invalid_link ORDER BY name; ROLLBACK")
	  =~ s/\A.*?^(?=hers\|)//msr, "hers|none\nwas|none", 'a reset fills the new column');
is(run_sql($local, "SELECT name, state FROM datalink_set_remote('was', '" . url($remote) . "')", @alice), 'was|valid',
	'an invalid link is rebuilt');

# --- dumps ---

my $dumped = run_sql($local, $list);
command_ok([ 'pg_dump', '-f', "$dir/1.1.sql", $local->connstr('postgres') ], 'a dump');
for my $from ('1.0', '1.1')
{
	my $dbname = 'from_' . $from =~ tr/./_/r;
	$local->safe_psql('postgres', "CREATE DATABASE $dbname; GRANT CREATE ON DATABASE $dbname TO alice");
	command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $local->connstr($dbname), '-o', "$dir/output",
			'-f', "$dir/$from.sql" ], "one of $from loads");
	is(run_sql($local, $version, dbname => $dbname), '1.1', 'into 1.1');
	is(run_sql($local, "SELECT name, owner, tables, state, invalidated_at FROM datalink_list() ORDER BY name",
			dbname => $dbname) . "\n", ($from eq '1.0' ? $before : $dumped) =~ s/\|[^|]*$/\n/mgr =~ s/\n\n/\n/gr,
		'with its links');
	is(run_sql($local, 'SELECT count(*) FROM hers.item', dbname => $dbname, @alice), 3, 'which work');
}

# --- a library that is newer than the SQL ---

run_sql($local, <<'END');
CREATE TYPE shorter AS (name text, created_at timestamptz);
CREATE FUNCTION shorter_list() RETURNS SETOF shorter AS '$libdir/datalinks', 'datalink_list' LANGUAGE C;
CREATE FUNCTION shorter_drop(text) RETURNS void AS '$libdir/datalinks', 'datalink_drop' LANGUAGE C;
CREATE FUNCTION shorter_alter(text) RETURNS shorter AS '$libdir/datalinks', 'datalink_alter' LANGUAGE C;
END
is(run_sql($local, 'SELECT name, created_at IS NULL FROM shorter_list() ORDER BY 1'), "hers|f\nwas|f", 'fewer attributes');
for my $call ("shorter_drop('hers')", "shorter_alter('hers')")
{
	my $error = fails($local, "SELECT $call", '55000', qr/older than its library/, "fewer arguments: $call");
	is($error->{hint}, 'Run ALTER EXTENSION datalinks UPDATE.', 'say what to do');
}

$_->{run}->finish for map { $_->{in} .= "\\q\n"; $_ } values %sessions;
done_testing();
