# A remote that tells whatever password it is sent, in every place where a remote can tell anything.
# It speaks just enough of PostgreSQL's protocol; the database asked for says what it does:
#
#   silent    accepts, and never answers
#   refuse    asks for the password in clear, and refuses it in an error that repeats it
#   relations_N, types_N
#             answers as a remote with one table would, but for the Nth value of what it tells of the
#             relations or of their types: that is NULL
#   types_N_M  the same, but the Nth value is the Mth of @lies
#   ends      answers the first query with ends of statements, and no end of them
#   echo      takes it, repeats it in its version and a notice, and in the error to every query

package EchoServer;

use strict;
use warnings;

use IO::Socket::INET;

sub new
{
	my ($class) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 16)
	  or die "could not listen: $!";
	my $self = bless { port => $listener->sockport, owner => $$ }, $class;
	$self->{pid} = fork // die "could not fork: $!";
	return $self if $self->{pid};

	# One process for each connection; what remains of them goes with the group.
	setpgrp;
	$SIG{CHLD} = 'IGNORE';
	while (my $connection = $listener->accept)
	{
		next if fork;
		eval { _serve($connection) };
		_quit();
	}
	_quit();
}

# Not through exit(): the END blocks of the test are not the child's to run.
sub _quit
{
	require POSIX;
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

sub _read
{
	my ($connection, $length) = @_;
	my $data = '';
	while (length $data < $length)
	{
		sysread($connection, $data, $length - length $data, length $data) or die 'gone';
	}
	return $data;
}

sub _send
{
	my ($connection, $type, $body) = @_;
	syswrite($connection, $type . pack('N', length($body) + 4) . $body) or die 'gone';
}

sub _error
{
	my ($severity, $code, $text) = @_;
	return join('', "S$severity\0", "V$severity\0", "C$code\0", "Mmessage: $text\0",
		"Ddetail: $text\0", "Hhint: $text\0", "Wcontext: $text\0", "\0");
}

# What a remote with one table of one column tells, its names longer than a string's own buffer.
my %answers = (
	relations => [ 'a_table_of_a_long_name', 'r', 'f', 'a_column_of_a_long_name', 70000, -1, 'f', 'f', 100 ],
	types => [ 70000, 'e', 'a_schema_of_a_long_name', 'a_type_of_a_long_name', 'an_extension_of_a_long_name',
		10, 0, undef, 0, 'f', 0, -1, 0, undef, 'a_label_of_a_long_name', 0, -1, 0, undef ],
	collations => [ 100, 'pg_catalog', 'default' ]);

# What a value may be, and should not.
our @lies = ('', '-1', '0', '4294967295', '99999999999999999999', '70000', '1e3', 't', "x'); DROP TABLE victim; --",
	'a', 'c', 'd', 'm', 'p', 'r', "\"\\'\$\$", "\xff\xfe", "\n\t", '%1%%s', 'x' x 70000, '(1),(2)');

# Answers every query until the client goes.
sub _lie
{
	my ($connection, $about, $null, $lie) = @_;
	my $sql = '';
	for (;;)
	{
		my ($type, $length) = unpack('aN', _read($connection, 5));
		my $body = $length > 4 ? _read($connection, $length - 4) : '';
		$sql = $body if $type eq 'P';
		_quit() if $type eq 'X';
		_send($connection, 'C', "SET\0") if $type eq 'Q';
		if ($type eq 'S')
		{
			my $name = $sql =~ /typnotnull/ ? 'types' : $sql =~ /FROM pg_collation/ ? 'collations' : 'relations';
			my @row = @{ $answers{$name} };
			$row[$null] = defined $lie ? $lies[$lie] : undef if $name eq $about;
			_send($connection, $_, '') for 1, 2;
			_send($connection, 'T', pack('n', scalar @row) . join('', map { pack('Z*NnNnNn', 'c', 0, 0, 25, -1, -1, 0) } @row));
			_send($connection, 'D', pack('n', scalar @row)
				. join('', map { defined $_ ? pack('N/a*', $_) : pack('N', 0xFFFFFFFF) } @row));
			_send($connection, 'C', "SELECT 1\0");
		}
		_send($connection, 'Z', 'I') if $type =~ /[SQ]/;
	}
}

sub _serve
{
	my ($connection) = @_;
	my $startup;
	for (;;)
	{
		$startup = _read($connection, unpack('N', _read($connection, 4)) - 4);
		# Requests for TLS and GSSAPI.
		last unless unpack('N', $startup) == 80877103 || unpack('N', $startup) == 80877104;
		syswrite $connection, 'N';
	}
	my %parameters = split /\0/, substr($startup, 4);
	sleep 600 if $parameters{database} eq 'silent';

	_send($connection, 'R', pack('N', 3));
	my ($type, $length) = unpack('aN', _read($connection, 5));
	my $password = _read($connection, $length - 4) =~ s/\0\z//r;
	if ($parameters{database} eq 'refuse')
	{
		_send($connection, 'E', _error('FATAL', '28P01', $password));
		return;
	}
	_send($connection, 'R', pack('N', 0));
	_send($connection, 'S', "$_->[0]\0$_->[1]\0")
	  for [ 'server_version', "15.1 $password" ], [ 'server_encoding', 'UTF8' ],
	  [ 'client_encoding', 'UTF8' ], [ 'standard_conforming_strings', 'on' ];
	_send($connection, 'N', _error('WARNING', '01000', $password))
	  unless $parameters{database} =~ /_/;
	_send($connection, 'Z', 'I');
	_lie($connection, $1, $2, $3) if $parameters{database} =~ /\A(relations|types)_(\d+)(?:_(\d+))?\z/;
	if ($parameters{database} eq 'ends')
	{
		_read($connection, unpack('xN', _read($connection, 5)) - 4);
		_send($connection, 'C', "SET\0") for 1 .. 10000000;
	}
	for (;;)
	{
		($type, $length) = unpack('aN', _read($connection, 5));
		_read($connection, $length - 4) if $length > 4;
		# After the error, all that was sent with the query is skipped up to Sync.
		_send($connection, 'E', _error('ERROR', 'XX000', $password)) if $type =~ /[PQ]/;
		_send($connection, 'Z', 'I') if $type =~ /[SQ]/;
		return if $type eq 'X';
	}
}

1;
