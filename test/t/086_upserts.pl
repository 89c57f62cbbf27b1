# INSERT ... ON CONFLICT with a target, through a link, behaves as on a local table. Schema twin has
# the same tables as the remote; the same statements run with search_path l and with twin. What they
# return, their counts and SQLSTATEs, and the rows that are there afterwards must be the same.

use strict;
use warnings;

use DataLinks;
use PostgreSQL::Test::Utils;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($local, "ALTER DATABASE postgres SET session_preload_libraries = 'datalinks'");

my $tables = <<'END';
SET client_min_messages = warning;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE items (id serial PRIMARY KEY, name text, qty int DEFAULT 7 CHECK (qty < 1000),
	price numeric(10,2), label varchar(5), tags text[], at timestamptz DEFAULT '2020-01-01Z',
	doc jsonb, how mood DEFAULT 'ok', on_off boolean DEFAULT false);
CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, name text, score int DEFAULT 7,
	"createdAt" timestamptz DEFAULT '2020-01-01Z', "updatedAt" timestamptz DEFAULT '2020-01-01Z');
CREATE UNIQUE INDEX users_lower ON users (lower(name)) WHERE score > 5;
CREATE TABLE pairs (a int, b text, c int, note text, PRIMARY KEY (a, b),
	CONSTRAINT pairs_c_key UNIQUE (c));
CREATE TABLE gen (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE always (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k text UNIQUE, n int);
CREATE TABLE "Odd ""T" ("Id $1" int PRIMARY KEY, "$2 'x" text, "excluded" int);
CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE VIEW seen AS SELECT id, name, qty FROM items;
CREATE TABLE stats (id int PRIMARY KEY, n int);
END
run_sql($remote, $tables, dbname => 'orders', role => 'app');
run_sql($local, "CREATE SCHEMA twin; SET search_path = twin; $tables");
run_sql($local, 'CREATE TYPE public.mood AS ENUM (\'sad\', \'ok\', \'happy\')');
run_sql($local, link_sql($remote, 'l'));
run_sql($local, <<'END');
CREATE TABLE public.source (id int, name text);
INSERT INTO public.source VALUES (1, 'one'), (2, 'two'), (3, 'three');
CREATE TABLE public.many AS SELECT g AS id, 'n' || g AS name FROM generate_series(1, 1500) g;
END

# What a script prints, statement by statement: rows, then whether it failed and its count.
sub answers
{
	my ($schema, @statements) = @_;
	my $sql = "SET search_path = $schema, public;\n\\set VERBOSITY sqlstate\n";
	for my $statement (@statements)
	{
		$sql .= $statement =~ s/%S/$schema/gr;
		$sql .= ";\n\\echo = :SQLSTATE :ROW_COUNT\n\\echo ---\n";
	}
	my $stdout = '';
	$local->psql('postgres', $sql, stdout => \$stdout, stderr => \my $stderr, on_error_stop => 0);
	return map { s/\A\s+|\s+\z//gr } split /^---$/m, $stdout;
}

# All of them in one session each; afterwards the rows of the tables are compared, too.
sub same_all
{
	my ($tables, @statements) = @_;
	my @queries = map { ($_, map { "SELECT * FROM $_ ORDER BY 1, 2" } @$tables) } @statements;
	my @link = answers('l', @queries);
	my @twin = answers('twin', @queries);
	is(scalar @link, scalar @twin, 'as many answers') or return;
	for my $i (0 .. $#statements)
	{
		my $from = $i * (1 + @$tables);
		my $to = $from + @$tables;
		is(join("\n", @link[$from .. $to]), join("\n", @twin[$from .. $to]), $statements[$i]);
	}
	return @link[map { $_ * (1 + @$tables) } 0 .. $#statements];
}

my $update = 'DO UPDATE SET name = EXCLUDED.name';

subtest 'the shapes' => sub {
	same_all(
		['items'],
		"INSERT INTO items(name) VALUES ('first')",
		"INSERT INTO items(id, name) VALUES (1, 'a') ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) VALUES (2, 'b') ON CONFLICT (id) $update RETURNING *",
		"INSERT INTO items(id, name, qty) VALUES (1, 'c', 3) ON CONFLICT (id) DO UPDATE SET "
		  . "name = EXCLUDED.name, qty = items.qty + EXCLUDED.qty RETURNING id, qty",
		"INSERT INTO items AS i (id, qty) VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET qty = i.qty * 2 "
		  . "WHERE i.qty < 15 RETURNING i.*",
		"INSERT INTO items AS i (id, qty) VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET qty = i.qty * 2 "
		  . "WHERE i.qty < 15 RETURNING i.*",
		"INSERT INTO items(id, qty) VALUES (1, 3), (9, 9) ON CONFLICT (id) DO UPDATE SET qty = 1 WHERE false",
		"INSERT INTO items(id, name) VALUES (1, 'x'), (3, 'y'), (4, 'z') ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) VALUES (1, 'x'), (3, 'y'), (5, 'z') ON CONFLICT (id) DO NOTHING",
		"INSERT INTO items(id, name) VALUES (1, 'x'), (6, 'y'), (5, 'z') ON CONFLICT (id) DO NOTHING RETURNING id",
		"INSERT INTO items(id, name) VALUES (7, 'x'), (7, 'y') ON CONFLICT (id) DO NOTHING RETURNING name",
		"INSERT INTO items(id, name) VALUES (1, 'x'), (8, 'y'), (8, 'z') ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) VALUES (1, 'x'), (2, 'y'), (1, 'z') ON CONFLICT (id) $update RETURNING id",
		"INSERT INTO items(id, name) SELECT id, name FROM source ON CONFLICT (id) $update RETURNING name",
		"INSERT INTO items(id, name) SELECT * FROM many ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) SELECT * FROM many ON CONFLICT (id) $update WHERE items.id % 3 = 0",
		"INSERT INTO items(id, name) SELECT * FROM many UNION ALL SELECT 1400, 'again' ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) SELECT id, name || 'x' FROM items ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) SELECT id, name || 'y' FROM items ON CONFLICT (id) $update RETURNING id % 7",
		"INSERT INTO items(id, name) SELECT s.id, i.name FROM source s JOIN items i ON i.id = s.id + 1 ON CONFLICT (id) $update",
		"WITH bulk AS (INSERT INTO stats SELECT id, 1 FROM many) "
		  . "INSERT INTO items(id, name) SELECT * FROM many WHERE id < 500 ON CONFLICT (id) $update",
		"DELETE FROM items WHERE id > 20",
		"DELETE FROM stats",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET (name, qty) = (EXCLUDED.name, 5)",
		"INSERT INTO items(id, name) VALUES (1, 'r') ON CONFLICT (id) DO UPDATE SET (name, qty) = ROW (EXCLUDED.name, DEFAULT)",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = DEFAULT, at = DEFAULT, how = DEFAULT",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = NULL, how = NULL RETURNING qty, how",
		"INSERT INTO items(id, qty) VALUES (1, DEFAULT), (11, DEFAULT) ON CONFLICT (id) DO UPDATE SET qty = EXCLUDED.qty + 1",
		"INSERT INTO items(id, name, qty) VALUES (1, 'u', DEFAULT), (12, 'u', 5), (13, DEFAULT, 6) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name || 'x', qty = EXCLUDED.qty + 1",
		"INSERT INTO items(id, name, qty) VALUES (1, 'u', DEFAULT), (12, 'u', 5), (13, DEFAULT, 6) ON CONFLICT (id) DO UPDATE SET name = 'x', qty = items.qty + 1 WHERE items.qty > 2 RETURNING *",
		"INSERT INTO items(id, name, qty) VALUES (1, 'u', DEFAULT), (12, 'u', 5), (12, DEFAULT, 6) ON CONFLICT (id) DO UPDATE SET name = 'x', qty = items.qty + 1 RETURNING *",
		"INSERT INTO items(id, how) VALUES (1, 'sad') ON CONFLICT (id) DO UPDATE SET how = EXCLUDED.how",
		"INSERT INTO items(id, how) VALUES (1, 'sad') ON CONFLICT (id) DO UPDATE SET how = 'happy' RETURNING how",
		"INSERT INTO items(id, qty) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET qty = 21 WHERE items.how = 'happy' AND 'sad' <> EXCLUDED.how RETURNING qty",
		"INSERT INTO items(id, qty) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET qty = 22 WHERE items.how IN ('happy', 'ok') AND items.how > EXCLUDED.how RETURNING qty",
		"INSERT INTO items(id, qty) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET qty = 23, how = NULLIF(items.how, 'ok') WHERE items.how IS DISTINCT FROM 'happy'",
		"INSERT INTO items(id, qty) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET (qty, name) = (SELECT count(*), max(name) FROM source)",
		"INSERT INTO items(id, doc) VALUES (1, '{\"a\": 1}') ON CONFLICT (id) DO UPDATE SET doc = COALESCE(items.doc, '{}') || EXCLUDED.doc",
		"INSERT INTO items(id, doc) VALUES (1, '{\"b\": 1}') ON CONFLICT (id) DO UPDATE SET doc = items.doc || EXCLUDED.doc",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET doc = jsonb_set(items.doc, '{a}', '5'), "
		  . "qty = (items.doc ->> 'a')::int + 1 WHERE items.doc -> 'b' = '1' AND items.doc ->> 'a' <> '7' AND items.doc ? 'a'",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = (items.doc ->> 'a') || 'x' WHERE items.doc ->> 'a' = '5' RETURNING name",
		"INSERT INTO items(id, name) VALUES (1, 'n') ON CONFLICT (id) DO UPDATE SET tags = array_append(items.tags, EXCLUDED.name)",
		"INSERT INTO items(id, name) VALUES (1, 'n') ON CONFLICT (id) DO UPDATE SET tags = ARRAY[upper(items.name), EXCLUDED.tags[1], 'it''s \$1 \"']",
		"INSERT INTO items(id, name) VALUES (1, NULL) ON CONFLICT (id) DO UPDATE SET name = COALESCE(EXCLUDED.name, items.name, 'none')",
		"INSERT INTO items(id, qty) VALUES (1, 4) ON CONFLICT (id) DO UPDATE SET qty = GREATEST(items.qty, EXCLUDED.qty, 2), "
		  . "label = CASE WHEN EXCLUDED.qty > 3 THEN 'big' ELSE 'small' END, "
		  . "price = CASE items.qty WHEN 4 THEN 1.5 ELSE EXCLUDED.price END",
		"INSERT INTO items(id, label) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label || 'yyyyy'",
		"INSERT INTO items(id, label) VALUES (1, 'toolong') ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label",
		"INSERT INTO items(id, qty) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET qty = 10 / EXCLUDED.qty",
		"INSERT INTO items(id, qty) VALUES (1, 999) ON CONFLICT (id) DO UPDATE SET qty = EXCLUDED.qty + 1",
		"INSERT INTO items(id, price) VALUES (1, 1.239) ON CONFLICT (id) DO UPDATE SET price = items.id + EXCLUDED.price * 2",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET at = '2021-02-03 04:05Z', on_off = NOT items.on_off",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = 1 WHERE items.on_off IS TRUE "
		  . "AND items.name IS DISTINCT FROM EXCLUDED.name AND items.id IN (1, 2, 3) AND EXCLUDED.tags IS NULL",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = 1 WHERE items.name = ANY (ARRAY['none', 'n'])",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = (SELECT max(id) FROM source) RETURNING qty",
		"INSERT INTO items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = current_user, qty = (SELECT 1) + items.id",
		"INSERT INTO items(id, name) VALUES (1, 'd') ON CONFLICT (name) $update",
		"INSERT INTO items(id, name) VALUES (NULL, 'd') ON CONFLICT (id) $update",
		"WITH new AS (INSERT INTO items(id, name) VALUES (1, 'w'), (20, 'w') ON CONFLICT (id) $update RETURNING id, name) "
		  . "SELECT count(*), min(name) FROM new",
		"WITH new AS (INSERT INTO items(id, name) VALUES (1, 'v') ON CONFLICT (id) $update) SELECT 1",
		"WITH one AS (INSERT INTO items(id, name) VALUES (1, 'p'), (2, 'p') ON CONFLICT (id) $update RETURNING id), "
		  . "two AS (INSERT INTO items(id, name) VALUES (3, 'q'), (4, 'q') ON CONFLICT (id) $update RETURNING id) "
		  . "SELECT sum(one.id + two.id) FROM one, two",
		"WITH one AS (INSERT INTO items(id, name) VALUES (1, 'p') ON CONFLICT (id) $update RETURNING id) "
		  . "INSERT INTO items(id, name) VALUES (1, 'q') ON CONFLICT (id) $update",
		"WITH one AS (INSERT INTO items(id, name) VALUES (1, 'p') ON CONFLICT (id) $update RETURNING id) "
		  . "INSERT INTO items(id, name) SELECT id + 1, 'q' FROM one ON CONFLICT (id) $update",
		"WITH s(i, n) AS (VALUES (1, 'cte'), (21, 'cte')) INSERT INTO items(id, name) SELECT * FROM s ON CONFLICT (id) $update RETURNING id",
	);
};

subtest 'transactions' => sub {
	same_all(
		['items'],
		'BEGIN',
		"INSERT INTO items(id, name) VALUES (1, 't'), (30, 't') ON CONFLICT (id) $update",
		"INSERT INTO items(id, name) VALUES (1, 'u'), (30, 'u') ON CONFLICT (id) $update",
		'SAVEPOINT s',
		"INSERT INTO items(id, name) VALUES (30, 'v'), (1, 'v'), (30, 'w') ON CONFLICT (id) $update",
		'ROLLBACK TO s',
		"INSERT INTO items(id, name) VALUES (30, 'v'), (1, 'v') ON CONFLICT (id) $update RETURNING id",
		'UPDATE items SET qty = 2',
		"INSERT INTO items(id, name) VALUES (30, 'v'), (1, 'v') ON CONFLICT (id) DO UPDATE SET qty = items.qty + 1",
		'COMMIT',
		"BEGIN ISOLATION LEVEL REPEATABLE READ",
		"INSERT INTO items(id, name) VALUES (30, 'x'), (1, 'x'), (31, 'x'), (31, 'y') ON CONFLICT (id) DO NOTHING",
		'ROLLBACK',
	);
};

subtest 'other targets' => sub {
	same_all(
		[ 'pairs', 'gen', 'always', 'users' ],
		"INSERT INTO pairs VALUES (1, 'x', 1), (2, 'x', 2) ON CONFLICT (a, b) DO UPDATE SET c = EXCLUDED.c",
		"INSERT INTO pairs VALUES (1, 'x', 5), (3, 'x', 3) ON CONFLICT (b, a) DO UPDATE SET c = pairs.c + EXCLUDED.c",
		"INSERT INTO pairs VALUES (9, 'x', 3) ON CONFLICT (c) DO UPDATE SET note = EXCLUDED.b || pairs.b RETURNING *",
		"INSERT INTO pairs VALUES (9, 'x', 3) ON CONFLICT (a, b) DO UPDATE SET note = 'no'",
		"INSERT INTO pairs VALUES (4, 'x', 3) ON CONFLICT (a, b) DO NOTHING",
		"INSERT INTO pairs VALUES (4, 'x', 3) ON CONFLICT DO NOTHING",
		"INSERT INTO pairs VALUES (4, 'x', 8), (5, 'x', 8) ON CONFLICT (c) DO UPDATE SET a = 6",
		"INSERT INTO gen VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.twice RETURNING *",
		"INSERT INTO gen VALUES (1, 2), (2, 3) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.twice + gen.twice RETURNING *",
		"INSERT INTO gen(id, a, twice) VALUES (1, 2, DEFAULT) ON CONFLICT (id) DO UPDATE SET a = 1, twice = DEFAULT",
		"INSERT INTO gen VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET twice = 1",
		"INSERT INTO always(k, n) VALUES ('k', 1), ('l', 1) ON CONFLICT (k) DO UPDATE SET n = always.n + 1 RETURNING *",
		"INSERT INTO always DEFAULT VALUES ON CONFLICT (id) DO UPDATE SET n = 1 RETURNING *",
		"INSERT INTO always DEFAULT VALUES ON CONFLICT (k) DO NOTHING RETURNING *",
		"INSERT INTO always(k, n) VALUES ('k', 1), ('m', 1) ON CONFLICT (k) DO UPDATE SET n = always.n + 1 RETURNING *",
		"INSERT INTO users(email, name) VALUES ('a\@x', 'Ada') ON CONFLICT (lower(name)) WHERE score > 5 DO UPDATE SET score = 8",
		"INSERT INTO users(email, name) VALUES ('b\@x', 'ADA') ON CONFLICT (lower(name)) WHERE score > 5 DO UPDATE SET score = users.score + 1 RETURNING *",
		"INSERT INTO users(email, name) VALUES ('b\@x', 'ADA') ON CONFLICT (lower(name) text_ops) WHERE score > 5 DO NOTHING",
		"INSERT INTO users(email, name) VALUES ('b\@x', 'ADA') ON CONFLICT (lower(name) COLLATE \"C\") WHERE score > 5 DO NOTHING",
		"INSERT INTO users(email, name) VALUES ('b\@x', 'ADA') ON CONFLICT (lower(name)) DO NOTHING",
	);
	same_all(['"Odd ""T"'],
		'INSERT INTO "Odd ""T" VALUES (1, \'x\', 1), (2, \'y\', 2) ON CONFLICT ("Id $1") DO UPDATE SET "$2 \'x" = EXCLUDED."$2 \'x"',
		'INSERT INTO "Odd ""T" VALUES (1, \'z\', 1), (3, \'$1\', 2) ON CONFLICT ("Id $1") DO UPDATE SET '
		  . '"$2 \'x" = EXCLUDED."$2 \'x" || \'$7"\' || "Odd ""T"."$2 \'x", excluded = EXCLUDED.excluded + 1 RETURNING *');
};

subtest 'prepared statements' => sub {
	my $put = "INSERT INTO items(id, name, qty) VALUES (\$1, \$2, \$3) ON CONFLICT (id) DO UPDATE SET "
	  . "name = EXCLUDED.name || \$4, qty = items.qty + \$3, how = \$5 WHERE items.qty + \$3 < \$6 RETURNING *";
	for my $mode (qw(force_generic_plan force_custom_plan auto))
	{
		same_all(
			['items'],
			"SET plan_cache_mode = $mode",
			"PREPARE put(int, text, int, text, mood, int) AS $put",
			(map { "EXECUTE put(" . ($_ % 3 + 1) . ", 'p$_', $_, '\$1''', 'sad', 40)" } 1 .. 7),
			"EXECUTE put(1, NULL, NULL, NULL, NULL, NULL)",
		);
	}
	same_all(
		['items'],
		"DO \$\$DECLARE n int := 5; t text := 'in a block'; BEGIN FOR i IN 1..7 LOOP n := n + 1; "
		  . "INSERT INTO items(id, name, qty) VALUES (i % 2 + 1, t, n) ON CONFLICT (id) "
		  . "DO UPDATE SET name = t || n, qty = n + i WHERE items.id < n; END LOOP; END\$\$",
		"CREATE FUNCTION %S.put(i int, t text) RETURNS SETOF int LANGUAGE sql AS \$\$INSERT INTO items(id, name) "
		  . "VALUES (i, t), (i + 1, t) ON CONFLICT (id) DO UPDATE SET name = put.t || EXCLUDED.name RETURNING id\$\$",
		"SELECT put(1, 'f')",
		"SELECT put(40, 'f')",
		"CREATE FUNCTION %S.put_it(i int, t text) RETURNS SETOF items BEGIN ATOMIC INSERT INTO items(id, name) "
		  . "VALUES (i, t) ON CONFLICT (id) DO UPDATE SET name = t || EXCLUDED.name RETURNING *; END",
		"SELECT * FROM put_it(1, 'g')",
		"CREATE VIEW %S.front AS SELECT id AS key, name AS title, qty FROM items WHERE id < 100 WITH CHECK OPTION",
		"INSERT INTO front(key, title) VALUES (1, 'by the view') ON CONFLICT (key) DO UPDATE SET title = EXCLUDED.title || front.title RETURNING *",
		"INSERT INTO front(key, title) VALUES (1, 'by the view') ON CONFLICT (key) DO UPDATE SET key = 101",
		"INSERT INTO front(key, title) VALUES (1, 'v'), (50, 'v') ON CONFLICT (key) DO NOTHING RETURNING key",
		"CREATE TABLE %S.inbox (id int, name text)",
		"CREATE RULE forward AS ON INSERT TO inbox DO INSTEAD INSERT INTO items(id, name) VALUES (NEW.id, NEW.name) "
		  . "ON CONFLICT (id) DO UPDATE SET name = 'rule ' || EXCLUDED.name",
		"INSERT INTO inbox VALUES (1, 'i')",
		"INSERT INTO inbox SELECT * FROM source",
	);
};

subtest 'what clients send' => sub {
	same_all(
		['users'],
		'DELETE FROM users',
		# knex: insert().onConflict().merge(), merge of chosen columns, ignore()
		"insert into \"%S\".\"users\" (\"email\", \"id\", \"name\") values ('k\@x', 1, 'kim') on conflict (\"email\") do update set \"email\" = excluded.\"email\", \"name\" = excluded.\"name\" returning \"id\"",
		"insert into \"%S\".\"users\" (\"email\", \"id\", \"name\") values ('k\@x', 3, 'kay') on conflict (\"email\") do update set \"name\" = excluded.\"name\" where \"users\".\"score\" > 1",
		"insert into \"%S\".\"users\" (\"email\", \"id\", \"name\") values ('k\@x', 4, 'kay'), ('l\@x', 4, 'lea') on conflict (\"email\") do nothing returning *",
		# Sequelize: upsert() and bulkCreate({updateOnDuplicate})
		'INSERT INTO "%S"."users" ("id","email","name","createdAt","updatedAt") VALUES (1,\'s@x\',\'sam\',\'2024-01-01 00:00:00.000 +00:00\',\'2024-01-01 00:00:00.000 +00:00\') '
		  . 'ON CONFLICT ("id") DO UPDATE SET "id"=EXCLUDED."id","email"=EXCLUDED."email","name"=EXCLUDED."name","updatedAt"=EXCLUDED."updatedAt" RETURNING "id","email","name","score","createdAt","updatedAt";',
		'INSERT INTO "%S"."users" ("id","email","name") VALUES (1,\'s@x\',\'sue\'),(2,\'t@x\',\'tom\') ON CONFLICT ("id") DO UPDATE SET "name"=EXCLUDED."name" RETURNING "id","name"',
		# TypeORM: upsert(), orUpdate({skipUpdateIfNoValuesChanged}), orIgnore()
		'INSERT INTO "%S"."users"("email", "name", "score") VALUES (\'o@x\', \'Ole\', 6) ON CONFLICT ( "email" ) DO UPDATE SET "name" = EXCLUDED."name", "score" = EXCLUDED."score" '
		  . 'WHERE ("users"."name" IS DISTINCT FROM EXCLUDED."name" OR "users"."score" IS DISTINCT FROM EXCLUDED."score") RETURNING "id"',
		'INSERT INTO "%S"."users"("id", "email", "name") VALUES (DEFAULT, \'o@x\', \'Ole\') ON CONFLICT ( "email" ) DO UPDATE SET "name" = EXCLUDED."name" RETURNING "id", "score"',
		# Prisma: upsert()
		"INSERT INTO \"%S\".\"users\" (\"email\",\"name\",\"score\") VALUES ('p\@x','pia',9) ON CONFLICT (\"email\") DO UPDATE SET \"score\" = (\"%S\".\"users\".\"score\" + 1) WHERE (\"%S\".\"users\".\"email\" = 'p\@x' AND 1=1) RETURNING \"%S\".\"users\".\"id\", \"%S\".\"users\".\"score\"",
		"INSERT INTO \"%S\".\"users\" (\"email\",\"name\",\"score\") VALUES ('p\@x','pia',9) ON CONFLICT (\"email\") DO UPDATE SET \"score\" = (\"%S\".\"users\".\"score\" + 1) WHERE (\"%S\".\"users\".\"email\" = 'p\@x' AND 1=1) RETURNING \"%S\".\"users\".\"id\", \"%S\".\"users\".\"score\"",
		# Django: bulk_create(update_conflicts=True)
		'INSERT INTO "users" ("email", "name", "score") VALUES (\'d@x\', \'dan\', 6), (\'e@x\', \'eve\', 6) ON CONFLICT("email") DO UPDATE SET "name" = EXCLUDED."name", "score" = EXCLUDED."score" RETURNING "users"."id"',
		'INSERT INTO "users" ("email", "name", "score") SELECT * FROM UNNEST((ARRAY[\'d@x\', \'f@x\'])::text[], (ARRAY[\'don\', \'fay\'])::text[], (ARRAY[6, 5])::integer[]) ON CONFLICT("email") DO UPDATE SET "name" = EXCLUDED."name" RETURNING "users"."id"',
		# Rails: upsert_all(), with timestamps
		'INSERT INTO "users" ("email","name","score") VALUES (\'r@x\', \'ray\', 4), (\'d@x\', \'deb\', 4) ON CONFLICT ("email") DO UPDATE SET '
		  . '"updatedAt"=(CASE WHEN ("users"."name" IS NOT DISTINCT FROM excluded."name" AND "users"."score" IS NOT DISTINCT FROM excluded."score") THEN "users"."updatedAt" ELSE \'2024-05-05Z\' END),'
		  . '"name"=excluded."name","score"=excluded."score" RETURNING "id"',
		# SQLAlchemy: on_conflict_do_update(), with a where
		"INSERT INTO users (email, name, score) VALUES ('q\@x', 'qi', 4) ON CONFLICT (email) DO UPDATE SET name = excluded.name, score = (users.score + 2) WHERE users.score < 100 RETURNING users.id",
		"INSERT INTO users (email, name, score) VALUES ('q\@x', 'qi', 4) ON CONFLICT (email) DO UPDATE SET name = excluded.name, score = (users.score + 2) WHERE users.score < 100 RETURNING users.id",
		# Ecto: on_conflict: [set: ..., inc: ...]
		"INSERT INTO \"users\" AS u0 (\"email\",\"name\") VALUES ('q\@x','qu') ON CONFLICT (\"email\") DO UPDATE SET \"name\" = 'set', \"score\" = u0.\"score\" + 1 RETURNING \"id\"",
	);
};

subtest 'a row is not affected twice' => sub {
	my $error = fails($local,
		'INSERT INTO l.stats VALUES (1, 1), (2, 1), (1, 2) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n',
		'21000', qr/cannot affect row a second time/, 'twice in one statement');
	like($error->{hint}, qr/duplicate constrained values/, 'the hint is the server\'s');
	is(run_sql($local, 'SELECT count(*) FROM l.stats'), 0, 'nothing is left of it');
	run_sql($remote, 'CREATE FUNCTION three() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN '
		. 'IF NEW.n = 99 THEN PERFORM (SELECT g FROM generate_series(1, 2) g); END IF; RETURN NEW; END$$; '
		. 'CREATE TRIGGER three BEFORE INSERT ON stats FOR EACH ROW EXECUTE FUNCTION three()',
		dbname => 'orders', role => 'app');
	fails($local,
		'INSERT INTO l.stats VALUES (1, 99), (2, 1) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n',
		'21000', qr/more than one row returned/, 'a trigger\'s error stays its own');
	is( run_sql($local,
			"INSERT INTO l.parted VALUES (1, 'a'), (2, 'a'), (1, 'b') ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v RETURNING v"),
		"a\na\nb", 'a remote partitioned table takes the last');
	is( run_sql($local,
			"INSERT INTO l.seen VALUES (200, 'a'), (201, 'a'), (200, 'b') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name"),
		"a\na\nb", 'and so does a remote view');
};

subtest 'the remote has the library, too' => sub {
	run_sql($remote, "ALTER DATABASE orders SET session_preload_libraries = 'datalinks'");
	my $put = 'ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n';
	is(run_sql($local, "INSERT INTO l.stats VALUES (80, 1), (81, 1) $put RETURNING id"), "80\n81", 'it takes the mark');
	fails($local, "INSERT INTO l.stats VALUES (80, 1), (80, 1) $put", '21000', undef, 'and keeps it');
	run_sql($remote, 'ALTER DATABASE orders RESET session_preload_libraries');
	run_sql($local, 'DELETE FROM l.stats');
};

# Each is refused with core's error, which says why.
sub refuses
{
	my ($why, $set, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $sql = $set =~ /^(INSERT|WITH)/ ? $set : "INSERT INTO l.items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET $set";
	my $error = fails($local, $sql, '42P10', qr/no unique or exclusion constraint matching/, $name // $set);
	like($error->{hint}, $why, 'the hint says why');
}

subtest 'what cannot be sent' => sub {
	run_sql($local, <<'END');
CREATE FUNCTION public.own(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 + 1; END';
END
	refuses(qr/function own is not built in/, 'qty = own(items.qty)');
	refuses(qr/volatile/, 'price = random()');
	refuses(qr/subquery that looks at the row/, 'qty = (SELECT max(id) FROM source WHERE source.id < items.id)');
	refuses(qr/subquery that looks at the row/, '(qty, name) = (SELECT id, name FROM source WHERE source.id = items.id)');
	refuses(qr/operator \+ is not built in and immutable/, "at = items.at + interval '1 day'");
	refuses(qr/whole row or a system column/, 'name = items.ctid::text');
	refuses(qr/sets a part/, "tags[1] = 'x'");
	refuses(qr/no column but generated ones/, 'INSERT INTO l.gen VALUES (1) ON CONFLICT (id) DO UPDATE SET twice = DEFAULT',
		'nothing to set');
	run_sql($local, q{CREATE COLLATION public.own FROM "C"; CREATE OPERATOR CLASS public.own FOR TYPE text USING btree AS}
		  . ' OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text)');
	refuses(qr/a collation that is not built in/, 'INSERT INTO l.users(id) VALUES (1) ON CONFLICT (email COLLATE own) DO NOTHING');
	refuses(qr/an operator class that is not built in/, 'INSERT INTO l.users(id) VALUES (1) ON CONFLICT (email own) DO NOTHING');
	refuses(qr/collation/, "qty = 1 WHERE items.doc ->> 'a' < 'b'");
	refuses(qr/collation/, "qty = 1 WHERE items.name < EXCLUDED.name COLLATE \"C\"");
	is(run_sql($local, 'INSERT INTO l.items(id, qty) VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET qty = own(5) RETURNING qty'),
		6, 'what does not look at the row is computed here');
	run_sql($local, <<'END');
CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER after AFTER INSERT ON l.stats FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TABLE public.root (id int, v text) PARTITION BY RANGE (id);
ALTER TABLE public.root ATTACH PARTITION l.parted FOR VALUES FROM (0) TO (1000);
END
	refuses(qr/triggers/, 'INSERT INTO l.stats VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 1', 'triggers of rows');
	run_sql($local, 'DROP TRIGGER after ON l.stats');
	refuses(qr/A partition is a data link's table/,
		"INSERT INTO root VALUES (1, 'x') ON CONFLICT (id) DO NOTHING", 'a partitioned parent');
	refuses(qr/A partition is a data link's table/,
		"WITH w AS (INSERT INTO root VALUES (1, 'x') ON CONFLICT (id) DO NOTHING) SELECT 1", 'also in WITH');
	run_sql($local, 'CREATE INDEX ON root (v)');
	refuses(qr/A partition is a data link's table/,
		"INSERT INTO root VALUES (1, 'x') ON CONFLICT (id) DO NOTHING", 'with an index that is not unique');
	is(run_sql($local, "INSERT INTO root VALUES (500, 'r') ON CONFLICT DO NOTHING RETURNING v"), 'r',
		'DO NOTHING without a target works there');
	run_sql($local, 'CREATE FUNCTION stored() RETURNS void BEGIN ATOMIC INSERT INTO l.items(id) VALUES (1) '
		. 'ON CONFLICT (id) DO UPDATE SET qty = DEFAULT; END');
	my $error = fails($local, 'SELECT stored()', '42P10', undef, 'DEFAULT in a stored body');
	like($error->{hint}, qr/DEFAULT cannot be told from NULL/, 'the hint says why');
	fails($local, 'INSERT INTO source VALUES (1) ON CONFLICT (id) DO NOTHING', '42P10', undef,
		'a local table without an index');
	run_sql($local, 'CREATE TABLE public.here (id int) PARTITION BY LIST (id); CREATE TABLE public.one PARTITION OF here FOR VALUES IN (1)');
	$error = fails($local, 'INSERT INTO here VALUES (1) ON CONFLICT (id) DO NOTHING', '42P10', undef, 'partitions that are no link\'s');
	is($error->{hint}, undef, '... are none of our business');
};

subtest 'OLD and NEW in RETURNING' => sub {
	plan skip_all => 'the server has none before 18' if $local->pg_version < 18;
	my $put = 'INSERT INTO items(id, qty) VALUES (90, 5) ON CONFLICT (id) DO UPDATE '
	  . 'SET qty = items.qty + 1 RETURNING new.qty, new.id';
	same_all([], $put, $put,
		"INSERT INTO items(id, qty) VALUES (70, 5) ON CONFLICT (id) DO NOTHING RETURNING old.qty, new.qty");
	refuses(qr/rows as they were before/,
		'INSERT INTO l.items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = 1 RETURNING old.qty', 'OLD');
	refuses(qr/rows as they were before/,
		'INSERT INTO l.items(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET qty = 1 RETURNING WITH (OLD AS was) was.*',
		'OLD by another name');
};

subtest 'triggers that change the row' => sub {
	run_sql($local, <<'END');
CREATE FUNCTION public.add_one() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN IF NEW.n = 13 THEN RETURN NULL; END IF; NEW.n := NEW.n + 1; RETURN NEW; END';
CREATE TRIGGER change BEFORE INSERT ON l.stats FOR EACH ROW EXECUTE FUNCTION add_one();
CREATE TRIGGER change BEFORE INSERT ON twin.stats FOR EACH ROW EXECUTE FUNCTION add_one();
END
	my $put = 'ON CONFLICT (id) DO UPDATE SET n = stats.n * 10 + EXCLUDED.n';
	same_all(['stats'],
		"INSERT INTO stats VALUES (1, 1), (2, 2), (3, 13) $put",
		"INSERT INTO stats VALUES (1, 1), (2, 2), (3, 13) $put RETURNING *",
		"INSERT INTO stats VALUES (1, 1), (4, 2), (3, 13) ON CONFLICT (id) DO NOTHING RETURNING *");
	run_sql($local, 'DROP TRIGGER change ON l.stats; DROP TRIGGER change ON twin.stats');
	run_sql($local, <<'END');
CREATE TABLE public.seen_by_trigger (n int);
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN INSERT INTO public.seen_by_trigger VALUES (NEW.id); RETURN NULL; END';
CREATE TRIGGER note AFTER INSERT ON l.stats FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO l.stats VALUES (1, 1), (60, 1), (61, 1), (60, 2) ON CONFLICT (id) DO NOTHING;
DROP TRIGGER note ON l.stats;
END
	is(run_sql($local, 'SELECT n FROM seen_by_trigger'), "60\n61", 'rows left alone fire no trigger');
};

subtest 'columns of other names' => sub {
	run_sql($local, 'ALTER FOREIGN TABLE l.gen RENAME a TO "A b"; ALTER FOREIGN TABLE l.gen ALTER "A b" OPTIONS (ADD column_name \'a\'); '
		. 'ALTER TABLE twin.gen RENAME a TO "A b"');
	my $put = 'ON CONFLICT (id) DO UPDATE SET "A b" = EXCLUDED."A b" + gen."A b" WHERE gen."A b" > 0 RETURNING *';
	same_all(['gen'], "INSERT INTO gen VALUES (1, 5), (77, 6) $put", "INSERT INTO gen VALUES (1, 5), (77, 6) $put");
};

subtest 'privileges are those of a local table' => sub {
	make_role($local, 'guest');
	run_sql($local, "GRANT USAGE ON SCHEMA l, twin TO guest; CREATE USER MAPPING FOR guest SERVER l "
		. "OPTIONS (user 'app', password '" . password_of('app') . "')");
	my @grants = ('INSERT', 'INSERT, UPDATE (n)', 'INSERT, UPDATE (n), SELECT (id)',
		'INSERT, UPDATE (n), SELECT', 'INSERT (id), UPDATE (n), SELECT', 'INSERT, SELECT', 'UPDATE, SELECT');
	my @statements = ('ON CONFLICT (id) DO NOTHING', 'ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n',
		'ON CONFLICT (id) DO UPDATE SET n = stats.n', 'ON CONFLICT (id) DO UPDATE SET id = 5',
		'ON CONFLICT (id) DO UPDATE SET n = 1 WHERE stats.n > 0', 'ON CONFLICT (id) DO UPDATE SET n = 1 RETURNING n');
	for my $grant (@grants)
	{
		run_sql($local, "REVOKE ALL ON l.stats, twin.stats FROM guest; GRANT $grant ON l.stats TO guest; GRANT $grant ON twin.stats TO guest");
		for my $statement (@statements)
		{
			my ($link, $twin) = map {
				error_of($local, "SET search_path = $_; INSERT INTO stats VALUES (1, 1) $statement", role => 'guest')->{sqlstate} // 'ok'
			} qw(l twin);
			is($link, $twin, "$grant: $statement");
		}
	}
};

subtest 'read-only links' => sub {
	run_sql($local, link_sql($remote, 'ro', 'read_only => true'));
	fails($local, "INSERT INTO ro.items(id) VALUES (1) ON CONFLICT (id) $update", '55000', qr/does not allow inserts/, 'refused');
};

subtest 'a named constraint' => sub {
	my $put = 'INSERT INTO l.pairs VALUES (1, \'x\', 7) ON CONFLICT ON CONSTRAINT pairs_pkey DO UPDATE SET c = EXCLUDED.c RETURNING c';
	fails($local, $put, '42704', qr/constraint "pairs_pkey" .* does not exist/, 'is not known here');
	run_sql($local, 'ALTER FOREIGN TABLE l.pairs ADD CONSTRAINT pairs_pkey CHECK (true)');
	is(run_sql($local, $put), 7, 'works where the table has a CHECK of its name');
};

subtest 'a session without the library' => sub {
	run_sql($local, 'ALTER DATABASE postgres RESET session_preload_libraries');
	my $put = 'INSERT INTO l.stats VALUES (1, 1) ON CONFLICT (id) DO NOTHING';
	fails($local, $put, '42P10', undef, 'is refused by core');
	is(run_sql($local, "SELECT FROM l.stats LIMIT 0; $put; SELECT 'done'"), 'done', 'until something has loaded it');
	run_sql($local, "ALTER DATABASE postgres SET session_preload_libraries = 'datalinks'");
};

subtest 'upserts take the plan of the day' => sub {
	is( run_sql($local, "PREPARE put AS INSERT INTO l.stats VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = 1;"
			. "EXECUTE put; EXECUTE put;"
			. "CREATE TRIGGER t AFTER INSERT ON l.stats FOR EACH ROW EXECUTE FUNCTION nothing();"
			. "DO \$\$BEGIN EXECUTE 'EXECUTE put'; RAISE EXCEPTION 'ran'; EXCEPTION WHEN invalid_column_reference THEN END\$\$;"
			. "DROP TRIGGER t ON l.stats; EXECUTE put; SELECT 'done'"),
		'done', 'a trigger that comes later is seen');
	my $sql = run_sql($local, 'EXPLAIN (VERBOSE) INSERT INTO l.stats VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n');
	like($sql, qr/Remote SQL: INSERT INTO public.stats\(id, n\) VALUES \(\$1, \$2\) ON CONFLICT \(id\) DO UPDATE SET n = EXCLUDED.n$/m,
		'EXPLAIN shows what is sent');
};

# Several hundred random upserts, the same on both sides.
my $seed = $ENV{UPSERT_SEED} // 20261;
srand $seed;

sub any
{
	return $_[ int rand @_ ];
}

sub random_upsert
{
	my @rows = map {
		sprintf '(%d, %s, %s, %s)', 1 + int rand 6, any(map { "'$_'" } qw(x y z)),
		  any('NULL', 1 + int rand 12), any('NULL', "'n" . int(rand 100) . "'")
	} 1 .. any(1, 1, 2, 3, 5);
	my $value = sub { any('EXCLUDED.c', 'pairs.c + 20', 'EXCLUDED.a + pairs.a', 'DEFAULT', 'NULL', int rand 90) };
	my $text = sub { any('EXCLUDED.note', 'pairs.note', "pairs.note || '!'", "COALESCE(EXCLUDED.note, 'none')", 'EXCLUDED.b || pairs.b') };
	my $set = any('c = ' . $value->(), 'note = ' . $text->(), 'note = ' . $text->() . ', c = ' . $value->(),
		'(note, a) = (' . $text->() . ', ' . (1 + int rand 6) . ')', 'a = pairs.a, note = ' . $text->());
	my $where = any('', '', ' WHERE pairs.c < 30', ' WHERE EXCLUDED.note IS NOT NULL AND pairs.a % 2 = 1',
		' WHERE pairs IS NOT NULL', ' WHERE pairs.note IS DISTINCT FROM EXCLUDED.note');
	$where = '' if $where =~ /pairs IS/;
	my $action = any('NOTHING', "UPDATE SET $set$where", "UPDATE SET $set$where");
	return sprintf 'INSERT INTO pairs(a, b, c, note) VALUES %s ON CONFLICT (%s) DO %s%s', join(', ', @rows),
	  any('a, b', 'a, b', 'c'), $action, any('', ' RETURNING *', ' RETURNING a, note');
}

subtest "random upserts, seed $seed" => sub {
	my @statements;
	for my $i (1 .. 500)
	{
		push @statements, random_upsert();
		push @statements, 'DELETE FROM pairs WHERE c % 3 = 1 OR c IS NULL' if $i % 25 == 0;
		push @statements, any('BEGIN', 'COMMIT', 'ROLLBACK', 'SAVEPOINT s', 'ROLLBACK TO s') if $i % 7 == 0;
	}
	push @statements, 'COMMIT';
	my @answers = same_all(['pairs'], 'DELETE FROM pairs', @statements);
	my %codes;
	++$codes{ /= (\w{5})/ ? $1 : 'none' } for @answers;
	cmp_ok($codes{'00000'} // 0, '>', 200, 'many went through');
	cmp_ok($codes{21000} // 0, '>', 5, 'some affected a row twice');
	cmp_ok($codes{23505} // 0, '>', 5, 'some ran into the other constraint');
	note join(', ', map { "$_: $codes{$_}" } sort keys %codes);
};

done_testing();
