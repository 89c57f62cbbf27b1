/*
 * Statements that make user-defined types: see type_definition.hpp.
 */
#include "schema/type_definition.hpp"

#include <boost/format.hpp>

#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::schema
{

namespace
{

/* What may stand in the modifiers of a type that is not known here: words and numbers. */
constexpr const char* modifier_characters =
    "() ,.0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

} // namespace

std::string create_statement(const TypeDefinition& type,
                             const std::function<std::string(const Part&)>& text_of)
{
	if (!type.extension.empty())
		return compose("CREATE EXTENSION %1%;", quote_identifier(type.extension));

	const std::string name = quote_identifier(type.schema) + "." + quote_identifier(type.name);
	switch (type.kind)
	{
	case TypeDefinition::enumeration:
	{
		std::vector<std::string> labels;
		for (const std::string& label : type.labels)
			labels.push_back(quote_literal(label));
		return compose("CREATE TYPE %1% AS ENUM (%2%);", name, join(labels, ", "));
	}
	case TypeDefinition::domain:
		if (type.parts.size() != 1)
			break;
		return compose("CREATE DOMAIN %1% AS %2%%3%;", name, text_of(type.parts[0]),
		               type.not_null ? " NOT NULL" : "");
	case TypeDefinition::composite:
	{
		std::vector<std::string> attributes;
		for (const Part& part : type.parts)
			attributes.push_back(quote_identifier(part.name) + " " + text_of(part));
		return compose("CREATE TYPE %1% AS (%2%);", name, join(attributes, ", "));
	}
	case TypeDefinition::other:
		break;
	}
	return {};
}

std::string future_text(const Part& part)
{
	/* CREATE EXTENSION puts its types where the search_path finds them. */
	std::string text = part.extension.empty() ? quote_identifier(part.type_schema) + "." : "";
	text += quote_identifier(part.type_name);
	const bool is_plain =
	    part.modifiers.find_first_not_of(modifier_characters) == std::string::npos;
	if (is_plain && part.modifiers.size() > 2 && part.modifiers.front() == '(' &&
	    part.modifiers.find_first_of("()", 1) == part.modifiers.size() - 1 &&
	    part.modifiers.back() == ')')
		text += part.modifiers;
	return part.array ? text + "[]" : text;
}

} // namespace datalinks::schema
