/*
 * datalink_create: server, user mapping, schema and tables, in the caller's transaction and with
 * the caller's own privileges.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::command
{

struct Request
{
	std::string url;
	std::string name;
	link::Settings settings;
	bool if_not_exists;
};

/*
 * Makes the link. On an error nothing of it is left (the transaction is undone). SQLSTATEs: 42602
 * bad name, 22023 bad URL or arguments, 42710 the link exists, 42P06 its schema does, 42501 no
 * right to, 2F003 password required, 08001 the remote cannot be reached, HV00Q its schema does not
 * exist, 42P01 unknown tables named, 42704 types missing here, 53200 too many tables for the lock
 * table.
 */
void create(const Request& request);

} // namespace datalinks::command
