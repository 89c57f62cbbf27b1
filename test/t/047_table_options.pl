# What a link sets by itself, so that nobody needs to tune it; and what a user has set, changed or
# dropped, which stays so, through a refresh and through a reset.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
keep_sessions();
# Beside what a distribution may have, one extension with a function that can be shipped.
sub extension
{
	my ($node, $database, $sql) = @_;
	return $node->safe_psql($database, $sql);
}
plan skip_all => 'no extension citext here'
  unless $local->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'uuid-ossp', 'fuzzystrmatch')") == 3;
for my $node ([ $local, 'postgres' ], [ $remote, 'orders' ])
{
	extension(@$node, 'CREATE EXTENSION citext; CREATE EXTENSION "uuid-ossp"');
}
extension($remote, 'orders', 'CREATE SCHEMA elsewhere; CREATE EXTENSION fuzzystrmatch SCHEMA elsewhere');
extension($local, 'postgres', 'CREATE EXTENSION fuzzystrmatch');
$remote->safe_psql('orders', 'CREATE TABLE person (name citext); ALTER TABLE person OWNER TO app; INSERT INTO person VALUES (\'Ada\')');

sub option
{
	my ($keyword, $link) = @_;
	$link //= 'shop';
	return run_sql($local, 'SELECT coalesce((SELECT option_value FROM pg_foreign_server, pg_options_to_table(srvoptions)'
		  . " WHERE srvname = '$link' AND option_name = '$keyword'), '(none)')");
}

sub refresh { run_sql($local, "SELECT * FROM datalink_refresh('shop')"); return }

run_sql($local, link_sql($remote, 'shop'));
is(option('async_capable'), 'true', 'members of an append are read at the same time');
is(option('extensions'), '"citext", "uuid-ossp"', 'extensions that are the same on both sides, in the same schema');
like(run_sql($local, "EXPLAIN (VERBOSE) SELECT * FROM shop.person WHERE name = 'ada'"), qr/Remote SQL: .* WHERE/,
	'their operators are shipped');
is(run_sql($local, "SELECT name FROM shop.person WHERE name = 'ada'"), 'Ada', 'and found there');
is(option($_), '(none)', "what nothing reads is not set: $_") for qw(fetch_size batch_size use_remote_estimate application_name);
my $rows = "SELECT xmin, srvoptions FROM pg_foreign_server WHERE srvname = 'shop'";
my $before = run_sql($local, $rows);
refresh();
is(run_sql($local, $rows), $before, 'a refresh writes nothing where nothing changed');

subtest 'what changes' => sub {
	extension($remote, 'orders', 'DROP EXTENSION "uuid-ossp"');
	refresh();
	is(option('extensions'), '"citext"', 'one that went there');
	$remote->safe_psql('orders', "UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'citext'");
	refresh();
	is(option('extensions'), '(none)', 'another version');
	is(option('options_set'), '{"async_capable=true"}', 'and nothing is remembered of it');
	$remote->safe_psql('orders', "UPDATE pg_extension SET extversion = (SELECT default_version FROM pg_available_extensions WHERE name = 'citext') WHERE extname = 'citext'");
	refresh();
	is(option('extensions'), '"citext"', 'the same again');
	run_sql($local, "BEGIN; DROP EXTENSION \"uuid-ossp\"; SELECT datalink_drop('shop'); " . link_sql($remote, 'shop') . '; ROLLBACK');
	is(option('extensions'), '"citext"', 'and with the transaction');
};

subtest 'what a user' => sub {
	run_sql($local, "ALTER SERVER shop OPTIONS (SET async_capable 'false', ADD fdw_tuple_cost '0.5')");
	refresh();
	is(option('async_capable'), 'false', 'has changed stays so');
	run_sql($local, 'ALTER SERVER shop OPTIONS (DROP extensions)');
	refresh();
	is(option('extensions'), '(none)', 'has dropped stays away');
	run_sql($local, 'DROP SCHEMA shop CASCADE');
	is(link_of($local, 'shop')->{state}, 'invalid', 'after a reset');
	my $again = "SELECT name FROM datalink_set_remote('shop', '" . url($remote) . "')";
	run_sql($local, $again);
	is_deeply([ map { option($_) } qw(async_capable extensions fdw_tuple_cost) ], [ 'false', '(none)', '0.5' ],
		'all of it is as it was');
	refresh();
	is_deeply([ map { option($_) } qw(async_capable extensions fdw_tuple_cost) ], [ 'false', '(none)', '0.5' ],
		'and stays so');
	run_sql($local, "ALTER SERVER shop OPTIONS (ADD extensions 'citext, \"uuid-ossp\"')");
	refresh();
	run_sql($local, "DROP SCHEMA shop CASCADE; $again");
	is(option('extensions'), 'citext, "uuid-ossp"', 'has added is kept, too');
	run_sql($local, "ALTER SERVER shop OPTIONS (SET async_capable 'true', SET extensions '\"citext\"')");
	extension($remote, 'orders', 'CREATE EXTENSION "uuid-ossp"');
	refresh();
	is_deeply([ map { option($_) } qw(async_capable extensions) ], [ 'true', '"citext", "uuid-ossp"' ],
		'has set back to what the link set is the link\'s again');
};

subtest 'what the link has set' => sub {
	is(option('async_capable'), 'true', 'stands');
	run_sql($local, 'DROP SCHEMA shop CASCADE');
	extension($remote, 'orders', 'DROP EXTENSION "uuid-ossp"');
	run_sql($local, "SELECT datalink_set_remote('shop', '" . url($remote) . "')");
	is_deeply([ map { option($_) } qw(async_capable extensions options_set) ], [ 'true', '"citext"', '{"async_capable=true","extensions=\"citext\""}' ],
		'is not restored after a reset, but set anew');
	run_sql($local, 'DROP USER MAPPING FOR CURRENT_USER SERVER shop');
	extension($remote, 'orders', 'CREATE EXTENSION "uuid-ossp"');
	run_sql($local, "SELECT datalink_set_remote('shop', '" . url($remote) . "')");
	is(option('extensions'), '"citext", "uuid-ossp"', 'nor left as it was for another remote');
	$remote->safe_psql('postgres', 'CREATE DATABASE bare OWNER app');
	run_sql($local, "SELECT datalink_set_remote('shop', '" . url($remote, dbname => 'bare') . "')");
	is(option('extensions'), '(none)', 'which may have none');
	fails($local, "ALTER SERVER shop OPTIONS (SET options_set 'x')", '22023', qr/invalid value for option "options_set"/, 'the memory has a form');
};

subtest 'names' => sub {
	$remote->safe_psql('orders', "CREATE VIEW called AS SELECT current_setting('application_name') AS name; GRANT SELECT ON called TO app");
	run_sql($local, "SELECT datalink_set_remote('shop', '" . url($remote) . "')");
	refresh();
	is(run_sql($local, 'SELECT name FROM shop.called'), 'datalinks: shop', 'sessions are called by the link there');
	is(run_sql($local, "ALTER SERVER shop OPTIONS (ADD application_name 'mine'); SELECT name FROM shop.called"), 'mine',
		'unless the user says how');
};

done_testing();
