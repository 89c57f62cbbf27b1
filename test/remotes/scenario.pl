# A remote of one major version, from the server that is tested: every kind of statement, types,
# drift and its repair, statistics, probes. `make check-remotes` runs it against each, under the names
# remote_10.pl, remote_11.pl, ...; REMOTE_SERVERS says where they are: "10=PORT:PASSWORD ...".

use strict;
use warnings;

use DataLinks;
use File::Basename qw(basename);
use Test::More;

# A server that stands already: its superuser comes over TCP, with a password.
package StandingServer;
our @ISA = ('PostgreSQL::Test::Cluster');

sub new
{
	my ($class, $port, $password) = @_;
	return bless { _name => 'remote', _host => '127.0.0.1', _port => $port, password => $password },
	  $class;
}

sub connstr
{
	my ($self, $dbname) = @_;
	return "host=127.0.0.1 port=$self->{_port} user=postgres password=$self->{password} dbname="
	  . ($dbname // 'postgres');
}

package main;

my ($major) = basename($0) =~ /_(\d+)\.pl\z/ or die "$0 names no major version";
my ($port, $superusers_password) = ($ENV{REMOTE_SERVERS} // '') =~ /\b$major=(\d+):(\S+)/
  or die "REMOTE_SERVERS names no server of $major";
my $remote = StandingServer->new($port, $superusers_password);
my $local = start_node('local', 'max_prepared_transactions = 10',
	"session_preload_libraries = 'datalinks'");
$local->safe_psql('postgres', 'CREATE EXTENSION datalinks');
make_role($local, 'alice');
$local->safe_psql('postgres', 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;'
	  . ' GRANT CREATE ON DATABASE postgres TO alice');

sub there { return run_sql($remote, $_[0], dbname => 'orders', role => 'app') }
sub here { return run_sql($local, $_[0]) }

# The same SELECT, here and there.
sub same
{
	my ($sql, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $set = "SET timezone = 'UTC'; SET search_path = ";
	return is(here("$set s, kinds; $sql"), there("$set public, kinds; $sql"), $name);
}

is($remote->safe_psql('postgres', "SELECT current_setting('server_version_num')::int / 10000"), $major,
	"the remote is of $major");
$remote->safe_psql('postgres', $_) for 'DROP DATABASE IF EXISTS orders', 'DROP ROLE IF EXISTS app';
make_role($remote, 'app');
$remote->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
make_remote_schema($remote);
there(<<'END');
CREATE SCHEMA kinds;
CREATE TYPE kinds.mood AS ENUM ('sad', 'ok');
CREATE TYPE kinds.pair AS (a int, m kinds.mood);
CREATE TYPE kinds.span AS RANGE (subtype = float8);
CREATE DOMAIN kinds.code AS varchar(5) CHECK (VALUE <> 'wrong');
CREATE TABLE thing (id serial PRIMARY KEY, name text DEFAULT 'none', at timestamptz DEFAULT '2020-01-01Z',
	price numeric(10,2), mood kinds.mood DEFAULT 'ok', pair kinds.pair, span kinds.span,
	code kinds.code, moods kinds.mood[], n int[], doc jsonb, b bytea, u uuid, i inet, d date,
	t time, gap interval, f float8, r real, big bigint, small smallint, yes boolean, c char(3),
	word text COLLATE "C", days daterange, bits varbit, place point, m money, x xml, who name, tsv tsvector);
INSERT INTO thing (price, pair, span, code, moods, n, doc, b, u, i, d, t, gap, f, r, big, small, yes, c, word,
	days, bits, place, m, who, tsv) VALUES (1.5, '(1,sad)', '[1,2)', 'abc', '{sad,ok}', '{1,NULL,3}', '{"a": [1]}',
	'\x00ff', '00000000-0000-0000-0000-000000000001', '10.0.0.1/8', '2024-02-29', '12:30:01.5',
	'1 mon 2 days 03:04:05', 1.25, 0.5, 9000000000, 7, true, 'ab', 'Wort', '[2020-01-01,2021-01-01)', B'101',
	'(1,2)', 12.34, 'me', 'fat cat');
INSERT INTO thing (name) VALUES (NULL);
CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, k text UNIQUE, n int DEFAULT 7);
CREATE TABLE parted (id int, v text DEFAULT 'new') PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
CREATE TABLE parent (id int, v text);
CREATE TABLE child (more int) INHERITS (parent);
INSERT INTO parent VALUES (1, 'parent');
INSERT INTO child VALUES (2, 'child', 3);
CREATE MATERIALIZED VIEW sums AS SELECT customer_id, sum(price) FROM item GROUP BY 1;
CREATE TABLE job (id int PRIMARY KEY, done boolean DEFAULT false);
INSERT INTO job SELECT generate_series(1, 5);
CREATE TABLE many (id int, v text);
END
there('CREATE TABLE has_oids (id int) WITH OIDS; INSERT INTO has_oids VALUES (1)') if $major < 12;
there(<<'END') if $major >= 12;
CREATE TABLE computed (a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO computed VALUES (1);
END
there(<<'END') if $major >= 14;
CREATE TABLE multi (id int, r int4multirange, s kinds.span_multirange);
INSERT INTO multi VALUES (1, '{[1,3),[5,7)}', '{[1,2)}');
END
there(<<'END') if $major >= 18;
CREATE TABLE virtual (id int PRIMARY KEY, a int DEFAULT 1, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL);
INSERT INTO virtual VALUES (1, 1), (2, 2);
CREATE TABLE lax (id int PRIMARY KEY, n int CHECK (n > 0) NOT ENFORCED,
	c int REFERENCES customer NOT ENFORCED, late int);
INSERT INTO lax VALUES (1, -1, 99, NULL), (2, 2, 1, 2);
ALTER TABLE lax ADD CONSTRAINT late_set NOT NULL late NOT VALID, ADD CHECK (id > 1) NOT VALID;
CREATE TABLE booked (room int4range, during daterange, v text,
	PRIMARY KEY (room, during WITHOUT OVERLAPS));
INSERT INTO booked VALUES ('[1,2)', '[2024-01-01,2024-02-01)', 'a');
END

subtest 'creation' => sub {
	fails($local, link_sql($remote, 's'), '42704', qr/types?/, 'types of the remote that are not here');
	here('CREATE SCHEMA kinds; CREATE TYPE kinds.span AS RANGE (subtype = float8)');
	here(link_sql($remote, 's', 'create_types => true'));
	is(link_of($local, 's')->{state}, 'valid', 'are made with create_types');
	is(link_of($local, 's')->{tables},
		there("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
			  . " AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition"), 'every relation');
	is(here("SELECT * FROM datalink_diff('s')"), '', 'nothing differs');
	here(link_sql($remote, 'standing', "only_tables => '{job}'", query => '?target_session_attrs=read-write'));
	is(here('SELECT count(*) FROM standing.job'), 5, 'target_session_attrs');
	run_sql($local, link_sql($remote, 'hers', "only_tables => '{job}'"), role => 'alice');
	is(run_sql($local, 'SELECT count(*) FROM hers.job', role => 'alice'), 5, 'of a role for whom a password must count');
	if ($major < 12)
	{
		there('CREATE TABLE old (at abstime); INSERT INTO old VALUES (\'2000-01-01\')');
		my $error = fails($local, "SELECT * FROM datalink_refresh('s')", '42704', undef,
			'types that are no more');
		like("$error->{message} $error->{detail}", qr/abstime/, 'are named');
		there('DROP TABLE old');
	}
};

subtest 'reads' => sub {
	same('SELECT * FROM thing ORDER BY id', 'every type');
	same("SELECT $_ FROM thing WHERE id = 1", "alone: $_") for qw(pair span moods gap m tsv);
	same("SELECT id FROM thing WHERE mood = 'ok' AND at < now() - interval '1 day' ORDER BY id", 'conditions');
	same("SELECT c.name, i.price FROM customer c JOIN item i ON i.customer_id = c.id ORDER BY i.id", 'a join');
	same('SELECT customer_id, count(*), sum(price) FROM item GROUP BY 1 HAVING count(*) > 1', 'aggregates');
	same('SELECT * FROM spent ORDER BY 1', 'a view');
	same('SELECT * FROM sums ORDER BY 1', 'a materialized view');
	same('SELECT * FROM parent ORDER BY id', 'a parent and its children');
	same('SELECT id FROM thing ORDER BY word DESC NULLS LAST LIMIT 1', 'order and limit');
	same('SELECT * FROM has_oids', 'a table with OIDs') if $major < 12;
	same('SELECT * FROM computed', 'a generated column') if $major >= 12;
	same('SELECT * FROM multi', 'multiranges') if $major >= 14;
	here('CREATE TABLE few (id int); INSERT INTO few VALUES (2), (3)');
	is(here('SELECT i.id FROM few JOIN s.item i USING (id) ORDER BY 1'), "2\n3", 'few keys of a local table');
	is(here('BEGIN; DECLARE c CURSOR FOR SELECT id FROM s.item ORDER BY id; FETCH 1 FROM c; FETCH 1 FROM c; COMMIT'),
		"1\n2", 'a cursor');
	is(here("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM s.item; SELECT count(*) FROM s.customer; COMMIT"),
		"3\n2", 'in one snapshot');
	is(here("PREPARE p (int) AS SELECT name FROM s.customer WHERE id = \$1; EXECUTE p (1); EXECUTE p (2)"),
		"Ada\nGrace", 'a prepared statement');
};

subtest 'writes' => sub {
	is(here("INSERT INTO s.thing (price) VALUES (2) RETURNING id, name, at = '2020-01-01Z', mood"), '3|none|t|ok',
		'INSERT honours defaults');
	is(here("INSERT INTO s.thing (name, mood) VALUES ('a', DEFAULT), (DEFAULT, 'sad') RETURNING id, name, mood"),
		"4|a|ok\n5|none|sad", 'in VALUES too');
	is(here("INSERT INTO s.numbered (k) VALUES ('x'), ('y') RETURNING *"), "1|x|7\n2|y|7", 'identity');
	here("INSERT INTO s.many SELECT g, 'v' || g FROM generate_series(1, 3000) g");
	is(there('SELECT count(*), sum(id) FROM many'), '3000|4501500', 'many rows');
	here("COPY s.many (id) FROM PROGRAM 'seq 3001 4000'");
	is(there('SELECT count(*), count(v) FROM many'), '4000|3000', 'COPY');
	is(here("UPDATE s.many SET v = 'all' WHERE id <= 10 RETURNING 1") =~ tr/1//, 10, 'UPDATE, shipped whole');
	here("UPDATE s.many SET v = 'w' || txid_current() * 0 WHERE id <= 500");
	is(there("SELECT count(*) FROM many WHERE v = 'w0'"), 500, 'UPDATE row by row');
	here('DELETE FROM s.many WHERE id <= 100');
	here('DELETE FROM s.many WHERE id <= 700 AND txid_current() > 0');
	is(there('SELECT min(id) FROM many'), 701, 'DELETE, both ways');
	here('UPDATE s.many m SET v = few.id FROM few WHERE m.id = few.id + 800');
	is(there("SELECT id FROM many WHERE v IN ('2', '3') ORDER BY 1"), "802\n803", 'UPDATE with a local table');
	here('TRUNCATE s.many');
	is(there('SELECT count(*) FROM many'), 0, 'TRUNCATE');
	here("INSERT INTO s.parted VALUES (1), (101), (2)");
	is(there('SELECT tableoid::regclass, id, v FROM parted ORDER BY id'),
		"parted_1|1|new\nparted_1|2|new\nparted_2|101|new", 'rows are routed to partitions');
	here("UPDATE s.parted SET v = 'w' || txid_current() * 0 WHERE id <> 2");
	is(there('SELECT string_agg(v, $$ $$ ORDER BY id) FROM parted'), 'w0 new w0', 'UPDATE of a partitioned table, row by row');
	here('DELETE FROM s.parted WHERE id = 101 AND txid_current() > 0');
	is(there('SELECT string_agg(id::text, $$ $$ ORDER BY id) FROM parted'), '1 2', 'and DELETE');
	here("UPDATE s.parent SET v = 'w' || txid_current() * 0 WHERE id = 2");
	is(there('SELECT id, v FROM parent ORDER BY id'), "1|parent\n2|w0", 'of a parent');
	is(here("INSERT INTO s.numbered (k, n) VALUES ('x', 1), ('z', 2) ON CONFLICT (k) DO UPDATE SET n = excluded.n"
			  . ' RETURNING k, n'), "x|1\nz|2", 'an upsert');
	is(here("INSERT INTO s.numbered (k) VALUES ('x') ON CONFLICT (k) DO NOTHING RETURNING k"), '', 'DO NOTHING');
	fails($local, "INSERT INTO s.customer VALUES (1, 'again')", '23505', qr/duplicate key/, 'what is refused there');
	here("INSERT INTO s.computed (a) VALUES (5)") if $major >= 12;
	same('SELECT * FROM computed ORDER BY a', 'a generated column is computed there') if $major >= 12;
	same('SELECT id, mood, moods, code FROM thing ORDER BY id', 'what was written is what is read');
};

subtest 'transactions' => sub {
	my $other = $remote->background_psql('orders');
	my $count = there('SELECT count(*) FROM item');
	here("BEGIN; INSERT INTO s.item VALUES (50, 1, 1); ROLLBACK");
	here("BEGIN; INSERT INTO s.item VALUES (51, 1, 1); SAVEPOINT a; INSERT INTO s.item VALUES (52, 1, 1);"
		  . ' ROLLBACK TO a; INSERT INTO s.item VALUES (53, 1, 1); RELEASE a; COMMIT');
	is(there('SELECT string_agg(id::text, $$ $$ ORDER BY id) FROM item WHERE id >= 50'), '51 53', 'savepoints');
	here(<<'SQL');
DO $$ BEGIN
	BEGIN INSERT INTO s.item VALUES (51, 1, 1); EXCEPTION WHEN unique_violation THEN NULL; END;
	INSERT INTO s.item VALUES (54, 1, 1);
END $$
SQL
	is(there('SELECT count(*) FROM item WHERE id = 54'), 1, 'a caught error');
	here('CREATE TABLE mark (n int)');
	here('SET datalinks.two_phase = on; BEGIN; INSERT INTO s.item VALUES (55, 1, 1); INSERT INTO mark VALUES (1); COMMIT');
	is(there('SELECT count(*) FROM item WHERE id = 55'), 1, 'two-phase commit');
	is(here('SELECT * FROM datalink_in_doubt()'), '', 'which leaves nothing prepared');
	is(here('SELECT * FROM datalink_resolve()'), '', 'that has to be resolved');
	$other->query_safe('BEGIN; SELECT * FROM job WHERE id = 1 FOR UPDATE');
	is(here('BEGIN; SELECT id FROM s.job ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED; COMMIT'), 2, 'SKIP LOCKED');
	fails($local, 'SELECT id FROM s.job WHERE id = 1 FOR UPDATE NOWAIT', '55P03', undef, 'NOWAIT');
	$other->query_safe('COMMIT');
	$other->quit;
};

subtest 'statements of its own' => sub {
	$remote->safe_psql('postgres', $_)
	  for 'DROP ROLE IF EXISTS owners', 'CREATE ROLE owners', 'GRANT owners TO app', 'ALTER ROLE app SET role = owners';
	my $who = "SELECT a FROM datalink_query('s', 'SELECT current_user::text') AS t(a text)";
	is(here("SELECT datalink_disconnect(); BEGIN; $who; $who; COMMIT; $who; BEGIN; $who; ROLLBACK; $who"),
		join("\n", 'f', ('owners') x 5), 'they and what follows run as the role that the remote has set');
	$remote->safe_psql('postgres', $_) for 'ALTER ROLE app RESET role', 'DROP ROLE owners';
};

subtest 'drift' => sub {
	is(here("SELECT * FROM datalink_diff('s')"), '', 'none so far');
	here('CREATE VIEW on_link AS SELECT name FROM s.customer');
	there("ALTER TYPE kinds.mood ADD VALUE 'happy'");
	there(<<'END');
ALTER TABLE customer ADD COLUMN email text DEFAULT 'x', ADD COLUMN since date;
ALTER TABLE item DROP COLUMN price CASCADE;
ALTER TABLE item ALTER COLUMN customer_id DROP NOT NULL, ADD COLUMN ranked kinds.mood;
ALTER TABLE job RENAME COLUMN done TO finished;
ALTER TABLE job ALTER COLUMN id TYPE bigint;
ALTER TABLE numbered RENAME TO numbers;
ALTER TABLE parted ALTER COLUMN id SET NOT NULL;
DROP TABLE child, parent;
CREATE TYPE kinds.fresh AS ENUM ('new');
CREATE TABLE added (id int PRIMARY KEY, f kinds.fresh);
INSERT INTO added VALUES (1, 'new');
INSERT INTO thing (mood) VALUES ('happy');
END
	fails($local, "SELECT * FROM datalink_diff('s')", '42704', qr/types?/, 'a type that is not here');
	cmp_ok(scalar(split /\n/, here("SELECT object FROM datalink_refresh('s')")), '>=', 10, 'is made by the refresh');
	is(here("SELECT * FROM datalink_diff('s')"), '', 'and nothing differs');
	same("SELECT $_", $_)
	  for 'c FROM customer c ORDER BY id', 'i FROM item i ORDER BY id', 'j FROM job j ORDER BY id',
	  'n FROM numbers n ORDER BY id', 'a FROM added a', 'count(*) FROM thing WHERE mood = \'happy\'';
	is(here('SELECT count(*) FROM on_link'), 2, 'a view stands');
};

subtest 'statistics and probes' => sub {
	there('INSERT INTO many SELECT g, g % 3 FROM generate_series(1, 2000) g');
	there('ANALYZE');
	is(here("SELECT datalink_analyze('s')"), link_of($local, 's')->{tables}, 'of all tables')
	  if $major >= 14;
	here("SELECT datalink_analyze('s')");
	is(here("SELECT reltuples FROM pg_class WHERE oid = 's.many'::regclass"), 2000, 'rows');
	is(here("SELECT n_distinct FROM pg_stats WHERE schemaname = 's' AND tablename = 'many' AND attname = 'v'"), 3, 'values');
	is(here("ANALYZE s.many, s.thing, s.parted; SELECT reltuples FROM pg_class WHERE oid = 's.many'::regclass"), 2000,
		'ANALYZE');
	is(here("SELECT status, split_part(split_part(server_version, '.', 1), ' ', 1) FROM datalink_check('s', '30 s')"),
		"ok|$major", 'datalink_check');
};

subtest 'what came with 18' => sub {
	plan skip_all => 'older' if $major < 18;
	same('SELECT * FROM virtual ORDER BY id', 'virtual generated columns are read');
	same('SELECT id FROM virtual WHERE twice = 4', 'and in conditions');
	is(here('INSERT INTO s.virtual (id) VALUES (3) RETURNING twice'), 2, 'INSERT leaves them out');
	is(here('INSERT INTO s.virtual (id, a, twice) VALUES (4, 4, DEFAULT) RETURNING twice'), 8, 'or says DEFAULT');
	here("INSERT INTO s.virtual (id, a) SELECT g, g FROM generate_series(10, 400) g");
	here("COPY s.virtual (id) FROM PROGRAM 'seq 500 700'");
	is(here("UPDATE s.virtual SET a = 9 WHERE id = 1 RETURNING twice"), 18, 'UPDATE');
	here("UPDATE s.virtual SET a = a + 0 * txid_current() WHERE id < 300");
	is(here("INSERT INTO s.virtual (id, a) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET a = excluded.a RETURNING twice"), 10, 'upsert');
	same('SELECT count(*), sum(twice) FROM virtual', 'all agree');
	same('SELECT * FROM lax ORDER BY id', 'NOT ENFORCED, NOT VALID');
	same('SELECT id FROM lax WHERE late IS NULL', 'a NULL that NOT NULL does not exclude yet');
	same('SELECT id FROM lax WHERE n < 0 AND id < 2', 'nor CHECK');
	is(here("SELECT attnotnull FROM pg_attribute WHERE attrelid = 's.lax'::regclass AND attname = 'late'"), 'f',
		'is NOT NULL here when it is valid there');
	there('UPDATE lax SET id = 5, late = 1 WHERE late IS NULL; ALTER TABLE lax VALIDATE CONSTRAINT late_set');
	here("SELECT * FROM datalink_refresh('s')");
	is(here("SELECT attnotnull FROM pg_attribute WHERE attrelid = 's.lax'::regclass AND attname = 'late'"), 't', 'and then');
	is(here("INSERT INTO s.lax VALUES (3, -5, 77, 1) RETURNING n"), -5, 'rows go in');
	fails($local, "INSERT INTO s.booked VALUES ('[1,2)', '[2024-01-10,2024-01-11)', 'b')", '23P01', undef, 'a temporal key');
	is(here("INSERT INTO s.booked VALUES ('[1,2)', '[2024-03-01,2024-03-02)', 'c') RETURNING v"), 'c', 'and a row beside');
	here("UPDATE s.booked SET v = 'w' || txid_current() * 0 WHERE v = 'c'");
	is(here("INSERT INTO s.booked VALUES ('[1,2)', '[2024-01-10,2024-01-11)', 'b') ON CONFLICT DO NOTHING RETURNING v"), '',
		'DO NOTHING');
	same('SELECT * FROM booked ORDER BY during', 'its rows');
	is(here("SELECT * FROM datalink_diff('s')"), '', 'nothing differs');
};

subtest 'many links, and all schemas' => sub {
	here("SELECT * FROM datalink_refresh('standing')");
	here(link_sql($remote, 'also', "only_tables => '{job}'"));
	here("SELECT name FROM datalink_union('jobs', '{standing,also}')");
	is(here('SELECT link, count(*), max(id) FROM jobs.job GROUP BY link ORDER BY link'), "also|5|5\nstanding|5|5",
		'a union');
	is(here("SELECT id FROM jobs.job WHERE link = 'also' AND id > 4"), 5, 'one of its links');
	is(here("SELECT * FROM datalink_query('{also,standing}'::text[], 'SELECT sum(id) FROM job WHERE id < \$1::int', '3')"
			  . ' AS t(link text, n bigint) ORDER BY link'), "also|3\nstanding|3", 'a query of both');
	is(here("BEGIN; SELECT datalink_execute('also', 'UPDATE job SET finished = true'); ROLLBACK"), 5,
		'a statement of its own');
	is(there('SELECT count(*) FROM job WHERE finished'), 0, 'that is rolled back');
	is(here("SELECT count(*) FROM jobs.job; SELECT DISTINCT rows_received, errors FROM datalink_stats()"), "10\n5|0",
		'what it took');
	there('CREATE SCHEMA annex; CREATE TABLE annex.note (id int PRIMARY KEY, v text);'
		  . " INSERT INTO annex.note VALUES (1, 'a'); ANALYZE annex.note");
	here(link_sql($remote, 'whole', "remote_schema => '*', create_types => true"));
	is(here("SELECT string_agg(relation::text, ' ' ORDER BY relation::text) FROM datalink_tables('whole')"
			  . " WHERE remote_table IN ('note', 'job')"), 'whole_annex.note whole_public.job', 'a link to all schemas');
	is(here("SELECT primary_key, rows FROM datalink_tables('whole') WHERE remote_table = 'note'"), '{id}|1', 'its tables');
	here("INSERT INTO whole_annex.note VALUES (2, 'b')");
	is(here('SELECT string_agg(v, $$ $$ ORDER BY id) FROM whole_annex.note'), 'a b', 'are written and read');
	there('ALTER TABLE annex.note ADD COLUMN w int; CREATE SCHEMA later; CREATE TABLE later.t (id int)');
	here("SELECT * FROM datalink_refresh('whole')");
	is(here('SELECT count(w) FROM whole_annex.note; SELECT count(*) FROM whole_later.t'), "0\n0", 'and follow theirs');
	is(here("SELECT * FROM datalink_diff('whole')"), '', 'nothing differs');
	there('DROP SCHEMA annex, later CASCADE');
};

here("SELECT datalink_drop(name) FROM datalink_list() ORDER BY kind DESC");
is(here('SELECT count(*) FROM pg_foreign_table'), 0, 'dropped');

done_testing();
