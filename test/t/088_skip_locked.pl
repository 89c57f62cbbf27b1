# SKIP LOCKED and NOWAIT through a link: the same rows are returned and locked as of a local twin, and
# no others; a queue whose workers take their jobs over a link loses none and gives none out twice.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
my $make = <<'END';
CREATE TABLE q (id int PRIMARY KEY, state text NOT NULL, at timestamptz, v int);
INSERT INTO q SELECT i, CASE i % 3 WHEN 0 THEN 'done' ELSE 'new' END, '2025-01-01'::timestamptz + i * interval '1 day', i % 7
	FROM generate_series(1, 300) i;
CREATE TABLE r (id int PRIMARY KEY, v int);
INSERT INTO r SELECT i, i FROM generate_series(1, 300) i;
ANALYZE q, r;
END
run_sql($remote, $make, dbname => 'orders', role => 'app');
run_sql($remote, 'CREATE EXTENSION pgrowlocks', dbname => 'orders');
run_sql($local, "CREATE SCHEMA twin; SET search_path = twin; $make");
run_sql($local, 'CREATE EXTENSION pgrowlocks; ' . link_sql($remote, 'w'));
run_sql($local, <<'END');
CREATE SCHEMA here;
CREATE TABLE here.k AS SELECT i * 2 AS id FROM generate_series(1, 20) i;
CREATE FUNCTION here.first(n int, query text) RETURNS SETOF int LANGUAGE plpgsql AS $$
	DECLARE one int;
	BEGIN FOR one IN EXECUTE query LOOP RETURN NEXT one; n := n - 1; EXIT WHEN n = 0; END LOOP; END $$;
END
for my $schema (qw(w twin))
{
	run_sql($local, "CREATE TABLE here.$schema (id int, state text, at timestamptz, v int) PARTITION BY RANGE (id);"
		  . "ALTER TABLE here.$schema ATTACH PARTITION $schema.q FOR VALUES FROM (1) TO (1000)");
}

# The ids of rows of q that are locked, and how, there or here.
sub locked
{
	my ($schema) = @_;
	my $query = "SELECT string_agg(q.id || ' ' || l.modes::text, ', ' ORDER BY q.id) FROM %S.q, pgrowlocks('%S.q') l"
	  . ' WHERE l.locked_row = q.ctid';
	return $schema eq 'w'
	  ? run_sql($remote, $query =~ s/%S/public/gr, dbname => 'orders')
	  : run_sql($local, $query =~ s/%S/twin/gr);
}

# What the SQL says within a transaction, then which rows are locked.
sub said
{
	my ($schema, $sql) = @_;
	$sql =~ s/%S/$schema/g;
	my $session = $local->background_psql('postgres', on_error_stop => 0);
	my $rows = $session->query("\\set VERBOSITY sqlstate\nBEGIN;\n$sql;");
	my $errors = join ' ', $session->{stderr} =~ /(?:ERROR: +)(\w{5})/g;
	my $locked = locked($schema);
	$session->query('ROLLBACK');
	$session->quit;
	return "$rows\nerrors: $errors\nlocked: $locked";
}

my @statements = (
	map { my $s = $_; map { s/%L/$s/gr }
		"SELECT id FROM %S.q ORDER BY id LIMIT 3 %L",
		"SELECT id, v FROM %S.q WHERE state = 'new' ORDER BY id LIMIT 5 OFFSET 1 %L",
		"SELECT id FROM %S.q WHERE at <= (SELECT now()) AND v = 3 ORDER BY at DESC LIMIT 4 %L",
		"SELECT id FROM %S.q WHERE id < 40 %L",
		"SELECT id FROM %S.q ORDER BY id FETCH FIRST 3 ROWS WITH TIES %L",
		"SELECT * FROM (SELECT id FROM %S.q ORDER BY id %L) s LIMIT 3",
		"SELECT * FROM (SELECT id FROM %S.q WHERE id < 9 ORDER BY id %L) s WHERE id < 5",
		"SELECT q.id FROM %S.q JOIN %S.r USING (id) WHERE r.v > 3 ORDER BY q.id LIMIT 3 FOR UPDATE OF q SKIP LOCKED",
		"SELECT q.id FROM %S.q JOIN %S.r USING (id) WHERE r.v > 100 ORDER BY q.id LIMIT 3 %L",
		"SELECT EXISTS (SELECT FROM %S.q WHERE id > 9 %L), (SELECT id FROM %S.q WHERE id > 30 ORDER BY id LIMIT 1 %L)",
		"WITH c AS (SELECT id FROM %S.q WHERE id > 3 ORDER BY id LIMIT 3 %L) SELECT k.id FROM here.k JOIN c USING (id)",
		"DELETE FROM %S.q WHERE id = (SELECT id FROM %S.q WHERE state = 'new' ORDER BY id LIMIT 1 %L) RETURNING *",
		"DELETE FROM %S.q WHERE id = ANY (ARRAY(SELECT id FROM %S.q WHERE state = 'new' ORDER BY id LIMIT 4 %L)) RETURNING id",
		"UPDATE %S.q SET state = 'mine' WHERE id = ANY (ARRAY(SELECT id FROM %S.q WHERE state = 'new' AND id > 9 ORDER BY id"
		  . " LIMIT 4 %L)) RETURNING id, state",
		"INSERT INTO here.k SELECT id FROM %S.q WHERE id BETWEEN 20 AND 24 ORDER BY id %L RETURNING id",
		"DECLARE c CURSOR FOR SELECT id FROM %S.q ORDER BY id %L; FETCH 3 FROM c; FETCH 2 FROM c",
		"DECLARE c CURSOR FOR SELECT id FROM %S.q WHERE id > 100 ORDER BY id %L; FETCH 150 FROM c; MOVE 5 IN c; FETCH 1 FROM c",
		"SELECT * FROM here.first(3, 'SELECT id FROM %S.q WHERE id > 5 ORDER BY id LIMIT 10 %L')",
		"PREPARE p(int) AS SELECT id FROM %S.q WHERE id > \$1 ORDER BY id LIMIT 2 %L; EXECUTE p(1); EXECUTE p(7); EXECUTE p(9)",
		"SELECT k.id, x.id FROM here.k, LATERAL (SELECT id FROM %S.q WHERE q.id > k.id ORDER BY id LIMIT 1 %L) x WHERE k.id < 9",
		"SELECT id FROM here.%S LIMIT 4 %L",
		"SAVEPOINT s; SELECT id FROM %S.q ORDER BY id LIMIT 6 %L; ROLLBACK TO s; SELECT id FROM %S.q ORDER BY id DESC LIMIT 1 %L",
	} ('FOR UPDATE SKIP LOCKED', 'FOR NO KEY UPDATE SKIP LOCKED', 'FOR SHARE NOWAIT'));

for my $others ('', 'id IN (2, 4, 11)')
{
	my @holders;
	if ($others)
	{
		for ([ $remote, 'orders', 'public' ], [ $local, 'postgres', 'twin' ])
		{
			my ($node, $dbname, $schema) = @$_;
			push @holders, $node->background_psql($dbname);
			$holders[-1]->query_safe("BEGIN; SELECT id FROM $schema.q WHERE $others FOR UPDATE");
		}
	}
	for my $sql ($others ? grep { !/NO KEY/ } @statements : @statements)
	{
		is(said('w', $sql), said('twin', $sql), ($others ? 'others hold rows: ' : '') . $sql);
	}
	$_->quit for @holders;
}

# What a transaction has locked is free when its ROLLBACK is over.
run_sql($remote, "CREATE VIEW writing AS SELECT count(*) AS n FROM pg_stat_activity WHERE backend_xid IS NOT NULL
	AND datname = 'orders' AND backend_type = 'client backend'",
	dbname => 'orders', role => 'app');
run_sql($local, link_sql($remote, 'other'));
is(run_sql($local, <<'END'), 0, 'no lock outlives ROLLBACK');
CREATE TABLE here.left (n bigint);
DO $$ DECLARE still bigint := 0; n bigint; BEGIN
	FOR i IN 1..200 LOOP
		PERFORM id FROM w.q WHERE id < 100 FOR UPDATE;
		ROLLBACK;
		SELECT writing.n INTO n FROM other.writing;
		still := still + n;
	END LOOP;
	INSERT INTO here.left VALUES (still);
END $$;
SELECT n FROM here.left;
END

# A queue: four workers take jobs, one or some at a time, until there are none.
sub work
{
	my ($name, $take, $jobs) = @_;
	run_sql($remote, "TRUNCATE q; INSERT INTO q SELECT i, 'new', now(), i % 3 FROM generate_series(1, $jobs) i",
		dbname => 'orders', role => 'app');
	run_sql($local, 'DROP TABLE IF EXISTS here.taken; CREATE TABLE here.taken (id int, worker int, at timestamptz DEFAULT clock_timestamp())');
	my $gate = $local->background_psql('postgres');
	$gate->query_safe('SELECT pg_advisory_lock(1)');
	my @workers = map {
		my $worker = $local->background_psql('postgres');
		$worker->query_until(qr/started/, <<"END");
\\echo started
SELECT pg_advisory_lock_shared(1);
DO \$\$ DECLARE jobs int[]; BEGIN LOOP
	WITH job AS ($take) SELECT array_agg(id) INTO jobs FROM job;
	EXIT WHEN jobs IS NULL;
	INSERT INTO here.taken SELECT id, $_ FROM unnest(jobs) id;
	PERFORM pg_sleep(0.003);
	COMMIT;
END LOOP; END \$\$;
END
		$worker;
	} 1 .. 4;
	$local->poll_query_until('postgres', "SELECT count(*) = 4 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
	  or die 'the workers do not come to the gate';
	$gate->quit;
	$_->query_safe('SELECT 1') for @workers;
	$_->quit for @workers;
	is(run_sql($local, 'SELECT count(*), count(DISTINCT id), min(id), max(id) FROM here.taken'), "$jobs|$jobs|1|$jobs",
		"$name: each job is taken, and once");
	return cmp_ok(run_sql($local, 'SELECT count(DISTINCT worker) FROM here.taken'), '>=', 2, "$name: by several workers");
}

work('DELETE one', "DELETE FROM w.q WHERE id = (SELECT id FROM w.q WHERE state = 'new' AND at <= (SELECT now())"
	  . ' ORDER BY v, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id', 120);
work('DELETE some', 'DELETE FROM w.q WHERE id = ANY (ARRAY(SELECT id FROM w.q ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED))'
	  . ' RETURNING id', 120);
work('UPDATE', "UPDATE w.q SET state = 'done' WHERE id = (SELECT id FROM w.q WHERE state = 'new' ORDER BY id"
	  . ' LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) RETURNING id', 120);

done_testing();
