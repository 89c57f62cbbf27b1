/*
 * Foreign servers and user mappings: see servers.hpp.
 */
#include "postgres/servers.hpp"

#include <cstring>
#include <set>
#include <string_view>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

OptionList copy_options(const List* options)
{
	OptionList copied;
	const ListCell* cell;
	foreach (cell, options)
	{
		auto* option = static_cast<DefElem*>(lfirst(cell));
		/* Anybody can call the validator, with an array in which an option has no "=". */
		if (option->arg == nullptr)
			throw Failure(sqlstate::syntax_error,
			              std::string("option \"") + option->defname + "\" requires a value");
		copied.emplace_back(option->defname, strVal(option->arg));
	}
	return copied;
}

namespace
{

/*
 * Takes apart a catalog's array of options, "keyword=value" each; false for one that no OPTIONS (…)
 * that our validator has seen can have made. Copies no value.
 */
bool read_options(Datum options, Datum** elements, int* count)
{
	if (toast_raw_datum_size(options) > max_options_size)
		return false;
	bool* nulls = nullptr;
	deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT, elements,
	                  &nulls, count);
	for (int i = 0; i < *count; ++i)
	{
		const auto* option = reinterpret_cast<const struct varlena*>((*elements)[i]);
		if (nulls[i] || memchr(VARDATA_ANY(option), '=', VARSIZE_ANY_EXHDR(option)) == nullptr)
			return false;
	}
	return true;
}

/* The names that are wanted of servers' links; all servers are wanted where it is nullptr. */
using Wanted = const std::set<std::string_view>*;

/* Whether one of the options is link=name for a wanted name. */
bool is_wanted(Wanted wanted, const Datum* options, int count)
{
	constexpr std::string_view link = "link=";
	for (int i = 0; i < count; ++i)
	{
		const auto* option = reinterpret_cast<const struct varlena*>(options[i]);
		const std::string_view text(VARDATA_ANY(option), VARSIZE_ANY_EXHDR(option));
		if (text.starts_with(link) && wanted->contains(text.substr(link.size())))
			return true;
	}
	return false;
}

/* A row of pg_foreign_server, taken apart: server memory, no destructors. */
struct ServerRow
{
	Oid oid, owner;
	const char* name;
	const char* version;
	List* options;
	ServerRow* next;
};

/* The row; nullptr for one that is not wanted, or whose options cannot be read. */
ServerRow* read_server(HeapTuple tuple, TupleDesc descriptor, Wanted wanted)
{
	const auto* form = reinterpret_cast<Form_pg_foreign_server>(GETSTRUCT(tuple));
	bool null = false;
	const Datum options = heap_getattr(tuple, Anum_pg_foreign_server_srvoptions, descriptor, &null);
	Datum* elements = nullptr;
	int count = 0;
	if (!null && !read_options(options, &elements, &count))
		return nullptr;
	if (wanted != nullptr && !is_wanted(wanted, elements, count))
		return nullptr;
	auto* row = static_cast<ServerRow*>(palloc0(sizeof(ServerRow)));
	row->options = null ? NIL : untransformRelOptions(options);
	row->oid = form->oid;
	row->owner = form->srvowner;
	row->name = pstrdup(NameStr(form->srvname));
	const Datum version = heap_getattr(tuple, Anum_pg_foreign_server_srvversion, descriptor, &null);
	row->version = null ? "" : TextDatumGetCString(version);
	return row;
}

ServerRow* read_servers(Oid wrapper, Wanted wanted)
{
	ServerRow* rows = nullptr;
	Relation catalog = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		if (reinterpret_cast<Form_pg_foreign_server>(GETSTRUCT(tuple))->srvfdw != wrapper)
			continue;
		ServerRow* row = read_server(tuple, RelationGetDescr(catalog), wanted);
		if (row == nullptr)
			continue;
		row->next = rows;
		rows = row;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rows;
}

std::vector<ForeignServer> servers_wanted(Wanted wanted)
{
	const ServerRow* row = call([&]() -> ServerRow* {
		const Oid wrapper = get_foreign_data_wrapper_oid("datalinks", true);
		return OidIsValid(wrapper) ? read_servers(wrapper, wanted) : nullptr;
	});
	std::vector<ForeignServer> servers;
	for (; row != nullptr; row = row->next)
		servers.push_back(
		    {row->oid, row->name, row->owner, row->version, copy_options(row->options)});
	return servers;
}

} // namespace

std::vector<ForeignServer> foreign_servers()
{
	return servers_wanted(nullptr);
}

std::vector<ForeignServer> servers_of_links(const std::vector<std::string>& names)
{
	const std::set<std::string_view> wanted(names.begin(), names.end());
	return servers_wanted(&wanted);
}

bool server_stands(unsigned server)
{
	return call([&] { return SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(server)); });
}

unsigned find_server(const std::string& name)
{
	return call([&] { return get_foreign_server_oid(name.c_str(), true); });
}

namespace
{

/*
 * The options of the mapping of exactly this role (0: PUBLIC); false when there is none, or none
 * that could be read.
 */
bool read_mapping(Oid server, Oid role, List** options)
{
	HeapTuple tuple =
	    SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(role), ObjectIdGetDatum(server));
	if (!HeapTupleIsValid(tuple))
		return false;
	bool null = false;
	const Datum value =
	    SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &null);
	Datum* elements = nullptr;
	int count = 0;
	const bool readable = null || read_options(value, &elements, &count);
	*options = null || !readable ? NIL : untransformRelOptions(value);
	ReleaseSysCache(tuple);
	return readable;
}

RoleSpec* role_spec(const std::string& role)
{
	RoleSpec* spec = makeNode(RoleSpec);
	spec->roletype = ROLESPEC_CSTRING;
	spec->rolename = pstrdup(role.c_str());
	spec->location = -1;
	return spec;
}

DefElem* definition(const std::string& keyword, const std::string& value, DefElemAction action)
{
	auto* text = reinterpret_cast<Node*>(makeString(pstrdup(value.c_str())));
	DefElem* element = makeDefElem(pstrdup(keyword.c_str()), text, -1);
	element->defaction = action;
	return element;
}

DefElemAction action_of(OptionChange::Action action)
{
	switch (action)
	{
	case OptionChange::add:
		return DEFELEM_ADD;
	case OptionChange::set:
		return DEFELEM_SET;
	case OptionChange::drop:
		break;
	}
	return DEFELEM_DROP;
}

} // namespace

std::optional<OptionList> own_mapping_options(unsigned server, unsigned role)
{
	List* options = NIL;
	if (!call([&] { return read_mapping(server, role, &options); }))
		return std::nullopt;
	return copy_options(options);
}

std::optional<OptionList> mapping_options(unsigned server, unsigned role)
{
	auto options = own_mapping_options(server, role);
	return options ? options : own_mapping_options(server, ACL_ID_PUBLIC);
}

void create_mapping(const std::string& server, const std::string& role, const OptionList& options)
{
	call([&] {
		PreventCommandIfReadOnly("CREATE USER MAPPING");
		CreateUserMappingStmt* statement = makeNode(CreateUserMappingStmt);
		statement->user = role_spec(role);
		statement->servername = pstrdup(server.c_str());
		for (const auto& [keyword, value] : options)
			statement->options =
			    lappend(statement->options, definition(keyword, value, DEFELEM_UNSPEC));
		CreateUserMapping(statement);
		CommandCounterIncrement();
	});
}

void alter_mapping(const std::string& server, const std::string& role, const OptionChanges& changes)
{
	if (changes.empty())
		return;
	call([&] {
		PreventCommandIfReadOnly("ALTER USER MAPPING");
		AlterUserMappingStmt* statement = makeNode(AlterUserMappingStmt);
		statement->user = role_spec(role);
		statement->servername = pstrdup(server.c_str());
		for (const OptionChange& change : changes)
			statement->options =
			    lappend(statement->options,
			            definition(change.keyword, change.value, action_of(change.action)));
		AlterUserMapping(statement);
		CommandCounterIncrement();
	});
}

std::multimap<unsigned, unsigned> mappings_of(const std::set<unsigned>& servers)
{
	std::multimap<unsigned, unsigned> mappings;
	call([&] {
		Relation catalog = table_open(UserMappingRelationId, AccessShareLock);
		SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
		for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
		     tuple = systable_getnext(scan))
		{
			const auto* form = reinterpret_cast<Form_pg_user_mapping>(GETSTRUCT(tuple));
			if (servers.contains(form->umserver))
				mappings.emplace(form->umserver, form->oid);
		}
		systable_endscan(scan);
		table_close(catalog, AccessShareLock);
	});
	return mappings;
}

namespace
{

/* As CatalogTupleDelete, but where another session is changing the row it raises, and never waits.
 */
void delete_without_waiting(Relation catalog, HeapTuple tuple)
{
	TM_FailureData failure;
	const TM_Result result = heap_delete(catalog, &tuple->t_self, GetCurrentCommandId(true),
	                                     InvalidSnapshot, false, &failure, false);
	if (result != TM_Ok)
		ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
		                errmsg("another session is changing its user mapping")));
}

} // namespace

void delete_mapping(unsigned mapping)
{
	call([&] {
		Relation catalog = table_open(UserMappingRelationId, RowExclusiveLock);
		HeapTuple tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(mapping));
		if (HeapTupleIsValid(tuple))
		{
			delete_without_waiting(catalog, tuple);
			ReleaseSysCache(tuple);
			deleteDependencyRecordsFor(UserMappingRelationId, mapping, false);
			deleteSharedDependencyRecordsFor(UserMappingRelationId, mapping, 0);
			CommandCounterIncrement();
		}
		table_close(catalog, RowExclusiveLock);
	});
}

void delete_server_and_schema(unsigned server, unsigned schema)
{
	call([&] {
		ObjectAddresses* objects = new_object_addresses();
		if (OidIsValid(server))
		{
			const ObjectAddress address = {ForeignServerRelationId, server, 0};
			add_exact_object_address(&address, objects);
		}
		if (OidIsValid(schema))
		{
			const ObjectAddress address = {NamespaceRelationId, schema, 0};
			add_exact_object_address(&address, objects);
		}
		performMultipleDeletions(objects, DROP_CASCADE, PERFORM_DELETION_QUIETLY);
		CommandCounterIncrement();
	});
}

bool lock_server(unsigned server)
{
	return call([&] {
		LockDatabaseObject(ForeignServerRelationId, server, 0, AccessExclusiveLock);
		return SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(server));
	});
}

void lock_server_against_changes(unsigned server)
{
	call([&] { LockDatabaseObject(ForeignServerRelationId, server, 0, ShareUpdateExclusiveLock); });
}

bool may_use_server(unsigned server)
{
	return call([&] {
#if PG_VERSION_NUM >= 160000
		return object_aclcheck(ForeignServerRelationId, server, GetUserId(), ACL_USAGE) ==
		       ACLCHECK_OK;
#else
		return pg_foreign_server_aclcheck(server, GetUserId(), ACL_USAGE) == ACLCHECK_OK;
#endif
	});
}

bool owns_server(unsigned server)
{
	return call([&] {
#if PG_VERSION_NUM >= 160000
		return object_ownercheck(ForeignServerRelationId, server, GetUserId());
#else
		return pg_foreign_server_ownercheck(server, GetUserId());
#endif
	});
}

} // namespace datalinks::pg
