/*
 * From what a remote offers to what can be made here: see resolve.hpp.
 */
#include "link/resolve.hpp"

#include <map>

#include "link/missing.hpp"
#include "postgres/types.hpp"
#include "postgres/values.hpp"

namespace datalinks::link
{

namespace
{

/* Resolves each distinct type once. */
class Resolver
{
public:
	schema::Relation resolve(const remote::Relation& relation);
	const Missing& missing() const
	{
		return missing_;
	}
	schema::Enumerations enumerations() const;

private:
	const std::string& type_text(const remote::Type& type, const std::string& column);
	std::string collation_text(const remote::Column& column, const std::string& where);
	std::string find(const remote::Type& type);

	std::map<std::tuple<unsigned, bool, int>, std::string> types_;
	std::map<std::string, std::string> labels_; /* text[] by the enum's local identity */
	Missing missing_;
};

std::string Resolver::find(const remote::Type& type)
{
	if (!type.labels.empty())
		if (const unsigned local = find_type(type); local != 0)
			labels_.emplace(pg::format_type(local, -1), type.labels);
	return local_text(type);
}

const std::string& Resolver::type_text(const remote::Type& type, const std::string& column)
{
	const auto [entry, is_new] = types_.try_emplace({type.oid, type.array, type.typmod});
	if (is_new)
		entry->second = find(type);
	if (entry->second.empty())
		missing_.add_type(type, column);
	return entry->second;
}

std::string Resolver::collation_text(const remote::Column& column, const std::string& where)
{
	if (column.collation.empty())
		return {};
	const auto text = pg::collation_text(column.collation_schema, column.collation);
	if (!text)
		missing_.add_collation(column, where);
	return text.value_or("");
}

schema::Enumerations Resolver::enumerations() const
{
	schema::Enumerations enumerations;
	for (const auto& [type, labels] : labels_)
		enumerations.push_back({type, pg::parse_text_array(labels), false});
	return enumerations;
}

schema::Relation Resolver::resolve(const remote::Relation& relation)
{
	schema::Relation resolved{pg::clip_name(relation.name), relation.name, {}, {}};
	if (!relation.kind.empty())
		resolved.options["remote_kind"] = relation.kind;
	resolved.columns.reserve(relation.columns.size());
	for (const remote::Column& column : relation.columns)
	{
		const std::string where = relation.name + "." + column.name;
		resolved.columns.push_back({pg::clip_name(column.name), column.name,
		                            type_text(column.type, where), collation_text(column, where),
		                            column.not_null, column.computed});
	}
	return resolved;
}

Resolver resolve_all(const remote::Relations& relations, schema::Relations& resolved)
{
	Resolver resolver;
	resolved.clear();
	resolved.reserve(relations.size());
	for (const remote::Relation& relation : relations)
		resolved.push_back(resolver.resolve(relation));
	return resolver;
}

} // namespace

Offer resolve(const remote::Relations& relations, remote::Session& session, const std::string& link,
              bool make_types)
{
	Offer offer;
	Resolver resolver = resolve_all(relations, offer.relations);
	if (!resolver.missing().empty() && make_types)
	{
		offer.types_made = resolver.missing().make(session);
		resolver = resolve_all(relations, offer.relations);
	}
	if (!resolver.missing().empty())
		resolver.missing().fail(session, link);
	offer.enumerations = resolver.enumerations();
	return offer;
}

} // namespace datalinks::link
