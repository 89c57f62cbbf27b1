/*
 * The database's extensions: see extensions.hpp.
 */
#include "postgres/extensions.hpp"

#include <algorithm>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

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

namespace
{

/* A row of pg_extension: server memory, no destructors. */
struct ExtensionRow
{
	const char* name;
	const char* version;
	const char* schema;
	ExtensionRow* next;
};

ExtensionRow* read_extensions()
{
	ExtensionRow* rows = nullptr;
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		const auto* form = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple));
		bool null = false;
		const Datum version =
		    heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(catalog), &null);
		const char* schema = get_namespace_name(form->extnamespace);
		auto* row = static_cast<ExtensionRow*>(palloc(sizeof(ExtensionRow)));
		*row = {pstrdup(NameStr(form->extname)), TextDatumGetCString(version),
		        schema != nullptr ? schema : "", rows};
		rows = row;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rows;
}

} // namespace

std::vector<Extension> extensions()
{
	std::vector<Extension> found;
	for (const ExtensionRow* row = call(read_extensions); row != nullptr; row = row->next)
		found.push_back({row->name, row->version, row->schema});
	std::sort(found.begin(), found.end(),
	          [](const Extension& a, const Extension& b) { return a.name < b.name; });
	return found;
}

} // namespace datalinks::pg
