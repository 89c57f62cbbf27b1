# Writing through a link as created, against plain postgres_fdw, against postgres_fdw with batch_size
# 1000, against psql's \copy in binary form, and against a local table: beside the remote ("near") and
# 2 ms away from it ("far"). Where postgres_fdw would take minutes it writes but a part of the rows,
# and its time is that part's in proportion. QUICK=1 has fewer runs, and no million rows;
# ONLY takes the cases that it matches, memory among them.

. test/bench/parts/measure.sh
. test/bench/parts/far.sh

runs=${RUNS:-5}
[ -z "${QUICK:-}" ] || runs=2

remote_sql <<'SQL'
CREATE SCHEMA bench;
CREATE TABLE bench.goal (a int PRIMARY KEY, b text, c int);
CREATE TABLE bench.kept (a int PRIMARY KEY, b text, c int);
INSERT INTO bench.kept SELECT i, 'kept ' || i, i FROM generate_series(1, 100000) i;
VACUUM ANALYZE;
SQL

files=$work/files
mkdir -m 777 "$files"
local_sql <<SQL
SET client_min_messages = error;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION datalinks;
SELECT FROM datalink_create('$REMOTE_URL', 'near_link', 'bench');
SELECT FROM datalink_create('$far_url', 'far_link', 'bench');
CREATE SCHEMA here;
CREATE TABLE here.goal (a int PRIMARY KEY, b text, c int);
CREATE TABLE here.kept (a int PRIMARY KEY, b text, c int);
INSERT INTO here.kept SELECT i, 'kept ' || i, i FROM generate_series(1, 100000) i;
CREATE TABLE source (a int PRIMARY KEY, b text, c int);
INSERT INTO source SELECT i, 'some text ' || i, i % 1000 FROM generate_series(1, 1000000) i;
CREATE TABLE keys AS SELECT i AS a FROM generate_series(1, 50000) i;
VACUUM ANALYZE;
COPY (SELECT * FROM source ORDER BY a LIMIT 100000) TO '$files/text';
COPY (SELECT * FROM source ORDER BY a LIMIT 100000) TO '$files/100000' (FORMAT binary);
COPY source TO '$files/1000000' (FORMAT binary);
SQL
chmod a+r "$files"/*
make_raw near_plain "$REMOTE_PORT"
make_raw far_plain "$far_port"
make_raw near_batch "$REMOTE_PORT" "batch_size '1000'"
make_raw far_batch "$far_port" "batch_size '1000'"

# What is measured: CASE PLACE PART, where plain postgres_fdw does but the part. One statement may not
# mean the same to all: who has nothing to compare with is left out.
cases=(
	"insert_100k near 20" "insert_100k far 500" "insert_1m near 200" "insert_1m far 5000"
	"copy_100k near 20" "copy_100k far 500" "returning_1k far 10"
	"update_2k far 10" "update_50k near 5" "delete_2k far 10" "delete_50k near 5"
	"one_insert near 1" "one_insert far 1" "one_update far 1" "one_delete far 1" "block far 1"
)
[ -z "${QUICK:-}" ] || mapfile -t cases < <(printf '%s\n' "${cases[@]}" | grep -v _1m)
[ -z "${ONLY:-}" ] || mapfile -t cases < <(printf '%s\n' "${cases[@]}" | grep -E "$ONLY")

# each TIMES SQL: with # for a number.
each()
{
	local i
	for ((i = 1; i <= $1; i++))
	do
		echo "${2//\#/$i};"
	done
}

# statement CASE SCHEMA PART
statement()
{
	local rows
	case $1 in
		insert_100k) echo "INSERT INTO $2.goal SELECT * FROM source ORDER BY a LIMIT 100000 / $3;" ;;
		insert_1m) echo "INSERT INTO $2.goal SELECT * FROM source ORDER BY a LIMIT 1000000 / $3;" ;;
		copy_100k) echo "COPY $2.goal FROM PROGRAM 'head -n $((100000 / $3)) $files/text';" ;;
		returning_1k) echo "WITH w AS (INSERT INTO $2.goal SELECT * FROM source ORDER BY a LIMIT 1000 / $3
			RETURNING a) SELECT FROM w OFFSET 1000000;" ;;
		update_*) rows=${1#*_} && rows=$((${rows%k} * 1000 / $3))
			echo "UPDATE $2.kept k SET c = k.c + 1 FROM keys s WHERE s.a = k.a AND s.a <= $rows AND random() >= 0;" ;;
		delete_*) rows=${1#*_} && rows=$((${rows%k} * 1000 / $3))
			echo "DELETE FROM $2.kept k USING keys s WHERE s.a = k.a AND s.a <= $rows AND random() >= 0;" ;;
		one_insert) each 20 "INSERT INTO $2.goal VALUES (#, 'one', 1)" ;;
		one_update) each 20 "UPDATE $2.kept SET c = c + 1 WHERE a = #" ;;
		one_delete) each 20 "DELETE FROM $2.kept WHERE a = #" ;;
		block) echo "BEGIN;"
			each 20 "INSERT INTO $2.goal VALUES (#, 'block', 1); UPDATE $2.goal SET c = 2 WHERE a = #; DELETE FROM $2.goal WHERE a = #"
			echo "COMMIT;" ;;
	esac
}

# measure CASE PLACE PART WHO: SQL for psql, between statements that put things back.
measure()
{
	local schema=$2_$4 part=1 url=$REMOTE_URL rows=100000
	case $4.$1 in
		batch.insert_* | copy.insert_* | copy.copy_*) ;;
		# Before 16, COPY knows no batches.
		batch.copy_*) part=$3 ;;
		batch.* | copy.*) return ;;
		plain.*) part=$3 ;;
		here.*) schema=here ;;
	esac
	# What is deleted comes back, and neither side has dead rows to wade through.
	echo "TRUNCATE here.goal, near_link.goal;"
	[[ ! $1 =~ delete|update ]] || echo "TRUNCATE here.kept, near_link.kept;
		INSERT INTO near_link.kept SELECT i, 'kept ' || i, i FROM generate_series(1, 100000) i;
		INSERT INTO here.kept SELECT i, 'kept ' || i, i FROM generate_series(1, 100000) i;
		ANALYZE here.kept;
		\\! psql -Xq '$REMOTE_URL' -c 'VACUUM ANALYZE bench.kept'"
	# The connection stands, and the plan of the first time is made.
	[ "$4" = here ] || [ "$4" = copy ] || echo "SELECT FROM $schema.goal LIMIT 1;"
	if [ "$4" = copy ]
	then
		[ "$1" != insert_1m ] || rows=1000000
		[ "$2" = near ] || url=$far_url
		# Its own time, without the start of the program.
		echo "\\! psql -Xq '$url' -c '\\timing on' -c '\\copy bench.goal FROM $files/$rows (FORMAT binary)'" \
			"| awk '/^Time/ { print \"$1_$2_copy\", \$2 }' >>'$work/copy.times'"
		return
	fi
	begin
	statement "$1" "$schema" "$part"
	echo "SELECT '$1_$2_$4 ' || round($part * 1000 * extract(epoch FROM clock_timestamp() - :'started'), 3);"
}

who=(link plain batch copy here)
for ((run = 0; run < runs; run++))
do
	for case in "${cases[@]}"
	do
		for ((i = 0; i < ${#who[@]}; i++))
		do
			# shellcheck disable=SC2086 # a case, a place and a part
			measure $case "${who[(i + run) % ${#who[@]}]}"
		done
	done
done | local_sql >"$work/times"
[ ! -e "$work/copy.times" ] || cat "$work/copy.times" >>"$work/times"

for case in "${cases[@]}"
do
	read -r name place part <<<"$case"
	echo "$name.$place $part" $(for one in "${who[@]}"
		do
			grep -q "^${name}_${place}_$one " "$work/times" && median "${name}_${place}_$one" "$work/times" || echo 0
		done)
done | awk -v runs="$runs" '
	function ratio(other, link) { return other > 0 ? sprintf("%.2f", other / link) : "-" }
	function time(value) { return value > 0 ? sprintf("%.1f", value) : "-" }
	BEGIN {
		printf "medians of %d runs in turns, in ms; how many times the link is as fast as\n", runs
		printf "%-18s %9s %10s %9s %9s %9s   %8s %7s %7s %7s\n", "", "link", "plain", "batch", "\\copy", "local",
			"plain", "batch", "\\copy", "local"
	}
	{
		printf "%-18s %9.1f %10s %9s %9s %9s   %8s %7s %7s %7s\n", $1, $3, time($4) ($2 > 1 ? "*" : ""),
			time($5) ($2 > 1 && $1 ~ /copy/ ? "*" : ""),
			time($6), time($7), ratio($4, $3), ratio($5, $3), ratio($6, $3), ratio($7, $3)
		if ($4 > 0 && $3 > 1.05 * $4)
			slower = slower sprintf("slower than 1.05 of plain: %s (%.2f)\n", $1, $3 / $4)
		if ($5 > 0 && $3 > 1.05 * $5)
			slower = slower sprintf("slower than 1.05 of batch_size 1000: %s (%.2f)\n", $1, $3 / $5)
	}
	END {
		print "* of a part of the rows, in proportion"
		printf "%s", slower
		exit slower != ""
	}' || status=1

# The memory that a million rows take beside what reading them does: the peak of a backend that writes
# them through the link less that of one that reads them and throws them away.
peak="SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+) kB');"
if [ -z "${QUICK:-}" ] && [[ memory =~ ${ONLY:-memory} ]]
then
	for way in "INSERT INTO near_link.goal SELECT * FROM source" \
		"COPY near_link.goal FROM PROGRAM 'cat $files/1000000' (FORMAT binary)" \
		"INSERT INTO near_link.goal SELECT * FROM source ON CONFLICT DO NOTHING"
	do
		remote_sql -c 'TRUNCATE bench.goal'
		read -r before after <<<"$(local_sql <<<"SET max_parallel_workers_per_gather = 0;
			SELECT count(a), count(b), count(c) FROM source \g /dev/null
			SELECT FROM near_link.goal;
			INSERT INTO near_link.goal SELECT -1;
			$peak $way; $peak" | xargs)"
		printf 'memory of a million rows: %s kB more at the peak: %s\n' "$((after - before))" "${way/$files\//}"
		[ "$((after - before))" -lt 16384 ] || status=1
	done
fi
exit "${status:-0}"
