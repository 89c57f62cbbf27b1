/*
 * Definitions of user-defined types, and the statements that would make them.
 */
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace datalinks::schema
{

/* The type that a domain is over, or that an attribute has. For an array, that of its elements. */
struct Part
{
	std::string name; /* the attribute's; empty for a domain */
	std::string type_schema;
	std::string type_name;
	std::string extension; /* empty: of none */
	bool array;
	int typmod;                   /* -1: none */
	std::string modifiers;        /* typmod as the remote prints it, with its parentheses */
	std::string collation_schema; /* empty: the type's own collation */
	std::string collation;
};

struct TypeDefinition
{
	enum Kind
	{
		enumeration,
		domain,
		composite,
		other /* a range, a base type: no statement can be given */
	};

	unsigned oid;
	std::string schema;
	std::string name;
	std::string extension; /* empty: of none; else the type comes with it */
	Kind kind;
	std::vector<std::string> labels; /* enumeration, in order */
	bool not_null;                   /* domain */
	std::vector<Part> parts;         /* domain: one; composite: its attributes, in order */
};

/*
 * The statement that makes the type, with its semicolon; empty for `other`. It stands for text_of
 * to say what a part's type is called here, COLLATE included: nothing that the remote prints is
 * ever a piece of SQL.
 */
std::string create_statement(const TypeDefinition& type,
                             const std::function<std::string(const Part&)>& text_of);

/* What a part's type will be called, which is not here yet but made by a statement like these. */
std::string future_text(const Part& part);

} // namespace datalinks::schema
