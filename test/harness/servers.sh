# Sourced by what runs in the scratch directory, after scratch.sh: throw-away servers on 127.0.0.1
# and on a socket in the scratch directory. Whoever made the scratch directory stops them.
#
# The superuser is postgres; on the socket it needs no password, and everybody else does. The
# surroundings must not decide how a test ends: what libpq reads from the environment is unset.

unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE \
	PGOPTIONS PGSSLMODE PGREQUIRESSL PGSSLROOTCERT PGCLIENTENCODING PGAPPNAME PGCONNECT_TIMEOUT \
	PGTARGETSESSIONATTRS PGREQUIREPEER PGGSSENCMODE PGCHANNELBINDING PGTZ PGDATESTYLE PGDATA

password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
sockets=$SCRATCH/sockets

free_port()
{
	perl -MIO::Socket::INET -e \
		'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 1)->sockport'
}

# start_server NAME [SETTING...]: a new server, its port in $port and its log in $SCRATCH/NAME.log.
start_server()
{
	local data=$SCRATCH/$1 log=$SCRATCH/$1.log try
	mkdir -p "$sockets"
	initdb -D "$data" -U postgres -E UTF8 --locale=C.UTF-8 -N \
		--pwfile=<(echo "$password") >"$log.initdb" 2>&1 || {
		cat "$log.initdb"
		return 1
	}
	cat >"$data/pg_hba.conf" <<-END
		local all,replication postgres trust
		local all all scram-sha-256
		host all all 127.0.0.1/32 ${authentication:-scram-sha-256}
	END
	{
		printf '%s\n' "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$sockets'" \
			"fsync = off" "log_line_prefix = '%m [%p] %q%u@%d %a '" "${@:2}"
	} >>"$data/postgresql.conf"
	# Between our look and the server's bind, somebody else may take the port.
	for try in 1 2 3 4 5
	do
		port=$(free_port)
		pg_ctl -D "$data" -l "$log" -o "-p $port" -w -s start >/dev/null 2>&1 && return
		grep -q 'could not bind' "$log" || break
	done
	cat "$log"
	return 1
}

# show_log NAME: the end of that server's log, for whoever has to find out why a test failed.
show_log()
{
	echo "--- the end of the log of server $1"
	tail -n 60 "$SCRATCH/$1.log"
}
