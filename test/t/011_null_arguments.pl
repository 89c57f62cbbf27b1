# Whatever stands in the arguments, a call ends in a result or in an error: NULL in each of them,
# alone and together, with long strings beside it (short ones need no memory, which hides a double
# free); and the functions that only the server should call, called by hand.

use strict;
use warnings;

use DataLinks;
use Test::More;

my $node = start_node('local');
run_sql($node, 'CREATE EXTENSION datalinks');
make_role($node, 'plain');

my $long = 'x' x 100;
my %values = (
	text => "'$long'",
	'text[]' => "ARRAY['$long', '$long']",
	boolean => 'true',
	interval => "interval '1 s'",
);

# Those that must not be NULL; any other may be.
my %required = (
	datalink_create => [qw(remote_url name remote_schema read_only create_types if_not_exists)],
	datalink_drop => [qw(name if_exists cascade)],
	datalink_diff => [qw(name)],
	datalink_refresh => [qw(name cascade skip_blocked force)],
	datalink_alter => [qw(name)],
	datalink_set_remote => [qw(name remote_url)],
	datalink_disconnect => [],
	datalink_check => [qw(timeout)],
	datalink_analyze => [qw(name)],
	datalink_resolve => [],
	datalink_stats_reset => [],
	datalink_confirm => [qw(name)],
	datalink_grant => [qw(name role read_only)],
	datalink_revoke => [qw(name role)],
	datalink_grants => [],
	datalink_tables => [],
	datalink_query => [qw(link links statement parameters)],
	datalink_execute => [qw(link statement parameters)],
	datalink_union => [qw(name links source_column if_not_exists skip_conflicts on_unreachable)],
	datalink_union_add => [qw(name link cascade)],
	datalink_union_remove => [qw(name link cascade)],
);

my $arguments = run_sql($node, <<'END');
SELECT proname, string_agg(proargnames[i] || ' ' || format_type(proargtypes[i - 1], NULL), ',' ORDER BY i)
FROM pg_proc JOIN pg_depend ON objid = pg_proc.oid AND classid = 'pg_proc'::regclass
	JOIN pg_extension ON refobjid = pg_extension.oid AND extname = 'datalinks',
	generate_series(1, pronargs) AS i
WHERE proname LIKE 'datalink\_%' GROUP BY pg_proc.oid, proname ORDER BY proname, pg_proc.oid
END

# An argument by its name.
sub given
{
	my ($name, $value) = @_;
	return ($name eq 'parameters' ? 'VARIADIC ' : '') . "$name => $value";
}

# The SQLSTATE of each statement of one session; '' for those that fail in nothing.
sub states_of
{
	my ($role, @statements) = @_;
	my $script = join("\n", map { "$_;\n\\warn done" } @statements);
	my $said = messages_of($node, $script, $role ? (role => $role) : ());
	return map { /^(?:psql:\S+ )?(?:ERROR|FATAL):  (\w{5}):/m ? $1 : '' } split /^done$/m, $said, -1;
}

for my $line (split /\n/, $arguments)
{
	my ($function, $list) = split /\|/, $line;
	my @arguments = map { [ split / /, $_, 2 ] } split /,/, $list;
	ok($required{$function}, "$function is known here") or next;
	my %must = map { $_ => 1 } @{ $required{$function} };
	my (@statements, @forbidden);
	for my $nulls (1 .. 2**@arguments - 1)
	{
		my (@given, $fails);
		for my $i (0 .. $#arguments)
		{
			my ($name, $type) = @{ $arguments[$i] };
			my $null = $nulls & 1 << $i;
			push @given, given($name, $null ? 'NULL' : $values{$type});
			$fails ||= $null && $must{$name};
		}
		push @statements, "SELECT $function(" . join(', ', @given) . ')';
		push @forbidden, $fails;
	}
	for my $role (undef, 'plain')
	{
		my @states = states_of($role, @statements);
		my @wrong = grep { $forbidden[$_] ? $states[$_] ne '22004' : $states[$_] =~ /22004|XX000/ }
		  0 .. $#statements;
		is(join("\n", map { "$states[$_]: $statements[$_]" } @wrong), '',
			"$function: 22004 where it should be, as " . ($role // 'the superuser'));
		is(scalar @states, @statements + 1, '... and the session answered each');
	}
}

# What the server calls, called by hand.
my @by_hand = map { "SELECT $_" } (
	'datalinks.note_links()', 'datalinks.follow_drop()', 'datalinks.follow_rename()',
	'datalinks.guard_mapping()', 'datalinks.follow_upgrade()',
	map { my $options = $_; map { "datalinks_fdw_validator($options, $_)" }
		  ('NULL', 0, 1417, 1418, 3118, 328, 4294967295) }
	  ('NULL', "'{}'", "'{NULL}'", "'{$long}'", "'{$long=$long}'", "'{=}'", "'{{a=b},{c=d}}'",
		"'[5:6]={host=$long,link=$long}'", "'{link=,remote_schema=,only_tables={NULL}}'",
		"'{only_tables={{,created_at=$long,remote_kind=$long}'")
);
for my $role (undef, 'plain')
{
	my @states = states_of($role, @by_hand);
	is(scalar @states, @by_hand + 1, 'what the server calls, called as ' . ($role // 'the superuser'));
	is(join("\n", map { $by_hand[$_] } grep { $states[$_] eq 'XX000' } 0 .. $#by_hand), '',
		'... is no internal error');
}

# Strings of a size, and of bytes, that nobody expects.
my @large = ("repeat('x', 10000000)", "E'\\x01\\x02\\r\\n'", "''", "' '", "repeat('%s%n', 1000)",
	"repeat('{', 100000)");
for my $function (sort keys %required)
{
	my ($list) = $arguments =~ /^\Q$function\E\|(.*)$/m;
	my @statements;
	for my $value (@large)
	{
		my @given;
		for (split /,/, $list)
		{
			my ($name, $type) = split / /, $_, 2;
			push @given, given($name, $type eq 'text' ? $value
				: $type eq 'text[]' ? "ARRAY[$value, NULL]" : $values{$type});
		}
		push @statements, "SELECT $function(" . join(', ', @given) . ')';
	}
	my @states = states_of(undef, @statements);
	is(scalar @states, @statements + 1, "$function: large and odd strings");
	is(join("\n", map { $statements[$_] } grep { $states[$_] eq 'XX000' } 0 .. $#statements), '',
		'... are no internal error');
}

unlike(log_of($node), qr/was terminated by signal/, 'no backend crashed');

done_testing();
