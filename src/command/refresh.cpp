/*
 * datalink_diff and datalink_refresh: see refresh.hpp.
 */
#include "command/refresh.hpp"

#include "command/union_change.hpp"
#include "link/connect.hpp"
#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "link/union.hpp"
#include "postgres/roles.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/apply.hpp"
#include "sync/blocked.hpp"

namespace datalinks::command
{

namespace
{

using link::Link;
using link::OwnStatements;
using schema::join;
using sync::BringUp;
using sync::Drift;
using sync::Reading;

/* From what to what; and whose privileges go with it, which stand in no DROP's way. */
std::string detail_of(const Drift& row, const Link& link)
{
	std::string detail = schema::detail_text(row.change);
	if (schema::is_guess(row.change))
		detail += "; to keep what is built on it: " + sync::remedy_of(row.change, link);
	if (!row.holders.empty())
		detail += "; privileges go of " + join(row.holders, ", ");
	return detail;
}

/* The rows as the SQL functions return them. */
pg::Rows rows_of(const std::vector<Drift>& drift, const Link& link)
{
	pg::Rows rows;
	rows.reserve(drift.size());
	for (const Drift& row : drift)
	{
		std::vector<std::string> blocked_by = sync::texts_of(row.blockers);
		if (!row.change.applicable)
			blocked_by.push_back(row.change.obstacle);
		if (row.locked)
			blocked_by.push_back("a lock of another session");
		rows.push_back({sync::object_text(row.change, link), schema::change_text(row.change),
		                detail_of(row, link), schema::array_literal(blocked_by)});
	}
	return rows;
}

} // namespace

pg::Rows diff(const std::string& name)
{
	if (const auto unified = link::find_mere_union(name))
		return diff_union(*unified);
	const Link link = link::require_usable(name);
	/* Whoever may refresh the link looks as a refresh does, through its owner's mapping. */
	const bool as_owner = pg::owns_server(link.server);
	remote::Session session = link::connect(link, as_owner ? link.owner : pg::current_role());
	return rows_of(sync::find_drift(link, session, Reading::look), link);
}

pg::Rows refresh(const std::string& name, const BringUp& options)
{
	const OwnStatements own;
	pg::require_read_write("datalink_refresh()");
	if (link::find_mere_union(name))
		return refresh_union(name, options);
	const Link link = link::require_owned(name);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	return rows_of(sync::bring_up(link, options, Reading::refresh), link);
}

} // namespace datalinks::command
