# Reading through a link as created, against plain postgres_fdw, against postgres_fdw as well tuned
# as can be by hand, and against libpq alone: beside the remote ("near") and 2 ms away from it
# ("far"). QUICK=1 has fewer runs, and scans the large table only near.

. test/bench/parts/measure.sh
. test/bench/parts/far.sh

runs=${RUNS:-7}
[ -z "${QUICK:-}" ] || runs=2
looks=20
stops=10

build bare

remote_sql <<'SQL'
CREATE SCHEMA bench;
CREATE TABLE bench.wide AS
	SELECT i::bigint AS a, i % 1000 AS b, i * 1.25 AS c, now() + i * interval '1 s' AS d,
		'some text ' || i AS e
	FROM generate_series(1, 300000) i;
ALTER TABLE bench.wide ADD PRIMARY KEY (a);
CREATE TABLE bench.narrow AS SELECT i AS a, 'name ' || i AS b FROM generate_series(1, 100000) i;
CREATE TABLE bench.kinds AS SELECT i AS a, 'kind ' || i AS b FROM generate_series(0, 99) i;
VACUUM ANALYZE;
SQL

local_sql <<SQL
SET client_min_messages = error;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION datalinks;
SELECT FROM datalink_create('$REMOTE_URL', 'near_link', 'bench');
SELECT FROM datalink_create('$far_url', 'far_link', 'bench');
SQL
best="fetch_size '10000', use_remote_estimate 'true', async_capable 'true'"
make_raw near_plain "$REMOTE_PORT"
make_raw far_plain "$far_port"
make_raw near_tuned "$REMOTE_PORT" "$best"
make_raw far_tuned "$far_port" "$best"

# statement CASE SCHEMA: the statement that is measured; bare_CASE: libpq's, its times and its key.
# OFFSET 0 keeps the aggregate here, random() a condition.
all="count(a), count(b), count(c), count(d), count(e)"
statement()
{
	local i
	case $1 in
		wide) echo "SELECT $all FROM (SELECT * FROM $2.wide OFFSET 0) r;" ;;
		narrow) echo "SELECT count(a), count(b) FROM (SELECT * FROM $2.narrow OFFSET 0) r;" ;;
		join) echo "SELECT count(c), count(k) FROM (SELECT w.c, k.b AS k FROM $2.wide w
			JOIN $2.kinds k ON k.a = w.b OFFSET 0) r;" ;;
		look_up) for ((i = 1; i <= looks; i++)); do echo "SELECT * FROM $2.wide WHERE a = $i;"; done ;;
		prepared)
			for ((i = 1; i <= looks; i++)); do echo "EXECUTE $2_look_up($i);"; done ;;
		loop) echo "DO \$\$ DECLARE r record; BEGIN FOR i IN 1 .. 200 LOOP
			SELECT * INTO r FROM $2.wide WHERE a = i; END LOOP; END \$\$;" ;;
		rescan) echo "SELECT count(e) FROM generate_series(1, 200) g,
			LATERAL (SELECT * FROM $2.wide WHERE a = g OFFSET 0) r;" ;;
		first) for ((i = 1; i <= stops; i++)); do
			echo "SELECT * FROM $2.wide WHERE random() >= 0 LIMIT 1;"; done ;;
		indexed) for ((i = 1; i <= stops; i++)); do
			echo "SELECT * FROM $2.wide WHERE a > 1000 AND random() >= 0 ORDER BY a LIMIT 1;"; done ;;
		exists) for ((i = 1; i <= stops; i++)); do
			echo "SELECT EXISTS (SELECT FROM $2.wide WHERE b > 10 AND random() >= 0);"; done ;;
	esac
}

by_key='SELECT * FROM bench.wide WHERE a = $1'
bare_wide=(1 'SELECT * FROM bench.wide')
bare_narrow=(1 'SELECT * FROM bench.narrow')
bare_join=(1 'SELECT w.c, k.b FROM bench.wide w JOIN bench.kinds k ON k.a = w.b')
bare_look_up=("$looks" "$by_key" 1)
bare_prepared=("$looks" "$by_key" 1)
bare_loop=(200 "$by_key" 1)
bare_rescan=(200 "$by_key" 1)
bare_first=("$stops" 'SELECT * FROM bench.wide LIMIT 1')
bare_indexed=("$stops" 'SELECT * FROM bench.wide WHERE a > 1000 ORDER BY a LIMIT 1')
bare_exists=("$stops" 'SELECT EXISTS (SELECT FROM bench.wide WHERE b > 10)')

cases=()
for name in wide narrow join look_up prepared loop rescan first indexed exists
do
	cases+=("near $name")
	[ -n "${QUICK:-}" ] && [[ $name =~ wide|join ]] || cases+=("far $name")
done
if [ -n "${ONLY:-}" ]
then
	mapfile -t cases < <(printf '%s\n' "${cases[@]}" | grep -E "$ONLY")
fi

# measure PLACE CASE WHO: SQL for psql.
measure()
{
	local -n bare=bare_$2
	if [ "$3" = bare ]
	then
		local url=$REMOTE_URL
		[ "$1" = near ] || url=$far_url
		# Not "" but '': a shell runs it, of psql's.
		echo "\\! '$work/bare' '$url' $1_$2_bare ${bare[0]} '${bare[1]}' ${bare[2]:-} >>'$work/bare.times'"
		return
	fi
	begin
	statement "$2" "$1_$3"
	finish "$1_$2_$3"
}

# The cases in turns, and whoever begins changes.
who=(link plain tuned bare)
{
	for place in near far
	do
		for one in link plain tuned
		do
			echo "PREPARE ${place}_${one}_look_up(bigint) AS SELECT * FROM ${place}_$one.wide WHERE a = \$1;"
			statement look_up "${place}_$one"
		done
	done
	for ((run = 0; run < runs; run++))
	do
		for case in "${cases[@]}"
		do
			for ((i = 0; i < ${#who[@]}; i++))
			do
				# shellcheck disable=SC2086 # a place and a case
				measure $case "${who[(i + run) % ${#who[@]}]}"
			done
		done
	done
} | local_sql >"$work/times"
cat "$work/bare.times" >>"$work/times"

for case in "${cases[@]}"
do
	case=${case/ /_}
	echo "$case $(median "${case}_link" "$work/times") $(median "${case}_plain" "$work/times")" \
		"$(median "${case}_tuned" "$work/times") $(median "${case}_bare" "$work/times")"
done | awk -v runs="$runs" '
	BEGIN {
		printf "medians of %d runs in turns, in ms; how many times the link is as fast as\n", runs
		printf "%-14s %9s %9s %9s %9s   %7s %7s %7s\n", "", "link", "plain", "tuned", "libpq",
			"plain", "tuned", "libpq"
	}
	{
		printf "%-14s %9.1f %9.1f %9.1f %9.1f   %7.2f %7.2f %7.2f\n", $1, $2, $3, $4, $5,
			$3 / $2, $4 / $2, $5 / $2
		plain += log($3 / $2); tuned += log($4 / $2); bare += log($5 / $2)
		if ($2 > 1.05 * $3)
			slower = slower sprintf("slower than 1.05 of plain: %s (%.2f)\n", $1, $2 / $3)
	}
	END {
		printf "%-14s %39s   %7.2f %7.2f %7.2f\n%s", "geometric mean", "", exp(plain / NR),
			exp(tuned / NR), exp(bare / NR), slower
		exit slower != ""
	}'
