/*
 * Changes of a union: see union_change.hpp.
 */
#include "command/union_change.hpp"

#include <algorithm>

#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "postgres/guard.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/union_views.hpp"

namespace datalinks::command
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Union;
using link::UnionSettings;
using schema::compose;
using sync::UnionDrift;

/* The rows as the SQL functions return them. */
pg::Rows rows_of(const UnionDrift& drift)
{
	pg::Rows rows;
	for (const sync::Absent& absent : drift.absent)
		rows.push_back({absent.link, "link missing", absent.reason, "{}"});
	for (const sync::ViewChange& change : drift.changes)
	{
		std::vector<std::string> blocked_by = sync::texts_of(change.blockers);
		if (!change.obstacle.empty())
			blocked_by.push_back(change.obstacle);
		for (const sync::UnionRow& row : change.rows)
			rows.push_back({row.object, row.change, row.detail, schema::array_literal(blocked_by)});
	}
	return rows;
}

/* The settings as they are to be, in the catalogs, and the views after them. */
void change(const Union& unified, const UnionSettings& settings, const sync::UnionBringUp& options)
{
	link::alter_union(unified, settings);
	(void)sync::bring_up_union(link::union_on(unified.server, unified.name), options);
}

/* Links that are missing stay so: the caller asked for something else. */
sync::UnionBringUp options_of(bool cascade, const std::vector<std::string>& welcome)
{
	sync::UnionBringUp options{};
	options.cascade = cascade;
	options.take_absent = true;
	options.welcome = welcome;
	return options;
}

bool is_in(const UnionSettings& settings, const std::string& link)
{
	return std::find(settings.links.begin(), settings.links.end(), link) != settings.links.end();
}

} // namespace

pg::Rows diff_union(const Union& unified)
{
	link::require_owned_union(unified);
	const pg::UserSwitch as_owner = link::act_as_owner(unified.owner, unified.name);
	return rows_of(sync::find_union_drift(unified, {}));
}

pg::Rows refresh_union(const std::string& name, const sync::BringUp& options)
{
	const Union unified = link::lock_owned_union(name);
	const pg::UserSwitch as_owner = link::act_as_owner(unified.owner, name);
	if (pg::find_schema(name) == 0)
		spi::execute(compose("CREATE SCHEMA %1%", schema::quote_identifier(name)));
	link::require_own_schema(unified);
	sync::UnionBringUp bring_up{};
	bring_up.cascade = options.cascade;
	bring_up.skip_blocked = options.skip_blocked;
	return rows_of(sync::bring_up_union(unified, bring_up));
}

void add_to_union(const std::string& name, const std::string& link, bool cascade)
{
	const link::OwnStatements own;
	pg::require_read_write("datalink_union_add()");
	const Union unified = link::lock_owned_union(name);
	link::require_own_schema(unified);
	const pg::UserSwitch as_owner = link::act_as_owner(unified.owner, name);
	UnionSettings settings = unified.settings;
	if (is_in(settings, link))
		throw pg::Failure(sqlstate::duplicate_object,
		                  compose("data link \"%1%\" is in union \"%2%\" already", link, name));
	(void)link::require_member(link);
	settings.links.push_back(link);
	change(unified, settings, options_of(cascade, {link}));
}

void remove_from_union(const std::string& name, const std::string& link, bool cascade)
{
	const link::OwnStatements own;
	pg::require_read_write("datalink_union_remove()");
	const Union unified = link::lock_owned_union(name);
	link::require_own_schema(unified);
	const pg::UserSwitch as_owner = link::act_as_owner(unified.owner, name);
	UnionSettings settings = unified.settings;
	if (!is_in(settings, link))
	{
		link::require_link_name(link);
		throw pg::Failure(sqlstate::undefined_object,
		                  compose("data link \"%1%\" is not in union \"%2%\"", link, name));
	}
	std::erase(settings.links, link);
	if (settings.links.empty())
		throw pg::Failure(sqlstate::object_not_in_prerequisite_state,
		                  compose("data link \"%1%\" is the last one of union \"%2%\"", link, name))
		    .hint("datalink_drop() drops the union.");
	change(unified, settings, options_of(cascade, {}));
}

} // namespace datalinks::command
