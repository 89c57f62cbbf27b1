# One statement sees one snapshot, also in a transaction that has written there: money moves between
# two tables of the remote all the time, and whoever sums up both must find the same sum.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TABLE here (id int PRIMARY KEY, n int);
CREATE TABLE there (id int PRIMARY KEY, n int);
CREATE TABLE mark (n int);
INSERT INTO here SELECT i, 100 FROM generate_series(1, 20) i;
INSERT INTO there SELECT i, 100 FROM generate_series(1, 20) i;
CREATE PROCEDURE move(times int) LANGUAGE plpgsql AS $$
DECLARE amount int; account int;
BEGIN
	FOR i IN 1 .. times LOOP
		amount := (random() * 20)::int; account := 1 + (random() * 19)::int;
		UPDATE here SET n = n - amount WHERE id = account;
		UPDATE there SET n = n + amount WHERE id = account;
		COMMIT;
	END LOOP;
END $$;
END
run_sql($local, link_sql($remote, 'w'));
run_sql($local, "CREATE FUNCTION money() RETURNS bigint LANGUAGE sql VOLATILE AS
	'SELECT (SELECT sum(n) FROM w.here) + (SELECT sum(n) FROM w.there)'");

# Counts the wrong sums of a number of statements, while another session moves money.
sub wrong_sums
{
	my ($begin, $statement, $times) = @_;
	my $mover = $remote->background_psql('orders', on_error_stop => 0);
	my $stop = $remote->data_dir . '/moved';
	$mover->query('SET statement_timeout = 0');
	$mover->{stdin} .= "CALL move(1000000);\n";
	$mover->{run}->pump_nb();
	$remote->poll_query_until('orders', 'SELECT n <> 100 FROM here WHERE id = 7');
	my $wrong = run_sql($local, <<"END");
$begin
DO \$\$
DECLARE wrong int := 0; sum bigint;
BEGIN
	FOR i IN 1 .. $times LOOP
		$statement INTO sum;
		wrong := wrong + (sum <> 4000)::int;
	END LOOP;
	PERFORM set_config('test.wrong', wrong::text, false);
END \$\$;
COMMIT;
SELECT current_setting('test.wrong');
END
	$remote->safe_psql('orders', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL move%'");
	eval { $mover->quit };
	return $wrong;
}

my $both = 'SELECT (SELECT sum(n) FROM w.here) + (SELECT sum(n) FROM w.there)';
my $union = 'SELECT sum(n) FROM (SELECT n FROM w.here UNION ALL SELECT n FROM w.there) a';
my $joined = 'SELECT sum(a.n + b.n) FROM w.here a JOIN w.there b USING (id) WHERE random() >= 0';
my $write = 'BEGIN; INSERT INTO w.mark VALUES (1);';
is(wrong_sums('BEGIN;', $both, 200), 0, 'a transaction that reads: two scans');
is(wrong_sums($write, $both, 200), 0, 'one that has written: two scans');
is(wrong_sums($write, $union, 200), 0, '... an append');
is(wrong_sums($write, $joined, 200), 0, '... a join');
my $stable = $both =~ s/(w\.\w+)/$1 WHERE id < extract(year FROM now())::int/gr;
is(wrong_sums($write, $stable, 200), 0, '... with conditions of this side');
is(wrong_sums("$write SAVEPOINT s; INSERT INTO w.mark VALUES (2);", $both, 200), 0, '... in a subtransaction');
is(wrong_sums('BEGIN ISOLATION LEVEL REPEATABLE READ;', $both, 100), 0, 'REPEATABLE READ');

# The option.
my $server = run_sql($local, q{SELECT srvname FROM pg_foreign_server WHERE srvoptions @> '{link=w}'});
fails($local, "ALTER SERVER $server OPTIONS (ADD isolation 'none')", '22023', undef, 'another isolation');
run_sql($local, "ALTER SERVER $server OPTIONS (ADD isolation 'repeatable read')");
is(wrong_sums($write, $both, 100), 0, 'the option isolation');
is(run_sql($local, "$write SELECT count(*) FROM w.mark; SELECT set_config('test.n', (SELECT n FROM w.here WHERE id = 3)::text, false) IS NULL; ROLLBACK") =~ /^\d+\nf$/m,
	1, 'it reads and writes');

done_testing();
