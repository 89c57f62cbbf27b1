/*
 * Foreign servers of our wrapper, read from the catalogs as they are now.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgres/options.hpp"

namespace datalinks::pg
{

struct ForeignServer
{
	unsigned oid;
	std::string name;
	unsigned owner;
	std::string version;
	Options options;
};

/*
 * Every server of the wrapper "datalinks", in no order. One scan of pg_foreign_server. Servers
 * whose options cannot be read are left out: nobody's command may fail because of them.
 */
std::vector<ForeignServer> foreign_servers();

/*
 * Those whose option "link" is one of the names, or that have the other option, where one is given.
 * The others cost next to nothing.
 */
std::vector<ForeignServer> servers_of_links(const std::vector<std::string>& names,
                                            const std::string& or_option = "");

/* Those that have this option, whatever it holds; likewise. */
std::vector<ForeignServer> servers_with_option(const std::string& keyword);

/* The server of this OID. Throws pg::Error where there is none. */
ForeignServer foreign_server(unsigned server);

/* The value of one of its options; empty where it has none. Throws pg::Error without a server. */
std::string server_option(unsigned server, const char* keyword);

/* Its name; nothing where there is none. */
std::optional<std::string> server_name(unsigned server);

/* Whether the server is of the wrapper "datalinks". */
bool is_of_our_wrapper(unsigned server);

/* The value of an option of the wrapper "datalinks"; empty where it has none. */
std::string wrapper_option(const char* keyword);

/* Whether there is a server of this OID. */
bool server_stands(unsigned server);

/* The server of this name, whatever its wrapper; 0 when there is none. */
unsigned find_server(const std::string& name);

/*
 * Deletes a server, and a schema (0: none), with all that depends on them, without a NOTICE and
 * whoever runs it: for the reset trigger alone.
 */
void delete_server_and_schema(unsigned server, unsigned schema);

/* Waits for the lock that a drop of the server takes; returns whether the server is still there. */
bool lock_server(unsigned server);

/* Waits for, and holds to the transaction's end, a lock that only one such change can have. */
void lock_server_against_changes(unsigned server);

/* Whether the current user has USAGE on the server. */
bool may_use_server(unsigned server);

/* Whether the current user may drop and alter the server. */
bool owns_server(unsigned server);

} // namespace datalinks::pg
