# tap.pl COUNTS-FILE PERL-LIBRARY FILE...: runs TAP files and counts their assertions; what is
# skipped counts as nothing, and a file that breaks off or keeps to no plan as one more failure.

use strict;
use warnings;

use File::Basename qw(basename);
use TAP::Harness;

my ($counts, $library, @files) = @ARGV;
mkdir $ENV{TESTDIR} or die "could not make $ENV{TESTDIR}: $!\n";

my $harness = TAP::Harness->new({ lib => [ $library, 'test/t' ], failures => 1, timer => 1 });
my $result = $harness->runtests(@files);
my ($passed, $failed) = ($result->passed - $result->skipped, scalar $result->failed);

for my $file (@files)
{
	my ($parser) = $result->parsers($file);
	my $broken = $parser->parse_errors || $parser->exit || $parser->wait;
	next unless $broken || $parser->failed;
	$failed++ unless $parser->failed;

	my $log = "$ENV{TESTDIR}/tmp_check/log/regress_log_" . basename($file, '.pl');
	print "--- the end of the log of $file\n";
	system('tail', '-n', '60', $log) if -f $log;
}

printf "%-10s %4d passed, %d failed\n", 'tap', $passed, $failed;
open my $sum, '>>', $counts or die "could not write $counts: $!\n";
print $sum "$passed $failed\n";
close $sum or die "could not write $counts: $!\n";
