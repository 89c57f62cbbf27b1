# Which types a link's drop takes along: those that its owner owns, whoever the owner is by then. The
# option that names them is the owner's to write, and another owner may be a superuser.

use strict;
use warnings;

use DataLinks;
use Test::More;

my ($local, $remote) = start_nodes();
make_role($local, $_) for qw(alice bob dba);
$local->safe_psql('postgres', <<'END');
GRANT USAGE ON FOREIGN DATA WRAPPER datalinks TO alice, bob;
GRANT CREATE ON DATABASE postgres TO alice, bob;
GRANT CREATE ON SCHEMA public TO alice, bob;
ALTER ROLE dba SUPERUSER;
END
$remote->safe_psql('orders', "SET ROLE app; CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE moods (m mood)");

sub exists_type
{
	my ($type) = @_;
	return run_sql($local, "SELECT to_regtype('$type') IS NOT NULL");
}

# bob's types, which nothing uses; alice's link claims to have made them beside its own.
run_sql($local, <<'END', role => 'bob');
CREATE SCHEMA bobs;
GRANT USAGE ON SCHEMA bobs TO PUBLIC;
CREATE TYPE bobs.unused AS ENUM ('a');
CREATE TYPE bobs.pair AS (a int, b int);
END

sub make_link_with_claims
{
	my ($name) = @_;
	run_sql($local, link_sql($remote, $name, "only_tables => '{moods}', create_types => true"), role => 'alice');
	run_sql($local, "ALTER SERVER $name OPTIONS (SET types_made '{public.mood,bobs.unused,bobs.pair}')",
		role => 'alice');
}

make_link_with_claims('reassigned');
run_sql($local, 'REASSIGN OWNED BY alice TO dba');
is(link_of($local, 'reassigned')->{owner}, 'dba', 'a superuser has inherited the link');
run_sql($local, "SELECT datalink_drop('reassigned')", role => 'dba');
is(exists_type('bobs.unused'), 't', "its drop takes nobody else's enum");
is(exists_type('bobs.pair'), 't', 'nor a composite type');
is(exists_type('public.mood'), 'f', 'but what the link made, which was inherited with it');

# A member could alter its group's types; the group's they stay.
run_sql($local, 'GRANT bob TO alice');
make_link_with_claims('members');
run_sql($local, "SELECT datalink_drop('members')", role => 'alice');
is(exists_type('bobs.unused'), 't', "a member's link made none of its group's types");
is(exists_type('public.mood'), 'f', 'but its own');

# A type that has become another role's is the link's no more.
make_link_with_claims('given');
run_sql($local, 'ALTER TYPE public.mood OWNER TO bob');
run_sql($local, "SELECT datalink_drop('given')", role => 'alice');
is(exists_type('public.mood'), 't', 'a type that was given away stays');

done_testing();
