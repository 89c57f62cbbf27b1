# A union that does without a remote that cannot be reached: one WARNING a statement names it, and it
# fails all the same where some of its rows were there already.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
my $down = start_node('down');
make_role($down, 'app');
$down->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
make_remote_schema($down);
$_->safe_psql('orders', 'SET ROLE app; CREATE TABLE pieces AS SELECT i AS id, repeat(\'x\', 1000) AS t FROM generate_series(1, 20000) i')
  for $remote, $down;
run_sql($local, link_sql($remote, 'up'));
run_sql($local, link_sql($down, 'far'));
run_sql($local, "SELECT datalink_union('strict', '{up,far}'); SELECT datalink_union('lax', '{up,far}', on_unreachable => 'skip');"
	  . 'CREATE TABLE keys AS SELECT generate_series(1, 3) AS id; ANALYZE keys');

run_sql($local, "SELECT datalink_union('alone', '{far}', on_unreachable => 'skip')");

my $async = run_sql($local, 'EXPLAIN (COSTS off) SELECT link, name FROM lax.customer');
is(() = $async =~ /Async Foreign Scan/g, 2, 'the remotes are read side by side all the same');
is(run_sql($local, "SELECT count(*) FROM datalink_diff('lax')"), 0, 'nothing differs');
my $counts = 'SELECT link, count(*) FROM lax.customer GROUP BY 1 ORDER BY 1';
is(run_sql($local, $counts), "far|2\nup|2", 'all are there');

# A session that has read before, and one that begins when the remote is down.
my $session = Session->new($local->connstr('postgres'), $PostgreSQL::Test::Utils::timeout_default);
my $run = sub { my (undef, $out, $err) = $session->run($_[0], 0); return ($out, $err) };
$run->('SELECT count(*) FROM lax.pieces');
$down->stop('immediate');

for my $case ([ 'a new session', sub { return (run_sql($local, $_[0]), messages_of($local, $_[0])) } ],
	[ 'one that had a connection', $run ])
{
	my ($name, $ask) = @$case;
	my ($out, $messages) = $ask->($counts);
	is($out, 'up|2', "$name: the rows of the others");
	is(() = $messages =~ /WARNING:  01000: data link "far" cannot be reached and is left out/g, 1, '... with one WARNING');
	($out, $messages) = $ask->('SELECT a.link, count(*), (SELECT count(*) FROM lax.item) FROM lax.customer a'
		  . ' JOIN lax.item b ON b.customer_id = a.id AND b.link = a.link GROUP BY 1 ORDER BY 1');
	is($out, 'up|3|3', 'several scans of it');
	is(() = $messages =~ /WARNING:  01000: data link "far"/g, 1, '... one WARNING a statement');
	($out, $messages) = $ask->('SET enable_hashjoin = off; SET enable_mergejoin = off; SELECT count(*) FROM keys k JOIN lax.pieces p USING (id)');
	is($out, 3, 'looked up by keys');
	($out, $messages) = $ask->('SELECT sum(n) FROM generate_series(1, 3) g, LATERAL (SELECT count(*) AS n FROM lax.customer WHERE id <= g OFFSET 0) s');
	is($out, 5, 'read again and again');
	is(() = $messages =~ /WARNING:  01000: data link "far"/g, 1, '... still one WARNING');
	($out, $messages) = $ask->(q{SELECT count(*) FROM lax.customer WHERE link = 'far'});
	is($out, 0, 'it alone');
	($out, $messages) = $ask->('SELECT count(*), max(id) FROM alone.customer');
	is($out, '0|', 'an aggregate of nothing has a row');
	($out, $messages) = $ask->(q{SELECT name FROM lax.customer WHERE link = 'up' ORDER BY 1});
	is($out, "Ada\nGrace", 'without it');
	is($messages, '', '... nobody is warned of it');
	(undef, $messages) = $ask->('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM lax.customer; ROLLBACK')
	  if $name =~ /had/;
	like($messages, qr/ERROR:  08/, 'in REPEATABLE READ it fails') if $name =~ /had/;
}
fails($local, 'SELECT count(*) FROM strict.customer', '08001', undef, 'a union without the option fails');
fails($local, 'SELECT count(*) FROM far.customer', '08001', undef, 'and so does the link');

# In the middle of its rows.
$down->start;
my $end = sprintf 'psql -XAtq -d "%s" -c "%s"', $down->connstr('postgres'),
  q{SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'app'};
my $error = messages_of($local, "BEGIN; DECLARE c CURSOR FOR SELECT link, id, t FROM lax.pieces WHERE link = 'far';"
	  . " FETCH 10 FROM c;\n\\! $end\nMOVE ALL FROM c; ROLLBACK;");
like($error, qr/ERROR:  (?:08006|57P0[12])/, 'lost in the middle of its rows: the statement fails');
undef $session;

done_testing();
