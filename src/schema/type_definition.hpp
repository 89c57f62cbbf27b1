/*
 * Definitions of user-defined types, and the statements that would make them.
 */
#pragma once

#include <string>
#include <vector>

namespace datalinks::schema
{

struct Attribute
{
	std::string name;
	std::string type; /* as it is to stand in the statement */
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

	std::string schema;
	std::string name;
	std::string extension; /* empty: of none; else the type comes with it */
	Kind kind;
	std::vector<std::string> labels;   /* enumeration, in order */
	std::string base;                  /* domain, as it is to stand in the statement */
	bool not_null;                     /* domain */
	std::vector<Attribute> attributes; /* composite, in order */
};

/* The statement that makes the type, with its semicolon; empty for `other`. */
std::string create_statement(const TypeDefinition& type);

} // namespace datalinks::schema
