/*
 * Errors of the remote's, with hints: see hints.hpp.
 */
#include "fdw/postgres_fdw.hpp"
#include "postgres/guard.hpp"

#include "fdw/hints.hpp"

namespace datalinks::fdw
{

Watch watch_of(Oid table, Oid server)
{
	const ForeignServer* found = GetForeignServer(server);
	const bool mapped = SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(found->owner),
	                                          ObjectIdGetDatum(server)) ||
	                    SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
	                                          ObjectIdGetDatum(server));
	return {OidIsValid(table) ? get_namespace_name(get_rel_namespace(table)) : nullptr,
	        found->servername, mapped};
}

Watch watch_of(Oid table)
{
	return watch_of(table, GetForeignServerIdByRelId(table));
}

namespace
{

/*
 * Whether the message is the server's own of this beginning, in whatever language it is shown; or
 * the remote's, in English.
 */
bool is_message(const char* beginning)
{
	MemoryContext before = MemoryContextSwitchTo(TopTransactionContext);
	ErrorData* error = CopyErrorData();
	MemoryContextSwitchTo(before);
	const auto begins = [&](const char* text) {
		return text != nullptr && strncmp(text, beginning, strlen(beginning)) == 0;
	};
	const bool found = begins(error->message_id) || begins(error->message);
	FreeErrorData(error);
	return found;
}

bool is_drift(int code)
{
	return code == pg::sqlstate::undefined_table || code == pg::sqlstate::undefined_column ||
	       code == pg::sqlstate::undefined_function ||
	       (code == pg::sqlstate::invalid_text_representation &&
	        is_message("invalid input value for enum"));
}

void hint_at_mapping(const Watch* watch)
{
	if (watch->link == nullptr)
		errhint("The owner of the link can make one: CREATE USER MAPPING FOR that role SERVER %s "
		        "OPTIONS (user '...', password '...').",
		        quote_identifier(watch->server));
	else if (watch->owner_is_mapped)
		errhint("The owner of the link can let the role use it: datalink_grant(%s, role).",
		        quote_literal_cstr(watch->link));
	else
		errhint("The data link is invalid: its owner has no user mapping. Use "
		        "datalink_set_remote(%s, url).",
		        quote_literal_cstr(watch->link));
}

} // namespace

void add_hint(void* argument)
{
	const auto* watch = static_cast<const Watch*>(argument);
	const int code = geterrcode();
	if (code == pg::sqlstate::undefined_object && is_message("user mapping not found"))
		hint_at_mapping(watch);
	else if (watch->link != nullptr && is_drift(code))
		errhint("The remote may have changed: see datalink_diff(%s).",
		        quote_literal_cstr(watch->link));
}

void get_foreign_rel_size(PlannerInfo* root, RelOptInfo* relation, Oid table)
{
	watched(watch_of(table), [&] { postgres_fdw().GetForeignRelSize(root, relation, table); });
}

} // namespace datalinks::fdw
