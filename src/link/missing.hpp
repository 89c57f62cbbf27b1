/*
 * Types and collations of the remote that are missing here: naming them all at once, with the
 * statements that would make them, or making them.
 */
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "remote/reader.hpp"

namespace datalinks::link
{

/*
 * The local type (for an array, its element): by schema and name, or, where it belongs to an
 * extension, by extension and name, wherever that lives here. 0: there is none.
 */
unsigned find_type(const remote::Type& type);

/* The type with its typmod as the local server prints it; empty where there is none here. */
std::string local_text(const remote::Type& type);

class Missing
{
public:
	void add_type(const remote::Type& type, const std::string& used_by);
	void add_collation(const remote::Column& column, const std::string& used_by);
	bool empty() const
	{
		return users_.empty();
	}

	/*
	 * Throws the 42704 that names everything, and in its HINT the statements that would do. Nobody
	 * can keep a type in the schema of the link's name.
	 */
	[[noreturn]] void fail(remote::Session& session, const std::string& link) const;

	/*
	 * Makes the enums, domains (without their CHECKs: the remote enforces those) and composites
	 * that are missing, and what they are made of, in schemas of the same names, which are made
	 * too. Returns them in order. What cannot be made stays missing.
	 */
	std::vector<std::string> make(remote::Session& session) const;

private:
	std::vector<schema::TypeDefinition> definitions(remote::Session& session) const;
	std::string hint(remote::Session& session, const std::string& link) const;

	std::map<std::string, std::vector<std::string>> users_; /* columns by what they miss */
	std::set<unsigned> types_;
};

} // namespace datalinks::link
