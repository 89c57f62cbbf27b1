# Run by check-package as root, on a machine without a server that has the packages beside this file:
# installs the one of the release's own server, makes a link and uses it, and takes the package away.

set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cd /

apt-get -q update
major=$(apt-cache depends postgresql | sed -nE 's/.*postgresql-([0-9]+)$/\1/p' | head -n 1)
apt-get -q -y --no-install-recommends install /srv/postgresql-"$major"-datalinks_*.deb
pg_lsclusters --no-header | grep -q online || pg_ctlcluster "$major" main start
port=$(pg_lsclusters --no-header | awk '{ print $3; exit }')

# sql DATABASE STATEMENT: what it prints.
sql()
{
	setpriv --reuid=postgres --regid=postgres --init-groups \
		psql -X -q -A -t -v ON_ERROR_STOP=1 -p "$port" -d "$1" -c "$2"
}

# expect VALUE DATABASE STATEMENT
expect()
{
	local value
	value=$(sql "$2" "$3")
	echo "$3: $value"
	[ "$value" = "$1" ]
}

sql postgres "CREATE ROLE app LOGIN PASSWORD 'secret'"
sql postgres 'CREATE DATABASE orders OWNER app'
sql orders 'CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL)'
sql orders 'GRANT ALL ON ALL TABLES IN SCHEMA public TO app'
sql orders 'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app'
sql postgres 'CREATE EXTENSION datalinks'
expect valid postgres \
	"SELECT state FROM datalink_create('postgres://app:secret@127.0.0.1:$port/orders', 'orders_link')"
expect 1 postgres "INSERT INTO orders_link.customers (name) VALUES ('Ada') RETURNING id"
expect Ada orders 'SELECT name FROM customers'
expect ok postgres 'SELECT status FROM datalink_check()'
sql postgres "SELECT datalink_drop('orders_link')"
sql postgres 'DROP EXTENSION datalinks'
apt-get -q -y remove "postgresql-$major-datalinks"
expect 1 postgres 'SELECT 1'
echo "a link on PostgreSQL $major"
