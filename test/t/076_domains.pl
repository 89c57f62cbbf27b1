# Columns of domains are linked as what the domains are over: which type, whose conditions go to the
# remote, what of the remote's changes shows as drift, and what no local domain stands in the way of.

use strict;
use warnings;

use DataLinks;
use Drift;
use Test::More;

my ($local, $remote) = start_nodes();
my $create = link_sql($remote, 'd', "remote_schema => 's'");

sub on_remote
{
	my ($sql) = @_;
	return $remote->safe_psql('orders', "SET search_path = s; $sql");
}

sub columns
{
	my ($table) = @_;
	return run_sql($local, <<"END");
SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod)
	|| CASE WHEN attcollation NOT IN (0, 100) THEN ' COLLATE ' || attcollation::regcollation ELSE '' END
	|| CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY attnum)
FROM pg_attribute WHERE attrelid = '$table'::regclass AND attnum > 0 AND NOT attisdropped
END
}

on_remote(<<'END');
CREATE SCHEMA s;
CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0);
CREATE DOMAIN named AS text COLLATE "C" NOT NULL;
CREATE DOMAIN name2 AS named DEFAULT 'none';
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN moody AS mood NOT NULL;
CREATE TYPE pt AS (x int, p price);
CREATE DOMAIN place AS pt;
CREATE DOMAIN prices AS numeric(6,1)[];
CREATE TABLE t (id int, a price, b named, c name2 COLLATE "POSIX", d moody, e place, f price[], g prices,
	h prices[], i information_schema.sql_identifier);
CREATE VIEW v AS SELECT t.b, t.d FROM (VALUES (1), (2)) x(id) LEFT JOIN t USING (id);
CREATE DOMAIN strict AS int NOT NULL DEFAULT 7;
CREATE TABLE filled (id int, s strict, t strict DEFAULT 8, u int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE computed (id int, c strict GENERATED ALWAYS AS (id + 1) STORED);
INSERT INTO t VALUES (1, 1.5, 'n', 'm', 'sad', '(1,2.5)', '{1.5,2}', '{1.25}', '{"{1,2}","{3}"}', 'i');
GRANT USAGE ON SCHEMA s TO app; GRANT ALL ON ALL TABLES IN SCHEMA s TO app;
END

# The only types that are needed here are no domains; a domain of the same name is not looked at.
run_sql($local, <<'END');
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad', 'happy');
CREATE TYPE s.pt AS (x int, p numeric(10,2));
CREATE DOMAIN s.price AS int CHECK (VALUE > 1000);
END
run_sql($local, $create);
is(columns('d.t'), 'id integer, a numeric(10,2), b text COLLATE "C" NOT NULL, '
	  . 'c text COLLATE "POSIX" NOT NULL, d s.mood NOT NULL, e s.pt, f numeric(10,2)[], g numeric(6,1)[], '
	  . 'h text[], i name COLLATE "C"', 'base types with typmod, collation and NOT NULL');
is(columns('d.v'), 'b text COLLATE "C", d s.mood', 'a view shows NULL where its domain forbids it');
is(run_sql($local, 'SELECT count(*) FROM d.v WHERE b IS NULL'), 1, 'and so the link does');
is(run_sql($local, 'SELECT id, a, b, d, (e).p, f, g, h, i FROM d.t'),
	'1|1.50|n|sad|2.50|{1.50,2.00}|{1.3}|{"{1.0,2.0}","{3.0}"}|i', 'the values are read');
like(run_sql($local, 'EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM d.t WHERE a = 1.5'),
	qr/Remote SQL: .* WHERE \(\(a = 1\.5\)\)/, 'conditions on such columns are shipped');
is(drift($local, 'd'), '', 'no drift');

# What the remote enforces, it does; what it fills in, it does.
fails($local, 'INSERT INTO d.t (id, a, b, d) VALUES (2, -1, $$x$$, $$sad$$)', '23514', undef,
	"the remote's CHECK holds");
run_sql($local, 'INSERT INTO d.filled (id) VALUES (1)');
run_sql($local, 'INSERT INTO d.filled (id, s) VALUES (2, 20)');
is(run_sql($local, 'SELECT * FROM d.filled ORDER BY id'), "1|7|8|2\n2|20|8|4",
	'a column of a NOT NULL domain that is left out gets its default');
run_sql($local, 'INSERT INTO d.computed (id) VALUES (1)');
is(run_sql($local, 'TABLE d.computed'), '1|2', 'and one that is computed is no obstacle to an INSERT');

# Drift of a domain is drift of its columns.
on_remote(<<'END');
ALTER TABLE t ALTER a TYPE numeric, ALTER f TYPE numeric[], DROP e;
DROP DOMAIN place; DROP TYPE pt; DROP DOMAIN price;
CREATE DOMAIN price AS numeric(10,4);
ALTER TABLE t ALTER a TYPE price, ALTER f TYPE price[];
ALTER DOMAIN named DROP NOT NULL;
UPDATE t SET a = 1.2599;
END
is(drift($local, 'd'), join("\n", 'd.t.e: column removed: s.pt',
		'd.t.a: type changed: from numeric(10,2) to numeric(10,4)',
		'd.t.b: NOT NULL dropped: the remote allows NULL',
		'd.t.c: NOT NULL dropped: the remote allows NULL',
		'd.t.f: type changed: from numeric(10,2)[] to numeric(10,4)[]'), 'the diff shows it');
refreshed($local, 'd');
is(run_sql($local, 'SELECT a FROM d.t'), '1.2599', 'after a refresh, the values are right');
is(run_sql($local, fresh_sql('d', "datalink_create('" . url($remote) . "', 'fresh', remote_schema => 's')")),
	'', 'and the link is as a fresh one');

done_testing();
