/*
 * From what a remote offers to what can be made here: see resolve.hpp.
 */
#include "link/resolve.hpp"

#include <map>
#include <set>

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/types.hpp"
#include "postgres/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

namespace sqlstate = pg::sqlstate;
using schema::format;
using schema::join;
using schema::quote_identifier;

std::string qualified(const std::string& schema, const std::string& name)
{
	return quote_identifier(schema) + "." + quote_identifier(name);
}

unsigned find_type(const std::string& schema, const std::string& name, const std::string& extension)
{
	return extension.empty() ? pg::find_type(schema, name)
	                         : pg::find_extension_type(extension, name);
}

/* What is missing here, and the columns that use it. */
class Missing
{
public:
	void add(const std::string& thing, const std::string& column)
	{
		users_[thing].push_back(column);
	}
	void add_type(const remote::Type& type, const std::string& column)
	{
		add("type " + qualified(type.schema, type.name) +
		        (type.extension.empty() ? "" : " of extension " + quote_identifier(type.extension)),
		    column);
		types_.insert(type.oid);
	}
	bool empty() const
	{
		return users_.empty();
	}
	[[noreturn]] void fail(remote::Session& session) const;

private:
	std::string hint(remote::Session& session) const;

	std::map<std::string, std::vector<std::string>> users_;
	std::set<unsigned> types_;
};

/* The statements that would make the missing types, and what they are made of, once each. */
std::string Missing::hint(remote::Session& session) const
{
	if (types_.empty())
		return "Create the collations here, or leave those tables out with except_tables.";
	std::vector<std::string> statements;
	std::set<std::string> seen;
	for (const schema::TypeDefinition& type :
	     remote::read_type_definitions(session, {types_.begin(), types_.end()}))
	{
		if (find_type(type.schema, type.name, type.extension) != 0)
			continue;
		if (type.extension.empty() && pg::find_schema(type.schema) == 0 &&
		    seen.insert("schema " + type.schema).second)
			statements.push_back(format("CREATE SCHEMA %1%;", quote_identifier(type.schema)));
		const std::string statement = schema::create_statement(type);
		if (!statement.empty() && seen.insert(statement).second)
			statements.push_back(statement);
	}
	if (statements.empty())
		return "Create them here, or leave those tables out with except_tables.";
	return "Create them here:\n" + join(statements, "\n");
}

void Missing::fail(remote::Session& session) const
{
	std::vector<std::string> lines;
	for (const auto& [thing, columns] : users_)
		lines.push_back(format("%1%, used by %2%", thing, join(columns, ", ")));
	throw pg::Failure(sqlstate::undefined_object,
	                  "types or collations of the remote do not exist here")
	    .detail("Missing: " + join(lines, ";\n") + ".")
	    .hint(hint(session));
}

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

/* Empty where there is no such type here. */
std::string Resolver::find(const remote::Type& type)
{
	unsigned local = find_type(type.schema, type.name, type.extension);
	if (local != 0 && !type.labels.empty())
		labels_.emplace(pg::format_type(local, -1), type.labels);
	if (local != 0 && type.array)
		local = pg::array_type_of(local);
	return local == 0 ? std::string() : pg::type_text(local, type.typmod);
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
		missing_.add("collation " + qualified(column.collation_schema, column.collation), where);
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

} // namespace

Offer resolve(const remote::Relations& relations, remote::Session& session)
{
	Resolver resolver;
	Offer offer;
	offer.relations.reserve(relations.size());
	for (const remote::Relation& relation : relations)
		offer.relations.push_back(resolver.resolve(relation));
	if (!resolver.missing().empty())
		resolver.missing().fail(session);
	offer.enumerations = resolver.enumerations();
	return offer;
}

} // namespace datalinks::link
