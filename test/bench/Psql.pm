# A psql that stays, and tells how long statements take.
#
#   my $psql = Psql->new($url);
#   my $rows = $psql->ask($sql);               what it prints, unaligned; dies where the SQL fails
#   my $milliseconds = $psql->timed($sql);     of all its statements; their rows are thrown away

package Psql;

use strict;
use warnings;

use IPC::Open2;

my $calls = 0;

sub new
{
	my ($class, $url) = @_;
	my $self = bless {}, $class;
	# Not "psql" but a shell, for its messages to come out where its rows do.
	$self->{pid} = open2($self->{out}, $self->{in}, 'sh', '-c',
		'exec psql -XqAt -v ON_ERROR_STOP=1 -f - -d "$0" 2>&1', $url);
	$self->ask('SET client_min_messages = error');
	return $self;
}

sub ask
{
	my ($self, $sql) = @_;
	my $end = 'end of call ' . ++$calls;
	print { $self->{in} } "$sql\n;\n\\echo $end\n";
	my $printed = '';
	while (defined(my $line = readline $self->{out}))
	{
		chomp $printed, return $printed if $line eq "$end\n";
		$printed .= $line;
	}
	die "psql: ${printed}of:\n$sql\n";
}

sub timed
{
	my ($self, $sql) = @_;
	my $printed = $self->ask("\\o /dev/null\n\\timing on\n$sql\n;\n\\timing off\n\\o");
	my $sum = 0;
	$sum += $1 while $printed =~ /^Time: ([\d.]+) ms/mg;
	return $sum;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	close $self->{in};
	close $self->{out};
	waitpid $self->{pid}, 0;
}

1;
