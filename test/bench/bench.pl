# make bench: a link, plain and tuned postgres_fdw, and the limit, in one table.
#
# Run by test/harness/two-servers, which starts the servers and says what the environment holds, for
# test/harness/bench, which says what is asked for (QUICK, CASES, TRIPS) and where the programs beside
# this (BENCH_PROGRAMS), the files for COPY (BENCH_FILES) and the results (BENCH_RESULTS) stand.

use strict;
use warnings;

use Cases;
use Chart;
use Dataset;
use Measure;
use Psql;
use Report;
use Ways;

$| = 1;

# Those that CASES asks for, by name or pattern; else all, or those that QUICK has.
sub chosen
{
	my @patterns = map { my $pattern = quotemeta; $pattern =~ s/\\\*/.*/gr =~ s/\\\?/./gr } split ' ', $ENV{CASES} // '';
	return grep {
		my $name = $_->{name};
		@patterns ? grep { $name =~ /\A$_\z/ } @patterns : !$ENV{QUICK} || !$_->{whole}
	} cases();
}

sub write_file
{
	my ($name, $text) = @_;
	open my $file, '>', "$ENV{BENCH_RESULTS}/$name" or die "$name: $!\n";
	print $file $text;
	close $file or die "$name: $!\n";
}

sub prepare
{
	my ($local, $remote, @cases) = @_;
	# Nothing works beside us.
	for my $server ($local, $remote)
	{
		$server->ask('ALTER SYSTEM SET autovacuum = off');
		$server->ask('SELECT pg_reload_conf()');
	}
	$local->ask('CREATE EXTENSION postgres_fdw; CREATE EXTENSION datalinks');
	start_relays($ENV{BENCH_FILES});
	my %parts = map { $_->{needs} => 1 } @cases;
	for my $part (grep { $parts{$_} } qw(star goals tables databases))
	{
		print "making the data: $part\n";
		make_data($local, $remote, $part, $ENV{BENCH_FILES});
		make_ways($local, $_) for @{ { star => [qw(star branch)], goals => ['goals'] }->{$part} // [] };
	}
	$_->ask('CHECKPOINT') for $local, $remote;
}

my @cases = chosen();
die "bench: no case is called $ENV{CASES}\n" if !@cases;
my ($local, $remote) = map { Psql->new($_) } @ENV{qw(LOCAL_URL REMOTE_URL)};
prepare($local, $remote, @cases);
undef $local;
printf "%d s; ", time - $^T;
# How long it shall take in all, in seconds: whoever is late has fewer turns; and who is later than a part of
# that, as on a busy machine, is measured at the first round trip alone.
my $allowed = $ENV{QUICK} ? 140 : 560;
my ($most_late, %results, %left_out) = (0.3);
for my $done (0 .. $#cases)
{
	my $case = $cases[$done];
	for my $trip (@trips)
	{
		next if $case->{trips} && !grep { $_ == $trip } @{ $case->{trips} };
		my $lateness = (time - $^T) / $allowed - ($done + 1) / @cases;
		$left_out{ $case->{name} } = 1, next if $lateness > $most_late && $trip > $trips[0];
		my $started = time;
		$results{ $case->{name} }{$trip} = measure($case, $trip, $remote, $results{ $case->{name} } // {},
			$lateness > 0);
		my $seconds = time - $started;
		print "$case->{name} at $trip ms: $seconds s; " if $seconds > 4;
	}
}
printf "%d s in all\n\n", time - $^T;
print my $table = table(\@cases, \%results);
print "measured at some of the round trips alone, for the time was up: ", join(', ', sort keys %left_out), "\n" if %left_out;
write_file('results.csv', csv(\@cases, \%results));
write_file('results.svg', chart(\@cases, \%results));
write_file('results.md', markdown(\@cases, \%results));
