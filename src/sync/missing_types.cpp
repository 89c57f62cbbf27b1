/*
 * Types and collations that are missing here: see missing_types.hpp.
 */
#include "sync/missing_types.hpp"

#include <algorithm>

#include "postgres/extensions.hpp"
#include "postgres/guard.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"
#include "sync/made_types.hpp"

namespace datalinks::sync
{

namespace
{

using schema::base_of;
using schema::compose;
using schema::join;
using schema::quote_identifier;
using schema::TypeDefinition;

std::string qualified(const std::string& schema, const std::string& name)
{
	return quote_identifier(schema) + "." + quote_identifier(name);
}

/* What a use's type is called here, or will be when the statement before has made it. */
std::string part_text(const schema::TypeCatalog& catalog, const schema::TypeUse& use)
{
	const schema::BaseUse base = base_of(catalog, use);
	std::string text = local_text(base);
	if (text.empty() && base.type != nullptr)
		text = schema::future_text(base);
	if (const auto collation = catalog.collations.find(base.collation);
	    base.collation != 0 && collation != catalog.collations.end())
		text += " COLLATE " + qualified(collation->second.schema, collation->second.name);
	return text;
}

/* Nobody makes types among the system's own or this extension's, whatever a remote says. */
bool is_system_schema(const std::string& schema)
{
	return schema::is_reserved_name(schema) || schema == "information_schema" ||
	       schema == "datalinks";
}

std::string statement_for(const schema::TypeCatalog& catalog, const TypeDefinition& type)
{
	if (!type.extension.empty())
	{
		const std::string name = quote_identifier(type.extension);
		return pg::has_extension(type.extension) ? compose("ALTER EXTENSION %1% UPDATE;", name)
		                                         : compose("CREATE EXTENSION %1%;", name);
	}
	if (is_system_schema(type.schema))
		return {};
	return schema::create_statement(
	    type, [&](const schema::TypeUse& use) { return part_text(catalog, use); });
}

/* Whether everything that the type is made of is here by now. */
bool can_be_made(const schema::TypeCatalog& catalog, const TypeDefinition& type)
{
	return type.extension.empty() && !is_system_schema(type.schema) &&
	       (type.kind == TypeDefinition::enumeration || type.kind == TypeDefinition::composite) &&
	       std::none_of(type.attributes.begin(), type.attributes.end(),
	                    [&](const schema::Attribute& attribute) {
		                    return local_text(base_of(catalog, attribute.use)).empty();
	                    });
}

std::string create_schema(const std::string& schema)
{
	return compose("CREATE SCHEMA %1%;", quote_identifier(schema));
}

/* Of the types and what they are made of, those that are not here, in order. */
std::vector<const TypeDefinition*> missing_parts(const schema::TypeCatalog& catalog,
                                                 const std::set<unsigned>& types)
{
	auto parts = schema::parts_of(catalog, types);
	std::erase_if(parts, [](const TypeDefinition* type) {
		return type->kind == TypeDefinition::domain || type->kind == TypeDefinition::array ||
		       local_type(*type) != 0;
	});
	return parts;
}

/* The statements that would make what is missing, and what none would make. */
struct Advice
{
	std::vector<std::string> statements, unmakeable;
	bool needs_name = false; /* a type in the schema of the link's name */
	bool makeable = false;   /* create_types would do something */
	bool has_extensions = false;

	void add(const std::string& statement)
	{
		if (std::find(statements.begin(), statements.end(), statement) == statements.end())
			statements.push_back(statement);
	}
};

Advice advise(const schema::TypeCatalog& catalog, const std::set<unsigned>& types,
              const std::string& link)
{
	Advice advice;
	std::set<std::string> schemas;
	for (const TypeDefinition* type : missing_parts(catalog, types))
	{
		const std::string statement = statement_for(catalog, *type);
		if (statement.empty())
		{
			advice.unmakeable.push_back(qualified(type->schema, type->name));
			continue;
		}
		if (!type->extension.empty())
		{
			advice.add(statement);
			advice.has_extensions = true;
			continue;
		}
		/* The link's own schema stands for the moment only. */
		const bool in_link = type->schema == link;
		advice.needs_name = advice.needs_name || in_link;
		advice.makeable = true;
		if ((in_link || pg::find_schema(type->schema) == 0) && schemas.insert(type->schema).second)
			advice.statements.push_back(create_schema(type->schema));
		advice.statements.push_back(statement);
	}
	return advice;
}

} // namespace

unsigned local_type(const TypeDefinition& type)
{
	return type.extension.empty() ? pg::find_type(type.schema, type.name)
	                              : pg::find_extension_type(type.extension, type.name);
}

std::string local_text(const schema::BaseUse& use)
{
	if (use.nested)
		return pg::type_text(pg::find_type("pg_catalog", "_text"), -1);
	unsigned local = use.type == nullptr ? 0 : local_type(*use.type);
	if (local != 0 && use.array)
		local = pg::array_type_of(local);
	return local == 0 ? std::string() : pg::type_text(local, use.typmod);
}

void MissingTypes::add_type(const TypeDefinition& type, const std::string& used_by)
{
	std::string name = "type " + qualified(type.schema, type.name);
	if (!type.extension.empty())
		name += " of extension " + quote_identifier(type.extension);
	users_[name].push_back(used_by);
	types_.insert(type.oid);
}

void MissingTypes::add_collation(const schema::CollationName& collation, const std::string& used_by)
{
	users_["collation " + qualified(collation.schema, collation.name)].push_back(used_by);
	lacks_collations_ = true;
}

std::string MissingTypes::hint(const std::string& link) const
{
	if (types_.empty())
		return "Create the collations here with CREATE COLLATION, or leave those tables out with "
		       "except_tables.";
	const Advice advice = advise(*catalog_, types_, link);
	if (advice.statements.empty())
		return "Create them here, or leave those tables out with except_tables.";
	std::string head = "Create them here";
	if (advice.makeable && !advice.needs_name)
		head += advice.has_extensions ? " (create_types => true makes all but the extensions)"
		                              : ", as create_types => true does";
	if (advice.needs_name)
		head += compose(" and give the link another name, for the types need schema %1%",
		                quote_identifier(link));
	if (!advice.unmakeable.empty())
		head += compose(" (leave the tables of %1% out with except_tables)",
		                join(advice.unmakeable, ", "));
	if (lacks_collations_)
		head += ", and the collations with CREATE COLLATION";
	return head + ":\n" + join(advice.statements, "\n");
}

void MissingTypes::fail(const std::string& link) const
{
	std::vector<std::string> lines;
	for (const auto& [thing, columns] : users_)
		lines.push_back(compose("%1%, used by %2%", thing, join(columns, ", ")));
	throw pg::Failure(pg::sqlstate::undefined_object,
	                  "types or collations of the remote do not exist here")
	    .detail("Missing: " + join(lines, ";\n") + ".")
	    .hint(hint(link));
}

std::vector<std::string> make_types(const schema::TypeCatalog& catalog,
                                    const std::set<unsigned>& types)
{
	std::vector<std::string> made;
	for (const TypeDefinition* type : missing_parts(catalog, types))
	{
		if (!can_be_made(catalog, *type))
			continue;
		if (pg::find_schema(type->schema) == 0)
			spi::execute(create_schema(type->schema));
		spi::execute(statement_for(catalog, *type));
		made.push_back(stable_name(local_type(*type)));
	}
	return made;
}

} // namespace datalinks::sync
