# INSERTs and scans through a link against the same through postgres_fdw's own wrapper, with the
# same options and, in both, a connection that stands already. Every column is sent by both: what
# a link leaves to the remote's defaults would only make it faster.

. test/bench/parts/measure.sh

runs=15
remote_sql <<'SQL'
CREATE SCHEMA bench;
CREATE TABLE bench.written (id int, name text, amount numeric, made_at timestamptz);
CREATE TABLE bench.read AS
	SELECT i AS id, 'name ' || i AS name, i * 1.5 AS amount, now() AS made_at
	FROM generate_series(1, 200000) i;
VACUUM ANALYZE bench.read;
SQL
local_sql <<SQL
SET client_min_messages = error;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION datalinks;
SELECT FROM datalink_create('$REMOTE_URL', 'linked', 'bench');
CREATE SERVER raw FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host '127.0.0.1', port '$REMOTE_PORT', dbname 'postgres');
CREATE USER MAPPING FOR CURRENT_USER SERVER raw
	OPTIONS (user 'postgres', password '$SERVER_PASSWORD');
CREATE SCHEMA raw;
IMPORT FOREIGN SCHEMA bench FROM SERVER raw INTO raw;
SELECT format('ALTER FOREIGN TABLE %s.written OPTIONS (ADD batch_size %L);'
	'ALTER FOREIGN TABLE %s.read OPTIONS (ADD fetch_size %L)', s, 1000, s, 1000)
	FROM unnest('{linked,raw}'::text[]) s \gexec
-- What the link says to postgres_fdw, the other server says as well.
SELECT format('ALTER SERVER raw OPTIONS (ADD %I %L)', o.option_name, o.option_value)
	FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o
	WHERE s.srvname <> 'raw' AND o.option_name NOT IN ('host', 'port', 'dbname', 'link',
		'remote_schema', 'only_tables', 'except_tables', 'create_types', 'types_made',
		'created_at') \gexec
SQL

# As begin and finish, and besides the session's own processor time ("cpu_CASE", in milliseconds),
# which a loaded machine blurs less. Only Linux tells it.
cpu="split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1000000"
start()
{
	echo "SELECT $cpu AS cpu \\gset"
	begin
}

stop()
{
	finish "$1"
	echo "SELECT 'cpu_$1 ' || round($cpu - nullif(:'cpu', '')::numeric, 3);"
}

# statements SCHEMA: each kind of statement, measured.
statements()
{
	cat <<-SQL
		$(start)
		INSERT INTO $1.written
			SELECT i, 'name ' || i, i, '2020-01-01' FROM generate_series(1, 100000) i;
		$(stop "insert_$1")
		TRUNCATE $1.written;
		$(start)
		DO \$\$ BEGIN FOR i IN 1 .. 2000 LOOP
			EXECUTE format('INSERT INTO $1.written VALUES (%s, %L, 1.5, %L)', i, i, '2020-01-01');
		END LOOP; END \$\$;
		$(stop "single_$1")
		TRUNCATE $1.written;
		$(start)
		DO \$\$ BEGIN PERFORM count(name), max(amount) FROM (SELECT * FROM $1.read OFFSET 0) rows;
		END \$\$;
		$(stop "scan_$1")
	SQL
}

# One session, the cases in turns, and each run begins with the other.
times=$(mktemp)
for ((run = 0; run <= runs; run++))
do
	echo "\\o $times.$run"
	if ((run % 2))
	then
		statements linked
		statements raw
	else
		statements raw
		statements linked
	fi
done | local_sql
# The first run warms caches up and connects.
for ((run = 1; run <= runs; run++))
do
	cat "$times.$run"
done >"$times"

status=0
compare 'INSERT of 100,000 rows, 1,000 a batch' insert_linked insert_raw "$times" 1.3 || status=1
compare '2,000 INSERTs of a row' single_linked single_raw "$times" 1.3 || status=1
compare 'scanning 200,000 rows' scan_linked scan_raw "$times" 1.3 || status=1
if grep -q '^cpu_' "$times"
then
	for case in insert single scan
	do
		compare "processor time of the local session, $case" "cpu_${case}_linked" "cpu_${case}_raw" "$times"
	done
fi
exit "$status"
