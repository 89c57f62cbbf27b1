/*
 * Statements that make user-defined types: see type_definition.hpp.
 */
#include "schema/type_definition.hpp"

#include <boost/format.hpp>

#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::schema
{

std::string create_statement(const TypeDefinition& type)
{
	if (!type.extension.empty())
		return format("CREATE EXTENSION %1%;", quote_identifier(type.extension));

	const std::string name = quote_identifier(type.schema) + "." + quote_identifier(type.name);
	switch (type.kind)
	{
	case TypeDefinition::enumeration:
	{
		std::vector<std::string> labels;
		for (const std::string& label : type.labels)
			labels.push_back(quote_literal(label));
		return format("CREATE TYPE %1% AS ENUM (%2%);", name, join(labels, ", "));
	}
	case TypeDefinition::domain:
		return format("CREATE DOMAIN %1% AS %2%%3%;", name, type.base,
		              type.not_null ? " NOT NULL" : "");
	case TypeDefinition::composite:
	{
		std::vector<std::string> attributes;
		for (const Attribute& attribute : type.attributes)
			attributes.push_back(quote_identifier(attribute.name) + " " + attribute.type);
		return format("CREATE TYPE %1% AS (%2%);", name, join(attributes, ", "));
	}
	case TypeDefinition::other:
		break;
	}
	return {};
}

} // namespace datalinks::schema
