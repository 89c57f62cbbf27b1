# make demo: a link from its creation to its drop, on two real servers, told step by step.
#
# Run by test/harness/two-servers, which starts the servers and says what the environment holds.
# Each step prints the SQL, its result and one sentence; the first that fails ends the demo.

set -euo pipefail

if [ -t 1 ]
then
	bold=$(printf '\033[1m') blue=$(printf '\033[34m') plain=$(printf '\033[0m')
else
	bold='' blue='' plain=''
fi

# new_password: one that must be in no log.
new_password()
{
	od -An -N9 -tx1 /dev/urandom | tr -d ' \n'
}

# remote_url PASSWORD
remote_url()
{
	echo "postgres://app:$1@127.0.0.1:$REMOTE_PORT/shop"
}

# The passwords, made up here, of the role that the link logs in as; the second replaces the first.
password=$(new_password)
second_password=$(new_password)
url=$(remote_url "$password")
seconds=$SECONDS
steps=0

# run URL ARGUMENT...: psql as this demo uses it, 80 columns wide.
run()
{
	psql -X -q -v ON_ERROR_STOP=1 -P pager=off -P format=wrapped -P columns=80 -P null=- \
		-d "$1" "${@:2}" 2>&1
}

# quietly ARGUMENT...: what is no part of the story; shown only when it fails.
quietly()
{
	local output
	output=$(run "$@") || {
		echo "$output"
		return 1
	}
}

step()
{
	steps=$((steps + 1))
	printf '\n%s%d. %s%s\n\n' "$bold" "$steps" "$1" "$plain"
}

say()
{
	printf '%s\n' "$*" | fold -s -w 78
}

# sql DATABASE STATEMENT...: prints each statement as one would type it, then runs it.
sql()
{
	local database=$1 statement
	shift
	for statement in "$@"
	do
		printf '%s\n' "$statement" | sed "s/^/  $blue/; s/\$/$plain/"
		case $statement in
			EXPLAIN*) run "$billing" -A -t -c "$statement" | fold -s -w 80 ;;
			# psql reads what ends in \gx only from a file.
			*'\gx') run "$billing" -f <(echo "$statement") ;;
			*) PGOPTIONS="-c app.shop_url=$url" run "${!database}" -c "$statement" ;;
		esac
		echo
	done | cat -s
}

# expect VALUE STATEMENT: the statement, in the local database, must return this.
expect()
{
	local value
	value=$(PGOPTIONS='-c client_min_messages=error' psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$billing" -c "$2")
	[ "$value" = "$1" ] || {
		echo "expected \"$1\", got \"$value\": $2"
		return 1
	}
}

# make_tenants: databases on the remote, the first as tenant.sql makes it, the others its copies.
make_tenants()
{
	local n server="$on_socket port=$REMOTE_PORT"
	quietly "$server dbname=postgres" -c 'CREATE DATABASE tenant_1'
	quietly "$server dbname=tenant_1" -f test/demo/tenant.sql
	for n in $(seq 2 20)
	do
		echo "CREATE DATABASE tenant_$n TEMPLATE tenant_1;"
	done | quietly "$server dbname=postgres" -f -
}

# The passwords of the two superusers are not what this is about: they go by the socket.
on_socket="host=$SERVER_SOCKETS user=postgres"
billing="$on_socket port=$LOCAL_PORT dbname=billing"
shop="$on_socket port=$REMOTE_PORT dbname=shop"

quietly "$on_socket port=$LOCAL_PORT dbname=postgres" -c 'CREATE DATABASE billing'
quietly "$on_socket port=$REMOTE_PORT dbname=postgres" -c 'CREATE DATABASE shop'
quietly "$billing" -f test/demo/billing.sql
quietly "$shop" -v "password=$password" -f test/demo/shop.sql

# From here on both servers log every statement: what follows must not show the password.
for database in "$billing" "$shop"
do
	quietly "$database" -c "ALTER SYSTEM SET log_statement = 'all'" \
		-c 'ALTER SYSTEM SET log_connections = on' -c 'SELECT pg_reload_conf()'
done

step 'Two servers'
say 'The remote, on one server: database "shop", with made-up customers and orders.'
echo
sql shop '\dt'
say 'The local, on another: database "billing", with the invoices.'
echo
sql billing '\dt'

step 'Install the extension'
sql billing 'CREATE EXTENSION datalinks;'
say 'Once for each database. postgres_fdw itself need not be created.'

step 'Create a link'
sql billing "SELECT name, remote, tables, state
  FROM datalink_create(current_setting('app.shop_url'), 'shop');" '\det shop.*'
say 'One call made the server, the user mapping, the schema "shop" and its tables.' \
	'The URL, with the password, came in PGOPTIONS: it stands in no statement.'

step 'Join local and remote tables'
join="SELECT c.name, o.ordered_on, i.amount
  FROM invoices i
  JOIN shop.orders o USING (order_id)
  JOIN shop.customers c USING (customer_id)
 WHERE c.city = 'Lisbon' AND i.paid_on IS NULL
 ORDER BY i.amount DESC LIMIT 3;"
sql billing "$join" "EXPLAIN (VERBOSE, COSTS OFF)
$join"
say 'The two remote tables are joined on the remote, which gets the condition on the' \
	'city too: look for "Remote SQL". Only the join with "invoices" is done here.'

step 'Write'
sql billing "UPDATE shop.customers SET city = 'Porto' WHERE customer_id = 7
RETURNING name, city;"
sql shop "SELECT name, city FROM customers WHERE customer_id = 7;"
say 'The second answer is from the remote itself. INSERT and DELETE work too, and a' \
	'ROLLBACK here undoes what was written there.'
[ "$(run "$shop" -A -t -c 'SELECT city FROM customers WHERE customer_id = 7')" = Porto ]

step 'Insert without the key'
sql billing "INSERT INTO shop.orders (customer_id) VALUES (7)
RETURNING order_id, ordered_on;"
say 'The key comes from the sequence on the remote, the date from the default there.'
expect 1 'SELECT count(*) FROM shop.orders WHERE order_id = 20001'

step 'The remote changes'
sql billing 'CREATE VIEW lisbon AS
SELECT customer_id, name FROM shop.customers WHERE city = '"'Lisbon';"
sql shop 'ALTER TABLE customers ADD email text;' 'CREATE TABLE refunds (order_id integer);' \
	'GRANT SELECT ON refunds TO app;'
sql billing "SELECT object, change, detail FROM datalink_diff('shop');" \
	"SELECT count(*) FROM datalink_refresh('shop');" 'SELECT count(email) FROM shop.customers;' \
	'SELECT count(*) FROM lisbon;'
say 'datalink_diff() shows what changed, datalink_refresh() applies it in place: the view' \
	'on the changed table was neither dropped nor touched.'
expect 0 "SELECT count(*) FROM datalink_diff('shop')"

step 'The password is rotated'
say 'On the remote, the role that the link logs in as was given another one.'
echo
# A superuser keeps it out of that server's log by hand; a link has no part in this.
quietly "$shop" -v "password=$second_password" \
	-f <(echo "SET log_statement = 'none'; ALTER ROLE app PASSWORD :'password'")
check='SELECT status, detail FROM datalink_check();'
set_remote="SELECT name, state
  FROM datalink_set_remote('shop', current_setting('app.shop_url'));"
sql billing "$check"
expect 'authentication failed' 'SELECT status FROM datalink_check()'
url=$(remote_url "$second_password")
sql billing "$set_remote" "$check"
say 'datalink_check() asks all remotes at once and says why one fails;' \
	'datalink_set_remote() takes the new URL. Tables and views stay.'
expect ok 'SELECT status FROM datalink_check()'

step 'List the links'
list='SELECT * FROM datalink_list() \gx'
sql billing "$list"
say 'The URL is shown without its password, to everybody.'
expect valid 'SELECT state FROM datalink_list()'

step 'Reset the database'
sql billing 'DROP SCHEMA public CASCADE;' 'CREATE SCHEMA public;' "$list"
say 'A reset takes the links along, and their passwords. What they were is' \
	'remembered: since when a link is invalid, and why.'
expect invalid 'SELECT state FROM datalink_list()'
expect 0 'SELECT count(*) FROM pg_user_mapping'

step 'Create the link again'
sql billing "SELECT name, remote, tables, state
  FROM datalink_create(current_setting('app.shop_url'), 'shop');" \
	'SELECT count(*) FROM shop.orders;'
say 'The same call. It replaces the invalid link.'
expect valid 'SELECT state FROM datalink_list()'

step 'Drop the link'
sql billing "SELECT datalink_drop('shop');" 'SELECT name, state FROM datalink_list();' '\des'
say 'Server, mapping, schema and tables are gone; the remote is as it was.'
expect 0 'SELECT count(*) FROM datalink_list()'

step 'Twenty tenants'
make_tenants
sql billing "SELECT count(*) AS links FROM generate_series(1, 20) n, datalink_create(
    replace(current_setting('app.shop_url'), '/shop', '/tenant_' || n), 'tenant_' || n);" \
	"SELECT name, kind, tables FROM datalink_union('tenants',
    ARRAY(SELECT 'tenant_' || n FROM generate_series(1, 20) n),
    source_column => 'tenant', on_unreachable => 'skip');" \
	'SELECT count(*), count(DISTINCT tenant) AS tenants FROM tenants.orders;'
say 'Twenty databases with the same tables are one schema of views. All remotes are' \
	'read at the same time.'
expect 20 'SELECT count(DISTINCT tenant) FROM tenants.orders'

step 'One tenant only'
one="SELECT total FROM tenants.orders WHERE tenant = 'tenant_7' AND order_id = 42"
sql billing "EXPLAIN (VERBOSE, COSTS off) $one;" "$one;"
say 'The condition on the tenant decides which remote is asked, and no other is.'
expect "20" "SELECT count(*) FROM datalink_list() WHERE kind = 'link'"

step 'One report over all'
sql billing "SELECT sum(datalink_execute('tenant_' || n, 'UPDATE orders SET total = total + \$1::numeric', n::text))
    AS changed FROM generate_series(1, 20) n;" \
	"SELECT * FROM datalink_query(ARRAY(SELECT 'tenant_' || n FROM generate_series(1, 20) n),
    'SELECT count(*), sum(total) FROM orders WHERE total > \$1::numeric', '95')
  AS t(tenant text, orders bigint, total numeric) ORDER BY total DESC, tenant LIMIT 3;"
say 'Statements that the remotes run themselves, here one after the other, there all at' \
	'the same time: one row a tenant comes back, not its orders.'

step 'One tenant is down, another behind in its migrations'
quietly "$on_socket port=$REMOTE_PORT dbname=postgres" \
	-c 'ALTER DATABASE tenant_13 ALLOW_CONNECTIONS false' \
	-c "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'tenant_13'"
quietly "$on_socket port=$REMOTE_PORT dbname=tenant_20" -c 'ALTER TABLE orders DROP COLUMN channel'
sql billing "SELECT object, change FROM datalink_refresh('tenant_20', cascade => true);" \
	"SELECT object, change FROM datalink_refresh('tenants');" \
	'SELECT count(DISTINCT tenant) AS tenants, count(DISTINCT tenant) FILTER (WHERE channel IS NULL)
    AS without_channel FROM tenants.orders;'
say 'A WARNING names the one that was left out. What a tenant does not have is NULL.'
expect '19|1' "SELECT count(DISTINCT tenant), count(DISTINCT tenant) FILTER (WHERE channel IS NULL)
  FROM tenants.orders"

step 'Look for the password'
statements=$(cat "$LOCAL_LOG" "$REMOTE_LOG" | grep -cE ' LOG:  (statement:|execute )')
found=$(cat "$LOCAL_LOG" "$REMOTE_LOG" | grep -cF -e "$password" -e "$second_password" || true)
printf '  %s%s%s\n%s\n\n' "$blue" \
	"cat local.log remote.log | grep -c -e \"\$password\" -e \"\$second_password\"" "$plain" "$found"
say "Both servers logged every statement since step 1, $statements in all. The passwords" \
	"stand in their logs $found times."
[ "$found" = 0 ]

printf '\n%s%d steps in %d s.%s Both servers are stopped and removed.\n' \
	"$bold" "$steps" $((SECONDS - seconds)) "$plain"
