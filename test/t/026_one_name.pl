# One name for a link, its schema and its server.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use DataLinks;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice mallory);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, mallory;
GRANT CREATE ON DATABASE postgres TO alice, mallory;
CREATE EXTENSION postgres_fdw;
END

# "name on server" of every link.
sub servers
{
	return run_sql($local, <<'END');
SELECT string_agg(substring(o.option_value, 1, 20) || ' on ' || s.srvname, ', ' ORDER BY s.srvname)
FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o WHERE o.option_name = 'link'
END
}

# --- created ---

run_sql($local, link_sql($remote, $_)) for qw(orders first orders_2);
is(servers(), 'first on first, orders on orders, orders_2 on orders_2', 'each on a server of its name');
is($_->{remote_name}, 'orders', "$_->{name}: the remote's name is its database's") for links($local);
run_sql($local, 'ALTER SERVER orders OPTIONS (ADD fetch_size \'7\')');
like( run_sql($local, q{EXPLAIN (VERBOSE) SELECT * FROM orders.customer}), qr/Foreign Scan/,
	'ALTER SERVER orders tunes the link orders');
is(run_sql($local, q{SELECT srvoptions @> '{link=orders}' FROM pg_foreign_server
	WHERE srvoptions @> '{fetch_size=7}'}), 't', 'and no other');
run_sql($local, 'SELECT datalink_drop(name) FROM datalink_list()');

run_sql($local, 'CREATE SERVER taken FOREIGN DATA WRAPPER postgres_fdw;'
	  . ' CREATE SERVER taken_2 FOREIGN DATA WRAPPER datalinks');
run_sql($local, link_sql($remote, 'taken'));
is(servers(), 'taken on taken_3', 'where other servers have the name, the next');
run_sql($local, 'DROP SERVER taken, taken_2; ALTER SERVER taken_3 RENAME TO taken');
is(link_of($local, 'taken')->{state}, 'valid', 'which may be mended by hand');
run_sql($local, "SELECT datalink_drop('taken')");
my $long = 'x' x 63;
run_sql($local, "CREATE SERVER $long FOREIGN DATA WRAPPER postgres_fdw");
run_sql($local, link_sql($remote, $long));
is( run_sql($local, "SELECT srvname FROM pg_foreign_server WHERE srvoptions @> '{link=$long}'"),
	('x' x 61) . '_2', 'a long name');
run_sql($local, "SELECT datalink_drop('$long'); DROP SERVER $long");

# Somebody else's server in the making, of the name of the remote's database.
my $maker = $local->background_psql('postgres');
$maker->query_safe('BEGIN; CREATE SERVER orders FOREIGN DATA WRAPPER datalinks');
run_sql($local, 'SET lock_timeout = 2000; ' . link_sql($remote, 'hers'), role => 'alice');
is(servers(), 'hers on hers', "an uncommitted CREATE SERVER of another's is not waited for");
$maker->query_safe('ROLLBACK');
$maker->quit;

# --- renamed ---

run_sql($local, 'ALTER SCHEMA hers RENAME TO "Größe EU"', role => 'alice');
is(servers(), 'Größe EU on Größe EU', 'a renamed schema takes link and server along');
is(link_of($local, 'Größe EU')->{state}, 'valid', 'which is valid');
run_sql($local, 'BEGIN; ALTER SCHEMA "Größe EU" RENAME TO c; ROLLBACK', role => 'alice');
is(servers(), 'Größe EU on Größe EU', 'rolled back: as it was');
run_sql($local, 'CREATE SERVER sales FOREIGN DATA WRAPPER postgres_fdw');
run_sql($local, 'ALTER SCHEMA "Größe EU" RENAME TO sales', role => 'alice');
is(servers(), 'sales on sales_2', 'where the new name is taken, the next');
run_sql($local, 'DROP SERVER sales; ALTER SCHEMA sales RENAME TO hers', role => undef);
is(servers(), 'hers on sales_2', 'a server that did not bear the old name keeps its own');
run_sql($local, 'ALTER SERVER sales_2 RENAME TO far', role => 'alice');
is(servers(), 'hers on far', "a server's new name is nothing but that");
is(run_sql($local, 'SELECT count(*) FROM hers.customer', role => 'alice'), 2, 'and the link works');
run_sql($local, "SELECT * FROM datalink_refresh('hers')", role => 'alice');
run_sql($local, "SELECT datalink_set_remote('hers', '${\ url($remote)}')", role => 'alice');
is(servers(), 'hers on far', 'it stays so');

# Whoever may rename the schema does: not by rights on the server, but by the link's being one.
run_sql($local, 'ALTER SERVER far RENAME TO hers');
run_sql($local, 'ALTER SCHEMA hers RENAME TO theirs');
is(servers(), 'theirs on theirs', 'by a superuser');

# What another session holds is not waited for: the old name stays, and the link says so.
my $holder = $local->background_psql('postgres');
$holder->query_safe("BEGIN; ALTER SERVER theirs OPTIONS (ADD fetch_size '7')");
like(messages_of($local, 'ALTER SCHEMA theirs RENAME TO ours'),
	qr/WARNING:  01000: data link "theirs" could not follow its schema's new name\nDETAIL:  .*lock timeout/,
	'a link that is being altered cannot follow');
$holder->query_safe('ROLLBACK');
$holder->quit;
is(servers(), 'theirs on theirs', 'it keeps its name');
is(link_of($local, 'theirs')->{reason}, 'its schema is gone', '... and misses its schema');
run_sql($local, 'ALTER SCHEMA ours RENAME TO theirs');
is(link_of($local, 'theirs')->{state}, 'valid', '... until that is called so again');

# --- the remote's name ---

$remote->safe_psql('postgres', 'CREATE DATABASE app TEMPLATE orders OWNER app');
run_sql($local, "SELECT datalink_set_remote('theirs', '" . url($remote, dbname => 'app') . "')",
	role => 'alice');
is(link_of($local, 'theirs')->{remote_name}, 'app', 'the remote name follows the remote');
my $without = url($remote) =~ s{/orders$}{}r;
run_sql($local, "SELECT datalink_set_remote('theirs', '$without')", role => 'alice');
is(link_of($local, 'theirs', role => 'alice')->{remote_name}, 'app', 'without a database, its user');
is(link_of($local, 'theirs', role => 'mallory')->{remote_name}, undef,
	'which is not told to those who may not see it');
run_sql($local, 'DROP SCHEMA theirs CASCADE', role => 'alice');
is(link_of($local, 'theirs')->{remote_name}, undef, 'nor remembered');
is(run_sql($local, "SELECT count(*) FROM datalinks.invalid_link i WHERE i::text ~ 'app@|[(,]app[,)]'"), 0,
	'anywhere');
run_sql($local, "SELECT datalink_set_remote('theirs', '${\ url($remote)}')", role => 'alice');
is(servers(), 'theirs on theirs', 'made again, on a server of its name');

done_testing();
