# Queries by libpq alone (bare.cpp), with the face of a Psql.
#
#   my $bare = Bare->new($url, times => 20, from => 1, sql => 'SELECT … WHERE id = $1');
#   my $milliseconds = $bare->timed;

package Bare;

use strict;
use warnings;

use IPC::Open2;

sub new
{
	my ($class, $url, %query) = @_;
	my $self = bless {}, $class;
	$self->{pid} = open2($self->{out}, $self->{in}, "$ENV{BENCH_PROGRAMS}/bare", $url,
		$query{times} // 1, $query{from} // '-', $query{sql});
	return $self;
}

sub timed
{
	my ($self) = @_;
	print { $self->{in} } "\n";
	return readline($self->{out}) // die "bare ended\n";
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
