/*
 * The difference between a remote and a link's schema: see diff.hpp.
 */
#include "schema/diff.hpp"

#include <algorithm>

namespace datalinks::schema
{

std::vector<Change> diff(const Relations& remote, const Relations& local)
{
	std::vector<Change> changes;
	for (const Relation& relation : remote)
		if (std::none_of(local.begin(), local.end(),
		                 [&](const Relation& present)
		                 { return present.remote_name == relation.remote_name; }))
			changes.push_back({Change::table_added, relation});
	return changes;
}

} // namespace datalinks::schema
