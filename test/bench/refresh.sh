# 1,000 tables of 8 columns: datalink_refresh where nothing has changed, against datalink_create.

. test/bench/parts/measure.sh

remote_sql <<'SQL'
CREATE SCHEMA wide;
SELECT format('CREATE TABLE wide.t%s (id int PRIMARY KEY, a text, b text NOT NULL, c numeric(10,2),'
	' d timestamptz, e date, f boolean, g bigint)', i) FROM generate_series(1, 1000) i \gexec
VACUUM ANALYZE;
SQL
local_sql <<'SQL'
CREATE EXTENSION datalinks;
SQL

# Each call in a session of its own, as it mostly comes: with caches as cold for one as the other.
measured()
{
	{ echo 'SET client_min_messages = error;' && begin && echo "$2" && finish "$1"; } | local_sql
}

times=$(mktemp)
for run in 0 1 2 3 4 5 6 7 8
do
	{
		measured datalink_create "SELECT FROM datalink_create('$REMOTE_URL', 'linked', 'wide');"
		measured datalink_refresh "SELECT FROM datalink_refresh('linked');"
		measured datalink_diff "SELECT FROM datalink_diff('linked');"
	} >"$times.$run"
	local_sql -c "SELECT FROM datalink_drop('linked')"
	# The first run warms caches and catalogs up.
	[ "$run" = 0 ] || cat "$times.$run" >>"$times"
done

compare 'comparing 1,000 unchanged tables' datalink_diff datalink_create "$times"
compare 'refreshing 1,000 unchanged tables' datalink_refresh datalink_create "$times" 0.6
