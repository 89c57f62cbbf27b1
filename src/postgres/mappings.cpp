/*
 * User mappings: see mappings.hpp.
 */
#include "postgres/mappings.hpp"

#include <algorithm>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

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

bool lends(const Options& options)
{
	return std::any_of(options.begin(), options.end(), [](const Option& option) {
		return option.keyword == credentials_option && option.value == owners_credentials;
	});
}

bool is_read_only(const Options& options)
{
	return std::any_of(options.begin(), options.end(), [](const Option& option) {
		return option.keyword == read_only_option && is_true(option.value);
	});
}

std::optional<Options> own_mapping_options(unsigned server, unsigned role)
{
	List* options = NIL;
	if (!call([&] { return read_mapping(server, role, &options); }))
		return std::nullopt;
	return copy_options(options);
}

std::optional<Options> mapping_options(unsigned server, unsigned role)
{
	const auto holder = mapping_holder(server, role);
	return holder ? own_mapping_options(server, *holder) : std::nullopt;
}

void create_mapping(const std::string& server, const std::string& role, const Options& options)
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

} // namespace datalinks::pg
