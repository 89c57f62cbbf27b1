/*
 * What was built on a link's tables, and would go with them.
 */
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "link/link.hpp"
#include "schema/diff.hpp"

namespace datalinks::sync
{

/* An object that was built on others: how DROP names it. */
struct Dependent
{
	std::string type;     /* as pg_identify_object has it: "view" */
	std::string identity; /* quoted and qualified: "public.v" */
	unsigned catalog;     /* the OIDs of its catalog and its own */
	unsigned object;

	std::string text() const
	{
		return type + " " + identity;
	}
	bool operator==(const Dependent&) const = default;
};

using Dependents = std::vector<Dependent>;

/*
 * All of them are found as the catalogs are now, under an older snapshot, too.
 *
 * Objects outside the link's schemas that depend, directly or not, on its server or on anything in
 * its schemas, ordered.
 */
Dependents dependents_outside(const link::Link& link);
/* The same of a server and a schema (0: none). */
Dependents dependents_outside(unsigned server, unsigned schema);

/*
 * Objects in the link's schemas that are not the link's: all but the foreign tables of its server
 * and what is part of those, ordered.
 */
Dependents local_objects_in(const link::Link& link);

/* Objects in a schema that are none of these views, nor part of one, ordered. */
Dependents local_objects_in(unsigned schema, const std::vector<std::string>& views);

/* What a drop of the link takes along besides its own tables: both of the above. */
Dependents dependents_of_drop(const link::Link& link);

/* The same of one of the schemas of a link that has many, which has the tables of this remote one.
 */
Dependents dependents_of_schema(const std::string& schema, const std::string& remote_schema,
                                const link::Link& link);

/*
 * Objects that depend on a table of this schema, or on one of its columns (empty: the whole table),
 * ordered. For a column, the constraints that users put on it count too.
 */
Dependents dependents_of(const std::string& schema, const std::string& table,
                         const std::string& column);
Dependents dependents_of(unsigned schema, const std::string& table, const std::string& column);

/*
 * What else goes when the link's server is dropped: objects that were built on its tables, wherever
 * they stand, ordered.
 */
Dependents built_on(const link::Link& link);

/* How many objects, and so locks, it is that go then; one more than `limit` where they are more. */
long objects_of(const link::Link& link, long limit);

/* What stands in a schema of its own, not as a part of something else; the first `limit`. */
Dependents objects_in(unsigned schema, long limit);

/*
 * What `find` finds, under the locks that a drop of it takes: looks again until no lock is new, for
 * somebody may have built on one of them while it was waited for.
 */
Dependents locked(const std::function<Dependents()>& find);

/* What was built on the attributes of a composite type that are to be dropped. */
Dependents dependents_of(const std::string& type, const schema::TypeAlteration& alteration);

/* Columns of local tables in which values of the type are stored, be it within other types. */
Dependents columns_storing(const std::string& type);

/* Their descriptions, "view public.v". */
std::vector<std::string> texts_of(const Dependents& dependents);

} // namespace datalinks::sync
