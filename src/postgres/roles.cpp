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

bool is_member(unsigned role, unsigned of)
{
	return call([&] { return is_member_of_role_nosuper(role, of); });
}

bool may_read_statistics(unsigned role)
{
	return has_privileges_of(role, ROLE_PG_READ_ALL_STATS);
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

bool role_exists(unsigned role)
{
	return call([&] { return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)); });
}

std::string cluster()
{
	/* The catalog type for it is bigint. */
	return std::to_string(static_cast<long long>(GetSystemIdentifier()));
}

std::string data_directory()
{
	return DataDir;
}

bool in_binary_upgrade()
{
	return IsBinaryUpgrade;
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
	return has_extension("datalinks");
}

bool has_extension(const std::string& name)
{
	return call([&] { return OidIsValid(get_extension_oid(name.c_str(), true)); });
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

namespace
{

/* Whether any dependency on the object is one that the test, server code, finds. */
bool any_dependency_on(const ObjectAddress& object, bool (*test)(Form_pg_depend, Oid), Oid argument)
{
	Relation catalog = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
	            ObjectIdGetDatum(object.classId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
	            ObjectIdGetDatum(object.objectId));
	SysScanDesc scan = systable_beginscan(catalog, DependReferenceIndexId, true, nullptr, 2, keys);
	bool found = false;
	for (HeapTuple tuple = systable_getnext(scan); !found && HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
		found = test(reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple)), argument);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

bool is_relation_in(Form_pg_depend dependency, Oid schema)
{
	return dependency->classid == RelationRelationId &&
	       get_rel_namespace(dependency->objid) == schema;
}

bool is_content(Form_pg_depend dependency, Oid)
{
	return dependency->deptype == DEPENDENCY_NORMAL;
}

} // namespace

bool holds_table_of(unsigned schema, unsigned server)
{
	return call([&] {
		const ObjectAddress object = {ForeignServerRelationId, server, 0};
		return any_dependency_on(object, is_relation_in, schema);
	});
}

bool is_empty_schema(unsigned schema)
{
	return call([&] {
		const ObjectAddress object = {NamespaceRelationId, schema, 0};
		return !any_dependency_on(object, is_content, InvalidOid);
	});
}

} // namespace datalinks::pg
