# datalink_refresh: what users built on a link stays, or stands in the way and is named; a refresh
# that fails changes nothing, and one that has nothing to do writes nothing.

use strict;
use warnings;

use lib 'test/t';
use DataLinks;
use Drift;
use IPC::Run;
use Test::More;

my ($local, $remote) =
  start_nodes('max_prepared_transactions = 5', 'wal_level = replica', 'max_wal_senders = 4',
	'autovacuum = off');
$remote->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$remote->restart;
keep_sessions();
make_role($local, $_) for qw(reader writer auditor);

sub on_remote
{
	my ($sql) = @_;
	run_sql($remote, $sql, dbname => 'orders', role => 'app');
}

# A remote schema of its own, and a link to it; both go with the next call.
my $create;

sub make_link
{
	my ($name, $setup, $more) = @_;
	on_remote("SET client_min_messages = warning; DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s;"
		  . " SET search_path = s; $setup");
	run_sql($local, "SET client_min_messages = warning; SELECT datalink_drop(name) FROM datalink_list()");
	$create = "datalink_create('" . url($remote) . "', '$name', remote_schema => 's'"
	  . ($more ? ", $more" : '') . ')';
	run_sql($local, "SELECT name FROM $create");
}

sub differs_from_fresh
{
	my ($name) = @_;
	return run_sql($local, fresh_sql($name, $create =~ s/'$name'/'fresh'/r));
}

# Everything that a refresh may write, as the catalogs hold it.
my @written = qw(pg_class pg_attribute pg_attrdef pg_type pg_depend pg_shdepend pg_constraint
  pg_foreign_table pg_foreign_server pg_user_mapping pg_enum pg_description pg_rewrite pg_proc);
my $versions = join(' UNION ALL ', map { "SELECT '$_', count(*), sum(hashtext(ctid || '/' || xmin)"
	  . "::numeric) FROM $_" } @written);

sub versions
{
	return run_sql($local, $versions);
}

sub relfile
{
	my ($name) = @_;
	return run_sql($local, "SELECT '$name'::regclass::oid");
}

$remote->safe_psql('orders', 'GRANT CREATE ON DATABASE orders TO app');

note 'what stays through ten refreshes';

make_link('shop', <<'END');
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price numeric(8,2));
INSERT INTO item VALUES (1, 'tea', 2.5), (2, 'jam', 4);
CREATE TABLE sale (id int, item_id int);
INSERT INTO sale VALUES (1, 1), (2, 2), (3, 2);
END
my $mapping = "SERVER shop OPTIONS (user 'app', password '" . password_of('app') . "')";
run_sql($local, <<"END" . <<'END');
CREATE USER MAPPING FOR reader $mapping;
END
CREATE VIEW cheap AS SELECT * FROM shop.item WHERE price < 3;
CREATE VIEW cheaper AS SELECT name, price FROM cheap;
CREATE MATERIALIZED VIEW sold AS SELECT i.name, count(*) FROM shop.item i JOIN shop.sale s
	ON s.item_id = i.id GROUP BY i.name;
CREATE UNIQUE INDEX sold_name ON sold (name);
CREATE FUNCTION price_of(text) RETURNS numeric LANGUAGE sql
	BEGIN ATOMIC SELECT price FROM shop.item WHERE name = $1; END;
CREATE FUNCTION item_text(shop.item) RETURNS text LANGUAGE sql
	AS $$ SELECT $1.name || ' at ' || $1.price $$;
GRANT USAGE ON SCHEMA shop TO reader, writer, auditor;
GRANT SELECT ON shop.item TO reader;
GRANT SELECT, INSERT, UPDATE ON shop.item, shop.sale TO writer;
GRANT SELECT (id, price) ON shop.item TO auditor;
COMMENT ON FOREIGN TABLE shop.item IS 'what we sell';
COMMENT ON COLUMN shop.item.price IS 'in euro';
ALTER FOREIGN TABLE shop.item OPTIONS (ADD fetch_size '77', ADD updatable 'true');
ALTER FOREIGN TABLE shop.item ALTER price SET DEFAULT 9.5, ALTER price SET STATISTICS 5,
	ALTER name OPTIONS (ADD column_name 'name'), ADD CONSTRAINT positive CHECK (price > 0);
CREATE STATISTICS shop.item_statistics ON id, price FROM shop.item;
CREATE TABLE log (at int);
CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO log VALUES (1); RETURN NULL; END $$;
CREATE TRIGGER logged AFTER INSERT ON shop.sale FOR EACH ROW EXECUTE FUNCTION logged();
END

# What is to stay, with every OID in it.
my $kept = <<'END';
SELECT c.oid, c.relname, c.relacl, c.reltype, f.ftoptions, obj_description(c.oid, 'pg_class')
	FROM pg_class c LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
	WHERE c.relname IN ('item', 'sale', 'cheap', 'cheaper', 'sold', 'sold_name') ORDER BY 2;
SELECT attname, attnum, attacl, attfdwoptions, attstattarget, pg_get_expr(adbin, adrelid),
	col_description(attrelid, attnum)
	FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = 'shop.item'::regclass AND attname IN ('id', 'name', 'price') ORDER BY 2;
SELECT oid, conname FROM pg_constraint WHERE conrelid = 'shop.item'::regclass AND contype <> 'n';
SELECT oid, stxname FROM pg_statistic_ext;
SELECT oid, tgname FROM pg_trigger WHERE tgrelid = 'shop.sale'::regclass;
SELECT oid, pg_get_functiondef(oid) FROM pg_proc WHERE proname IN ('price_of', 'item_text') ORDER BY 1;
SELECT * FROM cheaper; SELECT * FROM sold ORDER BY 1;
SELECT price_of('jam'), (SELECT item_text(i) FROM shop.item i WHERE id = 1);
END
my $before = run_sql($local, $kept);
my $applied = 0;
for my $round (1 .. 10)
{
	on_remote(<<"END");
SET search_path = s;
ALTER TABLE item ADD c$round text DEFAULT 'c$round', ALTER name @{[ $round % 2 ? 'DROP' : 'SET' ]} NOT NULL;
ALTER TABLE sale ADD c$round numeric($round,1);
CREATE TABLE extra_$round (id int);
END
	$applied += () = refreshed($local, 'shop') =~ /^shop\./mg;
}
is($applied, 40, 'ten refreshes applied all that was added');
is(run_sql($local, $kept), $before, 'and views, functions, grants, options, defaults are the same');
is(drift($local, 'shop'), '', 'no drift is left');
is(run_sql($local, 'SELECT c10 FROM shop.item WHERE id = 1', role => 'reader'), 'c10',
	'a role reads what was added through its old grant');
run_sql($local, 'REFRESH MATERIALIZED VIEW CONCURRENTLY sold; INSERT INTO shop.sale (id) VALUES (4)');
is(run_sql($local, 'SELECT count(*) FROM log'), '1', 'the trigger still fires');

note 'privileges that go with a table';

on_remote('CREATE TABLE s.passing (id int)');
refreshed($local, 'shop');
run_sql($local, 'GRANT SELECT (id) ON shop.passing TO reader');
on_remote('DROP TABLE s.passing');
is(drift($local, 'shop'),
	'shop.passing: table removed: the remote has no "passing"; privileges go of role reader',
	'are told, and stand in no way');
refreshed($local, 'shop');
is(drift($local, 'shop'), '', 'of its removal');

note 'an unchanged refresh';

$before = versions();
is(run_sql($local, <<'END'), 't', 'assigns no transaction');
BEGIN;
SELECT * FROM datalink_refresh('shop');
SELECT pg_current_xact_id_if_assigned() IS NULL;
COMMIT;
END
is(versions(), $before, 'and writes no row of any catalog');
on_remote('ALTER TABLE s.item ADD c11 int');
is(run_sql($local, <<'END'), "shop.item.c11: column added: integer\nt", 'a diff reads only');
BEGIN READ ONLY;
SELECT object || ': ' || change || ': ' || detail FROM datalink_diff('shop');
SELECT pg_current_xact_id_if_assigned() IS NULL;
COMMIT;
END
is(versions(), $before, 'and writes nothing either');
fails($local, "BEGIN READ ONLY; SELECT * FROM datalink_refresh('shop')", '25006', undef,
	'a refresh in a read-only transaction is refused');
is(run_sql($local, "BEGIN; SELECT object FROM datalink_refresh('shop'); ROLLBACK"),
	'shop.item.c11', 'a refresh that is rolled back');
is(drift($local, 'shop'), 'shop.item.c11: column added: integer', 'leaves the drift');

note 'on a hot standby';

$local->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($local, 'standby', has_streaming => 1);
$standby->start;
$local->wait_for_catchup($standby, 'replay', $local->lsn('insert'));
is(drift($standby, 'shop'), 'shop.item.c11: column added: integer', 'the diff works');
fails($standby, "SELECT * FROM datalink_refresh('shop')", '25006', qr/read-only transaction/,
	'a refresh is refused');
$standby->stop('immediate');

note 'rights';

run_sql($local, <<"END");
GRANT USAGE ON FOREIGN SERVER shop TO auditor, writer;
CREATE USER MAPPING FOR auditor $mapping;
END
is(drift($local, 'shop', role => 'auditor'), 'shop.item.c11: column added: integer',
	'a role with USAGE and a mapping sees the drift');
fails($local, "SELECT * FROM datalink_refresh('shop')", '42501', qr/must be owner/,
	'and cannot refresh', role => 'auditor');
fails($local, "SELECT * FROM datalink_diff('shop')", '42501', qr/permission denied/,
	'without USAGE there is no diff', role => 'reader');
fails($local, "SELECT * FROM datalink_diff('shop')", '42704', qr/no user mapping/,
	'without a mapping there is none either', role => 'writer');
fails($local, "SELECT * FROM $_", '42704', qr/does not exist/, "$_ of no link")
  for "datalink_diff('nobody')", "datalink_refresh('nobody')";

note 'what is in the way';

make_link('shop', <<'END');
CREATE TABLE item (id int, name varchar(10), price int, gone text);
CREATE TABLE doomed (id int);
CREATE TABLE other (id int);
CREATE TABLE other_2 (id int);
INSERT INTO item VALUES (1, 'tea', 3, 'x');
END
run_sql($local, 'SET client_min_messages = warning; DROP VIEW IF EXISTS cheap CASCADE;'
	  . ' DROP FUNCTION IF EXISTS logged CASCADE');
run_sql($local, <<'END');
CREATE VIEW names WITH (security_barrier = true) AS SELECT id, name FROM shop.item;
CREATE VIEW "Names 2" AS SELECT upper(name) AS "Upper" FROM names;
CREATE VIEW a_first AS SELECT * FROM "Names 2";
END
my $names = 'view public.\"Names 2\", view public.a_first, view public.names' =~ s/\\//gr;
on_remote('ALTER TABLE s.item ALTER name TYPE varchar(20)');
my $retyped = 'shop.item.name: type changed: from character varying(10) to character varying(20)';
is(drift($local, 'shop'), "$retyped [$names]", 'views on views, by identity');
my $error = fails($local, "SELECT * FROM datalink_refresh('shop')", '2BP01',
	qr/cannot refresh data link "shop"/, 'they stop the refresh');
is($error->{detail}, "type changed of shop.item.name is blocked by $names.", 'which names them');
like($error->{hint}, qr/cascade => true .* skip_blocked => true/, 'and says what may be done');
my ($script) = $error->{hint} =~ /(DROP VIEW.*)/s;
run_sql($local, $script // '');
is(drift($local, 'shop'), '', 'the script of the hint brings the link up');
is(run_sql($local, 'SELECT * FROM a_first'), 'TEA', 'and the views back');
is(run_sql($local, "SELECT reloptions FROM pg_class WHERE relname = 'names'"),
	'{security_barrier=true}', 'with their options');

# A view through the whole, beside all else that can be in the way.
run_sql($local, <<'END');
CREATE MATERIALIZED VIEW gone_m AS SELECT gone FROM shop.item;
CREATE INDEX ON gone_m (gone);
CREATE FUNCTION first_gone(int) RETURNS text LANGUAGE sql
	BEGIN ATOMIC SELECT gone FROM shop.item WHERE id = $1; END;
ALTER FOREIGN TABLE shop.item ADD CONSTRAINT short CHECK (length(gone) < 5);
CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER logged AFTER UPDATE OF gone ON shop.item FOR EACH ROW EXECUTE FUNCTION logged();
CREATE TABLE here (id int);
CREATE RULE into_item AS ON INSERT TO here DO ALSO SELECT gone FROM shop.item;
ALTER TABLE here ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_item ON here USING (EXISTS (SELECT FROM shop.item WHERE gone = 'x'));
CREATE VIEW doomed_v AS SELECT * FROM shop.doomed;
CREATE TABLE of_doomed (d shop.doomed);
END
on_remote('ALTER TABLE s.item DROP gone, ADD extra int; DROP TABLE s.doomed');
my @in_the_way = ('function public.first_gone(integer)', 'materialized view public.gone_m',
	'policy by_item on public.here', 'rule into_item on public.here',
	'table constraint short on shop.item', 'trigger logged on shop.item');
my @rows = (
	'shop.doomed: table removed: the remote has no "doomed"'
	  . ' [table column public.of_doomed.d, view public.doomed_v]',
	'shop.item.gone: column removed: text [' . join(', ', @in_the_way) . ']',
	'shop.item.extra: column added: integer');
is(drift($local, 'shop'), join("\n", @rows), 'every kind of dependant is named');
$error = fails($local, "SELECT * FROM datalink_refresh('shop')", '2BP01', undef, 'they stop it');
like($error->{detail}, qr/\Q$_\E/, "named: $_") for @in_the_way, 'view public.doomed_v';
unlike($error->{hint}, qr/DROP VIEW/, 'no script, as views are not all');

is(refreshed($local, 'shop', 'skip_blocked => true'), join("\n", @rows),
	'skip_blocked returns every row, the blocked ones marked');
is(drift($local, 'shop'), join("\n", @rows[ 0, 1 ]), 'and has applied the rest');

my $messages = messages_of($local, "SELECT * FROM datalink_refresh('shop', cascade => true)");
like($messages, qr/NOTICE:  00000: refreshing data link "shop" dropped 8 objects/, 'cascade says');
like($messages, qr/DETAIL: .*\Q$_\E/s, "gone: $_") for @in_the_way, 'view public.doomed_v';
is(() = $messages =~ /NOTICE:/g, 1, 'in one notice');
is(drift($local, 'shop'), '', 'nothing is left');
is(run_sql($local, "SELECT to_regclass('gone_m'), to_regclass('doomed_v'), to_regproc('first_gone'),"
		. " (SELECT count(*) FROM pg_attribute WHERE attrelid = 'of_doomed'::regclass AND attnum > 0"
		. " AND NOT attisdropped)"), '|||0', 'they are gone, and a table keeps its other columns');
is(differs_from_fresh('shop'), '', 'the link equals a fresh one');

# The same dependants, where the column is only retyped.
run_sql($local, <<'END');
CREATE MATERIALIZED VIEW price_m AS SELECT price FROM shop.item;
CREATE FUNCTION first_price(int) RETURNS int LANGUAGE sql
	BEGIN ATOMIC SELECT price FROM shop.item WHERE id = $1; END;
CREATE TRIGGER logged AFTER UPDATE OF price ON shop.item FOR EACH ROW EXECUTE FUNCTION logged();
CREATE RULE into_item AS ON INSERT TO here DO ALSO SELECT price FROM shop.item;
CREATE POLICY by_item ON here USING (EXISTS (SELECT FROM shop.item WHERE price = 1));
ALTER FOREIGN TABLE shop.item ADD CONSTRAINT positive CHECK (price > 0),
	ALTER price SET DEFAULT 5;
CREATE STATISTICS shop.item_statistics ON id, price FROM shop.item;
COMMENT ON COLUMN shop.item.price IS 'in euro';
END
on_remote('ALTER TABLE s.item ALTER price TYPE bigint');
$retyped = 'shop.item.price: type changed: from integer to bigint';
is(drift($local, 'shop'), "$retyped [function public.first_price(integer),"
	  . ' materialized view public.price_m, policy by_item on public.here,'
	  . ' rule into_item on public.here, trigger logged on shop.item]',
	'a retype: constraints and statistics are not in the way');
is(refreshed($local, 'shop', 'cascade => true'), $retyped, 'cascade does it');
is(drift($local, 'shop'), '', 'nothing is left');
is(run_sql($local, <<'END'), "positive\nitem_statistics\n5|in euro", 'these stay');
SELECT conname FROM pg_constraint WHERE conrelid = 'shop.item'::regclass AND contype <> 'n';
SELECT stxname FROM pg_statistic_ext;
SELECT pg_get_expr(adbin, adrelid), col_description(adrelid, adnum) FROM pg_attrdef
	WHERE adrelid = 'shop.item'::regclass;
END
unlike(messages_of($local, "SET client_min_messages = warning; CREATE VIEW o AS SELECT * FROM shop.other;"
		. " ALTER FOREIGN TABLE shop.other OPTIONS (SET table_name 'none');"
		. " SELECT * FROM datalink_refresh('shop', cascade => true)"),
	qr/NOTICE/, 'client_min_messages silences the notice');

note 'a remote that shows too little';

make_link('shop', join('', map { "CREATE TABLE t$_ (id int);" } 1 .. 5));
on_remote('DROP TABLE s.t1, s.t2');
is(scalar(() = refreshed($local, 'shop') =~ /table removed/g), 2, 'two of five may go');
on_remote('DROP TABLE s.t3, s.t4');
fails($local, "SELECT * FROM datalink_refresh('shop'$_)", '55000', qr/only 1 of the 3 tables/,
	"more than half are not believed gone$_") for '', ', cascade => true', ', skip_blocked => true';
is(scalar(() = refreshed($local, 'shop', 'force => true') =~ /table removed/g), 2, 'force does it');
on_remote('DROP TABLE s.t5; CREATE TABLE s.t6 (id int)');
fails($local, "SELECT * FROM datalink_refresh('shop')", '55000', undef,
	'none of the old tables is not believed, either');
on_remote('DROP SCHEMA s CASCADE');
fails($local, "SELECT * FROM datalink_refresh('shop')", 'HV00Q', qr/does not exist on the remote/,
	'no schema at all is an error');
is(run_sql($local, 'SELECT tables FROM datalink_list()'), '1', 'and changed nothing');

note 'the choice of tables';

make_link('shop', 'CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int);',
	q{only_tables => '{a,b}'});
on_remote('CREATE TABLE s.d (id int); ALTER TABLE s.a ADD x int; ALTER TABLE s.c ADD x int');
is(refreshed($local, 'shop'), 'shop.a.x: column added: integer', 'only_tables is kept');
on_remote('DROP TABLE s.b');
is(refreshed($local, 'shop'), 'shop.b: table removed: the remote has no "b"',
	'a chosen table may go');
on_remote('CREATE TABLE s.b (id int)');
is(refreshed($local, 'shop'), 'shop.b: table added: table of 1 column', 'and come back');
make_link('shop', 'CREATE TABLE a (id int); CREATE TABLE b (id int);', q{except_tables => '{b}'});
on_remote('CREATE TABLE s.d (id int); DROP TABLE s.b');
is(refreshed($local, 'shop'), 'shop.d: table added: table of 1 column', 'except_tables is kept');
on_remote('CREATE TABLE s.b (id int)');
is(refreshed($local, 'shop'), '', 'also for a table that comes back');

note "the user's own names and tables";

make_link('shop', 'CREATE TABLE item (id int, name text); CREATE TABLE sale (id int);'
	  . " INSERT INTO item VALUES (1, 'tea')");
run_sql($local, <<'END');
ALTER FOREIGN TABLE shop.item RENAME TO product;
ALTER FOREIGN TABLE shop.product RENAME name TO label;
ALTER FOREIGN TABLE shop.product ALTER label OPTIONS (ADD column_name 'name');
CREATE TABLE shop.mine (id int);
CREATE VIEW shop.mine_v AS SELECT 1 AS one;
CREATE FOREIGN DATA WRAPPER other;
CREATE SERVER other FOREIGN DATA WRAPPER other;
CREATE FOREIGN TABLE shop.mine_f (id int) SERVER other OPTIONS (schema_name 's', table_name 'item');
CREATE FOREIGN TABLE shop.mine_o (nspname name) SERVER shop
	OPTIONS (schema_name 'pg_catalog', table_name 'pg_namespace');
CREATE FOREIGN TABLE shop.a_sale (id int) SERVER shop OPTIONS (schema_name 's', table_name 'sale');
CREATE FOREIGN TABLE public.elsewhere (id int) SERVER shop
	OPTIONS (schema_name 's', table_name 'item');
END
my $mine = catalog_sql('shop') . " AND c.relname IN ('mine', 'mine_v', 'mine_f', 'mine_o', 'a_sale')"
  . ' ORDER BY 1, c.relname, a.attname';
$before = run_sql($local, $mine);
is(drift($local, 'shop'), '', 'are no drift');
on_remote('SET search_path = s; ALTER TABLE item ALTER name TYPE varchar(9), ADD x int;'
	  . ' ALTER TABLE sale ADD x int');
is(refreshed($local, 'shop'), "shop.product.label: type changed: from text to character varying(9)\n"
	  . "shop.product.x: column added: integer\nshop.sale.x: column added: integer",
	'renamed ones follow the remote');
is(run_sql($local, 'SELECT label FROM shop.product'), 'tea', 'and are read by their names');
is(run_sql($local, $mine), $before, "the user's own are left alone");
on_remote('DROP TABLE s.item');
is(refreshed($local, 'shop'), 'shop.product: table removed: the remote has no "item"',
	'a renamed table goes with its remote one');
is(run_sql($local, $mine), $before, "the user's own are left alone");
run_sql($local, 'DROP FOREIGN TABLE public.elsewhere; DROP SERVER other CASCADE');

note 'a refresh that fails in the middle';

make_link('shop', 'CREATE TABLE a (id int); CREATE TABLE m (id int, n text); CREATE TABLE z (id int);');
on_remote('ALTER TABLE s.a ADD x int; CREATE TABLE s.b (id int); ALTER TABLE s.m ALTER n TYPE int'
	  . ' USING NULL; CREATE TABLE s.y (h text); ALTER TABLE s.z ADD x int');
my $drift = drift($local, 'shop');
$before = versions();
my $unchanged = sub {
	my ($name) = @_;
	is(versions(), $before, "$name: nothing has changed");
};
my $hostile = sub {
	my ($name, $set, $sqlstate) = @_;
	my $y = "attrelid = 's.y'::regclass AND attname = 'h'";
	$remote->safe_psql('orders', "UPDATE pg_attribute SET $set WHERE $y");
	my $failed = fails($local, "SELECT * FROM datalink_refresh('shop')", $sqlstate, undef, $name);
	unlike($failed->{message}, qr/unexpected|internal/, "$name: a clean error");
	$unchanged->($name);
	$remote->safe_psql('orders',
		"UPDATE pg_attribute SET atttypid = 'text'::regtype, atttypmod = -1, attcollation = 100 WHERE $y");
};
$hostile->('a pseudo-type', "atttypid = 'anyelement'::regtype, attcollation = 0", '42P16');
$hostile->('another pseudo-type', "atttypid = 'cstring'::regtype, attcollation = 0", '42P16');
$hostile->('a typmod out of range', "atttypid = 'numeric'::regtype, attcollation = 0, atttypmod = 99999999",
	'22023');
$hostile->('a typmod that is none', "atttypid = 'varchar'::regtype, atttypmod = 2", '\w{5}');
$hostile->('a typmod of another type', "atttypmod = 12", '22023|42601');
$hostile->('a type that cannot be collated', "atttypid = 'int'::regtype, attcollation = 950", '42804');

# A lock that another session holds on the last table.
run_sql($local, "BEGIN; COMMENT ON FOREIGN TABLE shop.z IS 'held'; PREPARE TRANSACTION 'held'");
fails($local, "SET lock_timeout = '200ms'; SELECT * FROM datalink_refresh('shop')", '55P03', undef,
	'lock_timeout');
$unchanged->('lock_timeout');
fails($local, "SET statement_timeout = '400ms'; SELECT * FROM datalink_refresh('shop')", '57014',
	undef, 'statement_timeout');
$unchanged->('statement_timeout');

# A refresh in the background, and what it printed in the end.
sub in_background
{
	my ($name, $until, $do, $expected) = @_;
	my ($stdout, $stderr) = ('', '');
	my $run = IPC::Run::start(
		[ 'psql', '-XAt', '-v', 'VERBOSITY=verbose', '-d', $local->connstr('postgres'),
		  '-c', "SELECT * FROM datalink_refresh('shop')" ],
		'<', \undef, '>', \$stdout, '2>', \$stderr);
	$until->[0]->poll_query_until('postgres', $until->[1]) or die 'timed out';
	$do->();
	$run->finish;
	like($stderr, $expected, $name);
	$unchanged->($name);
}
my $waits = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
# It waits for locks a short time only, again and again: it is known by its query.
my $refresh = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%datalink_refresh%'";
in_background('cancelled', [ $local, $waits ], sub {
	run_sql($local, "SELECT pg_cancel_backend(pid) $refresh");
}, qr/ERROR:  57014/);
in_background('terminated', [ $local, $waits ], sub {
	run_sql($local, "SELECT pg_terminate_backend(pid) $refresh");
}, qr/FATAL:  57P01/);
run_sql($local, "ROLLBACK PREPARED 'held'");

# The remote goes while it is being read.
my $hold = "BEGIN; LOCK TABLE pg_catalog.pg_inherits IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION 'held'";
$remote->safe_psql('orders', $hold);
in_background('the session on the remote killed', [ $remote, $waits ], sub {
	run_sql($remote, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
}, qr/ERROR:  (57P01|08\w{3})/);
in_background('cancelled while the remote is read', [ $remote, $waits ], sub {
	run_sql($local, "SELECT pg_cancel_backend(pid) $refresh");
}, qr/ERROR:  57014/);
# Nobody tells the query there; it goes with its lock.
run_sql($remote, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
in_background('the remote killed', [ $remote, $waits ], sub { $remote->stop('immediate') },
	qr/ERROR:  (57P0\d|08\w{3})/);
fails($local, "SELECT * FROM datalink_refresh('shop')", '08001', undef, 'no remote at all');
$unchanged->('no remote at all');
$remote->start;
$remote->safe_psql('orders', "ROLLBACK PREPARED 'held'");

is(refreshed($local, 'shop'), $drift, 'after all that, the refresh goes well');
is(differs_from_fresh('shop'), '', 'and the link equals a fresh one');

done_testing();
