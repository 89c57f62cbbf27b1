# Sourced by the benches that look at a remote beside us and at one 2 ms away. Leaves far_port and
# far_url, and work, a directory that goes with the bench.

round_trip=2000 # microseconds

# build NAME: a helper in C, into the directory that is thrown away.
build()
{
	# shellcheck disable=SC2086 # several flags
	"${CC:-cc}" -O2 -o "$work/$1" "test/bench/parts/$1.c" $LIBPQ_FLAGS
}

work=$(mktemp -d "$PWD/bench.XXXXXX")
build relay
"$work/relay" "$work/port" "$REMOTE_PORT" $((round_trip / 2)) &
relay=$!
trap 'kill "$relay"; rm -rf "$work"' EXIT
timeout 10 sh -c "until [ -s '$work/port' ]; do sleep 0.05; done"
far_port=$(cat "$work/port")
far_url=${REMOTE_URL/:$REMOTE_PORT\//:$far_port/}

# make_raw NAME PORT [OPTIONS]: a server of postgres_fdw's own, imported under the same name.
make_raw()
{
	local_sql <<-SQL
		CREATE SERVER $1 FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '127.0.0.1', port '$2', dbname 'postgres'${3:+, $3});
		CREATE USER MAPPING FOR CURRENT_USER SERVER $1
			OPTIONS (user 'postgres', password '$SERVER_PASSWORD');
		CREATE SCHEMA $1;
		IMPORT FOREIGN SCHEMA bench FROM SERVER $1 INTO $1;
	SQL
}
