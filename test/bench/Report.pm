# What is printed and kept of the results: $results->{case}{trip}{way} as Measure has them.
#
#   table($cases, $results)      the text for a terminal
#   csv($cases, $results)        a line for each case, round trip and way
#   markdown($cases, $results)   the README's table
#   ratio($results, $case, $trip, $way), mean(@ratios)

package Report;

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(min sum0);
use Measure;
use Ways;

our @EXPORT = qw(table csv markdown ratio mean ratios);

my @others = grep { $_ ne 'link' } @ways;
my $slower = 1.05;

# What there is of a case at a round trip, a way; empty where it was not its turn.
sub result
{
	my ($results, $case, $trip, $way) = @_;
	my $of_case = $results->{ $case->{name} };
	return $of_case->{$trip} && $of_case->{$trip}{$way} || { times => [] };
}

sub time_of
{
	my @times = @{ result(@_)->{times} };
	return @times ? median(@times) : undef;
}

# How many times a link is as fast as that way; undef where one of the two has no time.
sub ratio
{
	my ($results, $case, $trip, $way) = @_;
	my ($link, $other) = map { time_of($results, $case, $trip, $_) } 'link', $way;
	return defined $link && defined $other ? $other / $link : undef;
}

sub ratios
{
	my ($cases, $results, $trip, $way) = @_;
	return grep { defined } map { scalar ratio($results, $_, $trip, $way) } @$cases;
}

sub mean
{
	return @_ ? exp(sum0(map { log } @_) / @_) : undef;
}

sub number
{
	my ($value) = @_;
	return '-' if !defined $value;
	return sprintf $value < 10 ? '%.2f' : $value < 100 ? '%.1f' : '%.0f', $value;
}

sub table
{
	my ($cases, $results) = @_;
	my $text = 'Medians of turns: milliseconds of a link, and how many times it is as fast as ' . join(', ', @others)
		. ".\n* some ways wrote a part of the rows, in proportion; + would have taken too long, and was not tried;"
		. "\nkB: what the first turn added to the peak memory of the session.\n\n";
	$text .= sprintf '%-28s', '';
	$text .= sprintf ' | %-32s', "$_ ms a round trip" for @trips;
	$text .= sprintf " | %-26s\n%-28s", 'kB', '';
	$text .= sprintf ' | %8s%8s%8s%8s', 'link', @others for @trips;
	$text .= sprintf " | %8s %8s %8s\n", grep { $_ ne 'limit' } @ways;
	my $group = '';
	for my $case (@$cases)
	{
		$text .= "\n", $group = $case->{group} if $case->{group} ne $group;
		$text .= line($case, $results);
	}
	return $text . means($cases, $results) . notes($cases, $results);
}

sub line
{
	my ($case, $results) = @_;
	my $in_part = grep { ($_->{part} // 1) > 1 } map { values %$_ } values %{ $results->{ $case->{name} } };
	my $text = sprintf '%-28s', $case->{name} . ($in_part ? '*' : '');
	for my $trip (@trips)
	{
		$text .= sprintf ' | %8s', number(time_of($results, $case, $trip, 'link'));
		for my $way (@others)
		{
			my $skipped = result($results, $case, $trip, $way)->{skipped};
			$text .= sprintf '%8s', $skipped ? '+' : number(ratio($results, $case, $trip, $way));
		}
	}
	my @peaks = map { result($results, $case, $trips[0], $_)->{peak} // '-' } grep { $_ ne 'limit' } @ways;
	return $text . sprintf(" | %8s %8s %8s\n", @peaks);
}

sub means
{
	my ($cases, $results) = @_;
	my $text = "\n";
	for my $group (groups($cases), undef)
	{
		my @of = grep { !defined $group || $_->{group} eq $group } @$cases;
		$text .= sprintf '%-28s', 'geometric mean, ' . ($group // 'all');
		for my $trip (@trips)
		{
			$text .= sprintf ' | %8s%8s%8s%8s', '', map { number(mean(ratios(\@of, $results, $trip, $_))) } @others;
		}
		$text .= "\n";
	}
	return $text;
}

sub groups
{
	my ($cases) = @_;
	my %seen;
	return grep { !$seen{$_}++ } map { $_->{group} } @$cases;
}

# A line for each case in which a link is slower than plain postgres_fdw, and what a refresh takes of a
# creation.
sub notes
{
	my ($cases, $results) = @_;
	my @lines;
	for my $case (@$cases)
	{
		for my $trip (@trips)
		{
			my $ratio = ratio($results, $case, $trip, 'plain');
			push @lines, sprintf "slower than %.2f of plain: %s at %s ms (%.2f)\n", $slower, $case->{name}, $trip, 1 / $ratio
				if defined $ratio && 1 / $ratio > $slower;
		}
	}
	push @lines, "a link is nowhere slower than $slower of plain\n" if !@lines;
	for my $name (grep { /^refresh_/ } map { $_->{name} } @$cases)
	{
		my ($refresh, $creation) =
			map { time_of($results, { name => $_ }, $trips[0], 'link') } $name, $name =~ s/refresh/create/r;
		push @lines, sprintf "%s takes %.2f of the creation\n", $name, $refresh / $creation if $creation;
	}
	return join '', "\n", @lines;
}

sub csv
{
	my ($cases, $results) = @_;
	my $text = "case,group,round_trip_ms,way,turns,median_ms,min_ms,cpu_ms,peak_kb,part,note\n";
	for my $case (@$cases)
	{
		for my $trip (@trips)
		{
			for my $way (@ways)
			{
				my $of = result($results, $case, $trip, $way);
				my @times = @{ $of->{times} };
				next if !@times && !$of->{skipped};
				my @numbers = map { defined ? sprintf '%.3f', $_ : '' } @times ? (median(@times), min(@times)) : (undef, undef),
					@{ $of->{cpu} // [] } ? median(@{ $of->{cpu} }) : undef;
				my $note = $of->{skipped} ? sprintf 'not tried: about %.0f s', $of->{skipped} / 1000 : '';
				$text .= join(',', $case->{name}, $case->{group}, $trip, $way, scalar @times, @numbers,
					$of->{peak} // '', $of->{part} // '', $note) . "\n";
			}
		}
	}
	return $text;
}

sub markdown
{
	my ($cases, $results) = @_;
	my $text = '| times as fast as |' . join('', map { " plain, $_ ms | tuned, $_ ms |" } @trips)
		. "\n|---|" . '---:|' x (2 * @trips) . "\n";
	for my $group (groups($cases), undef)
	{
		my @of = grep { !defined $group || $_->{group} eq $group } @$cases;
		$text .= '| ' . ($group // '**all**') . ' |' . join('', map {
			my $trip = $_;
			map { ' ' . number(mean(ratios(\@of, $results, $trip, $_))) . ' |' } qw(plain tuned)
		} @trips) . "\n";
	}
	return $text;
}

1;
