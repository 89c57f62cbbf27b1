/*
 * Roles, schemas and the database: see roles.hpp.
 */
#include "postgres/roles.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

unsigned current_role()
{
	return GetUserId();
}

unsigned outer_role()
{
	return GetOuterUserId();
}

bool is_superuser(unsigned role)
{
	return call([&] { return superuser_arg(role); });
}

bool has_privileges_of(unsigned role, unsigned of)
{
	return call([&] { return has_privs_of_role(role, of); });
}

unsigned find_role(const std::string& name)
{
	return call([&] { return get_role_oid(name.c_str(), true); });
}

std::string role_name(unsigned role)
{
	const char* name = call([&] { return GetUserNameFromId(role, true); });
	return name != nullptr ? name : std::to_string(role);
}

unsigned database_owner()
{
	return call([] {
		HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for database %u", MyDatabaseId);
		const Oid owner = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple))->datdba;
		ReleaseSysCache(tuple);
		return owner;
	});
}

bool extension_exists()
{
	return call([] { return OidIsValid(get_extension_oid("datalinks", true)); });
}

unsigned extension_owner()
{
	return call([] {
		const Oid extension = get_extension_oid("datalinks", false);
		Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
		ScanKeyData key;
		ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
		            ObjectIdGetDatum(extension));
		SysScanDesc scan = systable_beginscan(catalog, ExtensionOidIndexId, true, nullptr, 1, &key);
		HeapTuple tuple = systable_getnext(scan);
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "could not find tuple for extension %u", extension);
		const Oid owner = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple))->extowner;
		systable_endscan(scan);
		table_close(catalog, AccessShareLock);
		return owner;
	});
}

unsigned find_schema(const std::string& name)
{
	return call([&] { return get_namespace_oid(name.c_str(), true); });
}

unsigned schema_owner(unsigned schema)
{
	return call([&] {
		HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
		if (!HeapTupleIsValid(tuple))
			return InvalidOid;
		const Oid owner = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(tuple))->nspowner;
		ReleaseSysCache(tuple);
		return owner;
	});
}

} // namespace datalinks::pg
