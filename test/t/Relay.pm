# A relay in front of a remote that can be told to stop at a message of the client's: so a transaction
# is held, or its connection cut, at a certain step.
#
#   my $relay = Relay->new($port_of_the_remote, $directory_for_its_files, 'name');
#   point the link at $relay->port
#   $relay->at('PREPARE TRANSACTION', 'hold');     from now on
#   $relay->await;                                 until it has come to that
#   $relay->release;                               and goes on, then and later
#
#   hold    it is not passed on
#   keep    it is, but not its answer
#   cut     the connection is cut before it is passed on
#   lose    the connection is cut after it, when the remote has answered
#   once    as cut, and released by itself

package Relay;

use strict;
use warnings;

use FakeRemote;
use IO::Select;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Socket qw(IPPROTO_TCP MSG_PEEK TCP_NODELAY);
use Time::HiRes ();

sub new
{
	my ($class, $target, $directory, $name) = @_;
	my $self = bless { order => "$directory/$name.order", reached => "$directory/$name.reached" }, $class;
	$self->{remote} = FakeRemote->new(sub { my ($peer) = @_; $self->_serve($peer->{connection}, $target) });
	return $self;
}

sub port { my ($self) = @_; return $self->{remote}->port }
sub stop { my ($self) = @_; return $self->{remote}->stop }

sub at
{
	my ($self, $message, $what) = @_;
	$self->release;
	append_to_file("$self->{order}.new", "$what $message");
	rename "$self->{order}.new", $self->{order} or die "could not rename: $!";
	return;
}

sub release
{
	my ($self) = @_;
	unlink @{$self}{qw(order reached)};
	return;
}

# Whether an order still stands.
sub waits
{
	my ($self) = @_;
	return -e $self->{order};
}

sub reached
{
	my ($self) = @_;
	return -e $self->{reached};
}

sub await
{
	my ($self) = @_;
	for (1 .. 20 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if $self->reached;
		Time::HiRes::sleep(0.05);
	}
	die 'the relay was not reached';
}

# Until it is released; false where the client has gone before.
sub _wait
{
	my ($self, $near) = @_;
	append_to_file($self->{reached}, '.');
	my $select = IO::Select->new($near);
	while (-e $self->{order})
	{
		my $byte = '';
		return 0 if $select->can_read(0) && !(defined $near->recv($byte, 1, MSG_PEEK) && length $byte);
		Time::HiRes::sleep(0.02);
	}
	return 1;
}

sub _pass
{
	my ($to, $data) = @_;
	for (my $sent = 0; $sent < length $data;)
	{
		$sent += syswrite($to, $data, length($data) - $sent, $sent) // die 'gone';
	}
	return;
}

sub _serve
{
	my ($self, $near, $target) = @_;
	my $far = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $target) or return;
	setsockopt($_, IPPROTO_TCP, TCP_NODELAY, 1) for $near, $far;
	my $select = IO::Select->new($near, $far);
	while (my @ready = $select->can_read)
	{
		for my $from (@ready)
		{
			sysread($from, my $data, 1 << 16) or return;
			my ($what, $message) = $from == $near && -e $self->{order} ? split(/ /, slurp_file($self->{order}), 2) : ('', '');
			if (!$what || index($data, $message) < 0)
			{
				_pass($from == $near ? $far : $near, $data);
				next;
			}
			if ($what eq 'once')
			{
				$self->release;
				return;
			}
			if ($what eq 'hold' || $what eq 'cut')
			{
				append_to_file($self->{reached}, '.') if $what eq 'cut';
				return if $what eq 'cut' || !$self->_wait($near);
				_pass($far, $data);
				next;
			}
			_pass($far, $data);
			my $answer = '';
			1 while sysread($far, $answer, 1 << 16, length $answer) && $answer !~ /Z\0\0\0\x05.\z/s;
			append_to_file($self->{reached}, '.') if $what eq 'lose';
			return if $what eq 'lose' || !$self->_wait($near);
			_pass($near, $answer);
		}
	}
	return;
}

1;
