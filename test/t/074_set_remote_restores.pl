# What datalink_set_remote brings back of a link that was reset; that the rest is lost, it says.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice reader);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice;
GRANT CREATE ON DATABASE postgres TO alice;
END
my $set_remote = "SELECT name FROM datalink_set_remote('shop', '" . url($remote) . "')";
my $reset = 'CREATE SCHEMA IF NOT EXISTS public; CREATE TABLE public.t (); DROP SCHEMA public CASCADE;'
  . ' CREATE SCHEMA public';

# The server's options but for when it was made and where the remote listens, in one order.
sub options
{
	return run_sql($local, <<'END');
SELECT string_agg(o.option_name || '=' || o.option_value, ' ' ORDER BY o.option_name)
FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o
WHERE o.option_name NOT IN ('created_at', 'port')
END
}

sub grants
{
	return run_sql($local, <<'END');
SELECT string_agg(n.relname || ':' || g.privilege_type, ' ' ORDER BY 1)
FROM pg_class n, aclexplode(n.relacl) g WHERE n.relkind = 'f' AND g.grantee = 'reader'::regrole
END
}

sub make_link
{
	run_sql($local, "SELECT datalink_drop('shop', if_exists => true)");
	run_sql($local, link_sql($remote, 'shop'), role => 'alice');
	run_sql($local, <<'END', role => 'alice');
ALTER SERVER shop OPTIONS (ADD fetch_size '1234', ADD use_remote_estimate 'false',
	ADD truncatable 'false', ADD fdw_startup_cost '7');
GRANT USAGE ON SCHEMA shop TO reader;
GRANT SELECT ON shop.customer TO reader;
END
}

for my $way ([ 'a reset', $reset ], [ 'its schema dropped', 'DROP SCHEMA shop CASCADE' ],
	[ 'its server dropped', 'DROP SERVER shop CASCADE' ])
{
	my ($case, $sql) = @$way;
	make_link();
	my ($options, $grants) = (options(), grants());
	like($options, qr/fdw_startup_cost=7 fetch_size=1234/, "$case: options that the user set");
	run_sql($local, $sql);
	is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server'), 0, "$case: the server is gone");
	run_sql($local, $set_remote, role => 'alice');
	is(options(), $options, "$case: its options are back");
	is(grants(), $grants, "$case: so are the grants");
}

# Options that another URL brings are the URL's.
run_sql($local, $reset);
run_sql($local, $set_remote =~ s/orders'\)/orders?keepalives=1')/r, role => 'alice');
like(options(), qr/fetch_size=1234.*keepalives=1/, 'beside those of the URL');
is(scalar(() = options() =~ /connect_timeout=/g), 1, 'none of them twice');

# --- the schema is gone, and the server stayed ---

make_link();
my ($options, $grants) = (options(), grants());
my $reader = $local->background_psql('postgres');
$reader->query_safe(q{BEGIN; COMMENT ON FOREIGN TABLE shop.item IS 'held'});
run_sql($local, $reset);
$reader->quit;
is(run_sql($local, 'SELECT count(*) FROM pg_foreign_server'), 1, 'a reset that left the server');
run_sql($local, 'ALTER EVENT TRIGGER datalinks_follow_drop DISABLE; DROP SCHEMA shop CASCADE;'
	  . ' ALTER EVENT TRIGGER datalinks_follow_drop ENABLE ALWAYS');
is(link_of($local, 'shop')->{state}, 'invalid', 'and no schema');
run_sql($local, $set_remote);
is(link_of($local, 'shop')->{owner}, 'alice', "a superuser makes it the owner's again");
is(options(), $options, 'with its options');
is(grants(), $grants, 'and the grants');
is(run_sql($local, 'SELECT count(*) FROM datalinks.invalid_link'), 0, 'and it is forgotten');

# --- what was set on the tables is lost, and told ---

make_link();
run_sql($local, "COMMENT ON FOREIGN TABLE shop.item IS 'what we sell'", role => 'alice');
unlike(messages_of($local, $set_remote, role => 'alice'), qr/made again/,
	'a link that stands is not made again');
is(run_sql($local, q{SELECT obj_description('shop.item'::regclass)}), 'what we sell',
	'and loses nothing');
run_sql($local, $reset);
like(messages_of($local, $set_remote, role => 'alice'),
	qr/NOTICE:  00000: data link "shop" was made again.*defaults.*comments.*lost/s,
	'what is not brought back is told');

done_testing();
