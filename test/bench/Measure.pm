# One case at one round trip: the ways take turns, and whoever begins changes.
#
#   my $results = measure($case, $trip, $remote, \%known, $late)
#
# gives of each way {times, cpu, peak, part}, as Seat has them, or {skipped}: about how many
# milliseconds a turn would have taken. $remote is a session there, %known has this case's results at
# smaller round trips. The first turn warms up; it counts where it has taken the time of many. Who is late
# gives all the least of turns, and a slow way one.

package Measure;

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max sum0);
use Seat;
use Ways;

our @EXPORT = qw(measure median);

# Turns of each way, how long they may take it in all (slow ones are fewer), and how long one may take
# (after a longer one there is no other).
my ($least_turns, $most_turns, $all_turns, $longest_turn) = $ENV{QUICK} ? (3, 7, 60, 1_500) : (3, 7, 500, 3_000);

# How long postgres_fdw may write row by row, and what a row costs it beside the round trip.
my ($row_by_row, $row_cost) = ($ENV{QUICK} ? 300 : 1_500, 0.15);

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2;
}

sub measure
{
	my ($case, $trip, $remote, $known, $late) = @_;
	my (%results, @seats);
	for my $way (grep { takes_part($case, $_) } @ways)
	{
		my $part = part_of($case, $way, $trip);
		my $expected = expected($trip, $way, $known);
		if ($part == 1 && $expected > $longest_turn)
		{
			$results{$way} = { times => [], skipped => $expected };
			next;
		}
		my $seat = Seat->new($case, at($way, $trip, $case->{schema}), $remote, $part);
		my $first = $seat->turn;
		$seat->{times} = [ $first > $all_turns ? $first : () ];
		push @seats, $seat;
		$results{$way} = $seat;
	}
	for (my $round = 0; my @going = grep { goes_on($late, @{ $_->{times} }) } @seats; ++$round)
	{
		push @going, splice @going, 0, $round % @going;
		push @{ $_->{times} }, $_->turn for @going;
	}
	$_->leave for @seats;
	return \%results;
}

sub takes_part
{
	my ($case, $way) = @_;
	return defined $case->{limit} if $way eq 'limit';
	return !$case->{ways} || grep { $_ eq $way } @{ $case->{ways} };
}

sub goes_on
{
	my ($late, @times) = @_;
	return 0 if @times && ($times[-1] > $longest_turn || ($late && $times[-1] > $all_turns));
	return @times < $least_turns || (!$late && @times < $most_turns && sum0(@times) < $all_turns);
}

# The divisor of the rows, for who takes a round trip for each.
sub part_of
{
	my ($case, $way, $trip) = @_;
	return 1 if !$case->{rows} || !grep { $_ eq $way } @{ $case->{row_by_row} };
	my $part = 1;
	$part *= 10 while $case->{rows} / $part * ($trip + $row_cost) > $row_by_row && $case->{rows} / $part >= 1000;
	return $part;
}

# How long a turn takes: of what it took at the last two round trips, those grow that it waits for.
sub expected
{
	my ($trip, $way, $known) = @_;
	my @trips = sort { $a <=> $b } keys %$known;
	return 0 if @trips < 2;
	my ($near, $far) = map { $known->{$_}{$way} } @trips[ -2, -1 ];
	return $far->{skipped} if $far->{skipped};
	my ($near_time, $far_time) = map { median(@{ $_->{times} }) } $near, $far;
	return $far_time + max(0, $far_time - $near_time) * ($trip - $trips[-1]) / ($trips[-1] - $trips[-2]);
}

1;
