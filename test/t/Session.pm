# A psql that stays: one session for many calls, each of which finds it as new. Against a psql a call
# it saves the program's start, the connection and the loading of the library.
#
#   my $session = Session->new($connection_string, $timeout);
#   my ($status, $stdout, $stderr) = $session->run($sql, $on_error_stop)    as psql -f - ends
#   $session->alive                                                         may it be asked again?
#
# Between calls DISCARD ALL takes away what they have set; where it cannot, in a transaction that was
# left open, the session ends. So it does with the error that stops psql. What a library keeps for the
# session stays: cached connections, for one.

package Session;

use strict;
use warnings;

use IPC::Run;

my $calls = 0;

sub new
{
	my ($class, $connection, $timeout) = @_;
	my $self = bless { in => '', out => '', err => '' }, $class;
	$self->{timer} = IPC::Run::timeout($timeout, exception => 'psql timed out');
	$self->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $connection, '-f', '-' ],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err}, $self->{timer});
	return $self;
}

sub alive
{
	my ($self) = @_;
	return defined $self->{run};
}

sub run
{
	my ($self, $sql, $on_error_stop) = @_;
	my $end = sprintf 'end of call %d of %d', ++$calls, $$;
	my $semicolon = $sql =~ /;\s*\z/ ? '' : ';';
	@{$self}{qw(out err)} = ('', '');
	$self->{in} .= <<"END";
\\set ON_ERROR_STOP $on_error_stop
$sql
$semicolon
\\echo $end
\\warn $end
\\set ON_ERROR_STOP 0
DISCARD ALL;
\\if :ERROR
\\q
\\endif
\\echo clean after $end
END
	$self->{timer}->start;
	$self->{run}->pump while $self->{run}->pumpable && $self->{out} !~ /^clean after $end$/m;
	my $status = $self->{out} =~ /^clean after $end$/m ? 0 : $self->_finish;
	# What ended after the call was the clean-up.
	$status = 0 if $self->{out} =~ s/^$end\n.*\z//ms;
	$self->{err} =~ s/^$end\n.*\z//ms;
	chomp(my ($out, $err) = @{$self}{qw(out err)});
	return ($status, $out, $err);
}

# The program's exit status.
sub _finish
{
	my ($self) = @_;
	my $run = delete $self->{run};
	$run->finish;
	return $run->full_result >> 8;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@);
	return if !$self->alive;
	# A server that was started meanwhile holds the pipe, too: its end alone would not be seen.
	$self->{in} .= "\\q\n";
	eval { $self->_finish };
}

1;
