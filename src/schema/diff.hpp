/*
 * The difference between what a remote offers and what a link's schema holds.
 */
#pragma once

#include <vector>

#include "schema/relation.hpp"

namespace datalinks::schema
{

/* One thing to do to the link's schema. */
struct Change
{
	enum Kind
	{
		table_added
	};

	Kind kind;
	Relation relation; /* as it is to be */
};

/* What would make `local` equal to `remote`, ordered by relation. Both are ordered by remote_name.
 */
std::vector<Change> diff(const Relations& remote, const Relations& local);

} // namespace datalinks::schema
