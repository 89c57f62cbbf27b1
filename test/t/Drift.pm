# What the tests of drift share: the rows of datalink_diff() and datalink_refresh() as text, and a
# link compared with a fresh one of the same remote.

package Drift;

use strict;
use warnings;

use DataLinks;
use Exporter qw(import);

our @EXPORT = qw(rows_sql drift refreshed catalog_sql fresh_sql);

# One line a row: object: change: detail, and [what blocks it] where something does. Arguments as
# SQL text.
sub rows_sql
{
	my ($call) = @_;
	return "SELECT object || ': ' || change || ': ' || detail ||"
	  . " CASE WHEN blocked_by = '{}' THEN '' ELSE ' [' || array_to_string(blocked_by, ', ') || ']' END"
	  . " FROM $call";
}

sub drift
{
	my ($node, $link, %given) = @_;
	return run_sql($node, rows_sql("datalink_diff('$link')"), %given);
}

sub refreshed
{
	my ($node, $link, $more, %given) = @_;
	$more = $more ? ", $more" : '';
	return run_sql($node, rows_sql("datalink_refresh('$link'$more)"), %given);
}

# All that the catalogs say of the tables in a schema, but for the order of the columns, and the
# version that some servers write into attoptions whenever a column is touched.
sub catalog_sql
{
	my ($schema) = @_;
	return <<"END";
SELECT c.relname, c.relkind, c.relowner::regrole, c.relacl,
	(SELECT array_agg(o ORDER BY o) FROM unnest(f.ftoptions) o) AS options,
	s.srvname IS NOT NULL AS has_server, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
	a.attcollation::regcollation, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated,
	pg_get_expr(d.adbin, d.adrelid) AS expression, a.attislocal, a.attinhcount, a.attstattarget,
	a.attstorage, a.attcompression, a.attacl,
	(SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg_attver=%')
		AS attoptions, a.attfdwoptions, a.attalign, a.attlen,
	a.attbyval
FROM pg_class c
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = '$schema'::regnamespace
END
}

# Prints each row in which a link differs from a fresh one, made by the call given (to a link named
# fresh, which goes again): nothing where they are equal.
sub fresh_sql
{
	my ($link, $create) = @_;
	my ($old, $new) = (catalog_sql($link), catalog_sql('fresh'));
	return <<"END";
DO \$\$ BEGIN PERFORM * FROM $create; END \$\$;
SELECT 'fresh: ' || row_to_json(x) FROM ($new EXCEPT ALL $old) x
UNION ALL SELECT 'refreshed: ' || row_to_json(x) FROM ($old EXCEPT ALL $new) x ORDER BY 1;
DO \$\$ BEGIN PERFORM datalink_drop('fresh'); END \$\$;
END
}

1;
