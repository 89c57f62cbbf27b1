/*
 * The library of postgres_fdw, whose code our wrapper runs on. The extension of that name need not
 * be installed: the library on disk is enough.
 */
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgres/options.hpp"

struct FunctionCallInfoBaseData;

namespace datalinks::pg
{

/* What a validator is called with. */
enum class OptionOwner
{
	server,
	user_mapping,
	foreign_table,
	wrapper,
	other
};
OptionOwner option_owner(FunctionCallInfoBaseData* call);
Options validator_options(FunctionCallInfoBaseData* call);

/* postgres_fdw's function: closes this session's connection to a server, or all (empty). */
bool disconnect(const std::string& server);

/* Connections for people: the name of the server, nothing where it is gone, and whether it holds.
 */
using Connections = std::vector<std::pair<std::optional<std::string>, bool>>;

/* The function's set: the connections of postgres_fdw, and these. */
unsigned long connections_result(FunctionCallInfoBaseData* call, const Connections& more);

/* What postgres_fdw's handler returns: a new FdwRoutine. */
void* postgres_fdw_routine();

/* Hands these options to postgres_fdw's validator, for the catalog that the call names. */
void call_postgres_fdw_validator(FunctionCallInfoBaseData* call, const Options& options);

} // namespace datalinks::pg
