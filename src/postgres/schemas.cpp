/*
 * Schemas, and what stands in them: see schemas.hpp.
 */
#include "postgres/schemas.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

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
bool any_dependency_on(const ObjectAddress& object, bool (*test)(Form_pg_depend, void*),
                       void* argument)
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

bool is_relation_in(Form_pg_depend dependency, void* schema)
{
	return dependency->classid == RelationRelationId &&
	       get_rel_namespace(dependency->objid) == *static_cast<Oid*>(schema);
}

/* Finds none, and lists the schemas of those that are relations. */
bool list_schema(Form_pg_depend dependency, void* schemas)
{
	auto** list = static_cast<List**>(schemas);
	if (dependency->classid == RelationRelationId)
		*list = lappend_oid(*list, get_rel_namespace(dependency->objid));
	return false;
}

bool is_content(Form_pg_depend dependency, void*)
{
	return dependency->deptype == DEPENDENCY_NORMAL;
}

} // namespace

bool holds_table_of(unsigned schema, unsigned server)
{
	return call([&] {
		const ObjectAddress object = {ForeignServerRelationId, server, 0};
		return any_dependency_on(object, is_relation_in, &schema);
	});
}

std::map<unsigned, long> count_tables_of(unsigned server)
{
	List* schemas = NIL;
	call([&] {
		const ObjectAddress object = {ForeignServerRelationId, server, 0};
		(void)any_dependency_on(object, list_schema, &schemas);
	});
	std::map<unsigned, long> counts;
	for (int i = 0; i < list_length(schemas); ++i)
		++counts[list_nth_oid(schemas, i)];
	return counts;
}

bool is_empty_schema(unsigned schema)
{
	return call([&] {
		const ObjectAddress object = {NamespaceRelationId, schema, 0};
		return !any_dependency_on(object, is_content, nullptr);
	});
}

bool is_empty_table(const std::string& schema, const std::string& table)
{
	return call([&] {
		const Oid oid = get_relname_relid(table.c_str(), get_namespace_oid(schema.c_str(), true));
		Relation relation = OidIsValid(oid) ? try_table_open(oid, AccessShareLock) : nullptr;
		if (relation == nullptr)
			return false;
		Snapshot snapshot = RegisterSnapshot(GetTransactionSnapshot());
		TableScanDesc scan = table_beginscan(relation, snapshot, 0, nullptr);
		TupleTableSlot* slot = table_slot_create(relation, nullptr);
		const bool empty = !table_scan_getnextslot(scan, ForwardScanDirection, slot);
		ExecDropSingleTupleTableSlot(slot);
		table_endscan(scan);
		UnregisterSnapshot(snapshot);
		table_close(relation, AccessShareLock);
		return empty;
	});
}

} // namespace datalinks::pg
