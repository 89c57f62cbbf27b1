/*
 * Foreign servers: see servers.hpp.
 */
#include "postgres/servers.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* Which servers are wanted: those that have one of the options, or one that begins so. */
struct Condition
{
	std::set<std::string, std::less<>> options; /* "keyword=value" */
	std::string beginning;                      /* "keyword="; empty: none */
};
using Wanted = const Condition*; /* all servers are wanted where it is nullptr */

/* Whether what is wanted is anywhere in the array: few are worth being taken apart. */
bool may_be_wanted(const Condition& wanted, const struct varlena* options)
{
	if (VARATT_IS_EXTERNAL(options) || VARATT_IS_COMPRESSED(options))
		return true;
	const std::string_view bytes(VARDATA_ANY(options), VARSIZE_ANY_EXHDR(options));
	const auto holds = [&](std::string_view text) { return bytes.find(text) != bytes.npos; };
	return std::any_of(wanted.options.begin(), wanted.options.end(), holds) ||
	       (!wanted.beginning.empty() && holds(wanted.beginning));
}

bool is_wanted(const Condition& wanted, const Datum* options, int count)
{
	return std::any_of(options, options + count, [&](Datum datum) {
		const auto* option = reinterpret_cast<const struct varlena*>(datum);
		const std::string_view text(VARDATA_ANY(option), VARSIZE_ANY_EXHDR(option));
		return wanted.options.contains(text) ||
		       (!wanted.beginning.empty() && text.starts_with(wanted.beginning));
	});
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
	if (wanted != nullptr &&
	    (null || !may_be_wanted(*wanted, reinterpret_cast<const struct varlena*>(options))))
		return nullptr;
	if (!null && !read_options(options, &elements, &count))
		return nullptr;
	if (wanted != nullptr && !is_wanted(*wanted, elements, count))
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

std::vector<ForeignServer> servers_of_links(const std::vector<std::string>& names,
                                            const std::string& or_option)
{
	Condition condition;
	for (const std::string& name : names)
		condition.options.insert("link=" + name);
	if (!or_option.empty())
		condition.beginning = or_option + "=";
	return servers_wanted(&condition);
}

std::vector<ForeignServer> servers_with_option(const std::string& keyword)
{
	const Condition condition{{}, keyword + "="};
	return servers_wanted(&condition);
}

ForeignServer foreign_server(unsigned server)
{
	const auto* found = call([&] { return GetForeignServer(server); });
	return {found->serverid, found->servername, found->owner,
	        found->serverversion != nullptr ? found->serverversion : "",
	        copy_options(found->options)};
}

std::string server_option(unsigned server, const char* keyword)
{
	const char* value =
	    call([&] { return option_text(GetForeignServer(server)->options, keyword); });
	return value != nullptr ? value : "";
}

std::optional<std::string> server_name(unsigned server)
{
	const auto* found = call([&] { return GetForeignServerExtended(server, FSV_MISSING_OK); });
	return found != nullptr ? std::optional<std::string>(found->servername) : std::nullopt;
}

bool is_of_our_wrapper(unsigned server)
{
	return call([&] {
		return GetForeignServer(server)->fdwid == get_foreign_data_wrapper_oid("datalinks", true);
	});
}

std::string wrapper_option(const char* keyword)
{
	const char* value = call([&] {
		const ForeignDataWrapper* wrapper = GetForeignDataWrapperByName("datalinks", true);
		return wrapper != nullptr ? option_text(wrapper->options, keyword) : nullptr;
	});
	return value != nullptr ? value : "";
}

bool server_stands(unsigned server)
{
	return call([&] { return SearchSysCacheExists1(FOREIGNSERVEROID, ObjectIdGetDatum(server)); });
}

unsigned find_server(const std::string& name)
{
	return call([&] { return get_foreign_server_oid(name.c_str(), true); });
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
