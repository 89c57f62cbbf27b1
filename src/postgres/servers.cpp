/*
 * Foreign servers and user mappings: see servers.hpp.
 */
#include "postgres/servers.hpp"

#include <algorithm>
#include <cstring>

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

/* A row of pg_foreign_server, taken apart: server memory, no destructors. */
struct ServerRow
{
	Oid oid, owner;
	const char* name;
	const char* version;
	List* options;
	ServerRow* next;
};

/* What an option looks like in the catalog: "keyword=value". */
struct Wanted
{
	const std::string* options;
	size_t count;
};

/* Whether the bytes of an array of options hold one that is wanted, perhaps among others. */
bool may_hold(Datum options, const Wanted& wanted)
{
	const auto* array = reinterpret_cast<const struct varlena*>(DatumGetPointer(options));
	const char* bytes = VARDATA_ANY(array);
	const auto length = static_cast<size_t>(VARSIZE_ANY_EXHDR(array));
	for (size_t i = 0; i < wanted.count; ++i)
		if (memmem(bytes, length, wanted.options[i].data(), wanted.options[i].size()) != nullptr)
			return true;
	return false;
}

/* All of them where nothing is wanted in particular. */
ServerRow* read_servers(Oid wrapper, const Wanted& wanted)
{
	ServerRow* rows = nullptr;
	Relation catalog = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		auto* form = reinterpret_cast<Form_pg_foreign_server>(GETSTRUCT(tuple));
		if (form->srvfdw != wrapper)
			continue;
		bool null = false;
		Datum options = heap_getattr(tuple, Anum_pg_foreign_server_srvoptions,
		                             RelationGetDescr(catalog), &null);
		if (wanted.count > 0)
		{
			if (null)
				continue;
			options = PointerGetDatum(PG_DETOAST_DATUM_PACKED(options));
			if (!may_hold(options, wanted))
				continue;
		}
		auto* row = static_cast<ServerRow*>(palloc0(sizeof(ServerRow)));
		row->options = null ? NIL : untransformRelOptions(options);
		row->oid = form->oid;
		row->owner = form->srvowner;
		row->name = pstrdup(NameStr(form->srvname));
		const Datum version = heap_getattr(tuple, Anum_pg_foreign_server_srvversion,
		                                   RelationGetDescr(catalog), &null);
		row->version = null ? "" : TextDatumGetCString(version);
		row->next = rows;
		rows = row;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rows;
}

std::vector<ForeignServer> servers_wanted(const Wanted& wanted)
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
	return servers_wanted({nullptr, 0});
}

std::vector<ForeignServer> foreign_servers(const char* keyword,
                                           const std::vector<std::string>& values)
{
	if (values.empty())
		return {};
	std::vector<std::string> options;
	options.reserve(values.size());
	for (const std::string& value : values)
		options.emplace_back(keyword).append("=").append(value);
	std::vector<ForeignServer> servers = servers_wanted({options.data(), options.size()});
	std::erase_if(servers, [&](const ForeignServer& server) {
		return std::none_of(server.options.begin(), server.options.end(), [&](const auto& option) {
			return option.first == keyword &&
			       std::find(values.begin(), values.end(), option.second) != values.end();
		});
	});
	return servers;
}

bool server_stands(unsigned server)
{
	return call([&] { return SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(server)); });
}

bool server_exists(const std::string& name)
{
	return call([&] { return OidIsValid(get_foreign_server_oid(name.c_str(), true)); });
}

namespace
{

/* The options of the mapping of exactly this role (0: PUBLIC); false when there is none. */
bool read_mapping(Oid server, Oid role, List** options)
{
	HeapTuple tuple =
	    SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(role), ObjectIdGetDatum(server));
	if (!HeapTupleIsValid(tuple))
		return false;
	bool null = false;
	const Datum value =
	    SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &null);
	*options = null ? NIL : untransformRelOptions(value);
	ReleaseSysCache(tuple);
	return true;
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

void delete_mappings(unsigned server)
{
	call([&] {
		ObjectAddresses* mappings = new_object_addresses();
		Relation catalog = table_open(UserMappingRelationId, AccessShareLock);
		SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
		for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
		     tuple = systable_getnext(scan))
		{
			auto* form = reinterpret_cast<Form_pg_user_mapping>(GETSTRUCT(tuple));
			if (form->umserver != server)
				continue;
			const ObjectAddress mapping = {UserMappingRelationId, form->oid, 0};
			add_exact_object_address(&mapping, mappings);
		}
		systable_endscan(scan);
		table_close(catalog, AccessShareLock);
		performMultipleDeletions(mappings, DROP_CASCADE, PERFORM_DELETION_QUIETLY);
		CommandCounterIncrement();
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
