/*
 * From what a remote offers to what can be made here: types and collations of the remote become
 * texts of the local server's.
 */
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "link/link.hpp"
#include "link/schemas.hpp"
#include "remote/reader.hpp"
#include "remote/session.hpp"
#include "schema/relation.hpp"
#include "schema/shape.hpp"

namespace datalinks::sync
{

/* What a remote offers, in local terms. */
struct Offer
{
	schema::Relations relations;
	schema::Shapes shapes;                 /* that the remote's types have which are here */
	std::set<unsigned> types;              /* OIDs of these here */
	std::map<std::string, unsigned> users; /* which of them a column of this type text is made of */
	std::vector<std::string> types_made;   /* just now, in order, by their stable names */
	std::map<std::string, std::vector<std::string>> left_out; /* columns by the remote's table that
	                                                             no foreign table can have */
	std::set<std::string> unreadable;  /* the remote's tables from which its role may not SELECT */
	std::string role_without_usage;    /* of the remote's schema, as its reader has it */
	link::TableSchemas schemas;        /* where the tables go: what is offered, in their order */
	std::vector<std::string> unusable; /* those of the remote that the role may not use */
	std::vector<std::string> unlinked; /* the same, of those that are therefore no part of it */
};

/* The remote's name of the relation, with its schema where the link is to all of them. */
std::string listed_name(const schema::Relation& relation, const link::Link& link);

/*
 * Domains are taken off: the remote enforces them. Other types are found by schema and name; one
 * that belongs to an extension, by extension and name, wherever that lives here. Throws one
 * pg::Failure, 42704, that names every type and collation that is missing, the columns that use it,
 * and the statements that would make it. Nobody can keep a type under the link's name. Where the
 * link is to all schemas, throws 42602 or 42P06 for the local names that cannot be had.
 */
Offer resolve(const remote::Contents& contents, const link::Link& link, bool make_missing);

/* How to read what a remote offers. */
enum class Reading
{
	look,    /* write nothing */
	refresh, /* make the types that are missing here, where the link is to do so */
	choose   /* that, and tables that the settings name must exist: they were just chosen */
};

/*
 * What the remote offers for the link's settings, in local terms. Throws what reading and resolve()
 * throw. `meanwhile` is called while the remote works.
 */
Offer read_offer(const link::Link& link, remote::Session& session, Reading reading,
                 const std::function<void()>& meanwhile = nullptr);

} // namespace datalinks::sync
