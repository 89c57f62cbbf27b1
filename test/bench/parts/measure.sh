# Sourced by the benches: they print one line "CASE MILLISECONDS" a run, the cases in turns, and
# compare the medians. A ratio from one run on one machine tells more than times do.

set -euo pipefail

# local_sql, remote_sql [PSQL-OPTION...]: SQL from the standard input.
local_sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 "$@" "$LOCAL_URL"
}

remote_sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 "$@" "$REMOTE_URL"
}

# begin, finish CASE: SQL for psql that measures what stands between them.
begin()
{
	echo 'SELECT clock_timestamp() AS started \gset'
}

finish()
{
	echo "SELECT '$1 ' || round(1000 * extract(epoch FROM clock_timestamp() - :'started'), 3);"
}

# median CASE FILE
median()
{
	awk -v name="$1" '$1 == name { print $2 }' "$2" | sort -n |
		awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'
}

# compare WHAT CASE AGAINST FILE [LIMIT]: the ratio of the medians; fails where it is over the limit.
compare()
{
	awk -v what="$1" -v one="$2" -v other="$3" -v a="$(median "$2" "$4")" -v b="$(median "$3" "$4")" \
		-v runs="$(grep -c "^$2 " "$4")" -v limit="${5:-}" 'BEGIN {
			printf "%s: ratio %.2f (%s %.1f ms, %s %.1f ms, medians of %d runs in turns)%s\n",
				what, a / b, one, a, other, b, runs, limit == "" ? "" : ", limit " limit
			exit limit != "" && a / b >= limit
		}'
}
