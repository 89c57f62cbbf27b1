/*
 * From what a remote offers to what can be made here: types and collations of the remote become
 * texts of the local server's.
 */
#pragma once

#include "remote/reader.hpp"
#include "schema/relation.hpp"

namespace datalinks::link
{

/* What a remote offers, in local terms. */
struct Offer
{
	schema::Relations relations;
	schema::Enumerations enumerations;   /* of the columns' types that are enums here too */
	std::vector<std::string> types_made; /* just now, in order, as format_type prints them */
};

/*
 * Types are found by schema and name; one that belongs to an extension, by extension and name,
 * wherever that lives here. Throws one pg::Failure, 42704, that names every type and collation that
 * is missing, the columns that use it, and the statements that would make it (for which the session
 * is asked once more). `link` is the link's name, under which nobody can keep a type.
 */
Offer resolve(const remote::Relations& relations, remote::Session& session, const std::string& link,
              bool make_types);

} // namespace datalinks::link
