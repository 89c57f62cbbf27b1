# A remote that answers without measure: the local server's memory stays bounded, the error says so.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DataLinks;
use FakeRemote;
use PostgreSQL::Test::Utils;
use Test::More;

my ($local, $remote) = start_nodes();

# The answer to the first query of the catalogs, of twelve columns; then the memory that it took.
sub answer
{
	my ($name, $sqlstate, $message, $detail, $send, $before) = @_;
	$before //= '';
	my $fake = FakeRemote->new(
		sub {
			my ($peer) = @_;
			$peer->let_in;
			$peer->answer_begin;
			$peer->begin_answer(12);
			$send->($peer);
			$peer->send_message('C', "SELECT 1\0");
			$peer->send_message('Z', 'T');
			sleep 60;
		});
	my $url = url($remote, port => $fake->port);
	my $error = fails($local, "${before}SELECT datalink_create('$url', 'x')", $sqlstate, $message, $name);
	like($error->{detail} // '', $detail, "$name: why") if $detail;

	my $peak = run_sql($local, <<"SQL");
$before
DO \$\$ BEGIN PERFORM datalink_create('$url', 'x'); EXCEPTION WHEN OTHERS OR query_canceled THEN NULL; END \$\$;
SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+) kB')::int / 1024;
SQL
	cmp_ok($peak, '<', 1000, "$name: memory is bounded ($peak MB)");
	$fake->stop;
}

my @row = ('t', 'r', 'f', 'c', '25', '-1', 'f', 'f', '0', 't', '', '1');

answer('rows without an end', '54000', qr/answer is too large/, qr/2,000,000 rows|256 MB/, sub {
	my ($peer) = @_;
	my $rows = FakeRemote::Peer::row(@row) x 1000;
	$peer->send_bytes($rows) for 1 .. 100000;
});
answer('long rows without an end', '54000', qr/answer is too large/, qr/256 MB/, sub {
	my ($peer) = @_;
	my $rows = FakeRemote::Peer::row('t' x 500000, @row[ 1 .. 11 ]) x 4;
	$peer->send_bytes($rows) for 1 .. 100000;
});
answer('a name of 100 MB', '54000', qr/answer is too large/, qr/value in it has more than 1 MB/, sub {
	my ($peer) = @_;
	$peer->send_bytes(FakeRemote::Peer::row('t' x 100_000_000, @row[ 1 .. 11 ]));
});
answer('notices without an end', '08P01', qr/what was not asked for/, undef, sub {
	my ($peer) = @_;
	my $notices = FakeRemote::Peer::message('N', "SNOTICE\0C00000\0Mhello\0\0") x 500;
	$peer->send_bytes($notices) for 1 .. 1_000_000;
});
answer('parameters without an end', '57014', qr/statement timeout/, undef, sub {
	my ($peer) = @_;
	for my $nth (1 .. 10_000_000)
	{
		$peer->send_bytes(join('', map { FakeRemote::Peer::message('S', "p$nth.$_\0v\0") } 1 .. 200));
	}
}, "SET statement_timeout = '3s'; ");
answer('another number of columns', '08P01', qr/does not have the columns/, undef, sub {
	my ($peer) = @_;
	$peer->send_message('T', pack('n', 1) . "c\0" . pack('NnNnNn', 0, 0, 25, 65535, -1, 0));
	$peer->send_bytes(FakeRemote::Peer::row('t'));
});

# What is large and honest is linked.
$remote->safe_psql('orders', <<'SQL');
SET ROLE app;
DO $$ BEGIN EXECUTE (SELECT format('CREATE TYPE large AS ENUM (%s)',
	string_agg(quote_literal(repeat('l', 50) || g), ',')) FROM generate_series(1, 5000) g);
END $$;
CREATE TABLE enums (e large);
SQL
run_sql($local, link_sql($remote, 'orders', 'create_types => true'));
is(run_sql($local, 'SELECT count(*) FROM orders.enums'), 0, 'an enum of 5,000 labels');

done_testing();
