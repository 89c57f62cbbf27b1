# datalink_set_remote on an invalid link rebuilds it with its settings and its grants, whatever made
# it invalid.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob reader writer leaver);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob;
END
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA "Shop" AUTHORIZATION app;
SET ROLE app;
CREATE TYPE "Shop".mood AS ENUM ('sad', 'happy');
CREATE TABLE "Shop".customer (id int PRIMARY KEY, name text, mood "Shop".mood);
CREATE TABLE "Shop".item (id int PRIMARY KEY, price numeric);
CREATE TABLE "Shop".hidden (id int);
INSERT INTO "Shop".customer VALUES (1, 'Ada', 'happy');
END
my $url = url($remote);
my $set_remote = "SELECT name FROM datalink_set_remote('shop', '$url')";

# The options that are settings, in order; and all grants, as GRANT would give them.
sub settings
{
	return run_sql($local, <<'END');
SELECT o.option_name, o.option_value FROM pg_foreign_server, pg_options_to_table(srvoptions) o
WHERE o.option_name IN ('remote_schema', 'only_tables', 'except_tables', 'create_types',
	'types_made', 'updatable', 'truncatable') ORDER BY 1
END
}

sub grants
{
	return run_sql($local, <<'END');
SELECT c.relname, a.attname, x.grantee::regrole, x.privilege_type, x.is_grantable
FROM (SELECT NULL::oid, NULL::name, nspowner, nspacl FROM pg_namespace WHERE nspname = 'shop'
	UNION ALL SELECT oid, NULL, relowner, relacl FROM pg_class WHERE relkind = 'f'
	UNION ALL SELECT c.oid, attname, relowner, attacl FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
		WHERE relkind = 'f' AND attacl IS NOT NULL) a(oid, attname, owner, acl)
	LEFT JOIN pg_class c ON c.oid = a.oid, aclexplode(a.acl) x
WHERE x.grantee <> a.owner ORDER BY 1, 2, 3::text, 4
END
}

my $reset = 'CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE public.t (); DROP SCHEMA public CASCADE;'
  . ' CREATE SCHEMA public';

# Each way to become invalid: SQL, whether the grants are remembered.
my @ways = (
	[ 'a reset', $reset ],
	[ 'its schema dropped', 'DROP SCHEMA shop CASCADE' ],
	[ 'its server dropped', 'DROP SERVER shop CASCADE' ],
	[ 'its mapping dropped', 'DROP USER MAPPING FOR alice SERVER shop' ]);

my @variants = (
	[ 'only_tables, read_only', "only_tables => '{item,customer}', read_only => true" ],
	[ 'except_tables', "except_tables => '{hidden}'" ]);

for my $variant (@variants)
{
	my ($what, $arguments) = @$variant;
	for my $way (@ways)
	{
		my ($name, $sql) = @$way;
		my $case = "$what; $name";
		run_sql($local,
			link_sql($remote, 'shop', "remote_schema => 'Shop', create_types => true, $arguments"),
			role => 'alice');
		run_sql($local, <<'END', role => 'alice');
GRANT USAGE ON SCHEMA shop TO reader, writer WITH GRANT OPTION;
GRANT CREATE ON SCHEMA shop TO writer;
GRANT SELECT ON shop.customer TO PUBLIC;
GRANT SELECT, INSERT ON shop.item TO writer WITH GRANT OPTION;
GRANT UPDATE (name), SELECT (id) ON shop.customer TO reader;
END
		my ($settings, $grants) = (settings(), grants());
		run_sql($local, $sql);
		is(link_of($local, 'shop')->{state}, 'invalid', "$case: the link is invalid");
		fails($local, $set_remote, '42501', qr/must be owner/, "$case: not for others", role => 'bob');
		fails($local, $set_remote =~ s/wp\@/wrong@/r, '08001', undef, "$case: wrong password",
			role => 'alice');
		is(link_of($local, 'shop')->{state}, 'invalid', "$case: the link is still invalid");
		run_sql($local, $set_remote, role => 'alice');
		my $link = link_of($local, 'shop');
		is($link->{state}, 'valid', "$case: rebuilt");
		is($link->{owner}, 'alice', "$case: its owner's");
		is(settings(), $settings, "$case: the settings are back");
		is(grants(), $grants, "$case: the grants are back");
		is(run_sql($local, 'SELECT name, mood FROM shop.customer', role => 'alice'), 'Ada|happy',
			"$case: it reads");
		is(run_sql($local, 'SELECT count(*) FROM datalinks.invalid_link'), 0, "$case: and is forgotten");
		run_sql($local, "SELECT datalink_drop('shop')", role => 'alice');
		is(run_sql($local, "SELECT to_regtype('\"Shop\".mood')"), '',
			"$case: the drop takes the type along");
	}
}

# --- a reset that had to leave the tables: an open cursor holds one ---

run_sql($local, link_sql($remote, 'shop', "remote_schema => 'Shop', create_types => true"),
	role => 'alice');
run_sql($local, 'GRANT SELECT ON shop.item TO reader; GRANT USAGE ON SCHEMA shop TO reader',
	role => 'alice');
my ($in, $out) = ("BEGIN; DECLARE c CURSOR FOR SELECT * FROM shop.item; FETCH c;\n\\echo locked\n", '');
my $reader = IPC::Run::start([ 'psql', '-XAtq', '-d', connection($local, 'alice') ],
	'<', \$in, '>', \$out, '2>&1', IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
$reader->pump until $out =~ /locked/;
my ($settings_before, $grants_before) = (settings(), grants());
my $messages = messages_of($local, $reset);
like($messages, qr/WARNING:.*1 data link is invalid: shop/s, 'a reset says so');
is(run_sql($local, "SELECT count(*) FROM pg_foreign_table"), 3, 'the tables still stand');
is(run_sql($local, "SELECT count(*) FROM pg_user_mapping"), 0, 'without a mapping');
is(link_of($local, 'shop')->{state}, 'invalid', 'and the link is invalid');
run_sql($local, $set_remote, role => 'alice');
$in .= "COMMIT;\n\\q\n";
$reader->finish;
is(link_of($local, 'shop')->{state}, 'valid', 'it is mended in place, past the reader');
is(settings(), $settings_before, 'with its settings');
is(grants(), $grants_before, 'and grants');
is(run_sql($local, 'SELECT count(*) FROM datalinks.invalid_link'), 0, 'and forgotten');

# --- grants that cannot be given again are told ---

$local->safe_psql('postgres', 'GRANT SELECT ON shop.item TO leaver WITH GRANT OPTION');
run_sql($local, 'GRANT SELECT ON shop.hidden TO reader', role => 'alice');
run_sql($local, 'DROP SCHEMA shop CASCADE', role => 'alice');
$local->safe_psql('postgres', 'DROP OWNED BY leaver; DROP ROLE leaver');
$remote->safe_psql('orders', 'DROP TABLE "Shop".hidden');
$messages = messages_of($local, $set_remote, role => 'alice');
like($messages, qr/NOTICE:  00000: some privileges could not be granted again/, 'a NOTICE');
like($messages, qr/GRANT SELECT ON TABLE "?shop"?\."?item"? TO "?leaver"? WITH GRANT OPTION/,
	'names the role that is gone');
like($messages, qr/GRANT SELECT ON TABLE "?shop"?\."?hidden"? TO "?reader"?/,
	'and the table that is gone');
like(grants(), qr/item\|\|reader\|SELECT\|f/, 'the others are given');

# --- who rebuilds it, and a failure in between ---

run_sql($local, 'DROP SCHEMA shop CASCADE', role => 'alice');
my $row = run_sql($local, 'SELECT * FROM datalinks.invalid_link');
fails($local, "SELECT datalink_set_remote('shop', '" . url($remote, dbname => 'postgres') . "')",
	'08001', undef, 'a database without the right', role => 'alice')
  if $remote->safe_psql('postgres', 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC') eq '';
is(run_sql($local, 'SELECT * FROM datalinks.invalid_link'), $row, 'a failure forgets nothing');
is( run_sql($local, "BEGIN; $set_remote; ROLLBACK; SELECT state FROM datalink_list()",
		role => 'alice'), "shop\ninvalid", 'nor does ROLLBACK');
run_sql($local, $set_remote);
is(run_sql($local, 'SELECT name FROM shop.customer', role => 'alice'), 'Ada',
	'a superuser rebuilds it for its owner');
like(grants(), qr/item\|\|reader\|SELECT\|f/, 'with its grants');

done_testing();
