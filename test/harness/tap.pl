# tap.pl COUNTS-FILE PERL-LIBRARY FILE...: runs TAP files side by side, the longest first, and counts
# their assertions; what is skipped counts as nothing, and a file that breaks off, bails out or keeps
# to no plan as one more failure. One line a file; one that fails is shown with its log.

use strict;
use warnings;

use File::Basename qw(basename);
use TAP::Harness;
use Time::HiRes ();

# TAP::Harness stops all that runs where one file bails out.
package Harness;
our @ISA = ('TAP::Harness');
sub _bailout { }

# Prints when a file is through, as files beside each other would print into each other's lines.
package Formatter;

sub new { return bless {}, shift }
sub prepare { }
sub summary { }
sub verbosity { return 0 }

sub open_test
{
	my ($self, $file, $parser) = @_;
	return bless { file => $file, parser => $parser, told => '' }, 'Formatter::File';
}

package Formatter::File;

# What failed, with what the test says of it.
sub result
{
	my ($self, $result) = @_;
	$self->{failing} = !$result->is_ok if $result->is_test;
	$self->{told} .= $result->raw . "\n"
	  if $result->is_bailout || $result->is_unknown || ($self->{failing} && ($result->is_test || $result->is_comment));
	return;
}

# As many failures as a file that keeps on comes to; one more where it did not end as it should.
sub failures
{
	my ($parser) = @_;
	my $broken = $parser->parse_errors || $parser->exit || $parser->wait;
	return $parser->failed || ($broken ? 1 : 0);
}

sub close_test
{
	my ($self) = @_;
	my $parser = $self->{parser};
	printf "%-36s %4d passed, %d failed %6.1f s\n", main::basename($self->{file}),
	  $parser->passed - $parser->skipped, scalar(failures($parser)), Time::HiRes::time() - $parser->start_time;
	return unless failures($parser);
	print "--- failed in $self->{file}\n$self->{told}", map { "# $_\n" } $parser->parse_errors;
	printf "# exit status %d\n", $parser->exit if $parser->exit;
	my $log = "$ENV{TESTDIR}/tmp_check/log/regress_log_" . main::basename($self->{file}, '.pl');
	print "--- the end of the log of $self->{file}\n";
	system('tail', '-n', '60', $log) if -f $log;
	return;
}

package main;

# Seconds of the files that wait more than they work, or that work on much; the others by their size.
my %seconds = (
	'033_stuck_backends' => 30, '032_password_rule' => 26, '043_hostile_remote' => 15,
	'044_faults' => 25, '050_check' => 26, '060_drift' => 30, '061_refresh' => 30,
	'062_random_drift' => 30, '095_broken_writes' => 60, '120_session_memory' => 15);

sub expected
{
	my ($file) = @_;
	return $seconds{ basename($file, '.pl') } // 5 + (-s $file) / 5000;
}

$| = 1;
my ($counts, $library, @files) = @ARGV;
mkdir $ENV{TESTDIR} or die "could not make $ENV{TESTDIR}: $!\n";

# More than the processors, as most of what a file does is to wait for servers.
my $harness = Harness->new({
	lib => [ $library, 'test/t' ], jobs => $ENV{TAP_JOBS} // 4, merge => 1,
	formatter => Formatter->new });
my $result = $harness->runtests(sort { expected($b) <=> expected($a) || $a cmp $b } @files);

my ($passed, $failed) = ($result->passed - $result->skipped, 0);
$failed += Formatter::File::failures($result->parsers($_)) for @files;
printf "%-10s %4d passed, %d failed\n", 'tap', $passed, $failed;
open my $sum, '>>', $counts or die "could not write $counts: $!\n";
print $sum "$passed $failed\n";
close $sum or die "could not write $counts: $!\n";
