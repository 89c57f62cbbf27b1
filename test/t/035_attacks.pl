# What a role with a link of its own can do to others' links, family by family, where no other file
# asks already: claims to names, types, races of renames.

use strict;
use warnings;

use Test::More;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use EchoServer;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice mallory);
run_sql($local, 'GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, mallory; '
	  . 'GRANT CREATE ON DATABASE postgres TO alice, mallory');
my @alice = (role => 'alice');
my @mallory = (role => 'mallory');

# --- a claim to the name of a link that was reset ---

run_sql($local, link_sql($remote, 'shop'), @alice);
run_sql($local, 'CREATE TABLE public.app (id int); DROP SCHEMA public CASCADE; CREATE SCHEMA public');
run_sql($local, "CREATE SERVER evil FOREIGN DATA WRAPPER datalinks OPTIONS (link 'shop')", @mallory);

my $reset = qr/^shop\|invalid\|the database was reset/;
my $columns = 'SELECT name, status, detail FROM';
like(run_sql($local, "$columns datalink_check()", @alice), $reset,
	'a claim does not hide a reset link from the check of all');
like(run_sql($local, "$columns datalink_check('shop')", @alice), $reset, 'nor from that of one');
like(run_sql($local, "$columns datalink_check()"), qr/\A[^\n]*was reset[^\n]*\z/,
	'a superuser sees it once');
fails($local, "SELECT * FROM $_", '55000', qr/data link "shop" is invalid/, "$_: the reason is told",
	@alice)
  for "datalink_diff('shop')", "datalink_refresh('shop')", "datalink_alter('shop', read_only => true)",
  "datalink_disconnect('shop')";
run_sql($local, "SELECT datalink_set_remote('shop', '" . url($remote) . "')", @alice);
is_deeply([ map { "$_->{owner} $_->{state}" } links($local) ], [ 'mallory invalid', 'alice valid' ],
	'the link is its owner\'s again');

# --- a remote that lies in each value ---

my $liar = EchoServer->new;
my $size = log_size($local);
for my $what (map({ "relations_$_" } 0 .. 8), map { "types_$_" } 0 .. 18)
{
	my $more = $what =~ /types/ ? 'create_types => true' : undef;
	my $messages = messages_of($local, join ";\n", map {
		(link_sql($liar, 'lied', $more, dbname => "${what}_$_"),
			"SELECT datalink_drop('lied', if_exists => true)") } 0 .. $#EchoServer::lies);
	my %told = $messages =~ /^(?:psql:\S+ )?(?:ERROR|FATAL|PANIC):  (\w{5}): (.*)/mg;
	my @wrong = grep { !/\A(?:08P01|42\w{3}|0A000|22P02|22003|22023|54\w{3})\z/ } sort keys %told;
	is(join(' ', map { "$_: $told{$_}" } @wrong), '', "$what: lies are told as such");
}
unlike(log_of($local, $size), qr/terminated by signal|PANIC|TRAP/, 'and no crash');
fails($local, "SET statement_timeout = '20s'; " . link_sql($liar, 'lied', undef, dbname => 'ends'), '08P01',
	qr/not asked for/, 'an answer that does not end');
$liar->stop;

done_testing();
