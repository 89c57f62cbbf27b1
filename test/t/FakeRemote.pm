# A remote that misbehaves in one way: a listener whose connections are each served by a child that
# calls a sub of the test's. The protocol's steps that the subs share are here.
#
#   my $fake = FakeRemote->new(sub { my ($peer) = @_; $peer->let_in; $peer->answer_begin; ... });
#   point the link at $fake->port; $fake->stop when done

package FakeRemote;

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();

sub new
{
	my ($class, $behave, %given) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 16)
	  or die "could not listen: $!";
	my $self = bless { port => $listener->sockport, owner => $$ }, $class;
	$self->{pid} = fork // die "could not fork: $!";
	return $self if $self->{pid};

	setpgrp;
	$SIG{CHLD} = 'IGNORE';
	$SIG{PIPE} = 'IGNORE';
	while (my $connection = $listener->accept)
	{
		next if fork;
		eval { $behave->(bless { connection => $connection, %given }, 'FakeRemote::Peer') };
		POSIX::_exit(0);
	}
	POSIX::_exit(0);
}

sub port
{
	my ($self) = @_;
	return $self->{port};
}

sub stop
{
	my ($self) = @_;
	return unless $self->{pid} && $self->{owner} == $$;
	kill 'KILL', -$self->{pid}, $self->{pid};
	waitpid $self->{pid}, 0;
	delete $self->{pid};
}

sub DESTROY
{
	my ($self) = @_;
	local $?;
	$self->stop;
}

package FakeRemote::Peer;

sub read_bytes
{
	my ($self, $length) = @_;
	my $data = '';
	while (length $data < $length)
	{
		sysread($self->{connection}, $data, $length - length $data, length $data) or die 'gone';
	}
	return $data;
}

sub send_bytes
{
	my ($self, $bytes) = @_;
	my $sent = 0;
	while ($sent < length $bytes)
	{
		$sent += syswrite($self->{connection}, $bytes, length($bytes) - $sent, $sent) // die 'gone';
	}
}

sub message
{
	my ($type, $body) = @_;
	return $type . pack('N', length($body) + 4) . $body;
}

sub send_message
{
	my ($self, $type, $body) = @_;
	$self->send_bytes(message($type, $body));
}

# One message from the client: its type and body.
sub read_message
{
	my ($self) = @_;
	my ($type, $length) = unpack('aN', $self->read_bytes(5));
	return ($type, $length > 4 ? $self->read_bytes($length - 4) : '');
}

# Reads up to the startup packet; a request for TLS gets the given answer (N).
sub read_startup
{
	my ($self) = @_;
	for (;;)
	{
		my $startup = $self->read_bytes(unpack('N', $self->read_bytes(4)) - 4);
		my $code = unpack('N', $startup);
		return substr($startup, 4) unless $code == 80877103 || $code == 80877104;
		$self->send_bytes($self->{tls} // 'N');
	}
}

# Asks for the password in clear, takes any, and is ready.
sub let_in
{
	my ($self) = @_;
	$self->read_startup;
	$self->send_message('R', pack('N', 3));
	$self->read_message;
	$self->send_message('R', pack('N', 0));
	$self->send_message('S', "$_->[0]\0$_->[1]\0")
	  for [ 'server_version', $self->{version} // '15.1' ], [ 'client_encoding', 'UTF8' ],
	  [ 'standard_conforming_strings', 'on' ];
	$self->send_message('Z', 'I');
}

# The session's beginning: one simple query of two commands.
sub answer_begin
{
	my ($self) = @_;
	$self->read_message;
	$self->send_message('C', "START TRANSACTION\0");
	$self->send_message('C', "SET\0");
	$self->send_message('Z', 'T');
}

# Reads one query of the extended protocol and begins its answer, of so many text columns.
sub begin_answer
{
	my ($self, $columns) = @_;
	for (;;)
	{
		my ($type) = $self->read_message;
		last if $type eq 'S';
	}
	$self->send_message('1', '');
	$self->send_message('2', '');
	$self->send_message('T',
		pack('n', $columns) . join('', map { "c$_\0" . pack('NnNnNn', 0, 0, 25, 65535, -1, 0) } 1 .. $columns));
}

sub row
{
	my (@values) = @_;
	return message('D', pack('n', scalar @values)
		  . join('', map { defined $_ ? pack('N', length $_) . $_ : pack('N', 0xffffffff) } @values));
}

1;
