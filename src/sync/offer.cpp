/*
 * From what a remote offers to what can be made here: see offer.hpp.
 */
#include "sync/offer.hpp"

#include <algorithm>

#include "link/options.hpp"
#include "postgres/types.hpp"
#include "schema/name.hpp"
#include "sync/missing_types.hpp"
#include "sync/offered_schemas.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using link::Settings;

/* A view may show NULL in a column of a domain that forbids it: by an outer join, for one. */
bool stores_rows(const remote::Relation& relation)
{
	return relation.kind != "view" && relation.kind != "materialized view";
}

/* Resolves each distinct type once. */
class Resolver
{
public:
	Resolver(const remote::Contents& contents, const Link& link)
	    : contents_(contents), link_(link), missing_(contents.types)
	{
	}
	/* Fills in the relations and who uses which type. */
	void resolve(Offer& offer);
	const MissingTypes& missing() const
	{
		return missing_;
	}

private:
	schema::Relation resolve(const remote::Relation& relation, Offer& offer);
	const std::string& type_text(const schema::TypeUse& use, const std::string& column,
	                             Offer& offer);
	std::string collation_text(unsigned collation, const std::string& column);

	const remote::Contents& contents_;
	const Link& link_;
	std::map<std::pair<unsigned, int>, std::string> texts_;
	MissingTypes missing_;
};

const std::string& Resolver::type_text(const schema::TypeUse& use, const std::string& column,
                                       Offer& offer)
{
	const auto [entry, is_new] = texts_.try_emplace({use.type, use.typmod});
	const schema::BaseUse base = schema::base_of(contents_.types, use);
	if (is_new)
	{
		entry->second = local_text(base);
		if (!entry->second.empty() && has_shape(*base.type) && !base.nested)
			offer.users.emplace(entry->second, local_type(*base.type));
	}
	if (entry->second.empty())
		missing_.add_type(*base.type, column);
	return entry->second;
}

std::string Resolver::collation_text(unsigned collation, const std::string& column)
{
	if (collation == 0)
		return {};
	const schema::CollationName& name = contents_.types.collations.at(collation);
	const auto text = pg::collation_text(name.schema, name.name);
	if (!text)
		missing_.add_collation(name, column);
	return text.value_or("");
}

schema::Relation Resolver::resolve(const remote::Relation& relation, Offer& offer)
{
	const std::string listed = remote::listed_name(relation);
	schema::Relation resolved;
	resolved.name = pg::clip_name(relation.name);
	resolved.remote_name = relation.name;
	resolved.remote_schema =
	    relation.schema.empty() ? link_.settings.remote_schema : relation.schema;
	if (!relation.kind.empty())
		resolved.options[schema::kind_option] = relation.kind;
	std::vector<std::string> key;
	for (const auto& [position, column] : relation.key)
		key.push_back(column);
	resolved.options[schema::key_option] = schema::array_literal(key);
	if (!relation.readable)
		resolved.options[schema::selectable_option] = "false";
	resolved.columns.reserve(relation.columns.size());
	for (const remote::Column& column : relation.columns)
	{
		const std::string where = listed + "." + column.name;
		if (pg::is_system_column(column.name))
		{
			offer.left_out[listed].push_back(where);
			continue;
		}
		const schema::BaseUse base = schema::base_of(contents_.types, column.use);
		schema::Column& made = resolved.columns.emplace_back();
		made.name = pg::clip_name(column.name);
		made.remote_name = column.name;
		made.type = type_text(column.use, where, offer);
		made.collation = collation_text(base.collation, where);
		made.not_null = column.not_null || (base.not_null && stores_rows(relation));
		made.computed = column.computed;
	}
	return resolved;
}

void Resolver::resolve(Offer& offer)
{
	offer.relations.reserve(contents_.relations.size());
	for (const remote::Relation& relation : contents_.relations)
	{
		offer.relations.push_back(resolve(relation, offer));
		if (!relation.readable)
			offer.unreadable.insert(remote::listed_name(relation));
	}
}

/* The shapes of those of the remote's types that are here, which differ from what they are here. */
void add_shapes(Offer& offer, const schema::TypeCatalog& catalog)
{
	const auto type_of = [&](const schema::TypeUse& use) {
		const schema::BaseUse base = schema::base_of(catalog, use);
		schema::Column column;
		column.type = local_text(base);
		if (column.type.empty() && base.type != nullptr)
			column.type = schema::future_text(base);
		if (const auto name = catalog.collations.find(base.collation);
		    base.collation != 0 && name != catalog.collations.end())
			column.collation = pg::quote_qualified(name->second.schema, name->second.name);
		return column;
	};
	for (const auto& [oid, type] : catalog.types)
	{
		if (!schema::has_shape(type))
			continue;
		const unsigned local = local_type(type);
		if (local == 0 || !offer.types.insert(local).second)
			continue;
		offer.shapes.push_back(schema::shape_of(type, pg::format_type(local, -1), type_of));
	}
}

std::set<unsigned> types_used(const remote::Contents& contents)
{
	std::set<unsigned> types;
	for (const remote::Relation& relation : contents.relations)
		for (const remote::Column& column : relation.columns)
			types.insert(column.use.type);
	return types;
}

} // namespace

std::string listed_name(const schema::Relation& relation, const Link& link)
{
	return link::has_all_schemas(link.settings)
	           ? relation.remote_schema + "." + relation.remote_name
	           : relation.remote_name;
}

Offer resolve(const remote::Contents& contents, const Link& link, bool make_missing)
{
	Offer offer;
	offer.role_without_usage = contents.role_without_usage;
	offer_schemas(offer, contents, link);
	if (make_missing)
		offer.types_made = make_types(contents.types, types_used(contents));
	Resolver resolver(contents, link);
	resolver.resolve(offer);
	if (!resolver.missing().empty())
		resolver.missing().fail(link.name);
	add_shapes(offer, contents.types);
	return offer;
}

Offer read_offer(const Link& link, remote::Session& session, Reading reading,
                 const std::function<void()>& meanwhile)
{
	Settings settings = link.settings;
	remote::Selection selection = link::selection_of(link);
	selection.names_must_exist = reading == Reading::choose;
	const remote::Contents contents = remote::read_contents(session, selection, meanwhile);
	Offer offer = resolve(contents, link, reading != Reading::look && settings.create_types);
	if (!offer.types_made.empty())
	{
		for (const std::string& type : offer.types_made)
			if (std::find(settings.types_made.begin(), settings.types_made.end(), type) ==
			    settings.types_made.end())
				settings.types_made.push_back(type);
		link::alter_settings(link, settings);
	}
	return offer;
}

} // namespace datalinks::sync
