# Failures of a link that has drifted, or of a role without a mapping, say what to do.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, 'CREATE TABLE gone (id int, a int); CREATE TABLE less (id int, a int)',
	dbname => 'orders', role => 'app');
run_sql($local, link_sql($remote, 'shop'));
make_role($local, 'guest');
run_sql($local, 'GRANT USAGE ON SCHEMA shop TO guest;'
	  . 'GRANT ALL ON ALL TABLES IN SCHEMA shop TO guest');
run_sql($remote, 'DROP TABLE gone; ALTER TABLE less DROP COLUMN a', dbname => 'orders', role => 'app');

my %statements = (
	SELECT => 'SELECT * FROM %s WHERE a = 1',
	'SELECT FOR UPDATE' => 'SELECT * FROM %s FOR UPDATE',
	INSERT => 'INSERT INTO %s(a) VALUES (1)',
	'INSERT with RETURNING' => 'INSERT INTO %s(a) VALUES (1), (2) RETURNING a',
	'INSERT SELECT' => 'INSERT INTO %s(a) SELECT generate_series(1, 3)',
	'UPDATE sent whole' => 'UPDATE %s SET a = 2',
	'UPDATE row by row' => 'UPDATE %s SET a = 2 WHERE random() >= 0',
	'DELETE sent whole' => 'DELETE FROM %s WHERE a = 1',
	COPY => "COPY %s(a) FROM stdin;\n1\n\\.\n",
);
my %tables = (gone => '42P01', less => '42703');
for my $table (sort keys %tables)
{
	for my $name (sort keys %statements)
	{
		my $sql = sprintf $statements{$name}, "shop.$table";
		my $error = fails($local, $sql, $tables{$table}, qr/does not exist/, "$name, $table");
		like($error->{hint} // 'no hint', qr/datalink_diff\('shop'\)/, "$name, $table: the hint");
		next if $name eq 'COPY';
		my $role = fails($local, $sql, '42704', qr/user mapping not found for (?:user )?"guest"/,
			"$name, $table: no mapping", role => 'guest');
		like($role->{hint} // 'no hint', qr/datalink_grant\('shop'/, "$name, $table: its hint");
	}
}

# The hint stands for the remote's error only, and other errors keep what they say.
my $error = fails($local, q{SELECT * FROM shop.customer WHERE id / 0 = 1}, '22012',
	qr/division by zero/, 'another error of the remote');
is($error->{hint}, undef, 'has no hint of ours');

done_testing();
