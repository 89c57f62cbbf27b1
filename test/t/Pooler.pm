# A PgBouncer in front of a remote that pools transactions: one backend a database, for whoever comes.
#
#   my $pooler = Pooler->new($remote, 'orders') or skip ...;     where one is installed
#   $pooler->port; $pooler->stop

package Pooler;

use strict;
use warnings;

use DataLinks;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

sub new
{
	my ($class, $remote, @dbnames) = @_;
	my ($program) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
	return unless $program;
	my $self = bless { directory => PostgreSQL::Test::Utils::tempdir(), owner => $$,
		port => PostgreSQL::Test::Cluster::get_free_port() }, $class;
	my $directory = $self->{directory};
	append_to_file("$directory/users", sprintf "\"app\" \"%s\"\n", password_of('app'));
	my $databases = join '', map { sprintf "%s = host=127.0.0.1 port=%d dbname=%s pool_size=1\n", $_, $remote->port, $_ } @dbnames;
	append_to_file("$directory/ini", <<"END");
[databases]
$databases
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $self->{port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $directory/users
pool_mode = transaction
pidfile = $directory/pid
logfile = $directory/log
END
	system($program, '-q', '-d', "$directory/ini") == 0 or die 'PgBouncer does not start';
	$remote->poll_query_until('postgres', 'SELECT true', 't', connstr => $self->connection($dbnames[0])) or die 'PgBouncer does not answer';
	return $self;
}

sub port
{
	my ($self) = @_;
	return $self->{port};
}

sub connection
{
	my ($self, $dbname) = @_;
	return sprintf 'host=127.0.0.1 port=%d user=app password=%s dbname=%s', $self->port, password_of('app'), $dbname;
}

sub stop
{
	my ($self) = @_;
	return unless $self->{owner} == $$ && -e "$self->{directory}/pid";
	kill 'TERM', slurp_file("$self->{directory}/pid");
	$self->{owner} = 0;
	return;
}

sub DESTROY
{
	my ($self) = @_;
	local $?;
	$self->stop;
}

1;
