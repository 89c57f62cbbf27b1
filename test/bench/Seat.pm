# Who takes turns: one way of a case, at one round trip, with its session.
#
#   my $seat = Seat->new($case, $at, $remote, $part)   $at of Ways, $remote a session there; as many of
#                                                      the case's rows as the part divides
#   $seat->turn                                        milliseconds, in proportion
#   $seat->{cpu}, $seat->{peak}                        the session's processor time of each turn, in
#                                                      milliseconds; what the first turn added to its
#                                                      peak memory, in kB (only Linux tells either)
#   $seat->leave

package Seat;

use strict;
use warnings;

use Bare;
use Psql;
use Ways;

my $cpu = "SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)";
my $peak = "SELECT substring(pg_read_file('/proc/self/status', 0, 10000, true) FROM 'VmHWM:\\s*(\\d+) kB')";

sub new
{
	my ($class, $case, $at, $remote, $part) = @_;
	my $self = bless { case => $case, at => $at, remote => $remote, part => $part, cpu => [] }, $class;
	$self->{sql} = $at->{way} eq 'limit' ? 'limit' : 'sql';
	$self->{session} = $self->open_session;
	$self->run('setup') if $self->is_here;
	return $self;
}

sub is_here
{
	my ($self) = @_;
	return $self->{at}{way} ne 'limit';
}

sub turn
{
	my ($self) = @_;
	my $case = $self->{case};
	$self->{remote}->ask($case->{again}) if $case->{again};
	return $self->{session}->timed($self->text('limit')) if !$self->is_here;
	$self->{session} = $self->open_session if $case->{fresh};
	my $session = $self->{session};
	$self->run('before');
	my ($cpu_before, $peak_before) = map { $session->ask($_) } $cpu, $peak;
	my $time = $session->timed($self->text('sql'));
	if ($cpu_before ne '')
	{
		push @{ $self->{cpu} }, ($session->ask($cpu) - $cpu_before) * $self->{part} / 1e6;
		$self->{peak} //= $session->ask($peak) - $peak_before;
	}
	$self->run('after');
	return $time * $self->{part};
}

sub leave
{
	my ($self) = @_;
	$self->run('teardown') if $self->is_here;
	delete $self->{session};
}

# A session as before a case's first turn: the library is loaded, the connection to the remote stands,
# and the tables here have been read.
sub open_session
{
	my ($self) = @_;
	my ($case, $at) = @{$self}{qw(case at)};
	if (!$self->is_here)
	{
		return ref $case->{limit} eq 'HASH' ? Bare->new($at->{url}, %{ $case->{limit} }) : Psql->new($at->{url});
	}
	my $session = Psql->new(local_url($case->{database} ? $case->{database}->($at->{way}) : 'postgres'));
	$session->ask($_) for grep { defined } map { $self->text($_) } qw(open warm);
	return $session;
}

sub run
{
	my ($self, $what) = @_;
	my $sql = $self->text($what);
	$self->{session}->ask($sql) if defined $sql;
}

# What the case has under that name: SQL with @ for the schema, or a function that gives it.
sub text
{
	my ($self, $what) = @_;
	my $text = $self->{case}{$what} // return undef;
	$text = $text->($self->{at}, ($self->{case}{rows} // 0) / $self->{part}) if ref $text eq 'CODE';
	return $text =~ s/@\./$self->{at}{schema}./gr;
}

1;
