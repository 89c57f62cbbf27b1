/*
 * A refresh that is blocked: see blocked.hpp.
 */
#include "sync/blocked.hpp"

#include <set>

#include "postgres/guard.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/apply.hpp"

namespace datalinks::sync
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Link;
using schema::Change;
using schema::compose;
using schema::join;

/* The views that block retypes; nothing where anything else is in the way of any change, too. */
std::vector<std::string> views_in_the_way(const std::vector<Drift>& drift)
{
	std::set<std::string> views;
	for (const Drift& row : drift)
		for (const Dependent& blocker : row.blockers)
		{
			if (row.change.kind != Change::column_retyped || blocker.type != "view")
				return {};
			views.insert(blocker.identity);
		}
	return {views.begin(), views.end()};
}

/* A script that takes the views away and brings them back, each after those that it uses. */
std::string rebuild_script(const Link& link, const std::vector<std::string>& views)
{
	static const char* const query =
	    /* By their names as they are: regclass would want rights on others' schemas. */
	    "WITH RECURSIVE views AS (SELECT c.oid FROM pg_catalog.pg_class c"
	    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v'"
	    "  AND pg_catalog.format('%I.%I', CASE n.oid WHEN pg_catalog.pg_my_temp_schema()"
	    "   THEN 'pg_temp' ELSE n.nspname END, c.relname) = ANY ($1::pg_catalog.text[])),"
	    " uses AS (SELECT r.ev_class AS view, d.refobjid AS used"
	    "  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid"
	    "  JOIN views ON views.oid = r.ev_class"
	    "  WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
	    "  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	    "  AND d.refobjid <> r.ev_class),"
	    " depths(view, depth) AS (SELECT oid, 0 FROM views"
	    "  UNION SELECT uses.view, depth + 1 FROM depths JOIN uses ON uses.used = depths.view"
	    /* Views that use each other can be made, though not used. */
	    "   WHERE depth < 100)"
	    " SELECT c.oid::pg_catalog.regclass, pg_catalog.array_to_string(c.reloptions, ', '),"
	    "  pg_catalog.pg_get_viewdef(c.oid)"
	    " FROM depths JOIN pg_catalog.pg_class c ON c.oid = depths.view"
	    " GROUP BY c.oid, c.reloptions ORDER BY pg_catalog.max(depth), c.oid";
	std::vector<std::string> names;
	std::vector<std::string> statements;
	for (const auto& row : spi::query(query, {schema::array_literal(views)}))
	{
		const std::string& name = *row[0];
		const std::string options = row[1] ? compose(" WITH (%1%)", *row[1]) : "";
		names.push_back(name);
		statements.push_back(compose("CREATE VIEW %1%%2% AS%3%", name, options, *row[2]));
	}
	return compose("DROP VIEW %1%;\nSELECT datalink_refresh('%2%');\n%3%", join(names, ", "),
	               link.name, join(statements, "\n"));
}

/* What keeps, of what is blocked, that which was perhaps renamed. */
std::vector<std::string> remedies_for(const std::vector<Drift>& drift, const Link& link)
{
	std::vector<std::string> remedies;
	for (const Drift& row : drift)
		if (schema::is_guess(row.change))
			remedies.push_back(remedy_of(row.change, link) + ";");
	return remedies;
}

} // namespace

std::string remedy_of(const Change& guess, const Link& link)
{
	return schema::statement(guess, place_of(link, guess), false);
}

void fail_blocked(const Link& link, const std::vector<Drift>& drift, Reading reading)
{
	std::vector<std::string> lines;
	for (const Drift& row : drift)
		if (!row.blockers.empty())
			lines.push_back(compose("%1% of %2% is blocked by %3%.",
			                        schema::change_text(row.change), object_text(row.change, link),
			                        join(texts_of(row.blockers), ", ")));
	/* Only datalink_refresh has arguments that would help. */
	const bool altering = reading == Reading::choose;
	pg::Failure failure(sqlstate::dependent_objects_still_exist,
	                    compose("cannot %1% data link \"%2%\" because other objects depend on "
	                            "what must change",
	                            altering ? "alter" : "refresh", link.name));
	failure.detail(join(lines, "\n"));
	if (altering)
		throw failure.hint("Drop those objects first.");
	std::string hint = "cascade => true drops them, skip_blocked => true leaves these changes out.";
	if (const auto views = views_in_the_way(drift); !views.empty())
		hint += " Or rebuild the views, all but their owners, grants and comments:\n" +
		        rebuild_script(link, views);
	if (const auto remedies = remedies_for(drift, link); !remedies.empty())
		hint += " Or, where the remote has but renamed something:\n" + join(remedies, "\n");
	throw failure.hint(hint);
}

} // namespace datalinks::sync
