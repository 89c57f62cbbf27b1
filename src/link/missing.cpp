/*
 * Types and collations that are missing here: see missing.hpp.
 */
#include "link/missing.hpp"

#include <algorithm>

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

using schema::compose;
using schema::join;
using schema::quote_identifier;

std::string qualified(const std::string& schema, const std::string& name)
{
	return quote_identifier(schema) + "." + quote_identifier(name);
}

remote::Type type_of(const schema::Part& part)
{
	return {0, part.type_schema, part.type_name, part.extension, part.array, part.typmod, {}};
}

unsigned find_type(const schema::TypeDefinition& type)
{
	return type.extension.empty() ? pg::find_type(type.schema, type.name)
	                              : pg::find_extension_type(type.extension, type.name);
}

/* What a part's type is called here, or will be when the statement before has made it. */
std::string part_text(const schema::Part& part)
{
	std::string text = local_text(type_of(part));
	if (text.empty())
		text = schema::future_text(part);
	if (!part.collation.empty())
		text += " COLLATE " + qualified(part.collation_schema, part.collation);
	return text;
}

/* Whether everything that the type is made of is here by now. */
bool can_be_made(const schema::TypeDefinition& type)
{
	return type.extension.empty() && type.kind != schema::TypeDefinition::other &&
	       std::none_of(type.parts.begin(), type.parts.end(),
	                    [](const schema::Part& part) { return local_text(type_of(part)).empty(); });
}

std::string create_schema(const std::string& schema)
{
	return compose("CREATE SCHEMA %1%;", quote_identifier(schema));
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
std::vector<schema::TypeDefinition> Missing::definitions(remote::Session& session) const
{
	auto found = remote::read_type_definitions(session, {types_.begin(), types_.end()});
	std::erase_if(found, [](const schema::TypeDefinition& type) { return find_type(type) != 0; });
	return found;
}

std::string Missing::hint(remote::Session& session, const std::string& link) const
{
	std::vector<std::string> statements, unmakeable;
	std::set<std::string> seen;
	const auto add = [&](const std::string& statement) {
		if (seen.insert(statement).second)
			statements.push_back(statement);
	};
	bool needs_name = false, makeable = false;
	if (!types_.empty())
		for (const schema::TypeDefinition& type : definitions(session))
		{
			const std::string statement = schema::create_statement(type, part_text);
			if (statement.empty())
			{
				unmakeable.push_back(qualified(type.schema, type.name));
				continue;
			}
			/* The link's own schema stands for the moment only. */
			const bool in_link = type.extension.empty() && type.schema == link;
			needs_name = needs_name || in_link;
			makeable = makeable || type.extension.empty();
			if (in_link || (type.extension.empty() && pg::find_schema(type.schema) == 0))
				add(create_schema(type.schema));
			add(statement);
		}
	if (types_.empty())
		return "Create the collations here, or leave those tables out with except_tables.";
	if (statements.empty())
		return "Create them here, or leave those tables out with except_tables.";
	std::string head = "Create them here";
	if (makeable && !needs_name)
		head += ", as create_types => true does";
	if (needs_name)
		head += compose(" and give the link another name, for the types need schema %1%",
		                quote_identifier(link));
	if (!unmakeable.empty())
		head +=
		    compose(" (leave the tables of %1% out with except_tables)", join(unmakeable, ", "));
	return head + ":\n" + join(statements, "\n");
}

void Missing::fail(remote::Session& session, const std::string& link) const
{
	std::vector<std::string> lines;
	for (const auto& [thing, columns] : users_)
		lines.push_back(compose("%1%, used by %2%", thing, join(columns, ", ")));
	throw pg::Failure(pg::sqlstate::undefined_object,
	                  "types or collations of the remote do not exist here")
	    .detail("Missing: " + join(lines, ";\n") + ".")
	    .hint(hint(session, link));
}

std::vector<std::string> Missing::make(remote::Session& session) const
{
	std::vector<std::string> made;
	if (types_.empty())
		return made;
	for (const schema::TypeDefinition& type : definitions(session))
	{
		if (!can_be_made(type))
			continue;
		if (pg::find_schema(type.schema) == 0)
			spi::execute(create_schema(type.schema));
		spi::execute(schema::create_statement(type, part_text));
		made.push_back(pg::format_type(find_type(type), -1));
	}
	return made;
}

} // namespace datalinks::link
