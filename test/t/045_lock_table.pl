# Links of many tables and a small lock table: what cannot fit is refused before it starts, with the
# setting that would do; what may not fit is warned of; where the server runs out, the error says so.

use strict;
use warnings;

use DataLinks;
use Test::More;

# 13 backends in all, of 10 locks each: a lock table made for 130. Since 17 the server has one more
# process of its own, since 18 it keeps room for many autovacuum workers. Huge pages would leave it
# more memory than it asks for.
my ($major) = `pg_config --version` =~ /(\d+)/ or die 'pg_config tells no version';
my ($local, $remote) = start_nodes('max_locks_per_transaction = 10',
	'max_connections = ' . ($major >= 17 ? 9 : 10), 'autovacuum = off', 'autovacuum_max_workers = 1',
	'max_worker_processes = 1', 'max_wal_senders = 0', 'max_prepared_transactions = 0', 'huge_pages = off',
	$major >= 18 ? 'autovacuum_worker_slots = 1' : ());

# Without NOT NULL, which costs locks since 18.
for my $count (28, 50, 60, 100, 140)
{
	$remote->safe_psql('orders', sprintf(<<'END', $count, $count));
CREATE SCHEMA of%d; GRANT USAGE ON SCHEMA of%1$d TO app;
SELECT format('CREATE TABLE of%1$d.t%%s (a int, b text, c int GENERATED ALWAYS AS (a) STORED)', i)
	FROM generate_series(1, %1$d) i \gexec
GRANT SELECT ON ALL TABLES IN SCHEMA of%1$d TO app;
END
}

sub create
{
	my ($tables) = @_;
	return link_sql($remote, "link$tables", "remote_schema => 'of$tables'");
}

sub set_locks
{
	my ($locks) = @_;
	$local->append_conf('postgresql.conf', "max_locks_per_transaction = $locks");
	$local->restart;
	return;
}

# The setting that a hint names.
sub setting_in
{
	my ($text) = @_;
	my ($setting) = ($text // '') =~ /max_locks_per_transaction to at least (\d+)/;
	return $setting // 0;
}

# How many locks the server says it needs and has, and what it would have with a setting.
sub figures_in
{
	my ($text) = @_;
	return ($text // '') =~ /needs (\d+) locks.* is made for (\d+)\./s;
}

sub would_do
{
	my ($setting, $needed, $has) = @_;
	return $setting * $has / 10 >= $needed && ($setting - 1) * $has / 10 < $needed;
}

# Takes every lock that there is, and gives 40 back.
sub fill_lock_table
{
	my ($session) = @_;
	$session->query_safe(<<'END');
DO $$ BEGIN
	FOR i IN 1 .. 1000000 LOOP
		BEGIN PERFORM pg_advisory_lock(i); EXCEPTION WHEN out_of_memory THEN PERFORM set_config('my.last', i::text, false); EXIT; END;
	END LOOP;
	FOR i IN current_setting('my.last')::int - 40 .. current_setting('my.last')::int - 1 LOOP
		PERFORM pg_advisory_unlock(i);
	END LOOP;
END $$
END
	return;
}

# Nothing to say about what fits.
unlike(messages_of($local, create(28)), qr/WARNING|ERROR/, 'what fits is made in silence');
run_sql($local, "SELECT datalink_drop('link28')");

# What may be too large to be dropped is warned of.
my $said = messages_of($local, create(50));
like($said, qr/WARNING:  01000: the data link may be too large to be dropped/,
	'a drop that may not fit is warned of');
my ($needs, $has) = figures_in($said);
cmp_ok($needs, '>', $has, 'with the figures');
ok(would_do(setting_in($said), $needs, $has), 'with the setting that would do');
run_sql($local, "SELECT datalink_drop('link50')");

# What may be too large to be made, too.
$said = messages_of($local, 'BEGIN; ' . create(60) . '; ROLLBACK');
like($said, qr/WARNING:  01000: creating the data link may need more locks/, 'a creation that may not fit is warned of');
cmp_ok(setting_in($said) * $has / 10, '>=', 60 / 50 * ($needs - 20), 'with the setting that would do for the drop as well');

# What is hopeless is refused before it starts.
my $error = fails($local, create(140), '53200', qr/creating the data link needs more locks than the lock table can hold/,
	'what cannot fit is refused');
($needs, $has) = figures_in($error->{detail});
cmp_ok($needs, '>', 2 * $has, 'with the figures');
my $needed = setting_in($error->{hint});
cmp_ok($needed * $has / 10, '>=', $needs, 'and a setting that would do');
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'link%'"), 0, 'nothing is left');

# So is what could be made, and never be dropped: no drop can go in pieces of one transaction.
$error = fails($local, create(100), '53200', qr/dropping the data link again needs more locks/,
	'what could not be dropped is refused');
cmp_ok(setting_in($error->{hint}), '>', 20, 'with the setting that would do');

# The server runs out all the same, because others hold the locks.
my $others = $local->background_psql('postgres', on_error_stop => 0);
fill_lock_table($others);
$error = fails($local, create(28), '53200', qr/out of shared memory/, 'a lock table that others have filled');
cmp_ok(setting_in($error->{hint}), '>=', 10, 'gives the error the hint');
unlike($error->{hint}, qr/You might need/, 'in place of the general one');
is(run_sql($local, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'link%'"), 0, 'nothing is left');
$others->query_safe('SELECT pg_advisory_unlock_all()');
run_sql($local, create(28));
fill_lock_table($others);
$error = fails($local, "SELECT datalink_drop('link28')", '53200', qr/out of shared memory/, 'a drop runs out as well');
cmp_ok(setting_in($error->{hint}), '>=', 10, 'and has the hint');
is(link_of($local, 'link28')->{state}, 'valid', 'the link is as it was');

# A refresh keeps the same budget and gives the same hint, and so does an alteration.
$others->query_safe('SELECT pg_advisory_unlock_all()');
run_sql($local, "SELECT * FROM datalink_alter('link28', only_tables => '{t1}')");
fill_lock_table($others);
$error = fails($local, "SELECT * FROM datalink_alter('link28', only_tables => '{}')", '53200',
	qr/out of shared memory/, 'an alteration runs out as well');
cmp_ok(setting_in($error->{hint}), '>', 0, 'and has the hint');
$others->query_safe('SELECT pg_advisory_unlock_all()');
run_sql($local, "SELECT * FROM datalink_alter('link28', only_tables => '{}')");
run_sql($local, sprintf('DROP FOREIGN TABLE %s', join(', ', map { "link28.t$_" } 2 .. 28)));
fill_lock_table($others);
$error = fails($local, "SELECT * FROM datalink_refresh('link28')", '53200', qr/out of shared memory/,
	'a refresh runs out as well');
cmp_ok(setting_in($error->{hint}), '>', 0, 'and has the hint');
$others->query_safe('SELECT pg_advisory_unlock_all()');
$others->quit;
run_sql($local, link_sql($remote, 'grows', "remote_schema => 'of100', only_tables => '{t1}'"));
fails($local, "SELECT * FROM datalink_alter('grows', only_tables => '{}')", '53200',
	qr/dropping the data link again needs more locks/, 'a link that could not be dropped then is not made so');
is(link_of($local, 'grows')->{tables}, 1, 'it is as it was');
run_sql($local, "SELECT datalink_drop('grows')");
run_sql($local, "SELECT datalink_drop('link28')");

# With the setting that was asked for, what was refused is made, and dropped.
set_locks($needed);
unlike(messages_of($local, create(140)), qr/WARNING|ERROR/, 'the setting of the hint is enough for all of it');
is(link_of($local, 'link140')->{tables}, 140, 'the link is made');
run_sql($local, "SELECT datalink_drop('link140')");
run_sql($local, create(140));

# What was made under it, and cannot be dropped under less.
set_locks(10);
$error = fails($local, "SELECT datalink_drop('link140')", '53200', qr/dropping the data link needs more locks/,
	'a drop that cannot fit is refused before it starts');
is(setting_in($error->{hint}), $needed, 'with the same setting');
is(link_of($local, 'link140')->{state}, 'valid', 'the link goes on working');
is(run_sql($local, 'SELECT count(*) FROM link140.t1'), 0, 'and is read');

# The figures all this rests on: entries in pg_locks for each table of a link made, and dropped.
set_locks($needed);
my $entries = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND NOT fastpath";
my $at = "SELECT datalink_drop('link140'); $entries";
my (undef, $dropped) = split /\n/, run_sql($local, "BEGIN; $at; COMMIT") =~ s/\A\n?/\n/r;
cmp_ok(abs($dropped - 140 * 4), '<', 20, 'a drop takes 3 entries a table, and one a computed column');
my (undef, $created) = split /\n/, run_sql($local, 'BEGIN; ' . create(140) . "; $entries; ROLLBACK");
cmp_ok(abs($created - 140 * 2), '<', 20, 'a creation takes 2 a table');
$remote->safe_psql('orders', <<'END');
SET ROLE app;
SELECT format('CREATE TABLE t%s (a int NOT NULL, b int NOT NULL, c int NOT NULL)', i)
	FROM generate_series(1, 40) i \gexec
END
run_sql($local, link_sql($remote, 'strict', "except_tables => '{customer,item,spent}'"));
(undef, $dropped) = split /\n/, run_sql($local, "BEGIN; SELECT datalink_drop('strict'); $entries; COMMIT") =~ s/\A\n?/\n/r;
cmp_ok(abs($dropped - 40 * ($major >= 18 ? 6 : 3)), '<', 20, 'a drop takes one a NOT NULL column, since 18');

# A drop locks each schema of a link to all schemas, too.
set_locks(10);
$remote->safe_psql('postgres', 'CREATE DATABASE many OWNER app');
$remote->safe_psql('many', 'SET ROLE app; SELECT format(\'CREATE SCHEMA s%s\', i) FROM generate_series(1, 400) i \gexec');
my $many = link_sql($remote, 'many', "remote_schema => '*'", dbname => 'many');
fails($local, $many, '53200', qr/dropping the data link again/, 'more schemas than could be dropped again');
run_sql($local, $many =~ s/'\*'/'*', only_tables => '{s1.*}'/r);
fails($local, "SELECT datalink_alter('many', only_tables => '{}')", '53200', qr/more locks/, 'by a refresh, too');

done_testing();
