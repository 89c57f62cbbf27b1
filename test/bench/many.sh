# What it gains to ask many remotes at the same time: 50 databases of one server, 5 ms away. Prints
# medians of interleaved turns of one session each, and their ratios.
#
# Run by make bench MANY=1.

set -euo pipefail

links=50 united=20 turns=${TURNS:-9}
address=127.0.0.1

"$BENCH_PROGRAMS/relay" "$BENCH_FILES/port" "$REMOTE_PORT" 2500 &
relay=$!
trap 'kill $relay' EXIT
timeout 10 bash -c 'until [ -s "$BENCH_FILES/port" ]; do sleep 0.05; done'
port=$(cat "$BENCH_FILES/port")

run()
{
	psql -X -q -v ON_ERROR_STOP=1 -A -t -d "$@"
}

run "$REMOTE_URL" -c "CREATE ROLE app LOGIN PASSWORD 'made-up'" -c 'CREATE DATABASE t1 OWNER app'
run "${REMOTE_URL%/postgres}/t1" -c 'SET ROLE app' -c 'CREATE TABLE orders (id int, total numeric)' \
	-c 'INSERT INTO orders SELECT g, g FROM generate_series(1, 100) g' -c 'ANALYZE orders'
for n in $(seq 2 $links)
do
	echo "CREATE DATABASE t$n TEMPLATE t1 OWNER app;"
done | run "$REMOTE_URL" -f -
run "$LOCAL_URL" -c 'CREATE EXTENSION datalinks' -c 'SET client_min_messages = error' -c "SELECT FROM generate_series(1, $links) n,
	datalink_create('postgres://app:made-up@$address:$port/t' || n, 't' || n)" \
	-c "SELECT name FROM datalink_union('united', ARRAY(SELECT 't' || n FROM generate_series(1, $united) n))" >/dev/null

# statement NAME: what is measured under this name.
statement()
{
	local report="'SELECT count(*), sum(total) FROM orders') AS t(" of_all
	of_all="ARRAY(SELECT 't' || n FROM generate_series(1, $links) n)"
	case $1 in
		one_link) echo "SELECT * FROM datalink_query('t1', ${report}n bigint, total numeric);" ;;
		all_links) echo "SELECT * FROM datalink_query($of_all, ${report}link text, n bigint, total numeric);" ;;
		one_by_one) echo "DO \$\$ BEGIN FOR i IN 1 .. $links LOOP PERFORM * FROM
			datalink_query('t' || i, ${report}n bigint, total numeric); END LOOP; END \$\$;" ;;
		union) echo 'SELECT * FROM united.orders OFFSET 1000000;' ;;
		union_one_by_one) echo 'SET enable_async_append = off; SELECT * FROM united.orders OFFSET 1000000;' ;;
	esac
}

# turn NAME SETTING...: its milliseconds, the second time in a session that is connected.
turn()
{
	{
		printf '%s;\n' "${@:2}"
		statement "$1"
		echo '\timing on'
		statement "$1"
	} | run "$LOCAL_URL" -f - | sed -nE 's/^Time: ([0-9.]+) ms.*/\1/p' | tail -n 1
}

names='one_link all_links all_links_at_once one_by_one union union_one_by_one'
for _ in $(seq "$turns")
do
	for name in $names
	do
		case $name in
			all_links_at_once) turn all_links "SET datalinks.concurrency = $links" ;;
			*) turn "$name" ;;
		esac >>"$BENCH_FILES/$name"
	done
done

median()
{
	sort -g "$BENCH_FILES/$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

row()
{
	printf '%-58s %8.1f ms %6.1f times %s\n' "$1" "$(median "$2")" \
		"$(awk -v a="$(median "$2")" -v b="$(median "$3")" 'BEGIN { print a / b }')" "$4"
}

echo "$links remotes 5 ms away, medians of $turns turns:"
row 'datalink_query() of one' one_link one_link 'itself'
row "of $links, 16 at a time (the default)" all_links one_link 'one'
row "of $links, all at once (datalinks.concurrency = $links)" all_links_at_once one_link 'one'
row "of $links, one after the other" one_by_one all_links "16 at a time"
row "a union of $united, all at once" union union 'itself'
row "a union of $united, one after the other" union_one_by_one union 'all at once'
