# A link's settings: each stands in the server's options, is compared under its argument's name, is
# altered in place, and is remembered by a reset in the very form that the server had.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
$remote->safe_psql('orders', <<'END');
CREATE SCHEMA "Shop, it's" AUTHORIZATION app;
SET ROLE app;
CREATE TYPE "Shop, it's".mood AS ENUM ('sad', 'o"k\');
CREATE TABLE "Shop, it's"."it=em" (id int, m "Shop, it's".mood);
CREATE TABLE "Shop, it's".other (id int);
END

my @of_remote = qw(host hostaddr port dbname connect_timeout link created_at home);

# The server's options but those that say where the remote is, one a line.
sub server_options
{
	my ($name) = @_;
	my $besides = join ',', map { "'$_'" } @of_remote;
	return run_sql($local, 'SELECT o FROM pg_foreign_server, unnest(srvoptions) o'
		  . " WHERE srvname = '$name' AND split_part(o, '=', 1) NOT IN ($besides) ORDER BY o COLLATE \"C\"");
}

sub remembered_options
{
	my ($name) = @_;
	return run_sql($local, "SELECT o FROM datalinks.invalid_link, unnest(options) o WHERE name = '$name'"
		  . ' ORDER BY o COLLATE "C"');
}

sub set_remote_sql
{
	my ($name) = @_;
	return "SELECT name FROM datalink_set_remote('$name', '" . url($remote) . "')";
}

# --- every setting, and options that users set beside them ---

my %settings = (
	remote_schema => q{'Shop, it''s'},
	only_tables => q{'{it=em}'},
	read_only => 'true',
	create_types => 'true',
);
sub arguments { my (%given) = @_; return join ', ', map { "$_ => $given{$_}" } sort keys %given }

$local->safe_psql('postgres', 'CREATE SCHEMA "Shop, it\'s"');
run_sql($local, link_sql($remote, 'shop', arguments(%settings)));
my $options = server_options('shop');
like($options, qr/^\Q$_\E$/m, "it stands in the options: $_")
  for q{remote_schema=Shop, it's}, 'only_tables={"it=em"}', 'updatable=false', 'truncatable=false',
  'create_types=true';
like($options, qr/^types_made=\{.*mood/m, 'and what was made for it');
run_sql($local, q{ALTER SERVER shop OPTIONS (ADD fetch_size '7', ADD extensions '')});
$options = server_options('shop');
like($options, qr/^fetch_size=7$/m, "users' options stand beside them");

run_sql($local, 'DROP SCHEMA shop CASCADE');
is(remembered_options('shop'), $options, 'a reset remembers them all in the same form');
run_sql($local, set_remote_sql('shop'));
is(server_options('shop'), $options, 'and the rebuilt link has them');

# --- what is not set says nothing ---

run_sql($local, link_sql($remote, 'plain'));
my $own = qq(async_capable=true\noptions_set={"async_capable=true"});
is(server_options('plain'), "$own\nremote_schema=public", 'a link without settings has no options for them');
run_sql($local, q{ALTER SERVER plain OPTIONS (ADD truncatable 'false')});
run_sql($local, 'DROP SCHEMA plain CASCADE');
run_sql($local, set_remote_sql('plain'));
is( server_options('plain'), "$own\nremote_schema=public\ntruncatable=false",
	'half of what read_only sets is its own option');
is(run_sql($local, "SELECT read_only FROM datalink_list() WHERE name = 'plain'"), 'f', 'and not read-only');

# --- each is told where it differs ---

my %other = (
	remote_schema => q{'public'},
	only_tables => q{'{other}'},
	read_only => 'false',
	create_types => 'false',
);
for my $name (sort keys %other)
{
	my $error = fails($local,
		link_sql($remote, 'shop', arguments(%settings, $name => $other{$name}, if_not_exists => 'true')),
		'42710', undef, "another $name");
	is($error->{detail}, "Different: $name.", 'and it alone is named');
}
my $error = fails($local,
	link_sql($remote, 'plain', q{except_tables => '{other}', if_not_exists => true}), '42710', undef, 'except_tables');
is($error->{detail}, 'Different: except_tables.', 'is named, too');

# --- alter: NULL leaves, an empty array clears ---

run_sql($local, "SELECT datalink_alter('shop', read_only => false)");
my $altered = join "\n", grep { !/^(updatable|truncatable)=/ } split /\n/, $options;
is(server_options('shop'), $altered, 'read_only off takes both its options away, and nothing else');
run_sql($local, "SELECT datalink_alter('shop', only_tables => '{}')");
$altered = join "\n", grep { !/^only_tables=/ } split /\n/, $altered;
is(server_options('shop'), $altered, 'an empty array clears a list');

done_testing();
