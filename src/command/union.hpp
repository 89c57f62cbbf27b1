/*
 * datalink_union: one schema of views over the tables of many links.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link/union.hpp"

namespace datalinks::command
{

struct UnionRequest
{
	std::string name;
	std::optional<std::vector<std::string>> links;
	std::string on_unreachable;   /* "fail" or "skip" */
	link::UnionSettings settings; /* but for these two */
	bool if_not_exists;
};

/*
 * Makes the union's server, schema and views, with the caller's rights. Throws 22004, 42602 and
 * 22023 for arguments that cannot be, 42704 and 55000 for links that there are not or that are
 * invalid, 42710 and 42P06 for a name that is taken (a NOTICE under if_not_exists where the same
 * union has it), and what sync::bring_up_union does.
 */
void make_union(UnionRequest request);

} // namespace datalinks::command
