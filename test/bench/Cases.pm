# What is measured: cases(), a list of
#
#   {
#     name      what it is called in the table and by CASES
#     group     reads, writes, links or drops
#     title     what it is, for the chart
#     needs     the part of the data (Dataset), and schema, which of the remote's
#     sql       what is measured
#     limit     what is measured of the way of this name (without it, there is no such way): {sql, times,
#               from} for libpq alone, or what psql runs on the remote
#     rows      how many, and row_by_row, which ways take a round trip for each: they may be given a part
#     again     run on the remote before each turn; before and after: here, around each turn
#     open, warm        run here when a session begins
#     setup, teardown   run here, around all turns
#     ways, trips       whose case it is, and at which round trips; all
#     fresh     each turn in a new session
#     whole     not under QUICK
#     database  of the session: a function of the way
#   }
#
# SQL has "@." for the schema's name, or is a function of ($at of Ways, how many rows) that gives it.

package Cases;

use strict;
use warnings;

use Dataset;
use Exporter qw(import);
use Ways;

our @EXPORT = qw(cases);

# A statement reads all, here, and returns nothing: nobody can know that before.
my $all = 'OFFSET 1000000000 + random()::int';

# A condition that nobody sends.
my $here = 'random() >= 0';

sub cases
{
	return (scans(), look_ups(), joins(), filters(), writes(), changes(), links(), drops());
}

sub thousands
{
	my ($number) = @_;
	1 while $number =~ s/^(\d+)(\d{3})/$1,$2/;
	return $number;
}

sub repeat
{
	my ($times, $sql) = @_;
	return join "\n", map { my $number = $_; $sql =~ s/#/$number/gr . ';' } 1 .. $times;
}

# "times": so many statements of the kind, with # for a number that counts up from 1. What libpq alone
# asks for is the same, unless "limit" says otherwise, without what keeps work here.
sub read_case
{
	my ($name, $title, $sql, %more) = @_;
	my $times = delete $more{times};
	my $there = $sql =~ s/@\./star./gr =~ s/\Q $all\E//r =~ s/ (WHERE|AND) \Q$here\E//r;
	my $limit = { sql => $there =~ s/#/\$1/r, times => $times // 1, from => $there =~ /#/ ? 1 : '-' };
	return {
		name => $name, group => 'reads', title => $title, needs => 'star', schema => 'star',
		sql => $times ? repeat($times, $sql) : $sql, limit => $limit, open => 'SELECT FROM @.products LIMIT 1', %more
	};
}

sub scans
{
	my ($sales, $some, $customers, $documents, $measures) =
		map { thousands($_) } size('sales'), size('sales') / 50, map { size($_) } qw(customers documents measures);
	return (
		read_case('scan', "$sales rows", "SELECT * FROM @.sales $all"),
		read_case('scan_two_columns', "two columns of $customers rows", "SELECT id, name FROM @.customers $all", whole => 1),
		read_case('scan_filtered', "$some of $sales rows", "SELECT * FROM @.sales WHERE quantity = 7 $all"),
		read_case('scan_wide', "$documents rows of 20 kB", "SELECT * FROM @.documents $all"),
		read_case('scan_200_columns', "$measures rows of 200 columns", "SELECT * FROM @.measures $all"),
		read_case('first_row', 'the first row that fits, 10 times', "SELECT * FROM @.sales WHERE $here LIMIT 1",
			times => 10),
		read_case('first_by_index', 'the first row in order, 10 times',
			"SELECT * FROM @.sales WHERE id > 1000 AND $here ORDER BY id LIMIT 1", times => 10, whole => 1),
		read_case('exists', 'EXISTS, 10 times',
			"SELECT EXISTS (SELECT FROM @.sales WHERE quantity > 10 AND $here)", times => 10, whole => 1));
}

sub look_ups
{
	my $by_key = 'SELECT * FROM @.sales WHERE id = ';
	my $simple = read_case('look_up', '20 look-ups by key', "$by_key#", times => 20);
	my $many = { %{ $simple->{limit} }, times => 100 };
	return ($simple,
		read_case('look_up_prepared', '20 prepared look-ups', 'EXECUTE look_up(#)', times => 20,
			setup => "PREPARE look_up(bigint) AS $by_key\$1", limit => $simple->{limit}),
		read_case('look_up_loop', '100 look-ups in PL/pgSQL', <<"SQL", limit => $many, whole => 1),
DO \$\$ DECLARE r record; BEGIN FOR i IN 1 .. 100 LOOP SELECT * INTO r FROM @.sales WHERE id = i; END LOOP; END \$\$
SQL
		read_case('nested_loop', 'a nested loop of 100', <<"SQL", limit => $many));
SELECT count(r.note) FROM generate_series(1, 100) g, LATERAL ($by_key g OFFSET 0) r
SQL
}

# With rows that are here, and of two tables there.
sub joins
{
	my $sales = thousands(size('sales'));
	my $of_keys = sub {
		my ($table, $column, $key) = @_;
		return (limit => { sql => "SELECT * FROM star.$table WHERE $column = ANY (" . few_keys($key) . ')' });
	};
	return (
		read_case('join_20', "20 rows here, $sales there",
			'SELECT s.* FROM few f JOIN @.sales s ON s.id = f.sale_id', $of_keys->('sales', 'id', 'sale_id')),
		read_case('join_20_groups', '20 rows here, 10 there for each',
			'SELECT s.* FROM few f JOIN @.sales s USING (customer_id)',
			$of_keys->('sales', 'customer_id', 'customer_id'), whole => 1),
		read_case('join_dimension', 'a filtered dimension here, facts there',
			'SELECT s.* FROM local_products p JOIN @.sales s ON s.product_id = p.id WHERE p.category = 7',
			limit => { sql => 'SELECT s.* FROM star.products p JOIN star.sales s ON s.product_id = p.id WHERE p.category = 7' }),
		read_case('semi_join_local', 'IN (20 rows here)',
			'SELECT * FROM @.customers WHERE id IN (SELECT customer_id FROM few)',
			$of_keys->('customers', 'id', 'customer_id'), whole => 1),
		read_case('semi_join', 'EXISTS between tables of a link',
			'SELECT c.name FROM @.customers c WHERE EXISTS'
				. ' (SELECT FROM @.sales s WHERE s.customer_id = c.id AND s.id <= 1000)'),
		read_case('join_indexed', 'a join in a link, by index',
			'SELECT c.name, s.price FROM @.customers c JOIN @.sales s ON s.customer_id = c.id WHERE c.id = 42'),
		read_case('join_filtered', 'a join in a link, of ' . thousands(size('sales') / 50) . ' rows',
			'SELECT s.id, s.price, p.name FROM @.sales s JOIN @.products p ON p.id = s.product_id'
				. " WHERE s.quantity = 7 $all"),
		read_case('aggregate', 'GROUP BY', 'SELECT quantity, count(*), sum(price) FROM @.sales GROUP BY quantity'),
		read_case('order_limit', 'ORDER BY … LIMIT 10', 'SELECT * FROM @.sales ORDER BY sold_at DESC LIMIT 10'));
}

sub filters
{
	my $some = "SELECT id, price FROM @.sales WHERE quantity = 7";
	return (
		read_case('filter_enum', 'a condition on an enum', "SELECT * FROM @.sales WHERE status = 'open'"),
		read_case('filter_now', 'a condition with now()',
			"SELECT * FROM @.sales WHERE sold_at > now() - interval '7 days'"),
		read_case('filter_domain', 'a condition on a domain', "SELECT * FROM @.sales WHERE code = 'A-000042'"),
		read_case('union_links', 'UNION ALL of two links', sub {
			my ($at) = @_;
			my $other = at($at->{way}, $at->{trip}, 'branch')->{schema};
			return "$some UNION ALL " . $some =~ s/@/$other/r . " $all";
		}, limit => { sql => $some =~ s/@/star/r . ' UNION ALL ' . $some =~ s/@/branch/r }));
}

sub write_case
{
	my ($name, $title, $sql, %more) = @_;
	return {
		name => $name, group => 'writes', title => $title, needs => 'goals', schema => 'goals', sql => $sql,
		open => 'SELECT FROM @.goal LIMIT 1', again => 'TRUNCATE goals.goal', %more
	};
}

# One row at a time, by hand and in a loop, and many at once.
sub writes
{
	my $loop = <<'SQL';
DO $$ BEGIN FOR i IN 1 .. 100 LOOP EXECUTE format('INSERT INTO @.goal VALUES (%s, %L, 1)', i, 'b'); END LOOP; END $$
SQL
	my %single = (
		insert_one => [ '20 INSERTs of a row', repeat(20, "INSERT INTO @.goal VALUES (#, 'one', 1)") ],
		update_one => [ '20 UPDATEs by key', repeat(20, 'UPDATE @.kept SET c = c + 1 WHERE a = #'),
			again => 'VACUUM goals.kept' ],
		delete_one => [ '20 DELETEs by key', repeat(20, 'DELETE FROM @.kept WHERE a = #'), again => restore(20) ],
		transaction => [ 'a transaction of 60 statements', "BEGIN;\n" . repeat(20, "INSERT INTO @.goal VALUES (#, 'b', 1);"
			. ' UPDATE @.goal SET c = 2 WHERE a = #; DELETE FROM @.goal WHERE a = #') . "\nCOMMIT" ]);
	return (
		bulk_writes(),
		write_case('insert_loop', '100 INSERTs in PL/pgSQL', $loop, whole => 1,
			limit => repeat(100, "INSERT INTO goals.goal VALUES (#, 'b', 1)")),
		map {
			my ($title, $sql, @more) = @{ $single{$_} };
			write_case($_, $title, $sql, limit => $sql, @more)
		} qw(insert_one update_one delete_one transaction));
}

sub bulk_writes
{
	my $insert = sub {
		my ($at, $rows) = @_;
		return "INSERT INTO @.goal SELECT * FROM source ORDER BY a LIMIT $rows";
	};
	my @one_by_one = (row_by_row => [qw(plain)], warm => 'SELECT count(a), count(b), count(c) FROM source');
	my $copy = sub {
		my ($file) = @_;
		return (limit => "\\copy goals.goal FROM '$ENV{BENCH_FILES}/$file.binary' (FORMAT binary)");
	};
	return (
		write_case('insert', 'INSERT … SELECT, ' . thousands(size('source')) . ' rows', $insert,
			rows => size('source'), @one_by_one, $copy->('source')),
		write_case('insert_many', 'INSERT … SELECT, ' . thousands(size('many_source')) . ' rows', $insert,
			rows => size('many_source'), @one_by_one, $copy->('many_source'), trips => [0], whole => 1),
		write_case('copy', 'COPY, ' . thousands(size('source')) . ' rows', sub {
			my ($at, $rows) = @_;
			return "COPY @.goal FROM PROGRAM 'head -n $rows $ENV{BENCH_FILES}/source.text'";
		}, rows => size('source'), row_by_row => [qw(plain tuned)], $copy->('source')),
		write_case('insert_returning', 'INSERT … RETURNING, 1,000 rows', sub {
			my ($at, $rows) = @_;
			return "WITH w AS (INSERT INTO @.goal SELECT * FROM source ORDER BY a LIMIT $rows RETURNING a) SELECT FROM w $all";
		}, rows => 1000, @one_by_one));
}

# Rows that were deleted come back, and nobody has dead rows to wade through.
sub restore
{
	my ($rows) = @_;
	return "INSERT INTO goals.kept SELECT i, 'kept ' || i, i FROM generate_series(1, $rows) i"
		. ' ON CONFLICT DO NOTHING; VACUUM goals.kept';
}

# Changes of rows that a join here chooses, and of those that a condition on an enum does.
sub changes
{
	my @cases;
	for my $many ('', 'many_')
	{
		my $rows = size("${many}keys");
		my @more = $many ? (trips => [0], whole => 1) : ();
		push @cases,
			write_case("update_${many}join", "UPDATE by a join, " . thousands($rows) . ' rows',
				"UPDATE @.kept k SET c = k.c + 1 FROM keys s WHERE s.a = k.a AND s.a <= $rows AND $here",
				limit => "UPDATE goals.kept SET c = c + 1 WHERE a <= $rows", again => 'VACUUM goals.kept', @more),
			write_case("delete_${many}join", "DELETE by a join, " . thousands($rows) . ' rows',
				"DELETE FROM @.kept k USING keys s WHERE s.a = k.a AND s.a <= $rows AND $here",
				limit => "DELETE FROM goals.kept WHERE a <= $rows", again => restore($rows), @more);
	}
	my $enum = "UPDATE @.jobs SET tries = tries + 1 WHERE state = 'open'";
	return (@cases, write_case('update_enum', 'UPDATE on an enum, 1 of 1,000 rows', $enum, limit => $enum,
		again => 'VACUUM goals.jobs'));
}

# Made, compared, brought up to the remote, and dropped. Plain postgres_fdw can only be imported anew.
sub links
{
	my @cases;
	for my $count (tables_sizes())
	{
		my $schema = "tables_$count";
		my @more = (group => 'links', needs => 'tables', schema => $schema, fresh => 1,
			ways => [qw(link plain)], $count > 1000 ? (trips => [0]) : ());
		my $make = sub {
			my ($at) = @_;
			return link_sql($at, 'made_link', $schema) if $at->{way} eq 'link';
			return "BEGIN;\n" . import_sql($at, 'made_plain', $schema) . 'COMMIT';
		};
		my $drop = sub {
			my ($at) = @_;
			return "SELECT FROM datalink_drop('made_link')" if $at->{way} eq 'link';
			return 'BEGIN; ' . drop_import_sql('made_plain') . '; COMMIT';
		};
		my $again = sub {
			my ($at) = @_;
			return "SELECT FROM datalink_refresh('made_link')" if $at->{way} eq 'link';
			return "BEGIN; DROP SCHEMA made_plain CASCADE; CREATE SCHEMA made_plain;\n"
				. "IMPORT FOREIGN SCHEMA $schema FROM SERVER made_plain INTO made_plain; COMMIT";
		};
		my $tables = thousands($count) . ' tables';
		push @cases, { name => "create_$count", title => "a link of $tables", sql => $make, after => $drop, @more };
		next if $count != 10 && $count != 1000 && !$ENV{QUICK};
		push @cases,
			{ name => "drop_$count", title => "dropping $tables", before => $make, sql => $drop, @more },
			{ name => "refresh_$count", title => "refreshing $tables",
				setup => $make, sql => $again, teardown => $drop, @more },
			{ name => "diff_$count", title => "comparing $tables", setup => $make, teardown => $drop,
				sql => sub { return "SELECT FROM datalink_diff('made_link')" }, @more, ways => ['link'] };
	}
	return (@cases, {
		name => 'list', title => 'the list of ' . thousands(size('links')) . ' links', group => 'links', needs => 'databases',
		sql => sub { return 'SELECT * FROM datalink_list()' }, ways => ['link'], trips => [0],
		database => sub { return 'with_links' }
	});
}

# What the extension costs those who do not use it: the "link" is a database that has it, alone or with
# many links, "plain" one that has not.
sub drops
{
	my @cases;
	my $times = size('passing');
	my %beside = (extension => 'the extension', links => thousands(size('links')) . ' links');
	my $tables = <<"SQL";
DO \$\$ BEGIN FOR i IN 1 .. $times LOOP
	CREATE TEMPORARY TABLE passing (id int); DROP TABLE passing; COMMIT;
END LOOP; END \$\$
SQL
	for my $with (qw(extension links))
	{
		my %more = (group => 'drops', needs => 'databases', trips => [0], ways => [qw(link plain)],
			database => sub { my ($way) = @_; return $way eq 'link' ? "with_$with" : 'without_extension' });
		push @cases, {
			name => "drop_tables_with_$with", title => "DROP TABLE beside $beside{$with}",
			sql => sub { return $tables }, %more
		}, {
			name => "drop_schemas_with_$with", title => "DROP SCHEMA beside $beside{$with}",
			before => sub { return repeat(100, 'CREATE SCHEMA passing_# CREATE TABLE t (id int)') },
			sql => sub { return repeat(100, 'DROP SCHEMA passing_# CASCADE') }, %more
		};
	}
	return @cases;
}

1;
