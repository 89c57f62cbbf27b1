/*
 * What was built on a link's tables, and would go with them.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/* An object that was built on others: how DROP names it. */
struct Dependent
{
	std::string type;     /* as pg_identify_object has it: "view" */
	std::string identity; /* quoted and qualified: "public.v" */

	std::string text() const
	{
		return type + " " + identity;
	}
};

using Dependents = std::vector<Dependent>;

/*
 * Objects outside the link's schema that depend, directly or not, on its server or on anything in
 * its schema, ordered.
 */
Dependents dependents_outside(const Link& link);

/*
 * Objects that depend on a table of the link's schema, or on one of its columns (empty: the whole
 * table), ordered. For a column, the constraints that users put on it count too.
 */
Dependents dependents_of(const Link& link, const std::string& table, const std::string& column);

/*
 * What else goes when the link's server is dropped: objects that were built on its tables, wherever
 * they stand, ordered.
 */
Dependents built_on(const Link& link);

/* How many objects, and so locks, it is that go then; one more than `limit` where they are more. */
long objects_of(const Link& link, long limit);

/* What stands in a schema of its own, not as a part of something else; the first `limit`. */
Dependents objects_in(unsigned schema, long limit);

/* Their descriptions, "view public.v". */
std::vector<std::string> texts_of(const Dependents& dependents);

} // namespace datalinks::link
