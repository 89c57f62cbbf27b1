/*
 * Foreign tables and their columns: see foreign_tables.hpp. The functions that append run in
 * pg::call: what they append to stands outside of it.
 */
#include "postgres/foreign_tables.hpp"

#include <algorithm>
#include <tuple>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* A foreign table's OID and options: server memory, no destructors. */
struct TableRow
{
	Oid oid;
	List* options;
	TableRow* next;
};

List* options_of(HeapTuple tuple, AttrNumber attribute, TupleDesc descriptor)
{
	bool null = false;
	const Datum options = heap_getattr(tuple, attribute, descriptor, &null);
	return null ? NIL : untransformRelOptions(options);
}

TableRow* read_tables(Oid server)
{
	TableRow* rows = nullptr;
	Relation catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		const auto* form = reinterpret_cast<Form_pg_foreign_table>(GETSTRUCT(tuple));
		if (form->ftserver != server)
			continue;
		auto* row = static_cast<TableRow*>(palloc(sizeof(TableRow)));
		*row = {form->ftrelid,
		        options_of(tuple, Anum_pg_foreign_table_ftoptions, RelationGetDescr(catalog)),
		        rows};
		rows = row;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rows;
}

/* The table's name and schema, where it is one of these; nullptr elsewhere, or dropped meanwhile.
 */
const char* name_in(const std::vector<unsigned>& schemas, Oid table, Oid* schema)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	if (!HeapTupleIsValid(tuple))
		return nullptr;
	const auto* form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	const char* name = nullptr;
	if (std::find(schemas.begin(), schemas.end(), form->relnamespace) != schemas.end())
		name = pstrdup(NameStr(form->relname));
	*schema = form->relnamespace;
	ReleaseSysCache(tuple);
	return name;
}

void append_columns(std::vector<ForeignColumn>& columns, Relation catalog, Oid table)
{
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ,
	            ObjectIdGetDatum(table));
	ScanKeyInit(&keys[1], Anum_pg_attribute_attnum, BTGreaterStrategyNumber, F_INT2GT,
	            Int16GetDatum(0));
	SysScanDesc scan =
	    systable_beginscan(catalog, AttributeRelidNumIndexId, true, nullptr, 2, keys);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		const auto* form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
		if (form->attisdropped)
			continue;
		const List* options =
		    options_of(tuple, Anum_pg_attribute_attfdwoptions, RelationGetDescr(catalog));
		columns.push_back({NameStr(form->attname), form->attnum, form->atttypid, form->atttypmod,
		                   form->attcollation, form->attnotnull, form->attgenerated != '\0',
		                   copy_options(options)});
	}
	systable_endscan(scan);
}

} // namespace

std::vector<ForeignTable> foreign_tables(unsigned server, const std::vector<unsigned>& schemas)
{
	std::vector<ForeignTable> tables;
	call([&] {
		Relation attributes = table_open(AttributeRelationId, AccessShareLock);
		for (const TableRow* row = read_tables(server); row != nullptr; row = row->next)
		{
			Oid schema = InvalidOid;
			const char* name = name_in(schemas, row->oid, &schema);
			if (name == nullptr)
				continue;
			tables.push_back({row->oid, name, copy_options(row->options), {}, schema});
			append_columns(tables.back().columns, attributes, row->oid);
		}
		table_close(attributes, AccessShareLock);
	});
	std::sort(tables.begin(), tables.end(), [](const ForeignTable& a, const ForeignTable& b) {
		return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
	});
	return tables;
}

double default_tuple_cost()
{
#if PG_VERSION_NUM >= 170000
	return 0.2; // NOLINT(readability-magic-numbers)
#else
	return 0.01; // NOLINT(readability-magic-numbers)
#endif
}

} // namespace datalinks::pg
