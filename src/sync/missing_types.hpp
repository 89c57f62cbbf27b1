/*
 * Types and collations of the remote that are missing here: naming them all at once, with the
 * statements that would make them, or making them.
 */
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/type_definition.hpp"

namespace datalinks::sync
{

/*
 * The local type that bears the name of a remote one: by schema and name, or, where it belongs to
 * an extension, by extension and name, wherever that lives here. 0: there is none.
 */
unsigned local_type(const schema::TypeDefinition& type);

/*
 * The type of a remote use with its typmod as the local server prints it; empty where there is none
 * here. An array of domains over arrays is a text[]: no other type can hold its values.
 */
std::string local_text(const schema::BaseUse& use);

class MissingTypes
{
public:
	/* The catalog is the remote's; it outlives this. */
	explicit MissingTypes(const schema::TypeCatalog& catalog) : catalog_(&catalog) {}

	void add_type(const schema::TypeDefinition& type, const std::string& used_by);
	void add_collation(const schema::CollationName& collation, const std::string& used_by);
	bool empty() const
	{
		return users_.empty();
	}

	/*
	 * Throws the 42704 that names everything, and in its HINT the statements that would do. Nobody
	 * can keep a type in the schema of the link's name.
	 */
	[[noreturn]] void fail(const std::string& link) const;

private:
	std::string hint(const std::string& link) const;

	const schema::TypeCatalog* catalog_;
	std::map<std::string, std::vector<std::string>> users_; /* columns by what they miss */
	std::set<unsigned> types_;
	bool lacks_collations_ = false;
};

/*
 * Makes the enums and composites of these types and of what they are made of that are missing here,
 * in schemas of the same names, which are made too, but never in a schema of the system's or of
 * this extension's. Returns them in order. What cannot be made stays missing.
 */
std::vector<std::string> make_types(const schema::TypeCatalog& catalog,
                                    const std::set<unsigned>& types);

} // namespace datalinks::sync
