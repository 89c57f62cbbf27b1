# What is measured on: data that come out the same each time.
#
#   size('sales')                     how many rows, links or tables
#   few_keys('sale_id')               those that a column of the local table few has, as an SQL array
#   make_data($local, $remote, $part, $directory)
#                                     a part of the data, on sessions with the two servers; files for
#                                     COPY go to the directory
#
# Parts: "star" (tables to read; schemas star and branch), "goals" (tables to write to), "tables"
# (schemas of many tables), "databases" (local ones: without the extension, with it, and with many
# links, which need schema single on the remote).

package Dataset;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT = qw(size tables_sizes few_keys make_data);

# Rows, links and tables: of the whole, and under QUICK.
my %sizes = (
	sales => [ 1_000_000, 100_000 ],
	branch_sales => [ 200_000, 50_000 ],
	customers => [ 100_000, 10_000 ],
	products => [ 10_000, 1_000 ],
	documents => [ 10_000, 1_000 ],
	measures => [ 10_000, 2_000 ],
	source => [ 100_000, 10_000 ],
	many_source => [ 1_000_000, 100_000 ],
	kept => [ 20_000, 5_000 ],
	keys => [ 1_000, 200 ],
	many_keys => [ 10_000, 2_000 ],
	links => [ 1_000, 100 ],
	few => [ 20, 20 ],
	passing => [ 1_000, 200 ],
);

sub size
{
	my ($what) = @_;
	return $sizes{$what}[ $ENV{QUICK} ? 1 : 0 ];
}

# How many tables the schemas of part "tables" have, which are called by it.
sub tables_sizes
{
	return $ENV{QUICK} ? (10, 200) : (10, 100, 1000, 5000);
}

# Numbers below a limit that look random, and are not; in SQL and here.
my $factor = 2654435761;

sub scattered
{
	my ($number, $limit) = @_;
	return "($number * $factor % $limit)";
}

sub few_keys
{
	my ($column) = @_;
	my ($limit, $least) = $column eq 'sale_id' ? (size('sales'), 1) : (size('customers'), 0);
	return 'ARRAY[' . join(', ', map { $_ * $factor % $limit + $least } 1 .. size('few')) . ']';
}

my %make = (
	star => \&make_star, goals => \&make_goals, tables => \&make_tables, databases => \&make_databases);

sub make_data
{
	my ($local, $remote, $part, $directory) = @_;
	return $make{$part}->($local, $remote, $directory);
}

# On both sides: what only types of the same name can be imported with.
my $types = <<'SQL';
CREATE TYPE sale_status AS ENUM ('paid', 'sent', 'returned', 'open');
CREATE DOMAIN article_code AS text CHECK (VALUE ~ '^A-[0-9]{6}$');
SQL

# Of a million sales 1,000 are open, 2,000 are of the last week, 100 are of each product.
sub sales_sql
{
	my ($schema, $rows) = @_;
	my ($customer, $product, $kind) = map { scattered('i', $_) } size('customers'), size('products'), 50;
	return <<"SQL";
CREATE TABLE $schema.sales (
	id bigint PRIMARY KEY, customer_id int NOT NULL, product_id int NOT NULL, sold_on date NOT NULL,
	quantity int NOT NULL, price numeric(10,2) NOT NULL, status sale_status NOT NULL,
	code article_code NOT NULL, sold_at timestamptz NOT NULL, note text);
INSERT INTO $schema.sales
	SELECT i, $customer, $product, date '2020-01-01' + (i % 1461)::int, $kind, $kind * 1.25 + i % 100,
		CASE WHEN i % 1000 = 0 THEN 'open' WHEN i % 20 = 0 THEN 'returned' WHEN i % 2 = 0 THEN 'sent'
			ELSE 'paid' END::sale_status,
		'A-' || lpad($product\::text, 6, '0'), now() - i * interval '5 minutes', 'note of sale ' || i
	FROM generate_series(1::bigint, $rows) i;
CREATE INDEX ON $schema.sales (customer_id);
CREATE INDEX ON $schema.sales (product_id);
CREATE INDEX ON $schema.sales (status);
CREATE INDEX ON $schema.sales (code);
CREATE INDEX ON $schema.sales (sold_at);
SQL
}

sub make_star
{
	my ($local, $remote) = @_;
	my $columns = join ', ', map { ("n$_ int", "t$_ text") } 1 .. 100;
	my $values = join ', ', map { ("i + $_", "'text $_ of ' || i") } 1 .. 100;
	$remote->ask($types . 'CREATE SCHEMA star; CREATE SCHEMA branch;'
		. sales_sql('star', size('sales')) . sales_sql('branch', size('branch_sales')) . <<"SQL");
CREATE TABLE star.customers (id int PRIMARY KEY, name text NOT NULL, city text NOT NULL);
INSERT INTO star.customers SELECT i, 'customer ' || i, 'city ' || i % 500
	FROM generate_series(0, @{[size('customers') - 1]}) i;
CREATE TABLE star.products (id int PRIMARY KEY, name text NOT NULL, category int NOT NULL);
INSERT INTO star.products SELECT i, 'product ' || i, i % 100
	FROM generate_series(0, @{[size('products') - 1]}) i;
-- 20 kB a row, which TOAST keeps compressed.
CREATE TABLE star.documents (id int PRIMARY KEY, title text NOT NULL, body text NOT NULL);
INSERT INTO star.documents SELECT i, 'title ' || i, repeat(md5(i::text), 640)
	FROM generate_series(1, @{[size('documents')]}) i;
CREATE TABLE star.measures (id int PRIMARY KEY, $columns);
INSERT INTO star.measures SELECT i, $values FROM generate_series(1, @{[size('measures')]}) i;
VACUUM ANALYZE;
SQL
	$local->ask($types . <<"SQL");
CREATE TABLE few AS SELECT s AS sale_id, c AS customer_id
	FROM unnest(@{[few_keys('sale_id')]}::bigint[], @{[few_keys('customer_id')]}) k (s, c);
CREATE TABLE local_products (id int PRIMARY KEY, category int NOT NULL);
INSERT INTO local_products SELECT i, i % 100 FROM generate_series(0, @{[size('products') - 1]}) i;
VACUUM ANALYZE;
SQL
}

sub make_goals
{
	my ($local, $remote, $directory) = @_;
	# One schema for both, so that a link and an import see the same.
	$remote->ask(<<"SQL");
CREATE SCHEMA goals;
CREATE TABLE goals.goal (a int PRIMARY KEY, b text, c int);
CREATE TABLE goals.kept (a int PRIMARY KEY, b text, c int);
INSERT INTO goals.kept SELECT i, 'kept ' || i, i FROM generate_series(1, @{[size('kept')]}) i;
CREATE TYPE goals.state AS ENUM ('done', 'open');
CREATE TABLE goals.jobs (id bigint PRIMARY KEY, state goals.state NOT NULL, tries int NOT NULL);
INSERT INTO goals.jobs SELECT i, CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'done' END::goals.state, 0
	FROM generate_series(1, @{[size('sales')]}) i;
CREATE INDEX ON goals.jobs (state);
VACUUM ANALYZE;
SQL
	$local->ask(<<"SQL");
CREATE SCHEMA goals;
CREATE TYPE goals.state AS ENUM ('done', 'open');
CREATE TABLE source (a int PRIMARY KEY, b text, c int);
INSERT INTO source SELECT i, 'some text ' || i, i % 1000
	FROM generate_series(1, @{[size('many_source')]}) i;
CREATE TABLE keys AS SELECT i AS a FROM generate_series(1, @{[size('many_keys')]}) i;
VACUUM ANALYZE;
COPY (SELECT * FROM source ORDER BY a LIMIT @{[size('source')]}) TO '$directory/source.text';
COPY (SELECT * FROM source ORDER BY a LIMIT @{[size('source')]}) TO '$directory/source.binary' (FORMAT binary);
COPY source TO '$directory/many_source.binary' (FORMAT binary);
SQL
}

sub make_tables
{
	my ($local, $remote) = @_;
	for my $count (tables_sizes())
	{
		$remote->ask(<<"SQL");
CREATE SCHEMA tables_$count;
SELECT format('CREATE TABLE tables_$count.t%s (id int PRIMARY KEY, a text, b text NOT NULL, c numeric(10,2),'
	' d timestamptz, e date, f boolean, g bigint)', i) FROM generate_series(1, $count) i \\gexec
SQL
	}
	$remote->ask('VACUUM ANALYZE');
}

sub make_databases
{
	my ($local, $remote) = @_;
	$remote->ask('CREATE SCHEMA single; CREATE TABLE single.t (id int);');
	$local->ask($_) for map { "CREATE DATABASE $_" } qw(without_extension with_extension with_links);
	for my $database (qw(with_extension with_links))
	{
		Psql->new(Ways::local_url($database))->ask('CREATE EXTENSION datalinks');
	}
	Psql->new(Ways::local_url('with_links'))->ask("SELECT count(datalink_create('$ENV{REMOTE_URL}',"
		. " 'link_' || i, 'single')) FROM generate_series(1, @{[size('links')]}) i");
}

1;
