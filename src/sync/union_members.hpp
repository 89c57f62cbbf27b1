/*
 * What a union of data links is made of: the tables of its links, as they stand here.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/union.hpp"
#include "postgres/views.hpp"

namespace datalinks::sync
{

/* A link that a union names and cannot have now. */
struct Absent
{
	std::string link;
	std::string reason;
};

/*
 * Whether a link is of the union's owner or of a superuser, or one that its views read already; of
 * another role's, only the name would say that it is the one that is meant.
 */
bool is_trusted(const link::Union& unified, const link::Link& link);

struct Members
{
	std::vector<link::Link> links; /* in the union's order */
	std::vector<Absent> absent;
};

/*
 * The union's links. Of another role's link that none of the union's views reads (yet, or any
 * more), only those that are `welcome`: else whoever makes a link of a name that was dropped would
 * get into the views.
 */
Members members_of(const link::Union& unified, const std::vector<std::string>& welcome);

/* One link's part of a view: the columns of its table. */
struct MemberTable
{
	std::string link;
	std::vector<pg::ResultColumn> columns;
};

/* A column from four of a row: its name, and the OIDs and typmod of its type. */
pg::ResultColumn column_in(const pg::Row& row, size_t first);

/* By the tables' names, each in the order of the links. */
using MemberTables = std::map<std::string, std::vector<MemberTable>>;

/*
 * The tables of these links that the union's lists name. Throws 42501 where the union's owner may
 * not read one of them, with the names of all.
 */
MemberTables tables_of(const Members& members, const link::Union& unified);

/* Throws 42P01 where a list of the union's names tables that none of these links has. */
void require_listed(const Members& members, const link::UnionSettings& settings);

} // namespace datalinks::sync
