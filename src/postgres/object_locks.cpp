/*
 * Locks on tables and other objects: see object_locks.hpp.
 */
#include "postgres/object_locks.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

void lock_for_drop(unsigned catalog, unsigned object)
{
	call([&] {
		const ObjectAddress address = {catalog, object, 0};
		AcquireDeletionLock(&address, 0);
	});
}

bool schema_stands(unsigned schema)
{
	return call([&] { return SearchSysCacheExists1(NAMESPACEOID, ObjectIdGetDatum(schema)); });
}

bool lock_schema_for_drop(unsigned schema)
{
	lock_for_drop(NamespaceRelationId, schema);
	return schema_stands(schema);
}

void lock_table(const std::string& schema, const std::string& table)
{
	call([&] {
		RangeVar* name = makeRangeVar(pstrdup(schema.c_str()), pstrdup(table.c_str()), -1);
		(void)RangeVarGetRelidExtended(name, AccessExclusiveLock, RVR_MISSING_OK,
		                               RangeVarCallbackOwnsRelation, nullptr);
	});
}

int lock_timeout()
{
	return LockTimeout;
}

} // namespace datalinks::pg
