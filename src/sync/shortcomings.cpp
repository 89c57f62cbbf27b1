/*
 * What of a remote's offer is of no use: see shortcomings.hpp.
 */
#include "sync/shortcomings.hpp"

#include <algorithm>
#include <set>

#include "postgres/guard.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/type_drift.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using schema::compose;

/* At most this many names are told. */
constexpr size_t most_named = 100;

std::string list_of(std::vector<std::string> names)
{
	const size_t more = names.size() - std::min(names.size(), most_named);
	names.resize(names.size() - more);
	const std::string list = schema::join(names, ", ");
	return more == 0 ? list : compose("%1%, and %2% more", list, more);
}

bool lost_select(const schema::Change& change)
{
	return change.kind == schema::Change::option_changed &&
	       change.name == schema::selectable_option && !change.new_value.empty();
}

} // namespace

std::string usage_grant(const std::string& schema, const Offer& offer)
{
	return compose("GRANT USAGE ON SCHEMA %1% TO %2%;", schema::quote_identifier(schema),
	               schema::quote_identifier(offer.role_without_usage));
}

void tell_without_usage(const Offer& offer)
{
	for (const std::string& schema : offer.unusable)
		pg::warning(compose("the remote's role \"%1%\" may not use the remote schema \"%2%\"",
		                    offer.role_without_usage, schema),
		            "The tables are linked, but queries will fail.",
		            "Run there: " + usage_grant(schema, offer));
}

void tell_unlinked(const Offer& offer)
{
	if (!offer.unlinked.empty())
		pg::notice(compose("the remote's role \"%1%\" may not use all schemas of the remote",
		                   offer.role_without_usage),
		           compose("Left out: %1%.", list_of(offer.unlinked)),
		           "GRANT USAGE on them there; datalink_refresh() then adds them.");
}

void tell_of_tables(const Link& link, const Offer& offer, const schema::Changes& changes)
{
	std::set<std::string> unreadable = offer.unreadable;
	std::vector<std::string> left_out;
	bool is_news = false;
	for (const schema::Change& change : changes)
	{
		const std::string table = listed_name(change.relation, link);
		if (lost_select(change))
			is_news = true;
		if (change.kind != schema::Change::table_added)
			continue;
		if (!change.applicable)
		{
			unreadable.erase(table);
			continue;
		}
		is_news = is_news || unreadable.contains(table);
		if (const auto columns = offer.left_out.find(table); columns != offer.left_out.end())
			left_out.insert(left_out.end(), columns->second.begin(), columns->second.end());
	}
	if (!left_out.empty())
		pg::notice("columns of the remote that are named as system columns are left out",
		           list_of(left_out));
	if (is_news)
		pg::notice(
		    compose("the remote's role cannot read %1% of the tables that are linked",
		            unreadable.size()),
		    compose("It has no SELECT on %1%.", list_of({unreadable.begin(), unreadable.end()})),
		    "Grant it there, or leave these tables out with except_tables.");
}

void tell_unfit(const schema::Changes& changes)
{
	schema::Changes unapplied;
	std::set<std::string> obstacles;
	for (const schema::Change& change : changes)
		if (!change.applicable && !schema::is_remark(change))
		{
			unapplied.push_back(change);
			obstacles.insert(change.obstacle);
		}
	if (unapplied.empty())
		return;
	const std::string statements = advice_on(unapplied);
	pg::notice("types of this database do not fit those of the remote",
	           schema::join({obstacles.begin(), obstacles.end()}, ", "),
	           statements.empty() ? "" : "Bring them up with:\n" + statements);
}

} // namespace datalinks::sync
