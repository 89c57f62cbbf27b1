/*
 * Drift: see drift.hpp.
 */
#include "sync/drift.hpp"

#include <algorithm>
#include <utility>

#include "link/grants.hpp"
#include "schema/text.hpp"
#include "sync/offered_schemas.hpp"
#include "sync/shortcomings.hpp"
#include "sync/type_drift.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using schema::Change;
using schema::join;

/* Each column of the row a change may be blocked by; a table that goes takes its columns along. */
Dependents blockers_of(const Link& link, const Change& change)
{
	if (!schema::is_destructive(change))
		return {};
	if (change.kind == Change::type_altered)
		return dependents_of(change.name, change.alteration);
	if (change.kind == Change::schema_removed)
		return dependents_of_schema(change.relation.schema, change.relation.remote_schema, link);
	Dependents blockers =
	    dependents_of(change.relation.schema, change.relation.name, change.before.name);
	/* A column that is only retyped keeps these: the server makes them anew. */
	if (change.kind == Change::column_retyped)
		std::erase_if(blockers, [](const Dependent& dependent) {
			return dependent.type == "table constraint" || dependent.type == "statistics object";
		});
	return blockers;
}

/* An attribute that goes takes along what local tables store in it: nobody asked for that. */
void protect_stored(Change& change)
{
	if (change.kind != Change::type_altered || change.alteration.dropped.empty())
		return;
	const auto stored = texts_of(columns_storing(change.name));
	if (stored.empty() || !change.applicable)
		return;
	change.applicable = false;
	change.obstacle = join(stored, ", ");
}

/* Whose privileges are lost with what is dropped. */
std::vector<std::string> holders_of(const Change& change)
{
	if (!schema::is_destructive(change) || change.kind == Change::column_retyped ||
	    schema::is_of_type(change) || schema::is_of_schema(change))
		return {};
	return link::holders_on(change.relation.schema, change.relation.name, change.before.name);
}

} // namespace

schema::Changes compare(const Link& link, const Offer& offer, const ForeignTables& tables)
{
	schema::Changes changes;
	for (const link::TableSchema& schema : offer.schemas)
		if (std::find(offer.unusable.begin(), offer.unusable.end(), schema.remote) !=
		    offer.unusable.end())
		{
			changes.push_back(schema::unusable(usage_grant(schema.remote, offer)));
			changes.back().relation.schema = schema.name;
			changes.back().relation.remote_schema = schema.remote;
		}
	for (const std::string& type : offer.types_made)
		changes.push_back(schema::made(type));
	/* The link as it is now: what reading the offer made is its own, too. */
	TypeDrift types = find_type_drift(link::link_on(link.server, link.name), offer);
	for (Change& change : types.changes)
	{
		protect_stored(change);
		changes.push_back(std::move(change));
	}
	for (Change& change : compare_schemas(link, offer, read_local(link, tables)))
	{
		hold_back(change, types.unfit);
		changes.push_back(std::move(change));
	}
	return changes;
}

std::vector<Drift> examine(const Link& link, const schema::Changes& changes, bool lock)
{
	std::vector<Drift> drift;
	drift.reserve(changes.size());
	for (const Change& change : changes)
	{
		const auto find = [&] { return blockers_of(link, change); };
		Drift row;
		row.change = change;
		row.blockers = lock ? locked(find) : find();
		row.holders = holders_of(change);
		drift.push_back(std::move(row));
	}
	return drift;
}

namespace
{

/* What a refresh is yet to record of a table that an older version made: nothing has drifted. */
bool is_unrecorded(const Change& change)
{
	return change.kind == Change::option_changed &&
	       (change.name == schema::key_option || change.name == schema::selectable_option) &&
	       !change.relation.options.contains(schema::key_option);
}

} // namespace

std::vector<Drift> find_drift(const Link& link, remote::Session& session, Reading reading)
{
	ForeignTables tables;
	const Offer offer =
	    read_offer(link, session, reading, [&] { tables = foreign_tables_of(link); });
	schema::Changes changes = compare(link, offer, tables);
	std::erase_if(changes, is_unrecorded);
	return examine(link, changes, false);
}

} // namespace datalinks::sync
