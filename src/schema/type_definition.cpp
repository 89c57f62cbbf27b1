/*
 * Definitions of types: see type_definition.hpp.
 */
#include "schema/type_definition.hpp"

#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::schema
{

namespace
{

/* What may stand in the modifiers of a type that is not known here: words and numbers. */
constexpr const char* modifier_characters =
    "() ,.0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/*
 * Domains over domains, and arrays of them, before there is a base type. A catalog that contradicts
 * itself may go round in circles, and one that lies may have chains as long as it is.
 */
constexpr int most_steps = 100;

const TypeDefinition* find(const TypeCatalog& catalog, unsigned oid)
{
	const auto found = catalog.types.find(oid);
	return found == catalog.types.end() ? nullptr : &found->second;
}

} // namespace

BaseUse base_of(const TypeCatalog& catalog, const TypeUse& use)
{
	BaseUse base;
	base.typmod = use.typmod;
	base.modifiers = use.modifiers;
	base.type = find(catalog, use.type);
	for (int step = 0; base.type != nullptr && step < most_steps; ++step)
	{
		const TypeDefinition& type = *base.type;
		if (type.kind != TypeDefinition::domain && type.kind != TypeDefinition::array)
		{
			base.collation = use.collation == type.collation ? 0 : use.collation;
			return base;
		}
		if (type.kind == TypeDefinition::array)
		{
			base.nested = base.nested || base.array;
			base.array = true;
		}
		else
		{
			base.not_null = base.not_null || (type.not_null && !base.array);
			base.typmod = type.of.typmod;
			base.modifiers = type.of.modifiers;
		}
		base.type = find(catalog, type.of.type);
	}
	base.type = nullptr;
	return base;
}

std::vector<const TypeDefinition*> parts_of(const TypeCatalog& catalog,
                                            const std::set<unsigned>& types)
{
	std::vector<const TypeDefinition*> parts;
	std::set<unsigned> entered, left;
	/* Not by recursion: a stranger says how deep it goes. */
	std::vector<unsigned> pending(types.rbegin(), types.rend());
	while (!pending.empty())
	{
		const TypeDefinition* type = find(catalog, pending.back());
		if (type != nullptr && entered.insert(type->oid).second)
		{
			pending.push_back(type->of.type);
			for (const Attribute& attribute : type->attributes)
				pending.push_back(attribute.use.type);
			continue;
		}
		pending.pop_back();
		if (type != nullptr && left.insert(type->oid).second)
			parts.push_back(type);
	}
	return parts;
}

bool has_shape(const TypeDefinition& type)
{
	return type.schema != "pg_catalog" && type.kind != TypeDefinition::domain &&
	       type.kind != TypeDefinition::array && type.kind != TypeDefinition::pseudo;
}

std::string create_statement(const TypeDefinition& type,
                             const std::function<std::string(const TypeUse&)>& text_of)
{
	const std::string name = quote_identifier(type.schema) + "." + quote_identifier(type.name);
	if (type.kind == TypeDefinition::enumeration)
	{
		std::vector<std::string> labels;
		for (const std::string& label : type.labels)
			labels.push_back(quote_literal(label));
		return compose("CREATE TYPE %1% AS ENUM (%2%);", name, join(labels, ", "));
	}
	if (type.kind == TypeDefinition::composite)
	{
		std::vector<std::string> attributes;
		for (const Attribute& attribute : type.attributes)
			attributes.push_back(quote_identifier(attribute.name) + " " + text_of(attribute.use));
		return compose("CREATE TYPE %1% AS (%2%);", name, join(attributes, ", "));
	}
	return {};
}

std::string future_text(const BaseUse& use)
{
	/* CREATE EXTENSION puts its types where the search_path finds them. */
	std::string text = use.type->extension.empty() ? quote_identifier(use.type->schema) + "." : "";
	text += quote_identifier(use.type->name);
	const std::string& modifiers = use.modifiers;
	const bool is_plain = modifiers.find_first_not_of(modifier_characters) == std::string::npos;
	if (is_plain && modifiers.size() > 2 && modifiers.front() == '(' &&
	    modifiers.find_first_of("()", 1) == modifiers.size() - 1 && modifiers.back() == ')')
		text += modifiers;
	return use.array ? text + "[]" : text;
}

} // namespace datalinks::schema
