# The ways to a remote that are compared, and how far away it is.
#
#   link    a data link as it is created
#   plain   postgres_fdw as its manual has it
#   tuned   postgres_fdw as well tuned as can be by hand
#   limit   libpq alone, in binary form and row by row; for writes, a client of the remote itself
#
#   start_relays($directory)            the remote at each further distance
#   make_ways($local, $schema)          what reaches that schema of the remote, each way and distance
#   my $at = at($way, $trip, $schema)   {way, trip, schema, url, port}: where one of them finds it
#   link_sql($at, $name, $schema), import_sql($at, $name, $schema)
#                                       what makes a schema of that name

package Ways;

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT = qw(@ways @trips local_url start_relays make_ways at link_sql import_sql drop_import_sql);

our @ways = qw(link plain tuned limit);

# Round trips, in milliseconds.
our @trips = split ' ', length($ENV{TRIPS} // '') ? $ENV{TRIPS} : '0 1 5';

# The ports where the remote is reached, by round trip; and the relays that make it so.
my %ports = (0 => $ENV{REMOTE_PORT});
my @relays;

END
{
	kill TERM => @relays if @relays;
}

sub local_url
{
	my ($database) = @_;
	return $ENV{LOCAL_URL} =~ s/postgres\z/$database/r;
}

sub start_relays
{
	my ($directory) = @_;
	for my $trip (grep { $_ > 0 } @trips)
	{
		my $file = "$directory/port.$trip";
		my $pid = fork // die "fork: $!\n";
		if (!$pid)
		{
			exec "$ENV{BENCH_PROGRAMS}/relay", $file, $ENV{REMOTE_PORT}, 500 * $trip;
		}
		push @relays, $pid;
		for (my $tries = 0; !-s $file; ++$tries)
		{
			die "the relay does not start\n" if $tries > 200;
			select undef, undef, undef, 0.05;
		}
		open my $ports, '<', $file or die "$file: $!\n";
		chomp($ports{$trip} = <$ports>);
	}
}

sub at
{
	my ($way, $trip, $schema) = @_;
	$schema //= '';
	my $port = $ports{$trip};
	return {
		way => $way, trip => $trip, port => $port,
		url => $ENV{REMOTE_URL} =~ s/:\d+\//:$port\//r,
		schema => $way eq 'limit' ? $schema : "${way}_${trip}_$schema"
	};
}

sub link_sql
{
	my ($at, $name, $schema) = @_;
	return "SELECT FROM datalink_create('$at->{url}', '$name', '$schema')";
}

my %options = (
	plain => '',
	tuned => ", fetch_size '10000', batch_size '1000', use_remote_estimate 'true', async_capable 'true'");

sub import_sql
{
	my ($at, $name, $schema) = @_;
	return <<"SQL";
CREATE SERVER $name FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host '127.0.0.1', port '$at->{port}', dbname 'postgres'$options{$at->{way}});
CREATE USER MAPPING FOR CURRENT_USER SERVER $name
	OPTIONS (user 'postgres', password '$ENV{SERVER_PASSWORD}');
CREATE SCHEMA $name;
IMPORT FOREIGN SCHEMA $schema FROM SERVER $name INTO $name;
SQL
}

sub drop_import_sql
{
	my ($name) = @_;
	return "DROP SERVER $name CASCADE; DROP SCHEMA $name";
}

# An expert does not fetch 10,000 rows of 20 kB at once.
sub tune
{
	my ($local, $name) = @_;
	my @tables = split /\n/, $local->ask("SELECT relname FROM pg_class WHERE relnamespace = '$name'::regnamespace");
	for my $table (@tables)
	{
		$local->ask("ALTER FOREIGN TABLE $name.$table OPTIONS (ADD fetch_size '100')") if $table eq 'documents';
		$local->ask("ANALYZE $name.$table");
	}
}

sub make_ways
{
	my ($local, $schema) = @_;
	for my $trip (@trips)
	{
		my $link = at('link', $trip, $schema);
		$local->ask(link_sql($link, $link->{schema}, $schema));
		for my $way (qw(plain tuned))
		{
			my $import = at($way, $trip, $schema);
			$local->ask(import_sql($import, $import->{schema}, $schema));
		}
		tune($local, at('tuned', $trip, $schema)->{schema});
	}
}

1;
