/*
 * Data links as the catalogs hold them: a link is a server of our wrapper whose option "link"
 * names its schema. Nothing else records it.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link/settings.hpp"
#include "postgres/servers.hpp"
#include "remote/url.hpp"

namespace datalinks::link
{

struct Link
{
	std::string name;        /* and its schema's */
	unsigned server;         /* the foreign server's OID, name, owner's OID, version */
	std::string server_name; /* the link's name, but where another server had that */
	unsigned owner;
	std::string version;
	std::string created_at; /* ISO 8601 */
	Settings settings;
	remote::Options options; /* all of the server's options */
};

/* A link's state: why it is not valid, or nothing when it is. */
using Invalidity = std::optional<std::string>;

/* Every link, ordered by name. */
std::vector<Link> all_links();

/* Those of these names, ordered likewise; cheap beside however many others. */
std::vector<Link> links_named(const std::vector<std::string>& names);

/* Those that record schemas of their own: links to all schemas of their remotes. */
std::vector<Link> links_to_all_schemas();

/* Both, by one look. */
std::vector<Link> links_named_or_to_all_schemas(const std::vector<std::string>& names);

/*
 * The link of this name; nothing when there is none. Of several servers that claim the name it is
 * the one whose own the schema is, else one that the caller owns, and of several such the one that
 * bears the name, too: anybody who may make servers can claim any name.
 */
std::optional<Link> find_link(const std::string& name);

/* The link of this name on this very server; throws 42704 where it is no more. */
Link link_on(unsigned server, const std::string& name);

/*
 * Invalid where its schema is missing or not its own, or, unless its URL is a named one, the
 * mapping of its owner, or that mapping's password is missing.
 */
Invalidity invalidity_of(const Link& link);

/*
 * The OID of the link's schema where it is the link's own; 0 where there is none. Own is what the
 * server's very owner owns, too, and what holds a foreign table of the server or nothing at all
 * (of a link to all schemas, where one of the recorded ones does):
 * anybody who may make servers can name any schema, and a superuser has everybody's privileges.
 */
unsigned own_schema_of(const Link& link);

/*
 * Throws 42602 for what cannot be a link's name. The name is not repeated: somebody may have put
 * the URL in its place.
 */
void require_link_name(const std::string& name);

/* Throws 22023, with this hint (empty: none), where both lists of tables are set. */
void require_one_list(const Settings& settings, const std::string& hint);

/* The 42704 for a name that no link has. */
[[noreturn]] void fail_unknown(const std::string& name);

/* The 42501 for a link that is not the caller's. */
[[noreturn]] void fail_not_owner(const std::string& name);

} // namespace datalinks::link
