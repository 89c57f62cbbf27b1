# What the remote renames shows as a guess, with the statement that keeps what is built on it; nothing
# is renamed unasked.

use strict;
use warnings;

use lib 'test/t';
use DataLinks;
use Drift;
use Test::More;

my ($local, $remote) = start_nodes();

sub on_remote
{
	my ($sql) = @_;
	run_sql($remote, $sql, dbname => 'orders', role => 'app');
}

# The statement at the end of the guesses that the diff shows.
sub remedies
{
	return map { /renamed\?: .*; to keep what is built on it: (.*)$/ ? $1 : () }
	  split /\n/, drift($local, 'shop');
}

run_sql($local, link_sql($remote, 'shop'));
run_sql($local, 'CREATE VIEW built AS SELECT id, price FROM shop.item');
on_remote('ALTER TABLE item RENAME price TO "the ""price"""; DROP VIEW spent; ALTER TABLE customer RENAME TO "Client\'s"');

is(drift($local, 'shop'), <<'END' =~ s/\n\z//r, 'the diff guesses');
shop."Client's": table added: table of 2 columns
shop.customer: table renamed?: perhaps to "Client's"; to keep what is built on it: ALTER FOREIGN TABLE "shop"."customer" OPTIONS (SET table_name 'Client''s')
shop.customer: table removed: the remote has no "customer"
shop.item.price: column renamed?: perhaps to "the ""price"""; to keep what is built on it: ALTER FOREIGN TABLE "shop"."item" RENAME COLUMN "price" TO "the ""price"""
shop.item.price: column removed: numeric(10,2) [view public.built]
shop.item."the ""price""": column added: numeric(10,2)
shop.spent: table removed: the remote has no "spent"
END

my $error = fails($local, "SELECT * FROM datalink_refresh('shop', force => true)", '2BP01', qr/cannot refresh/,
	'a refresh that is blocked');
like($error->{hint}, qr/renamed something:.*RENAME COLUMN "price" TO "the ""price"""/s, 'has the statements in its hint');

is(run_sql($local, 'BEGIN; ' . rows_sql("datalink_refresh('shop', cascade => true, force => true)") . '; ROLLBACK')
	  =~ tr/?//, 0, 'a refresh that drops leaves no guess');
like(run_sql($local, 'BEGIN; ' . rows_sql("datalink_refresh('shop', skip_blocked => true, force => true)") . '; ROLLBACK'),
	qr/^shop\.item\.price: column renamed\?/m, 'one that is blocked keeps it');

my @remedies = remedies();
is(scalar @remedies, 2, 'two guesses');
run_sql($local, $_) for @remedies;
is(drift($local, 'shop'), 'shop.spent: table removed: the remote has no "spent"', 'the statements make them come true');
is(run_sql($local, 'SELECT sum(price) FROM built'), '15.00', 'the view reads the renamed column');
is(run_sql($local, 'SELECT count(*) FROM shop.customer'), 2, 'and the table of the old name the renamed one');
refreshed($local, 'shop');

# A user's own name for a column stays.
run_sql($local, 'ALTER FOREIGN TABLE shop.item RENAME customer_id TO whose;'
	  . " ALTER FOREIGN TABLE shop.item ALTER whose OPTIONS (ADD column_name 'customer_id')");
is(drift($local, 'shop'), '', 'a column of another name here');
on_remote('ALTER TABLE item RENAME customer_id TO client_id');
is_deeply([ remedies() ], [q{ALTER FOREIGN TABLE "shop"."item" ALTER COLUMN "whose" OPTIONS (SET column_name 'client_id')}],
	'follows the remote by its option');
run_sql($local, $_) for remedies();
is(drift($local, 'shop'), '', 'and nothing differs');

done_testing();
