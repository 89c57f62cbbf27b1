# A session that uses everything again and again (SESSION_CYCLES), as a pooler's does for days, keeps no
# more memory than after the first times: of the server's, and of what C++ and libpq take for themselves.

use strict;
use warnings;

use DataLinks;
use Test::More;

plan skip_all => 'no /proc' unless -r '/proc/self/status';
my $times = $ENV{SESSION_CYCLES} // 5;
my $before = $times < 3 ? 1 : 2;

my ($local, $remote) = start_nodes();
$remote->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$remote->restart;
make_role($local, 'reader');
run_sql($remote, 'GRANT CREATE ON DATABASE orders TO app', dbname => 'orders');
make_remote_schema($remote, 'other');
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE SCHEMA third;
CREATE TABLE third.goal (id int PRIMARY KEY, s text DEFAULT repeat('d', 100), n numeric, at timestamptz, a int[]);
CREATE TABLE third.kind (k int PRIMARY KEY, e text CHECK (e <> 'wrong'));
CREATE FUNCTION third.spoil(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
	RETURN 1 / (CASE WHEN $1 = 150 THEN 0 ELSE 1 END); END $$;
CREATE VIEW third.spoiled AS SELECT i, third.spoil(i) FROM generate_series(1, 200) i;
CREATE TYPE third.mood AS ENUM ('sad', 'ok');
CREATE TABLE third.felt (m third.mood);
END

my ($url, $other) = (url($remote), url($remote, query => '?connect_timeout=9'));
my $bad = url($remote, password => 'no');
my $cycle = <<"END";
-- links
SELECT datalink_create('$url', 'one');
SELECT datalink_create('$url', 'two', remote_schema => 'other');
SELECT datalink_create('$url', 'two', remote_schema => 'other', if_not_exists => true);
SELECT datalink_create('$url', 'three', remote_schema => 'third', create_types => true);
SELECT datalink_create('$url', 'whole', remote_schema => '*', except_tables => ARRAY['third.felt']);
SELECT * FROM datalink_list();
SELECT * FROM datalink_tables();
SELECT * FROM datalink_check();
SELECT datalink_alter('one', except_tables => ARRAY['spent']), datalink_alter('one', except_tables => '{}');
SELECT datalink_set_remote('one', '$other');
SELECT datalink_confirm('one');
SELECT datalink_analyze('one');
ANALYZE three.kind;
SELECT datalink_grant('one', 'reader'), datalink_grant('one', 'public', read_only => false);
SELECT * FROM datalink_grants();
SELECT datalink_revoke('one', 'reader'), datalink_revoke('one', 'public');
-- reads
SELECT * FROM one.customer c JOIN one.item i ON i.customer_id = c.id WHERE c.name > 'A' AND price < 100;
SELECT * FROM one.customer c JOIN two.item i ON i.customer_id = c.id JOIN generate_series(1, 2) g ON g = c.id;
SELECT count(*) FROM whole_third.goal g WHERE at < now() AND a \@> '{1}';
EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM one.spent ORDER BY name LIMIT 1;
PREPARE look AS SELECT * FROM one.customer WHERE id = \$1; EXECUTE look(1); EXECUTE look(2); DEALLOCATE look;
BEGIN; DECLARE c CURSOR FOR SELECT * FROM one.item; FETCH 1 FROM c;
SAVEPOINT s; FETCH 1 FROM c; SELECT * FROM three.spoiled; ROLLBACK TO s; FETCH 1 FROM c; COMMIT;
BEGIN; SELECT id FROM one.customer FOR UPDATE SKIP LOCKED; ROLLBACK;
-- writes
INSERT INTO three.goal (id, n, at, a) VALUES (1, 1.5, now(), '{1,2}') RETURNING *;
INSERT INTO three.goal SELECT i, 'x', i, now(), ARRAY[i] FROM generate_series(2, 300) i;
INSERT INTO three.goal (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = excluded.id + 1;
INSERT INTO three.goal (id) VALUES (1), (301) ON CONFLICT DO NOTHING RETURNING id;
UPDATE three.goal SET s = 'y' WHERE id < 100;
UPDATE three.goal SET s = s || random() WHERE id = 1 RETURNING s;
DELETE FROM three.goal g USING generate_series(1, 20) i WHERE g.id = i;
COPY three.kind FROM PROGRAM 'seq 1000 | sed s/\$/,right/' WITH (FORMAT csv);
BEGIN; UPDATE three.kind SET e = 'new' WHERE k = 1; SAVEPOINT s; DELETE FROM three.kind; ROLLBACK TO s; COMMIT;
TRUNCATE three.kind, three.goal;
-- the remote's own SQL
SELECT * FROM datalink_query('one', 'SELECT g, \$1 FROM generate_series(1, 500) g', 'p') AS t(g int, p text);
SELECT * FROM datalink_query(ARRAY['one', 'two'], 'SELECT 1') AS t(link text, n int);
SELECT datalink_execute('one', 'CREATE TABLE public.came (id int)');
SELECT datalink_execute('one', 'ALTER TABLE public.item ADD more text');
-- drift
SELECT * FROM datalink_diff('one');
SELECT * FROM datalink_refresh('one');
SELECT datalink_execute('one', 'DROP TABLE public.came'), datalink_execute('one', 'ALTER TABLE public.item DROP more');
SELECT * FROM datalink_refresh('one', skip_blocked => true);
SELECT * FROM datalink_refresh('whole', force => true);
-- unions
SELECT datalink_union('shops', ARRAY['one']);
SELECT datalink_union_add('shops', 'two');
SELECT * FROM shops.customer JOIN shops.item USING (link) ORDER BY 1, 2, 3;
SELECT * FROM shops.customer WHERE link = 'two';
SELECT * FROM datalink_diff('shops'), datalink_refresh('shops');
SELECT datalink_union_remove('shops', 'one');
SELECT datalink_drop('shops');
-- a transaction of two remotes, and what is told of it
SET datalinks.two_phase = on;
BEGIN; INSERT INTO one.customer VALUES (9, 'both'); INSERT INTO three.kind VALUES (9, 'both'); COMMIT;
BEGIN; DELETE FROM one.customer WHERE id = 9; DELETE FROM three.kind WHERE k = 9; COMMIT;
RESET datalinks.two_phase;
SELECT * FROM datalink_in_doubt(), datalink_resolve();
SELECT * FROM datalink_stats();
SELECT datalink_stats_reset();
SELECT * FROM datalink_connections();
-- what fails
SELECT datalink_create('$bad', 'four');
SELECT datalink_create('$url', 'four', only_tables => ARRAY['absent']);
SELECT datalink_create('$url', 'one');
SELECT datalink_create('postgres://a:b\@[', 'four');
SELECT datalink_diff('absent');
SELECT datalink_refresh('absent'), 1;
SELECT datalink_set_remote('one', '$bad');
SELECT datalink_grant('one', 'absent');
SELECT datalink_alter('one', only_tables => ARRAY['absent']);
SELECT datalink_union('shops', ARRAY['one', 'absent']);
SELECT datalink_union('shops', ARRAY['one', 'whole']);
SELECT * FROM three.spoiled;
INSERT INTO three.kind VALUES (1, 'wrong');
INSERT INTO three.kind SELECT i, CASE i WHEN 700 THEN 'wrong' END FROM generate_series(1, 900) i;
BEGIN; INSERT INTO three.kind VALUES (2, 'right'); UPDATE three.kind SET k = 1 / (k - k); ROLLBACK;
SELECT * FROM datalink_query('one', 'SELECT 1 / 0') AS t(n int);
SELECT * FROM datalink_query('one', 'SELECT ''x''') AS t(n int);
SELECT * FROM datalink_query(ARRAY['one', 'two'], 'nonsense') AS t(link text, n int);
SELECT datalink_execute('one', 'nonsense');
BEGIN; INSERT INTO three.kind VALUES (1, 'a'); SELECT 1 / 0; COMMIT;
DO \$\$ BEGIN PERFORM * FROM three.spoiled; EXCEPTION WHEN OTHERS THEN NULL; END \$\$;
-- the end of links: dropped, reset, gone with their schemas
SELECT datalink_disconnect('two');
BEGIN; DROP SCHEMA two CASCADE; ROLLBACK;
DROP SCHEMA two CASCADE;
SELECT * FROM datalink_list();
SELECT datalink_drop('two');
ALTER SCHEMA three RENAME TO third_one;
SELECT datalink_drop('third_one'), datalink_drop('one'), datalink_drop('whole'), datalink_drop('absent', if_exists => true);
SELECT datalink_disconnect();
END

# Catalog caches keep what was asked for objects that are gone: that is the server's own way.
my $measure = <<'END';
\o
SELECT 'measured', (SELECT sum(used_bytes) FROM pg_backend_memory_contexts
		WHERE name NOT IN ('CacheMemoryContext', 'Type information cache')),
	substring(pg_read_file('/proc/self/status', 0, 10000, true) FROM 'VmData:\s+(\d+)')::bigint
		- (SELECT sum(total_bytes)::bigint / 1024 FROM pg_backend_memory_contexts);
\o /dev/null
END
my $script = "SET client_min_messages = error;\n$measure" . $cycle x $before . $measure . $cycle x $times . $measure;
my ($output, $errors) = ('', '');
IPC::Run::run([ 'psql', '-XAtq', '-F', ' ', '-v', 'VERBOSITY=verbose', '-d', $local->connstr('postgres') ],
	'<', \$script, '>', \$output, '2>', \$errors);
my @measured = map { [ split / / ] } grep { /^measured/ } split /\n/, $output;
is(scalar @measured, 3, 'the session lives');
note("after 0, $before and $times more cycles: @$_") for @measured;
my ($first, $last) = @measured[ 1, 2 ];
SKIP:
{
	skip 'a pass tells nothing about growth', 2 if $times < 3;
	cmp_ok($last->[1] - $first->[1], '<', 64 * 1024, 'its memory does not grow');
	# What malloc keeps comes to rest after some dozens of cycles, at 8 MB.
	cmp_ok($last->[2] - $first->[2], '<', 8 * 1024, 'nor that of C++ and libpq');
}

# What is meant to work has worked, and what fails has failed, each time.
my %failed;
$failed{$_}++ for $errors =~ /^(?:psql:\S+ )?ERROR:  (\w{5}): /mg;
is(join(' ', map { "$_:" . $failed{$_} / ($times + $before) } sort keys %failed),
	'08001:2 0A000:1 22012:5 22023:1 22P02:1 23514:2 42601:2 42704:4 42710:1 42P01:2', 'each fails each time, nothing else does');
is($local->safe_psql('postgres', 'SELECT count(*) FROM datalink_list()'), '0', 'no link is left');

done_testing();
