# Random statements that write through a link, and the same on local tables alike: each has the same
# SQLSTATE, count and rows, and leaves the same rows behind.
#
#   WRITE_SEEDS=7,8,9 WRITE_STATEMENTS=1000 make check SUITES=tap TESTS='094*'

use strict;
use warnings;

use DataLinks;
use Test::More;

my @seeds = split /,/, $ENV{WRITE_SEEDS} // '20260101,20260102,20260103,20260104';
my $statements = $ENV{WRITE_STATEMENTS} // 250;

# far and far_2 are links, near and near_2 their local twins. What is local on either side stands in
# with_far and with_near, so that triggers and local tables write to one side only.
my ($local, $remote) = start_nodes();

sub tables
{
	my ($schema, $schema_2) = @_;
	return <<"END";
CREATE SCHEMA IF NOT EXISTS $schema;
CREATE SCHEMA IF NOT EXISTS $schema_2;
CREATE TABLE $schema.item (id int PRIMARY KEY, k int CHECK (k <> 13), v numeric(8,2), s text NOT NULL DEFAULT 'default',
	single int UNIQUE, twice int GENERATED ALWAYS AS (k * 2) STORED);
CREATE TABLE $schema.child (id int PRIMARY KEY, item int REFERENCES $schema.item);
CREATE TABLE $schema.late (id int PRIMARY KEY, item int REFERENCES $schema.item DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE $schema.other (id int PRIMARY KEY, k int, s text DEFAULT 'left out');
CREATE TABLE $schema.picky (id int PRIMARY KEY, k int, s text);
CREATE TABLE $schema.watched (id int PRIMARY KEY, k int, s text);
CREATE TABLE $schema.part_1 (id int, r int NOT NULL, s text);
CREATE TABLE $schema.part_2 (s text, r int NOT NULL, id int);
CREATE TABLE $schema_2.second (id int PRIMARY KEY, k int, s text);
CREATE FUNCTION $schema.pick() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	IF NEW.k % 7 = 0 THEN RETURN NULL; END IF;
	NEW.s := NEW.s || '!';
	RETURN NEW;
END \$\$;
CREATE TRIGGER pick BEFORE INSERT OR UPDATE ON $schema.picky FOR EACH ROW EXECUTE FUNCTION $schema.pick();
END
}

sub local_side
{
	my ($schema, $schema_2, $side) = @_;
	return <<"END";
CREATE SCHEMA $side;
CREATE TABLE $side.log (n int GENERATED ALWAYS AS IDENTITY, what text);
CREATE TABLE $side.source (id int PRIMARY KEY, k int, s text);
INSERT INTO $side.source SELECT i, i % 11, 's' || i % 17 FROM generate_series(1, 900) i;
CREATE TABLE $side.goal (id int PRIMARY KEY, k int);
CREATE TABLE $side.parts (id int, r int NOT NULL, s text) PARTITION BY LIST (r);
ALTER TABLE $side.parts ATTACH PARTITION $schema.part_1 FOR VALUES IN (1);
ALTER TABLE $side.parts ATTACH PARTITION $schema.part_2 FOR VALUES IN (2);
CREATE TABLE $side.part_3 PARTITION OF $side.parts FOR VALUES IN (3);
CREATE FUNCTION $side.before() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	IF TG_OP = 'DELETE' THEN RETURN CASE WHEN OLD.k % 5 = 0 THEN NULL ELSE OLD END; END IF;
	IF NEW.k % 7 = 3 THEN RETURN NULL; END IF;
	NEW.s := NEW.s || '*';
	RETURN NEW;
END \$\$;
CREATE TRIGGER before BEFORE INSERT OR UPDATE OR DELETE ON $schema.watched
	FOR EACH ROW EXECUTE FUNCTION $side.before();
CREATE FUNCTION $side.after() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	INSERT INTO $side.log (what) VALUES (concat_ws(' ', TG_OP, TG_LEVEL, OLD, '->', NEW));
	RETURN NULL;
END \$\$;
CREATE TRIGGER after_row AFTER INSERT OR UPDATE OR DELETE ON $schema.watched
	FOR EACH ROW EXECUTE FUNCTION $side.after();
CREATE TRIGGER after_statement AFTER INSERT OR UPDATE OR DELETE ON $schema.watched
	EXECUTE FUNCTION $side.after();
CREATE FUNCTION $side.count_other() RETURNS bigint LANGUAGE plpgsql AS
	'BEGIN RETURN (SELECT count(*) FROM $schema.other); END';
END
}

run_sql($remote, tables('far', 'far_2'), dbname => 'orders', role => 'app');
run_sql($local, link_sql($remote, 'far', "remote_schema => 'far'"));
run_sql($local, link_sql($remote, 'far_2', "remote_schema => 'far_2'"));
run_sql($local, tables('near', 'near_2'));
run_sql($local, 'CREATE FUNCTION here(anyelement) RETURNS anyelement LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN $1; END $$');
run_sql($local, local_side('far', 'far_2', 'with_far') . local_side('near', 'near_2', 'with_near'));

# In statements, %S, %T and %L stand for the three schemas of a side.
sub of_side
{
	my ($sql, @schemas) = @_;
	my %stands_for;
	@stands_for{qw(S T L)} = @schemas;
	return $sql =~ s/%([STL])\b/$stands_for{$1}/gr;
}

sub one_of { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

# Keys that nobody has used; known ones may be there.
my $key = 0;
sub fresh { return $key += 1 + int rand 3 }
sub known { return 1 + int rand($key + 1) }

sub some { return one_of(1, 1, 2, 3, 7, 60, 101, 250, 600) }

sub text { return one_of("''", map { "'t$_'" } 1 .. 9) }

# A condition on an alias that the remote computes, that only we can, or both.
sub condition
{
	my ($t) = @_;
	my $n = int rand 12;
	return one_of("$t.id % 12 = $n", "$t.k = $n", "here($t.k) = $n", "$t.s LIKE '%$n%'", "here($t.id) % 9 = $n",
		"$t.id < " . known(), "$t.k = $n AND here($t.s) <> 's1'", "$t.id = " . known(), "random() < 0");
}

sub returning
{
	my ($t) = @_;
	return one_of('', '', '', " RETURNING $t.*", " RETURNING $t.id, here($t.k)", " RETURNING 1");
}

# Values for a row of item; of one violation at the most, which no other row of a statement shares.
sub item_row
{
	my ($violation) = @_;
	my %row = (id => fresh(), k => int rand 12, v => one_of('NULL', '1.5', '-0.01', '99999.99'),
		s => text(), single => chance(0.5) ? fresh() : 'NULL');
	$row{id} = known() if $violation eq 'key';
	$row{k} = 13 if $violation eq 'check';
	$row{s} = 'NULL' if $violation eq 'null';
	$row{single} = known() if $violation eq 'single';
	$row{v} = '1e9' if $violation eq 'range';
	$row{k} = "1 / (1 - " . one_of(1, 2) . ")" if $violation eq 'here';
	return join ', ', @row{qw(id k v s single)};
}

sub item_rows
{
	my ($count) = @_;
	my $violation = chance(0.3) ? one_of(qw(key check null single range here)) : '';
	my $at = int rand $count;
	return join ', ', map { '(' . item_row($_ == $at ? $violation : '') . ')' } 0 .. $count - 1;
}

my $item = '%S.item (id, k, v, s, single)';

# A number of keys, and what makes them: from a local table, the same link, another, a function.
sub source
{
	my ($count) = @_;
	my $from = $key;
	$key += $count;
	return one_of(
		"SELECT $from + i AS id, i % 11 AS k, 'g' || i % 5 AS s FROM generate_series(1, $count) i",
		"SELECT $from + id AS id, k, s FROM %L.source WHERE id <= $count",
		"SELECT $from + row_number() OVER (ORDER BY id) AS id, k, s FROM %S.other ORDER BY id LIMIT $count",
		"SELECT $from + row_number() OVER (ORDER BY id) AS id, k % 12 AS k, s FROM %S.item ORDER BY id LIMIT $count",
		"SELECT $from + row_number() OVER (ORDER BY id) AS id, k, s FROM %T.second ORDER BY id LIMIT $count",
		"SELECT $from + row_number() OVER (ORDER BY a.id) AS id, a.k, b.s FROM %S.other a JOIN %L.source b"
		  . " ON b.id = 1 + a.id % 900 ORDER BY a.id LIMIT $count");
}

# Tables with columns id, k and s.
sub plain { return one_of(qw(%S.other %S.picky %S.watched %T.second)) }

sub copy_rows
{
	my ($count, $row) = @_;
	return join '', map { join("\t", $row->()) . "\n" } 1 .. $count;
}

sub insert_values { return "INSERT INTO $item VALUES " . item_rows(some()) . returning('item') }

sub insert_plain
{
	my $table = plain();
	my $columns = one_of('id, k, s', 'id, k', 's, id');
	my $rows = source(some());
	my $name = $table =~ s/.*\.//r;
	return "INSERT INTO $table ($columns) SELECT $columns FROM ($rows) q" . returning($name);
}

sub insert_items
{
	my $rows = source(some());
	return "INSERT INTO %S.item (id, k, s) SELECT id, nullif(k, " . one_of(13, 13, 4) . '), '
	  . one_of('s', 's', 's', "nullif(s, 's3')") . " FROM ($rows) q" . one_of('', ' ON CONFLICT DO NOTHING')
	  . returning('item');
}

sub insert_again { return "INSERT INTO %S.other SELECT id, k + 1, s FROM %S.other WHERE " . condition('other')
	  . one_of('', ' ON CONFLICT DO NOTHING') }

sub insert_references
{
	my $table = one_of(qw(child late));
	my $missing = chance(0.2) ? " UNION ALL SELECT " . fresh() . ', -5' : '';
	my $from = $key;
	$key += 400;
	return "INSERT INTO %S.$table SELECT $from + row_number() OVER (ORDER BY id), id FROM"
	  . " (SELECT id FROM %S.item WHERE id > 0 ORDER BY id LIMIT 300) q$missing";
}

sub update_items
{
	my $set = one_of('k = k + 1', 'v = v + 1, s = s || 1', 's = ' . text(), 'id = -id', 'k = here(k) + 2',
		's = nullif(s, ' . text() . ')', 'single = NULL');
	return "UPDATE %S.item SET $set WHERE " . condition('item') . returning('item');
}

sub update_joined
{
	my $table = plain();
	my $name = $table =~ s/.*\.//r;
	my ($set, $on) = @{ one_of(
		[ 'k = q.k, s = q.s', "q.id = 1 + abs($name.id) % 900" ],
		# Rows that are met more than once are changed once.
		[ "s = $name.s || '+'", "q.k = $name.k" ]) };
	my $from = one_of('%L.source', '(SELECT id, max(k) AS k, max(s) AS s FROM %S.other GROUP BY id)');
	return "UPDATE $table SET $set FROM $from q WHERE $on AND " . condition($name)
	  . one_of('', " RETURNING $name.id, $name.s");
}

sub update_plain
{
	my $table = plain();
	my $name = $table =~ s/.*\.//r;
	return "UPDATE $table SET " . one_of('k = k + 1', "s = s || '-'", 'k = here(k) * 2') . ' WHERE '
	  . condition($name) . returning($name);
}

sub delete_rows
{
	my $table = one_of(plain(), plain(), '%S.item', '%S.child', '%S.late');
	my $name = $table =~ s/.*\.//r;
	return "DELETE FROM $table WHERE " . one_of("id % 5 = 1", "here(id) % 7 = 2", 'id = ' . known()) . " RETURNING id"
	  if $name =~ /child|late/;
	my $using = one_of('', '', ' USING %L.source q', ' USING %S.other q', ' USING %T.second q');
	my $on = $using ? "q.k = $name.k AND q.id % 10 = 3 AND " : '';
	return "DELETE FROM $table$using WHERE $on" . condition($name) . returning($name);
}

sub writing_cte
{
	my $rows = source(some());
	my $n = int rand 9;
	return one_of(
		"WITH w AS (INSERT INTO %S.other $rows RETURNING id, k) SELECT count(*), sum(k) FROM w",
		"WITH w AS (DELETE FROM %S.other WHERE here(id) % 9 = $n RETURNING *) INSERT INTO %T.second SELECT * FROM w"
		  . ' ON CONFLICT DO NOTHING RETURNING id',
		"WITH w AS (UPDATE %S.other SET k = k + 1 WHERE id % 9 = $n RETURNING id), x AS (DELETE FROM %S.picky WHERE id IN"
		  . ' (SELECT id FROM w) RETURNING id) SELECT (SELECT count(*) FROM w), (SELECT count(*) FROM x)',
		"WITH w AS (INSERT INTO %S.other $rows RETURNING id) SELECT count(*) FROM %S.other",
		"WITH w AS (DELETE FROM %T.second WHERE k = $n) SELECT count(*) FROM %T.second");
}

sub copy_in
{
	my $count = some();
	my $violation = chance(0.2) ? int rand $count : -1;
	my $n = 0;
	return one_of(
		sub { "COPY %S.item (id, k, s) FROM STDIN;\n" . copy_rows($count,
			sub { (fresh(), $n++ == $violation ? 13 : int rand 12, 'copied') }) . "\\." },
		sub { "COPY " . one_of('%S.other', '%S.picky', '%S.watched', '%T.second') . " (k, id) FROM STDIN;\n"
			  . copy_rows($count, sub { ($n++ == $violation ? 'x' : int rand 30, fresh()) }) . "\\." },
		sub { "COPY %L.parts FROM STDIN;\n" . copy_rows($count,
			sub { (fresh(), $n++ == $violation ? 9 : 1 + int rand 3, 'routed') }) . "\\." })->();
}

sub routed
{
	my $rows = source(some());
	return "INSERT INTO %L.parts SELECT id, 1 + abs(k) % 3, s FROM ($rows) q" . one_of('', ' RETURNING *');
}

sub truncate_some
{
	return 'TRUNCATE ' . one_of('%S.item', '%S.child', '%S.other', '%S.other, %S.picky', '%S.item, %S.child, %S.late',
		'%S.item CASCADE', '%T.second', '%S.part_1, %S.watched, %T.second');
}

sub merge
{
	my $from = one_of('%S.other', '%S.item', '%T.second');
	return "MERGE INTO %L.goal g USING $from q ON g.id = q.id"
	  . ' WHEN MATCHED AND q.k % 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET k = g.k + q.k'
	  . ' WHEN NOT MATCHED AND q.id % 4 = 1 THEN INSERT (id, k) VALUES (q.id, q.k)';
}

# What a volatile function sees of the statement that calls it.
sub watching_function
{
	my $rows = source(some());
	return "INSERT INTO %S.other (id, k, s) SELECT id, %L.count_other(), s FROM ($rows) q";
}

my @weighted = ((\&insert_values) x 3, (\&insert_plain) x 4, \&insert_items, \&insert_again, (\&insert_references) x 2,
	(\&update_items) x 3, (\&update_joined) x 2, \&update_plain, (\&delete_rows) x 3, \&writing_cte, (\&copy_in) x 2,
	\&routed, \&truncate_some, \&merge, \&watching_function);
sub statement { return one_of(@weighted)->() }

# Statements of a body, none of which can be a COPY.
sub inner
{
	for (;;)
	{
		my $sql = statement();
		next if $sql =~ /\ACOPY/;
		return $sql =~ /RETURNING|\AWITH.*SELECT/s ? "FOR r IN $sql LOOP n := n + 1; END LOOP" : $sql;
	}
}

sub body
{
	my ($depth) = @_;
	my @parts = map { $depth < 3 && chance(0.4) ? body($depth + 1) : inner() } 1 .. 1 + int rand 3;
	push @parts, one_of(map { "PERFORM 1 / $_" } 0, 1) if chance(0.3);
	return 'BEGIN ' . join('; ', @parts) . '; GET DIAGNOSTICS n = ROW_COUNT; INSERT INTO %L.log (what) VALUES (n)'
	  . '; EXCEPTION WHEN others THEN INSERT INTO %L.log (what) VALUES (SQLSTATE); END';
}

sub block { return 'DO $$ DECLARE r record; n int := 0; BEGIN ' . body(1) . '; END $$' }

# A line for each table: how many rows, and which. The second half is local.
my @there = qw(%S.item %S.child %S.late %S.other %S.picky %S.watched %S.part_1 %S.part_2 %T.second);
my @here = ('%L.parts', '%L.goal', '(SELECT what FROM %L.log)');
sub digest
{
	return join ' UNION ALL ', map { "SELECT '" . (/(\w+)\W*\z/)[0] . " ' || count(*) || ' ' ||"
		  . " coalesce(md5(string_agg(q::text, ',' ORDER BY q::text)), '') FROM $_ q" } @_;
}
my $digest = digest(@there, @here);

# One transaction, or one statement by itself, as a list of statements.
sub transaction
{
	return (chance(0.2) ? block() : statement()) if chance(0.5);
	# With a savepoint of psql's in front of each statement, errors break no transaction.
	my @list = ('\set ON_ERROR_ROLLBACK ' . one_of('on', 'off'), 'BEGIN' . one_of('', '', '', ' ISOLATION LEVEL REPEATABLE READ', ' ISOLATION LEVEL SERIALIZABLE'));
	my ($depth, $cursor) = (0, 0);
	for (1 .. 2 + int rand 8)
	{
		my $what = rand;
		if ($what < 0.15)
		{
			push @list, 'SAVEPOINT s' . ++$depth;
		}
		elsif ($what < 0.35 && $depth > 0)
		{
			push @list, one_of('ROLLBACK TO', 'ROLLBACK TO', 'RELEASE') . " s$depth";
			--$depth if $list[-1] =~ /RELEASE/ || chance(0.5);
		}
		elsif ($what < 0.42)
		{
			push @list, "DECLARE c" . ++$cursor . ' CURSOR FOR SELECT id, k, s FROM ' . one_of(qw(%S.item %S.other %T.second))
			  . ' ORDER BY here(id)', "FETCH 2 FROM c$cursor";
		}
		elsif ($what < 0.55 && $cursor)
		{
			push @list, 'FETCH ' . one_of(1, 5, 200) . ' FROM c' . (1 + int rand $cursor);
		}
		else
		{
			my $sql = chance(0.15) ? block() : statement();
			# TRUNCATE is refused while a link of the session's is being read.
			push @list, $sql unless $cursor && $sql =~ /TRUNCATE/;
		}
		push @list, $digest if chance(0.3);
	}
	return (@list, one_of('COMMIT', 'COMMIT', 'ROLLBACK'));
}

# What psql prints of each statement, its rows sorted; and its errors.
sub results_of
{
	my ($list, @schemas) = @_;
	my $script = join '', map { of_side($list->[$_], @schemas) . ($list->[$_] =~ /\A(?:COPY|\\)/ ? "\n" : ";\n")
		  . "\\echo @@ :SQLSTATE :ROW_COUNT\n" } 0 .. $#$list;
	my ($out, $error) = ('', '');
	$local->psql('postgres', $script, stdout => \$out, stderr => \$error, on_error_stop => 0,
		timeout => $PostgreSQL::Test::Utils::timeout_default, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	my @results;
	for my $block (split /^(?=@@ )/m, "@@ begin\n$out")
	{
		my ($head, @rows) = split /\n/, $block;
		$results[-1] .= " $head" if @results;
		push @results, join "\n", sort @rows;
	}
	pop @results;
	return (\@results, $error);
}

sub show_difference
{
	my ($list, $first, $far, $near, $errors) = @_;
	for my $at (grep { $_ >= 0 } $first - 12 .. $first)
	{
		my $sql = $list->[$at] eq $digest ? 'all rows' : substr $list->[$at], 0, 1500;
		my ($linked, $direct) = map { [ split /\n/, $_->[$at] // 'none' ] } $far, $near;
		diag("statement $at: $sql $linked->[-1]");
		for my $pair ([ 'through the link', $linked, $direct ], [ 'here', $direct, $linked ])
		{
			my %seen = map { $_ => 1 } @{ $pair->[2] };
			my @differing = grep { !$seen{$_} } @{ $pair->[1] };
			diag("\t$pair->[0]: $_") for splice @differing, 0, 10;
		}
	}
	my @errors = grep { !/25P02|LOCATION/ } split /\n/, $errors;
	diag(join "\n", 'its last errors:', @errors > 40 ? @errors[-40 .. -1] : @errors);
}

for my $seed (@seeds)
{
	srand $seed;
	my @list;
	push @list, transaction(), $digest while @list < $statements;
	my ($far, $far_errors) = results_of(\@list, qw(far far_2 with_far));
	my ($near, $near_errors) = results_of(\@list, qw(near near_2 with_near));
	my ($first) = grep { ($far->[$_] // 'none') ne ($near->[$_] // 'none') } 0 .. $#list;
	ok(!defined $first, "seed $seed: " . @list . ' statements');
	if (defined $first)
	{
		show_difference(\@list, $first, $far, $near, $far_errors);
	}
	my $rows = digest(@there);
	is(run_sql($remote, of_side($rows, qw(far far_2)), dbname => 'orders'),
		run_sql($local, of_side($rows, qw(near near_2))), "seed $seed: the same rows are there");
	run_sql($local, of_side('TRUNCATE %S.item, %S.child, %S.late, %S.other, %S.picky, %S.watched, %T.second, %L.parts,'
		  . ' %L.goal, %L.log', @$_)) for [ qw(far far_2 with_far) ], [ qw(near near_2 with_near) ];
	my %states;
	$states{$_}++ for map { /@@ (\w+)/ } @$near;
	note(join ', ', map { "$_: $states{$_}" } sort keys %states);
}

done_testing();
