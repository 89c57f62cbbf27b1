# datalink_refresh and other sessions: it stands in nobody's way for long, leaves out what is locked
# where it may, gives up when it is told to, and sees a deadlock.

use strict;
use warnings;

use lib 'test/t';
use DataLinks;
use Drift;
use Test::More;

my ($local, $remote) = start_nodes('autovacuum = off');

sub on_remote
{
	my ($sql) = @_;
	run_sql($remote, $sql, dbname => 'orders', role => 'app');
}

# A session that reads a table, without asking the remote, and keeps its lock.
sub reader_of
{
	my ($table) = @_;
	my $session = $local->background_psql('postgres', on_error_stop => 1);
	$session->query_safe("BEGIN; EXPLAIN SELECT FROM $table");
	return $session;
}

# Waits until a session waits for a lock of this mode, or has given up waiting for it once.
sub is_queued
{
	return $local->poll_query_until('postgres',
		"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock')");
}

run_sql($local, link_sql($remote, 'shop'));
my ($there, $back) = ('ALTER TABLE item ADD weight int; ALTER TABLE customer ADD age int',
	'ALTER TABLE item DROP weight; ALTER TABLE customer DROP age');

note 'skip_blocked leaves out what is locked';

on_remote($there);
my $reader = reader_of('shop.item');
is(refreshed($local, 'shop', 'skip_blocked => true'),
	"shop.customer.age: column added: integer\n"
	  . 'shop.item.weight: column added: integer [a lock of another session]',
	'and says so');
is(drift($local, 'shop'), 'shop.item.weight: column added: integer', 'it is still to be done');
is(run_sql($local, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'"), 0,
	'no lock is left behind');
$reader->query_safe('COMMIT');
is(refreshed($local, 'shop', 'skip_blocked => true'), 'shop.item.weight: column added: integer',
	'until the lock is gone');

note 'without it, a refresh waits, and lets others through';

on_remote($back);
$reader->query_safe('BEGIN; EXPLAIN SELECT FROM shop.item');
my $refresh = $local->background_psql('postgres', on_error_stop => 1);
$refresh->query_until(qr/started/, "\\echo started\nSELECT count(*) FROM datalink_refresh('shop');\n");
ok(is_queued(), 'it waits for the reader');
for my $nth (1 .. 5)
{
	my $error = error_of($local, "SET lock_timeout = '10s'; EXPLAIN SELECT FROM shop.item;"
		  . ' EXPLAIN SELECT FROM shop.customer');
	is_deeply($error, {}, "another reader comes through ($nth)");
}
$reader->query_safe('COMMIT');
$refresh->quit;
is(drift($local, 'shop'), '', 'it is applied once the reader is gone');

note 'lock_timeout and statement_timeout count';

on_remote($there);
$reader->query_safe('BEGIN; EXPLAIN SELECT FROM shop.item');
fails($local, "SET lock_timeout = '700ms'; SELECT * FROM datalink_refresh('shop')", '55P03',
	undef, 'a lock_timeout ends the waiting');
fails($local, "SET statement_timeout = '700ms'; SELECT * FROM datalink_refresh('shop')", '57014',
	undef, 'a statement_timeout does');
# It may fire together with the lock_timeout of an attempt, and the server then tells of one alone.
for my $time (map { 100 + $_ } 0 .. 14)
{
	fails($local, "SET statement_timeout = '${time}ms'; SELECT * FROM datalink_refresh('shop')", '57014',
		undef, "nor is one of $time ms forgotten");
}
is(run_sql($local, "SET lock_timeout = '20ms'; SELECT count(*) FROM datalink_refresh('shop', skip_blocked => true);"
		  . ' SHOW lock_timeout; SHOW deadlock_timeout'), "2\n20ms\n1s", 'the settings are as they were');
$reader->query_safe('COMMIT');
refreshed($local, 'shop');

note 'a deadlock is seen';

on_remote($back);
$local->safe_psql('postgres', 'CREATE TABLE ours (a int)');
$reader->query_safe('BEGIN; EXPLAIN SELECT FROM shop.item');
$refresh = $local->background_psql('postgres', on_error_stop => 0);
$refresh->query_safe('BEGIN; LOCK TABLE ours');
$reader->query_until(qr/started/, "\\echo started\nSET deadlock_timeout = '1h';\nSELECT * FROM ours;\n");
$local->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)");
$refresh->query(qq{SELECT * FROM datalink_refresh('shop')});
like($refresh->{stderr}, qr/deadlock detected/, 'and ends the refresh');
$refresh->query('ROLLBACK');
$refresh->quit;
$reader->quit;
is(refreshed($local, 'shop'),
	"shop.customer.age: column removed: integer\nshop.item.weight: column removed: integer",
	'the next one does it');

note 'what the server alone knows stands in the way as well';

run_sql($local, "ALTER FOREIGN TABLE shop.item ADD doubled numeric GENERATED ALWAYS AS (price * 2) STORED,"
	  . " ALTER doubled OPTIONS (ADD column_name 'id')");
on_remote('ALTER TABLE item DROP price CASCADE');
like(drift($local, 'shop'), qr/^shop\.item\.price: column removed: numeric\(10,2\) \[.*doubled.*\]$/m,
	'a generated column of the user');
fails($local, "SELECT * FROM datalink_refresh('shop', force => true)", '2BP01', qr/cannot refresh/,
	'and is not dropped unasked');

done_testing();
