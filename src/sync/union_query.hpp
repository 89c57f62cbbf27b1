/*
 * The query of a view of a union: one branch a link.
 */
#pragma once

#include <string>
#include <vector>

#include "sync/union_members.hpp"

namespace datalinks::sync
{

struct UnionQuery
{
	std::string sql;
	std::vector<std::string> links;     /* that have the table */
	std::vector<std::string> conflicts; /* columns that are left out, each with the reason */
};

/* A type as people read it. */
std::string shown_type(const pg::ValueType& type);

/*
 * The query of this table's view, its columns in the order of `before` (a view as it stands) and
 * then of the links' tables. Each branch brings its values to the common type by itself: else the
 * planner would not read the links side by side, nor send them conditions.
 */
UnionQuery union_query(const link::Union& unified, const std::string& table,
                       const std::vector<MemberTable>& parts,
                       const std::vector<std::string>& before);

} // namespace datalinks::sync
