/*
 * The validator of the wrapper "datalinks": our options of a link's server are checked here and
 * taken out; the rest is handed to postgres_fdw's validator.
 */
#pragma once

struct FunctionCallInfoBaseData;

namespace datalinks::fdw
{

/*
 * (options text[], catalog oid). Throws 22023 for a value of ours that cannot be, 42501 for a
 * parameter that only a superuser may set and 2F003 for a socket where libpq cannot insist on a
 * password, unless a superuser gives them, and whatever postgres_fdw says about the rest.
 */
void validate(FunctionCallInfoBaseData* call);

} // namespace datalinks::fdw
