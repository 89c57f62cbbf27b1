/*
 * Roles, the cluster and the database: see roles.hpp.
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

} // namespace datalinks::pg
