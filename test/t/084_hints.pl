# Whatever fails because the remote has changed, or because a user mapping is missing, says so: also
# where no row is read or written by an ordinary scan.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE gone (id int, a int);
CREATE TABLE moods (id int, m mood);
CREATE TABLE estimated (id int, a int);
CREATE TABLE half (id int, a int);
CREATE TABLE ops (id int, a int);
CREATE TABLE other_half (id int, a int);
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE VIEW v AS SELECT id, a FROM t;
INSERT INTO moods SELECT n, 'ok' FROM generate_series(1, 250) n;
INSERT INTO t VALUES (1, 1), (2, 2);
END
run_sql($local, link_sql($remote, 'shop', 'create_types => true'));
make_role($local, 'guest');
run_sql($local, 'GRANT USAGE ON SCHEMA shop TO guest; GRANT ALL ON ALL TABLES IN SCHEMA shop TO guest');
my $server = run_sql($local, q{SELECT srvname FROM pg_foreign_server WHERE srvoptions @> '{link=shop}'});
run_sql($local, <<END);
CREATE VIEW halves AS SELECT * FROM shop.half UNION ALL SELECT * FROM shop.other_half;
END
my $drift = qr/The remote may have changed: see datalink_diff\('shop'\)/;

# One test: the statement fails so, with that hint (undef: with none of ours).
sub hints
{
	my ($sql, $sqlstate, $hint, $name, %given) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $error = fails($local, $sql, $sqlstate, undef, $name, %given);
	return is($error->{hint}, undef, '... has no hint of ours') unless $hint;
	return like($error->{hint} // 'no hint', $hint, '... and its hint');
}

# A mapping is missing.
my $mapping = qr/The owner of the link can let the role use it: datalink_grant\('shop', role\)/;
hints('SELECT FROM shop.estimated', '42704', $mapping, 'no mapping', role => 'guest');
hints('TRUNCATE shop.t', '42704', $mapping, 'TRUNCATE, no mapping', role => 'guest');

# Remote estimates would take a second session.
for my $what ('FOREIGN TABLE shop.estimated', "SERVER $server")
{
	my $error = fails($local, "ALTER $what OPTIONS (ADD use_remote_estimate 'on')", '0A000',
		qr/use_remote_estimate is not supported/, "remote estimates of $what");
	like($error->{hint}, qr/ANALYZE/, '... and what to do');
	run_sql($local, "ALTER $what OPTIONS (ADD use_remote_estimate 'off')");
}

# A view has no ctid.
for my $sql ('UPDATE shop.v SET a = 2 WHERE random() >= 0', 'DELETE FROM shop.v WHERE random() >= 0')
{
	my $error = fails($local, $sql, '0A000', qr/cannot \S+(?: from)? foreign table "v" row by row/, $sql);
	like($error->{detail}, qr/a remote view, whose rows have no ctid/, '... says why');
	like($error->{hint}, qr/A statement that the remote can run whole/, '... and what to do');
	is(error_of($local, "EXPLAIN $sql")->{sqlstate}, undef, '... and can be explained');
}
is(run_sql($local, 'UPDATE shop.v SET a = 5 WHERE id = 1 RETURNING a'), '5', 'sent whole, it works');

# The remote changes.
run_sql($remote, <<'END', dbname => 'orders', role => 'app');
DROP TABLE gone, half; ALTER TABLE estimated DROP COLUMN a;
ALTER TYPE mood ADD VALUE 'glad';
END
run_sql($remote, "UPDATE moods SET m = 'glad' WHERE id = 240", dbname => 'orders');
hints('ANALYZE shop.gone', '42P01', $drift, 'ANALYZE');
hints('ANALYZE shop.moods', '22P02', $drift, 'ANALYZE reads a new enum label');
hints('TRUNCATE shop.gone', '42P01', $drift, 'TRUNCATE');
hints('SELECT * FROM shop.estimated WHERE a = 1', '42703', $drift, 'a column that is gone');
like(run_sql($local, 'EXPLAIN SELECT * FROM halves'), qr/Async Foreign Scan/, 'scans are asynchronous');
hints('SELECT * FROM halves', '42P01', $drift, 'async scans');
hints('SELECT * FROM shop.moods', '22P02', $drift, 'a new enum label, far from the first row');
hints("UPDATE shop.moods SET id = 1 WHERE id = 240 RETURNING m", '22P02', $drift, '... in RETURNING');
hints("SELECT * FROM shop.moods WHERE id = 'x'::text::int", '22P02', undef, 'a value of the user\'s own');

# An operator that the new type of a column has not.
run_sql($remote, <<'END', dbname => 'orders');
ALTER TABLE ops ALTER a TYPE point USING point(a, a);
END
hints('SELECT * FROM shop.ops WHERE a = 1', '42883', $drift, 'an operator that the new type has not');
hints('SELECT * FROM shop.ops x JOIN shop.moods USING (id) WHERE x.a > 1', '42883', $drift,
	'... also beside others');

# The link is invalid, and its tables are still there.
run_sql($local, "DROP USER MAPPING FOR CURRENT_USER SERVER $server");
my $invalid = qr/The data link is invalid: .*datalink_set_remote\('shop', url\)/;
hints($_, '42704', $invalid, "an invalid link: $_")
  for 'SELECT * FROM shop.v', 'INSERT INTO shop.v(a) VALUES (1)', 'UPDATE shop.v SET a = 2',
  'ANALYZE shop.moods', 'TRUNCATE shop.moods', 'SELECT FROM shop.estimated';
hints('SELECT * FROM shop.v', '42704', $invalid, 'an invalid link, another role', role => 'guest');

done_testing();
