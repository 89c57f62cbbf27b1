# What the TAP tests share: two real servers, roles with passwords, and short ways to ask.
#
#   my ($local, $remote) = start_nodes();                     extension in local's database postgres
#   make_role($local, 'alice', 'CREATEDB');                   its password is password_of('alice')
#   run_sql($local, $sql, role => 'alice', dbname => 'db')    stdout; dies where the SQL fails
#   my $error = error_of($local, $sql, role => 'alice')       {sqlstate, message, detail, hint, ...}
#   fails($local, $sql, '42501', qr/must be owner/, 'test', role => 'alice')
#   is(link_of($local, 'orders')->{state}, 'valid')
#   keep_sessions();                                          from here on, a session for many calls

package DataLinks;

use strict;
use warnings;

use Exporter qw(import);
use IPC::Run ();
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

our @EXPORT = qw(
  start_nodes start_node make_role password_of url link_sql connection make_remote_schema
  run_sql messages_of error_of fails links link_of log_of log_size
  keep_sessions
);

# A new cluster is a copy of the harness's, and so has its system identifier: for one of its own,
# delete local $ENV{INITDB_TEMPLATE}. Since 17 Cluster does the same by itself.
if ($ENV{INITDB_TEMPLATE})
{
	no warnings 'redefine';
	my $run = \&PostgreSQL::Test::Utils::system_or_bail;
	*PostgreSQL::Test::Utils::system_or_bail = sub {
		my (@command) = @_;
		@command = ('cp', '-RPp', $ENV{INITDB_TEMPLATE}, $1)
		  if $ENV{INITDB_TEMPLATE} && "@command" =~ /\Ainitdb -D (\S+) -A trust -N\z/;
		return $run->(@command);
	};
}

# A program that ends before its input was written (psql, where a server refuses it) is no reason to
# die, as IPC::Run before 20260402 has it: how it ended tells.
{
	no warnings 'redefine';
	my $write = \&IPC::Run::_write;
	*IPC::Run::_write = sub {
		my $written;
		return $written if eval { $written = $write->(@_); 1 };
		my $broken = do { local $! = POSIX::EPIPE(); "$!" };
		die $@ unless $@ =~ /\A\Q$broken\E:/;
		return length $_[1];
	};
}

my @nodes;

# One server: listens on 127.0.0.1 and asks everybody there for a password; on its socket the
# superuser needs none. Settings are lines for postgresql.conf.
sub start_node
{
	my ($name, @settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	my $superuser = getpwuid($>);
	$node->append_conf('postgresql.conf',
		join("\n", "listen_addresses = '127.0.0.1'", @settings, ''));
	unlink $node->data_dir . '/pg_hba.conf';
	$node->append_conf('pg_hba.conf', <<"END");
local all,replication "$superuser" trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
END
	$node->start;
	push @nodes, $node;
	return $node;
}

# The usual pair: the extension in the local's database postgres; on the remote the role app with
# some tables, in its database orders.
sub start_nodes
{
	my (@settings) = @_;
	my $local = start_node('local', @settings);
	my $remote = start_node('remote');
	$local->safe_psql('postgres', 'CREATE EXTENSION datalinks');
	make_role($remote, 'app');
	$remote->safe_psql('postgres', 'CREATE DATABASE orders OWNER app');
	make_remote_schema($remote);
	return ($local, $remote);
}

# Two tables and a view in the schema given (public), owned by app.
sub make_remote_schema
{
	my ($remote, $schema) = @_;
	$schema //= 'public';
	$remote->safe_psql('orders', <<"END");
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS $schema;
GRANT ALL ON SCHEMA $schema TO app;
SET ROLE app;
CREATE TABLE $schema.customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE $schema.item (id int PRIMARY KEY, customer_id int NOT NULL, price numeric(10,2));
CREATE VIEW $schema.spent AS
	SELECT c.name, sum(i.price) FROM $schema.customer c JOIN $schema.item i
		ON i.customer_id = c.id GROUP BY c.name;
INSERT INTO $schema.customer VALUES (1, 'Ada'), (2, 'Grace');
INSERT INTO $schema.item VALUES (1, 1, 9.99), (2, 1, 0.01), (3, 2, 5);
END
}

sub password_of
{
	my ($role) = @_;
	return "pw-$role-wp";
}

# A role that can log in with a password; attributes as in CREATE ROLE.
sub make_role
{
	my ($node, $role, $attributes) = @_;
	$attributes //= '';
	$node->safe_psql('postgres',
		"CREATE ROLE $role LOGIN PASSWORD '" . password_of($role) . "' $attributes");
}

# The URL of a node's database; role app and database orders unless told otherwise. A password
# given is taken as it is: percent-encode it where that matters.
sub url
{
	my ($node, %given) = @_;
	my $role = $given{role} // 'app';
	my $password = $given{password} // password_of($role);
	my $dbname = $given{dbname} // 'orders';
	my $port = $given{port} // $node->port;
	return "postgres://$role:$password\@127.0.0.1:$port/$dbname" . ($given{query} // '');
}

# The call of datalink_create; more arguments as SQL text.
sub link_sql
{
	my ($node, $name, $more, %given) = @_;
	my $url = url($node, %given);
	return "SELECT name FROM datalink_create('$url', '$name'" . ($more ? ", $more" : '') . ')';
}

# Connection string over TCP as a role.
sub connection
{
	my ($node, $role, $dbname) = @_;
	return sprintf("host=127.0.0.1 port=%d user=%s password=%s dbname=%s",
		$node->port, $role, password_of($role), $dbname // 'postgres');
}

# For files of many short calls: those to the same node, role and database share a session, which
# each finds as new (Session.pm), but for what the server keeps by session: whoever counts sessions or
# looks at what one leaves behind does without.
my ($keep_sessions, %sessions);

sub keep_sessions
{
	$keep_sessions = 1;
	return;
}

# Before the servers stop, and before Perl takes apart what a session needs to end. Cluster would stop
# them at once: backends that count what they have run (make coverage) end by themselves.
END
{
	%sessions = ();
	local $?;
	$_->stop('fast', fail_ok => 1) for $ENV{DATALINKS_STOP_NODES} ? @nodes : ();
}

# Runs SQL as the superuser or, over TCP, as another role: (exit status, stdout, stderr).
sub _psql
{
	my ($node, $sql, %given) = @_;
	my $dbname = $given{dbname} // 'postgres';
	my $connection =
	  $given{role} ? connection($node, $given{role}, $dbname) : $node->connstr($dbname);
	my $on_error_stop = $given{on_error_stop} // 1;
	my $timeout = $PostgreSQL::Test::Utils::timeout_default;
	if ($keep_sessions)
	{
		# A server that was started anew has another process, and none of our sessions.
		my $key = "$node->{_pid} $connection";
		my $session = delete $sessions{$key} // Session->new($connection, $timeout);
		my @result = $session->run($sql, $on_error_stop);
		$sessions{$key} = $session if $session->alive;
		return @result;
	}
	my ($stdout, $stderr) = ('', '');
	my $status = $node->psql($dbname, $sql,
		connstr => $connection,
		stdout => \$stdout,
		stderr => \$stderr,
		timeout => $timeout,
		on_error_stop => $on_error_stop,
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return ($status, $stdout, $stderr);
}

# What the SQL prints; dies where it fails.
sub run_sql
{
	my ($node, $sql, %given) = @_;
	my ($status, $stdout, $stderr) = _psql($node, $sql, %given);
	die "SQL failed: $sql\n$stderr" if $status != 0;
	return $stdout;
}

# The notices, warnings and errors the client sees, every field of them.
sub messages_of
{
	my ($node, $sql, %given) = @_;
	my (undef, undef, $stderr) = _psql($node, $sql, on_error_stop => 0, %given);
	return $stderr;
}

# The first error as a hash of lower-case fields and sqlstate; an empty one where nothing failed.
sub error_of
{
	my ($node, $sql, %given) = @_;
	my ($status, undef, $stderr) = _psql($node, $sql, %given);
	return {} unless $stderr =~ s/\A.*?^(?:psql:\S+ )?(?:ERROR|FATAL):  (\w{5}): /MESSAGE:  /ms;
	my %error = (sqlstate => $1);
	while ($stderr =~ /^([A-Z]{4,10}):  (.*?)(?=^(?:[A-Z]{4,10}|[A-Z]+ [A-Z]+|LINE \d+):  |^psql:|\z)/msg)
	{
		my ($field, $text) = (lc $1, $2);
		chomp $text;
		$error{$field} //= $text;
	}
	return \%error;
}

# One test: the SQL fails with this SQLSTATE, and its message matches (undef: whatever it says).
# Returns the error.
sub fails
{
	my ($node, $sql, $sqlstate, $message, $name, %given) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $error = error_of($node, $sql, %given);
	my $got = ($error->{sqlstate} // 'no error') . ': ' . ($error->{message} // '');
	like($got, $message ? qr/\A$sqlstate: .*$message/s : qr/\A$sqlstate: /, $name);
	return $error;
}

# The rows of datalink_list(), each a hash by column.
sub links
{
	my ($node, %given) = @_;
	my @columns = qw(name created_at remote remote_name remote_schema tables read_only owner state
	  invalidated_at reason);
	my $fields = join(", ", map { "quote_nullable($_)" } @columns);
	my $list = run_sql($node, "SELECT concat_ws(E'\\x01', $fields) FROM datalink_list()", %given);
	my @rows;
	for my $line (split /\n/, $list)
	{
		my %row;
		@row{@columns} = map { s/\AE?'(.*)'\z/$1/sr } split /\x01/, $line;
		$_ = $_ eq 'NULL' ? undef : $_ for values %row;
		push @rows, \%row;
	}
	return @rows;
}

# The row of one link; an empty hash where there is none.
sub link_of
{
	my ($node, $name, %given) = @_;
	my ($row) = grep { $_->{name} eq $name } links($node, %given);
	return $row // {};
}

# How long the node's log is now, and what came after such a point.
sub log_size
{
	my ($node) = @_;
	return -s $node->logfile;
}

sub log_of
{
	my ($node, $since) = @_;
	return slurp_file($node->logfile, $since // 0);
}

1;
