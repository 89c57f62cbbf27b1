/*
 * Types and collations that are missing here: see missing.hpp.
 */
#include "link/missing.hpp"

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

using schema::format;
using schema::join;
using schema::quote_identifier;

std::string qualified(const std::string& schema, const std::string& name)
{
	return quote_identifier(schema) + "." + quote_identifier(name);
}

/* How the type of a part is to be written in a statement. */
using PartText = std::string (*)(const remote::TypePart&);

std::string as_printed(const remote::TypePart& part)
{
	return part.printed;
}

std::string as_resolved(const remote::TypePart& part)
{
	return local_text(part.type);
}

schema::TypeDefinition definition_of(const remote::TypeDefinition& type, PartText text)
{
	schema::TypeDefinition definition{type.type.schema,
	                                  type.type.name,
	                                  type.type.extension,
	                                  type.kind,
	                                  {},
	                                  {},
	                                  type.not_null,
	                                  {}};
	for (const remote::TypePart& part : type.parts)
	{
		if (type.kind == schema::TypeDefinition::enumeration)
			definition.labels.push_back(part.name);
		else if (type.kind == schema::TypeDefinition::domain)
			definition.base = text(part);
		else
			definition.attributes.push_back({part.name, text(part)});
	}
	return definition;
}

/* Whether everything that the type is made of is here by now. */
bool can_be_made(const remote::TypeDefinition& type)
{
	if (!type.type.extension.empty() || type.kind == schema::TypeDefinition::other)
		return false;
	for (const remote::TypePart& part : type.parts)
		if (type.kind != schema::TypeDefinition::enumeration && local_text(part.type).empty())
			return false;
	return true;
}

std::string create_schema(const std::string& schema)
{
	return format("CREATE SCHEMA %1%;", quote_identifier(schema));
}

} // namespace

unsigned find_type(const remote::Type& type)
{
	return type.extension.empty() ? pg::find_type(type.schema, type.name)
	                              : pg::find_extension_type(type.extension, type.name);
}

std::string local_text(const remote::Type& type)
{
	unsigned local = find_type(type);
	if (local != 0 && type.array)
		local = pg::array_type_of(local);
	return local == 0 ? std::string() : pg::type_text(local, type.typmod);
}

void Missing::add_type(const remote::Type& type, const std::string& used_by)
{
	std::string name = "type " + qualified(type.schema, type.name);
	if (!type.extension.empty())
		name += " of extension " + quote_identifier(type.extension);
	users_[name].push_back(used_by);
	types_.insert(type.oid);
}

void Missing::add_collation(const remote::Column& column, const std::string& used_by)
{
	users_["collation " + qualified(column.collation_schema, column.collation)].push_back(used_by);
}

/* Of the missing types and what they are made of, those that are not here. */
std::vector<remote::TypeDefinition> Missing::definitions(remote::Session& session) const
{
	auto found = remote::read_type_definitions(session, {types_.begin(), types_.end()});
	std::erase_if(found,
	              [](const remote::TypeDefinition& type) { return find_type(type.type) != 0; });
	return found;
}

std::string Missing::hint(remote::Session& session) const
{
	std::vector<std::string> statements;
	std::set<std::string> seen;
	const auto add = [&](const std::string& statement) {
		if (!statement.empty() && seen.insert(statement).second)
			statements.push_back(statement);
	};
	if (!types_.empty())
		for (const remote::TypeDefinition& type : definitions(session))
		{
			if (type.type.extension.empty() && pg::find_schema(type.type.schema) == 0)
				add(create_schema(type.type.schema));
			add(schema::create_statement(definition_of(type, as_printed)));
		}
	if (statements.empty())
		return "Create them here, or leave those tables out with except_tables.";
	return "Create them here, or have the link do so with create_types => true:\n" +
	       join(statements, "\n");
}

void Missing::fail(remote::Session& session) const
{
	std::vector<std::string> lines;
	for (const auto& [thing, columns] : users_)
		lines.push_back(format("%1%, used by %2%", thing, join(columns, ", ")));
	throw pg::Failure(pg::sqlstate::undefined_object,
	                  "types or collations of the remote do not exist here")
	    .detail("Missing: " + join(lines, ";\n") + ".")
	    .hint(hint(session));
}

std::vector<std::string> Missing::make(remote::Session& session) const
{
	std::vector<std::string> made;
	if (types_.empty())
		return made;
	for (const remote::TypeDefinition& type : definitions(session))
	{
		if (!can_be_made(type))
			continue;
		if (pg::find_schema(type.type.schema) == 0)
			spi::execute(create_schema(type.type.schema));
		spi::execute(schema::create_statement(definition_of(type, as_resolved)));
		made.push_back(pg::format_type(find_type(type.type), -1));
	}
	return made;
}

} // namespace datalinks::link
