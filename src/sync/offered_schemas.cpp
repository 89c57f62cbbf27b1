/*
 * Which local schemas a remote's tables go to: see offered_schemas.hpp.
 */
#include "sync/offered_schemas.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "link/options.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/schemas.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::Link;
using link::TableSchema;
using link::TableSchemas;
using schema::Change;
using schema::compose;

/* Those of the local names that the link cannot have. */
class Refusals
{
public:
	explicit Refusals(const Link& link) : link_(link) {}
	void add(const TableSchema& schema, bool is_recorded, bool is_free);
	/* Throws where there are any. */
	void fail() const;

private:
	const Link& link_;
	std::vector<std::string> lines_, remote_;
	bool malformed_ = false;
};

void Refusals::add(const TableSchema& schema, bool is_recorded, bool is_free)
{
	std::string why;
	if (!is_recorded && !schema::is_link_name(schema.name))
	{
		why = "is no name of 1 to 63 of a-z, 0-9 and _";
		malformed_ = true;
	}
	else if (const unsigned taken = pg::find_schema(schema.name); taken != 0)
		why = pg::schema_owner(taken) == link_.owner
		          ? "exists already"
		          : compose("belongs to role %1%",
		                    schema::quote_identifier(pg::role_name(pg::schema_owner(taken))));
	else if (!is_free)
		why = "is to be another remote schema's";
	if (why.empty())
		return;
	lines_.push_back(compose("For the remote schema %1%: %2% %3%.",
	                         schema::quote_identifier(schema.remote),
	                         schema::quote_identifier(schema.name), why));
	remote_.push_back(schema::quote_literal(schema.remote + ".*"));
}

void Refusals::fail() const
{
	if (lines_.empty())
		return;
	throw pg::Failure(
	    malformed_ ? sqlstate::invalid_name : sqlstate::duplicate_schema,
	    compose("data link \"%1%\" cannot have a schema for each of the remote's", link_.name))
	    .detail(schema::join(lines_, "\n"))
	    .hint(compose("Rename one of the two, or leave these out with except_tables => "
	                  "ARRAY[%1%]; by itself, each can be linked under a name of its own.",
	                  schema::join(remote_, ", ")));
}

} // namespace

void offer_schemas(Offer& offer, const remote::Contents& contents, const Link& link)
{
	if (!link::has_all_schemas(link.settings))
	{
		offer.schemas.push_back({link.name, link.settings.remote_schema, 0});
		if (!offer.role_without_usage.empty())
			offer.unusable.push_back(link.settings.remote_schema);
		return;
	}
	const TableSchemas own = link::own_table_schemas(link);
	const TableSchemas recorded = link::recorded_schemas(link);
	const auto is_in = [](const TableSchemas& schemas, const std::string& remote) {
		return std::any_of(schemas.begin(), schemas.end(),
		                   [&](const TableSchema& schema) { return schema.remote == remote; });
	};
	Refusals refusals(link);
	std::set<std::string> names;
	for (const remote::RemoteSchema& schema : contents.schemas)
	{
		const bool is_linked = is_in(own, schema.name);
		if (!schema.usable)
			(is_linked ? offer.unusable : offer.unlinked).push_back(schema.name);
		if (!schema.usable && !is_linked)
			continue;
		offer.schemas.push_back({link::local_schema_for(link, schema.name), schema.name, 0});
		const bool is_free = names.insert(offer.schemas.back().name).second;
		if (!is_linked)
			refusals.add(offer.schemas.back(), is_in(recorded, schema.name), is_free);
	}
	refusals.fail();
}

namespace
{

/* By the remote's schema. */
using RelationsBySchema = std::map<std::string, schema::Relations>;

RelationsBySchema by_schema(const schema::Relations& relations)
{
	RelationsBySchema split;
	for (const schema::Relation& relation : relations)
		split[relation.remote_schema].push_back(relation);
	return split;
}

/* Appends the changes of one schema, each of which says which that is. */
void append(schema::Changes& changes, schema::Changes of_schema, const TableSchema& schema)
{
	for (Change& change : of_schema)
	{
		change.relation.schema = schema.name;
		change.relation.remote_schema = schema.remote;
		changes.push_back(std::move(change));
	}
}

} // namespace

schema::Changes compare_schemas(const Link& link, const Offer& offer,
                                const schema::Relations& local)
{
	const bool all = link::has_all_schemas(link.settings);
	RelationsBySchema there = by_schema(offer.relations), here = by_schema(local);
	std::map<std::string, TableSchema> gone;
	for (TableSchema& own : link::own_table_schemas(link))
		gone.emplace(own.remote, std::move(own));
	schema::Changes changes;
	for (const TableSchema& schema : offer.schemas)
	{
		if (gone.erase(schema.remote) == 0 && all)
			changes.push_back(schema::of_schema(Change::schema_added, schema.name, schema.remote));
		append(changes, schema::diff(there[schema.remote], here[schema.remote]), schema);
	}
	for (const auto& [remote, schema] : gone)
	{
		append(changes, schema::diff({}, here[remote]), schema);
		changes.push_back(schema::of_schema(Change::schema_removed, schema.name, remote));
	}
	return changes;
}

Link with_schemas_of(const Link& link, const Offer& offer)
{
	const Link now = link::link_on(link.server, link.name);
	if (link::has_all_schemas(now.settings))
		link::alter_settings(now, link::with_schemas(now.settings, offer.schemas));
	return link::link_on(link.server, link.name);
}

void record_schemas(const Link& link, const schema::Changes& applied)
{
	if (std::none_of(applied.begin(), applied.end(), schema::is_of_schema))
		return;
	const Link now = link::link_on(link.server, link.name);
	TableSchemas schemas = link::recorded_schemas(now);
	for (const Change& change : applied)
	{
		if (!schema::is_of_schema(change))
			continue;
		std::erase_if(schemas, [&](const TableSchema& schema) {
			return schema.remote == change.relation.remote_schema;
		});
		if (change.kind == Change::schema_added)
			schemas.push_back({change.relation.schema, change.relation.remote_schema, 0});
	}
	link::alter_settings(now, link::with_schemas(now.settings, schemas));
}

} // namespace datalinks::sync
