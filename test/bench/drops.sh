# What the extension costs those who do not use it: DROP TABLE of temporary tables with and without
# it, and DROP SCHEMA beside 1,000 links that it does not concern.

. test/bench/parts/measure.sh

rounds=9
local_sql <<'SQL'
CREATE DATABASE without;
CREATE DATABASE few;
CREATE DATABASE many;
\c few
CREATE EXTENSION datalinks;
\c many
CREATE EXTENSION datalinks;
SQL
remote_sql <<'SQL'
CREATE SCHEMA small;
CREATE TABLE small.t (id int);
SQL

# loop CASE DATABASE: 1,000 temporary tables made and dropped, each in a transaction of its own.
tables()
{
	cat <<-SQL
		\\c $2
		$(begin)
		DO \$\$ BEGIN FOR i IN 1 .. 1000 LOOP
			CREATE TEMPORARY TABLE passing (id int); DROP TABLE passing; COMMIT;
		END LOOP; END \$\$;
		$(finish "$1")
	SQL
}

# schemas CASE DATABASE: 200 schemas with a table in each, dropped in a transaction of their own.
schemas()
{
	cat <<-SQL
		\\c $2
		SET client_min_messages = error;
		SELECT format('CREATE SCHEMA passing_%s CREATE TABLE t (id int)', i)
			FROM generate_series(1, 200) i \\gexec
		$(begin)
		SELECT format('DROP SCHEMA passing_%s CASCADE', i) FROM generate_series(1, 200) i \\gexec
		$(finish "$1")
	SQL
}

{
	echo '\c many'
	echo 'SET client_min_messages = error;'
	echo "SELECT count(datalink_create('$REMOTE_URL', 'link_' || i, 'small'))
		FROM generate_series(1, 1000) i;"
} | local_sql >/dev/null

times=$(mktemp)
for ((run = 0; run <= rounds; run++))
do
	for database in without few many
	do
		{ tables "tables_$database" "$database" && schemas "schemas_$database" "$database"; } |
			local_sql >"$times.$run"
		# The first run warms caches and catalogs up.
		[ "$run" = 0 ] || cat "$times.$run" >>"$times"
	done
done

compare 'DROP TABLE with the extension' tables_few tables_without "$times" 1.5
compare 'DROP TABLE beside 1,000 links' tables_many tables_without "$times" 1.5
compare 'DROP SCHEMA with the extension' schemas_few schemas_without "$times"
compare 'DROP SCHEMA beside 1,000 links' schemas_many schemas_few "$times" 3
