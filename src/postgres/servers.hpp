/*
 * Foreign servers of our wrapper and their user mappings, read from the catalogs as they are now.
 */
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

struct List;

namespace datalinks::pg
{

using OptionList = std::vector<std::pair<std::string, std::string>>;

/* A list of DefElem as values. */
OptionList copy_options(const List* options);

struct ForeignServer
{
	unsigned oid;
	std::string name;
	unsigned owner;
	std::string version;
	OptionList options;
};

/* The most bytes that the options of one server may take: the lists of a link of 60,000 tables. */
constexpr size_t max_options_size = 4 << 20;

/*
 * Every server of the wrapper "datalinks", in no order. One scan of pg_foreign_server. Servers
 * whose options cannot be read are left out: nobody's command may fail because of them.
 */
std::vector<ForeignServer> foreign_servers();

/* Those whose option "link" is one of the names. The others cost next to nothing. */
std::vector<ForeignServer> servers_of_links(const std::vector<std::string>& names);

/* Whether there is a server of this OID. */
bool server_stands(unsigned server);

/* The server of this name, whatever its wrapper; 0 when there is none. */
unsigned find_server(const std::string& name);

/*
 * The options of the mapping that this role would use with this server (its own, else PUBLIC's);
 * nothing when there is none. They hold the password: for connecting and comparing, never to show.
 */
std::optional<OptionList> mapping_options(unsigned server, unsigned role);

/* The same of the role's own mapping alone. */
std::optional<OptionList> own_mapping_options(unsigned server, unsigned role);

/* One option of an ALTER … OPTIONS (…). */
struct OptionChange
{
	enum Action
	{
		add,
		set,
		drop
	};
	Action action;
	std::string keyword;
	std::string value;
};

using OptionChanges = std::vector<OptionChange>;

/*
 * Make and alter a role's mapping, with the caller's rights. From parse nodes, not from SQL text:
 * so that no hook, log or event trigger ever sees a statement with a password in it. Throw 25006 in
 * a read-only transaction, as the statements do.
 */
void create_mapping(const std::string& server, const std::string& role, const OptionList& options);
void alter_mapping(const std::string& server, const std::string& role,
                   const OptionChanges& changes);

/* The OIDs of the servers' mappings, by server. One scan of pg_user_mapping, which has no index for
 * it. */
std::multimap<unsigned, unsigned> mappings_of(const std::set<unsigned>& servers);

/*
 * Deletes a mapping, if it still stands, whoever runs it: for the reset trigger alone. Unlike DROP
 * USER MAPPING it takes no lock of the mapping's own: a reset may have to delete a great many.
 * Throws 55P03, and waits for nobody, where another session is changing it.
 */
void delete_mapping(unsigned mapping);

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
