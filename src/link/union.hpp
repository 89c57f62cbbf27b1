/*
 * Unions of data links as the catalogs hold them: a union is a server of our wrapper whose option
 * "union" names its schema, in which each table that the links have is one view. Nothing else
 * records it, and nothing connects through it. A new setting is a member here, a row of the table
 * in union.cpp, an argument in the SQL and a line in the README.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link/link.hpp"
#include "postgres/scope.hpp"

namespace datalinks::link
{

struct UnionSettings
{
	std::vector<std::string> links;         /* their names, in the order of the views' branches */
	std::string source_column;              /* the views' first, which holds the link's name */
	std::vector<std::string> only_tables;   /* empty: all */
	std::vector<std::string> except_tables; /* empty: none */
	bool skip_conflicts = false;            /* leave out columns that have no common type */
	bool skip_unreachable = false;          /* remotes that cannot be reached give no rows */
	std::vector<std::string> views;         /* that the union has made in its schema */

	bool operator==(const UnionSettings&) const = default;
};

struct Union
{
	std::string name;        /* and its schema's */
	unsigned server;         /* the foreign server's OID, name, owner's OID */
	std::string server_name; /* the union's name, but where another server had that */
	unsigned owner;
	std::string created_at; /* ISO 8601 */
	UnionSettings settings;
};

/* The SQLSTATE where a link is wanted, or a server with user mappings, and it is a union. */
inline constexpr int wrong_object_type = pg::sqlstate::pack("42809");

/* The option of a server that makes it a union. */
inline constexpr const char* union_option = "union";

/*
 * The alias of a link's table in a union whose remotes may be unreachable: a scan of a table that
 * is called so gives no rows, and a WARNING, where it cannot connect. A plan of 15 does not know
 * from which view a table came, and a condition would keep the planner from reading links side by
 * side.
 */
inline constexpr const char* skip_alias = "skip_if_unreachable";

/* Every union, ordered by name. */
std::vector<Union> all_unions();

/*
 * The union of this name; nothing when there is none. Of several servers that claim the name, the
 * one that find_link() would choose among links.
 */
std::optional<Union> find_union(const std::string& name);

/* The same where it is not a link, valid or invalid, that is meant by the name. */
std::optional<Union> find_mere_union(const std::string& name);

/* The union of this name on this very server; throws 42704 where it is no more. */
Union union_on(unsigned server, const std::string& name);

/*
 * The OID of the union's schema where it is the union's own; 0 where there is none. Own is what the
 * server's very owner owns, too, and what holds a view of the union's or nothing at all.
 */
unsigned own_schema_of(const Union& unified);

/*
 * Invalid where its schema is missing or not its own, where one of its links is missing or invalid,
 * or one of its views is missing.
 */
Invalidity invalidity_of(const Union& unified);

/* Why a link cannot be part of a union now: it is missing or invalid; nothing where it can. */
Invalidity absence_of(const std::string& link);

/*
 * A union of the caller's, locked against other changes of it until the transaction ends. Throws
 * 42704 for an unknown name, 42501 where the caller does not own it.
 */
Union lock_owned_union(const std::string& name);

/* Throws 55000 where its schema is missing or not its own. */
void require_own_schema(const Union& unified);

/* Throws 42501 unless the caller owns it. */
void require_owned_union(const Union& unified);

/* The 42704 for a name that no union has. */
[[noreturn]] void fail_unknown_union(const std::string& name);

/* The options in which the settings stand: those that are not what a union has without a word. */
pg::Options union_options(const UnionSettings& settings);

/* Alters them, with the caller's rights; nothing where nothing changes. */
void alter_union(const Union& unified, const UnionSettings& settings);

/* Whether an option may stand beside "union". */
bool is_union_option(std::string_view keyword);

/* What a value of such an option must be, as a DETAIL; nullptr where this one is. */
const char* objection_to_union(std::string_view keyword, const std::string& value);

/* The names of the arguments of datalink_union() in which the two differ. */
std::vector<std::string> differences(const UnionSettings& a, const UnionSettings& b);

/*
 * A valid link that can be in a union. Throws what require_link() and require_valid() throw, and
 * 0A000 for a link to all schemas of its remote, whose tables have names of two parts.
 */
Link require_member(const std::string& name);

} // namespace datalinks::link
