/*
 * Types as the catalogs of one server define them, and the statements that would make them
 * elsewhere.
 */
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace datalinks::schema
{

/* A type as a column, an attribute or another type uses it. */
struct TypeUse
{
	unsigned type = 0;      /* its OID */
	int typmod = -1;        /* -1: none */
	unsigned collation = 0; /* its OID; 0: none */
	std::string modifiers;  /* typmod as that server prints it, with its parentheses */
};

struct Attribute
{
	std::string name;
	TypeUse use;
};

struct TypeDefinition
{
	enum Kind
	{
		base,
		enumeration,
		domain,
		composite,
		range,
		multirange,
		array,
		pseudo
	};

	unsigned oid = 0;
	Kind kind = base;
	std::string schema;
	std::string name;
	std::string extension; /* empty: of none; else the type comes with it */
	unsigned owner = 0;
	unsigned relation = 0; /* composite: what has its attributes */
	bool row_type = false; /* composite: of a table or a view */
	unsigned collation = 0;
	bool not_null = false;             /* domain */
	TypeUse of;                        /* domain, array, range (subtype), multirange (range) */
	std::vector<std::string> labels;   /* enumeration, in order */
	std::vector<Attribute> attributes; /* composite, in order */
};

struct CollationName
{
	std::string schema;
	std::string name;
};

/* Types and what they are made of, by OID, and the collations that are used. */
struct TypeCatalog
{
	std::map<unsigned, TypeDefinition> types;
	std::map<unsigned, CollationName> collations;
};

/* A use with its domains taken off. */
struct BaseUse
{
	const TypeDefinition* type = nullptr; /* of an array, its element; null: not in the catalog */
	bool array = false;
	bool nested = false; /* an array of domains over arrays: no other type can say that */
	int typmod = -1;
	unsigned collation = 0; /* 0: none, or the type's own */
	std::string modifiers;
	bool not_null = false; /* a domain forbids NULL */
};

/* The type is null, too, where domains and arrays lie deeper in each other than anybody's do. */
BaseUse base_of(const TypeCatalog& catalog, const TypeUse& use);

/*
 * These types and all that they are made of, each once and after its parts, as far as the catalog
 * has them.
 */
std::vector<const TypeDefinition*> parts_of(const TypeCatalog& catalog,
                                            const std::set<unsigned>& types);

/* Neither the server's own nor a mere array or domain: what has a shape of its own. */
bool has_shape(const TypeDefinition& type);

/*
 * The statement that makes the type, with its semicolon; empty for what is no enum and no composite
 * type. It stands for text_of to say what an attribute's type is called here, COLLATE included:
 * nothing that the remote prints is ever a piece of SQL.
 */
std::string create_statement(const TypeDefinition& type,
                             const std::function<std::string(const TypeUse&)>& text_of);

/* What a type will be called, which is not here yet but made by a statement like these. */
std::string future_text(const BaseUse& use);

} // namespace datalinks::schema
