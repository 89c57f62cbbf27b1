/*
 * The settings of a remote's session: see settings.hpp.
 */
#include "executor/settings.hpp"

#include "schema/name.hpp"

namespace datalinks::executor
{

#define SETTINGS(local)                                                                            \
	"pg_catalog.set_config('search_path', 'pg_catalog', " local "),"                               \
	" pg_catalog.set_config('timezone', 'GMT', " local "),"                                        \
	" pg_catalog.set_config('datestyle', 'ISO', " local "),"                                       \
	" pg_catalog.set_config('intervalstyle', 'postgres', " local "),"                              \
	" pg_catalog.set_config('extra_float_digits', '3', " local ")"

std::string session_settings(int process)
{
	return "SELECT CASE WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) " +
	       std::to_string(process) +
	       " THEN pg_catalog.concat(" SETTINGS(
	           "false") ", pg_catalog.set_config('default_transaction_read_only', 'on', false)) "
	                    "END";
}

const char* transaction_settings()
{
	return "SELECT " SETTINGS("true");
}

std::vector<std::string> settings_after_statement(const std::string& encoding,
                                                  const std::string& application)
{
	return {"RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL",
	        "SELECT pg_catalog.txid_current_if_assigned(),"
	        " pg_catalog.set_config('client_encoding', " +
	            schema::quote_literal(encoding) +
	            ", false), pg_catalog.set_config('application_name', " +
	            schema::quote_literal(application) + ", false), " SETTINGS("true")};
}

const char* statement_settings()
{
	return "SELECT " SETTINGS("true") ", pg_catalog.set_config('transaction_read_only', 'on', "
	                                  "true)";
}

} // namespace datalinks::executor
