/*
 * Event triggers: the command that fired one, and the objects that it dropped, as values.
 */
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

struct FunctionCallInfoBaseData;

namespace datalinks::pg
{

struct Command
{
	const void* identity; /* the same for every event of one command */
	std::string tag;
	std::vector<std::string> dropped_schemas;                         /* named by a DROP SCHEMA */
	std::optional<std::pair<std::string, std::string>> schema_rename; /* from, to */
	std::optional<std::pair<std::string, unsigned>> mapping;          /* server; role, 0: PUBLIC */
};

/* Throws 39P03 when the function was not called as an event trigger. */
Command command_of(FunctionCallInfoBaseData* call);

/* The schemas and foreign servers that the command dropped; for sql_drop. */
struct Dropped
{
	std::map<unsigned, std::string> schemas; /* OID, name */
	std::set<unsigned> servers;              /* OIDs */
};
Dropped dropped_objects();

/* Changes with every top-level transaction of the session. */
unsigned long transaction_number();

/* The subtransaction that is open now; and whether it, or one within it, still is. */
unsigned current_subtransaction();
bool is_active_subtransaction(unsigned subtransaction);

} // namespace datalinks::pg
