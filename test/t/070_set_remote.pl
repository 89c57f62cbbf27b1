# datalink_set_remote on a valid link: another host, database or password; what stays, what is told,
# what is refused, and who may.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes('log_statement = none', 'log_min_messages = notice',
	'log_min_error_statement = error');
my $other = start_node('other');
make_role($other, 'app');
$other->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
make_remote_schema($other);
$other->safe_psql('orders', "UPDATE customer SET name = 'Other ' || name");
my $old_secret = password_of('app');
my $new_secret = 'n3w-s3cret';
$other->safe_psql('postgres', "ALTER ROLE app PASSWORD '$new_secret'");
my $other_url = url($other, password => $new_secret);
my $superuser = run_sql($local, 'SELECT current_user');

sub set_remote
{
	my ($url, $name) = @_;
	$name //= 'orders';
	return "SELECT name FROM datalink_set_remote('$name', '$url')";
}

# All that the catalogs hold of the link, to see that nothing changed.
sub facts
{
	return run_sql($local, <<'END');
SELECT srvname, srvoptions, srvversion, srvowner FROM pg_foreign_server ORDER BY 1;
SELECT umuser, umoptions FROM pg_user_mapping ORDER BY 1;
SELECT oid, relname, relacl, xmin FROM pg_class
	WHERE relkind = 'f' OR relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'orders';
SELECT * FROM datalinks.invalid_link;
END
}

my @names = ('SELECT name FROM orders.customer ORDER BY id');

# --- another host ---

make_role($local, $_) for qw(alice bob reader);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob;
END
run_sql($local, link_sql($remote, 'orders', '', query => '?application_name=first&keepalives=1'));
run_sql($local, <<'END');
CREATE VIEW public.names AS SELECT name FROM orders.customer;
GRANT USAGE ON SCHEMA orders TO reader;
GRANT SELECT ON orders.customer TO reader;
COMMENT ON FOREIGN TABLE orders.customer IS 'whom we know';
ALTER FOREIGN TABLE orders.item OPTIONS (ADD fetch_size '77');
END
my $tables = run_sql($local,
	"SELECT oid, relname, relacl, xmin, obj_description(oid) FROM pg_class WHERE relkind IN ('f', 'v')"
	  . " AND relnamespace IN ('orders'::regnamespace, 'public'::regnamespace) ORDER BY 1");
my $before = link_of($local, 'orders');
like(run_sql($local, 'SELECT srvoptions FROM pg_foreign_server'), qr/application_name=first/,
	'the first URL has an application_name');

# One session: its open connection is to the old remote, and the next statement goes to the new.
is( run_sql($local, join('; ', @names, set_remote($other_url), @names, 'SELECT * FROM public.names')),
	"Ada\nGrace\norders\nOther Ada\nOther Grace\nOther Ada\nOther Grace",
	'a cached connection sees the change at the next statement');
my $after = link_of($local, 'orders');
like($after->{remote}, qr/:${\ $other->port}\/orders/, 'the list shows the new remote');
is($after->{$_}, $before->{$_}, "$_ stays")
  for qw(name created_at remote_name remote_schema tables owner state read_only);
is( run_sql($local,
		"SELECT oid, relname, relacl, xmin, obj_description(oid) FROM pg_class"
		  . " WHERE relkind IN ('f', 'v')"
		  . " AND relnamespace IN ('orders'::regnamespace, 'public'::regnamespace) ORDER BY 1"),
	$tables, 'tables, views, grants and comments stay as they are');
unlike(run_sql($local, 'SELECT srvoptions FROM pg_foreign_server'),
	qr/application_name|keepalives/, 'options that are gone from the URL are dropped');
like(run_sql($local, 'SELECT srvoptions FROM pg_foreign_server'), qr/connect_timeout=10/,
	'and the timeout of connecting is not');

# --- another database, another password; rolled back, too ---

$remote->safe_psql('postgres', 'CREATE DATABASE archive TEMPLATE orders OWNER app');
$remote->safe_psql('archive', "UPDATE customer SET name = 'Archived ' || name");
is( run_sql($local, join('; ', @names, set_remote(url($remote, dbname => 'archive')), @names)),
	"Other Ada\nOther Grace\norders\nArchived Ada\nArchived Grace", 'another database');
is(link_of($local, 'orders')->{remote_name}, 'archive', 'the list has its name');
is(run_sql($local, 'SELECT srvname FROM pg_foreign_server'), 'orders', 'the server keeps its own');
my $facts = facts();
is( run_sql($local, join('; ', 'BEGIN', set_remote($other_url), @names, 'ROLLBACK', @names)),
	"orders\nOther Ada\nOther Grace\nArchived Ada\nArchived Grace", 'undone by ROLLBACK');
is(facts(), $facts, 'without a trace');

$remote->safe_psql('postgres', "ALTER ROLE app PASSWORD 'rotated'");
fails($local, $names[0], '08001', undef, 'a password that was changed on the remote');
is( run_sql($local, join('; ', set_remote(url($remote, dbname => 'archive', password => 'rotated')),
			@names)),
	"orders\nArchived Ada\nArchived Grace", 'needs only this');
$remote->safe_psql('postgres', "ALTER ROLE app PASSWORD '$old_secret'");
run_sql($local, set_remote(url($remote)));
is(run_sql($local, $names[0]), "Ada\nGrace", 'back to the first');
is(run_sql($local, set_remote(url($remote))), 'orders', 'the same remote again is no error');

# A link over the keyword form, and several hosts.
my $closed = PostgreSQL::Test::Cluster::get_free_port();
run_sql($local, set_remote("host=127.0.0.1,127.0.0.1 port=$closed," . $other->port
		  . " user=app dbname=orders password=$new_secret target_session_attrs=read-write"));
is(run_sql($local, $names[0]), "Other Ada\nOther Grace", 'keywords, several hosts');
run_sql($local, set_remote(url($remote)));
unlike(run_sql($local, 'SELECT srvoptions FROM pg_foreign_server'), qr/target_session_attrs/,
	'and one again');

# --- drift is told, not refused ---

$other->safe_psql('orders', <<'END');
SET ROLE app;
CREATE TABLE public.extra (id int);
ALTER TABLE public.customer ADD COLUMN city text;
END
my $messages = messages_of($local, set_remote($other_url));
like($messages, qr/NOTICE:  00000: the new remote differs from data link "orders"/, 'drift is told');
like($messages, qr/orders\.customer\.city: column added/, 'column by column');
like($messages, qr/orders\.extra: table added/, 'table by table');
like($messages, qr/HINT:  datalink_refresh\(\)/, 'with what mends it');
is(link_of($local, 'orders')->{tables}, 3, 'nothing of it was applied');
is(run_sql($local, "SELECT count(*) FROM datalink_diff('orders')"), 2, 'diff shows the same');

# Types that are missing here are told as well.
$other->safe_psql('orders', <<'END');
SET ROLE app;
CREATE TYPE public.mood AS ENUM ('sad', 'happy');
ALTER TABLE public.extra ADD COLUMN mood public.mood;
END
run_sql($local, set_remote(url($remote)));
$messages = messages_of($local, set_remote($other_url));
like($messages, qr/NOTICE:  00000: types or collations of the remote do not exist here/,
	'missing types are told');
like($messages, qr/type public\.mood|type "public"\."mood"/, 'by name');
unlike($messages, qr/ERROR/, 'and no error');
is(run_sql($local, $names[0]), "Other Ada\nOther Grace", 'the link goes on working there');

# --- what does not answer changes nothing ---

run_sql($local, set_remote(url($remote)));
$facts = facts();
my %bad = (
	'a closed port' => [ url($remote, port => $closed), '08001' ],
	'a wrong password' => [ url($remote, password => 'wr0ng-gu3ss'), '08001' ],
	'an unknown database' => [ url($remote, dbname => 'nowhere'), '08001' ],
	'a malformed URL' => [ 'postgres://app:s3%cret@127.0.0.1/orders', '22023' ],
	'an unknown parameter' => [ url($remote, query => '?no_such=1'), '22023' ]);
for my $case (sort keys %bad)
{
	my ($url, $sqlstate) = @{ $bad{$case} };
	my $error = fails($local, set_remote($url), $sqlstate, undef, $case);
	unlike(join(' ', %$error), qr/wr0ng-gu3ss|s3%cret|\Q$old_secret\E/, "$case: shows no password");
	is(facts(), $facts, "$case changes nothing");
}
$remote->safe_psql('postgres', 'CREATE DATABASE bare OWNER app');
$remote->safe_psql('bare', 'DROP SCHEMA public CASCADE');
fails($local, set_remote(url($remote, dbname => 'bare')), 'HV00Q', qr/schema "public" does not exist/,
	'the remote schema is missing');
is(facts(), $facts, 'which changes nothing');
is( run_sql($local, join('; ', @names, 'SAVEPOINT s') =~ s/\A/BEGIN; /r
		  . "; DO \$\$ BEGIN PERFORM datalink_set_remote('orders', '"
		  . url($remote, port => $closed)
		  . "'); EXCEPTION WHEN OTHERS THEN NULL; END \$\$; $names[0]; COMMIT; $names[0]"),
	"Ada\nGrace\nAda\nGrace\nAda\nGrace", 'caught in a transaction, the link works on');

# --- neither password shows ---

# The URL stands in the text of PL/pgSQL here: errors and notices must not bring it in their CONTEXT.
my $since = log_size($local);
my $said = '';
for my $url ($other_url, url($remote, password => 'wr0ng-gu3ss'), url($remote))
{
	$said .= messages_of($local, <<"END");
\\set SHOW_CONTEXT always
SET client_min_messages = log;
DO \$do\$ BEGIN
	RAISE NOTICE 'this one has a context';
	PERFORM datalink_set_remote('orders', '$url');
END \$do\$;
END
}
like($said, qr/CONTEXT:  PL\/pgSQL function inline_code_block line 2/, 'contexts are shown');
like($said, qr/the new remote differs|types or collations/, 'there was a NOTICE');
like($said, qr/ERROR:  08001/, 'and an ERROR');
# The server's log repeats what the caller sent, as its STATEMENT, for the first NOTICE alone.
my $log = log_of($local, $since) =~ s/STATEMENT:  DO \$do\$ BEGIN.*?END \$do\$;//srg;
for my $secret ($old_secret, $new_secret, 'wr0ng-gu3ss')
{
	unlike($said, qr/\Q$secret\E/, "$secret stands in no message");
	unlike($log, qr/\Q$secret\E/, "$secret stands nowhere in the log");
}

# In pg_stat_activity, while it waits for a remote that does not answer.
use IO::Socket::INET;
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
my ($out, $err) = ('', '');
my $waiting = IPC::Run::start(
	[ 'psql', '-X', '-d', $local->connstr('postgres') . ' application_name=waiting', '-c',
		"SELECT datalink_set_remote('orders', '"
		  . url($remote, port => $silent->sockport, query => '?connect_timeout=30') . "')" ],
	'<', \undef, '>', \$out, '2>', \$err);
ok( $local->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'waiting'"
		  . " AND state = 'active' AND query ~ 'set_remote'"), 'a call waits for its remote');
my $activity = run_sql($local, "SELECT query FROM pg_stat_activity WHERE application_name = 'waiting'");
like($activity, qr/datalink_set_remote\('orders'/, 'pg_stat_activity tells what it does');
unlike($activity, qr/\Q$old_secret\E/, 'without the password');
run_sql($local, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'waiting'");
$waiting->finish;
like($err, qr/canceling statement due to user request/, 'it can be cancelled');
unlike($err, qr/\Q$old_secret\E/, 'the error is without the password, too');
is(facts() =~ s/\d+\|/|/gr, $facts =~ s/\d+\|/|/gr, 'and nothing changed');

# Arguments the wrong way round: the URL must not be repeated.
$since = log_size($local);
for my $swapped ("datalink_set_remote('$other_url', 'orders')",
	"datalink_set_remote('$other_url', '$other_url')")
{
	my $error = error_of($local, "SELECT $swapped");
	ok($error->{sqlstate}, 'swapped arguments fail');
	unlike(join(' ', map { $error->{$_} // '' } qw(message detail hint context)),
		qr/\Q$new_secret\E/, 'without repeating the URL');
	like($error->{hint} // '', qr/datalink_set_remote\(name, remote_url\)|name.*first/s,
		'and say which comes first') or diag explain $error;
}
unlike(log_of($local, $since), qr/\Q$new_secret\E/, 'nor in the log');

# --- whose link it is ---

fails($local, set_remote(url($remote), 'nothing'), '42704', qr/data link "nothing" does not exist/,
	'an unknown link');
fails($local, set_remote(url($remote), 'No Link'), '42602', undef, 'what cannot be a name');
my $error = fails($local, set_remote(url($remote)), '42501', qr/must be owner of data link "orders"/,
	"somebody else's", role => 'bob');
run_sql($local, "SELECT datalink_drop('orders')");

run_sql($local, link_sql($remote, 'orders'), role => 'alice');
fails($local, set_remote(url($remote)), '42501', qr/must be owner of data link "orders"/,
	"another plain role's", role => 'bob');
run_sql($local, set_remote($other_url));
is(run_sql($local, 'SELECT umuser::regrole FROM pg_user_mapping'), 'alice',
	'a superuser repoints it: the mapping stays that of its owner');
is(link_of($local, 'orders')->{owner}, 'alice', 'so does the link');
is(run_sql($local, $names[0], role => 'alice'), "Other Ada\nOther Grace", 'who reads from there');
my $socket = $remote->host;
my $port = $remote->port;
$facts = facts();
fails($local, set_remote("host=$socket port=$port user=$superuser dbname=orders"), '2F003',
	qr/password is required/, 'the password rule looks at the role of the mapping');
fails($local, set_remote("host=$socket port=$port user=$superuser dbname=orders password=x"), '2F003',
	undef, 'and at what the remote asked for');
is(facts(), $facts, 'and nothing changed');
run_sql($local, set_remote(url($remote)), role => 'alice');
is(run_sql($local, $names[0], role => 'alice'), "Ada\nGrace", 'the owner does so, too');
$error = fails($local, set_remote(url($remote, password => 'wr0ng-gu3ss')), '08001', undef,
	'a plain role fails', role => 'alice');
ok(!$error->{detail}, 'and learns no reason');

done_testing();
