# 1,000 tables of 8 columns: datalink_create against the same by hand with IMPORT FOREIGN SCHEMA.

. test/bench/parts/measure.sh

remote_sql <<'SQL'
CREATE SCHEMA wide;
SELECT format('CREATE TABLE wide.t%s (id int PRIMARY KEY, a text, b text NOT NULL, c numeric(10,2),'
	' d timestamptz, e date, f boolean, g bigint)', i) FROM generate_series(1, 1000) i \gexec
SQL
local_sql <<'SQL'
CREATE EXTENSION datalinks;
CREATE EXTENSION postgres_fdw;
SQL

linked()
{
	cat <<-SQL
		$(begin)
		SELECT FROM datalink_create('$REMOTE_URL', 'linked', 'wide');
		$(finish datalink_create)
	SQL
}

drop_linked()
{
	cat <<-SQL
		$(begin)
		SELECT FROM datalink_drop('linked');
		$(finish datalink_drop)
	SQL
}

by_hand()
{
	cat <<-SQL
		$(begin)
		BEGIN;
		CREATE SERVER by_hand FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '127.0.0.1', port '$REMOTE_PORT', dbname 'postgres');
		CREATE USER MAPPING FOR CURRENT_USER SERVER by_hand
			OPTIONS (user 'postgres', password '$SERVER_PASSWORD');
		CREATE SCHEMA by_hand;
		IMPORT FOREIGN SCHEMA wide FROM SERVER by_hand INTO by_hand;
		COMMIT;
		$(finish by_hand)
	SQL
}

drop_by_hand()
{
	cat <<-SQL
		$(begin)
		BEGIN;
		DROP SERVER by_hand CASCADE;
		DROP SCHEMA by_hand;
		COMMIT;
		$(finish drop_by_hand)
	SQL
}

# Each run in a session of its own: the by-hand way keeps its connection for the session.
echo 'SET client_min_messages = error;' >quiet.sql
times=$(mktemp)
for run in 0 1 2 3 4 5 6 7 8
do
	{ cat quiet.sql && linked && drop_linked; } | local_sql >>"$times.$run"
	{ cat quiet.sql && by_hand && drop_by_hand; } | local_sql >>"$times.$run"
	# The first run warms caches and catalogs up.
	[ "$run" = 0 ] || cat "$times.$run" >>"$times"
done

compare 'dropping them again' datalink_drop drop_by_hand "$times"
compare 'linking 1,000 tables of 8 columns' datalink_create by_hand "$times" 0.6
