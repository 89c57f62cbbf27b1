/*
 * Types and collations of the local database, found by name and printed by the server itself.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace datalinks::pg
{

/* The type with this schema and name; 0 when there is none (or only a shell). */
unsigned find_type(const std::string& schema, const std::string& name);

/* The type with this name that belongs to this extension, wherever that lives here; 0: none. */
unsigned find_extension_type(const std::string& extension, const std::string& name);

/* A base type that the server brings along, or an array of one. */
struct BuiltInType
{
	std::string name; /* in pg_catalog */
	unsigned element; /* of an array; 0: it is none */
	unsigned collation;
};

/*
 * The built-in base type or array of this OID: every server that has it has the same. Nothing for
 * other types, or where it is not here.
 */
std::optional<BuiltInType> built_in_type(unsigned type);

/* Likewise a collation's name, in pg_catalog. */
std::optional<std::string> built_in_collation(unsigned collation);

/* The type's array type; 0 when it has none. */
unsigned array_type_of(unsigned type);

/*
 * The type as format_type prints it, qualified, with its typmod (-1: none). The text is parsed
 * again with the server's own parser, and must mean the same type. Throws pg::Error for a typmod
 * that the type does not take.
 */
std::string type_text(unsigned type, int typmod);

/* The type as format_type prints it, qualified, with its typmod; not checked. */
std::string format_type(unsigned type, int typmod);

/* schema.name, each quoted where the server would quote it. */
std::string quote_qualified(const std::string& schema, const std::string& name);

/* Quoted and qualified; nothing when there is no such collation for the database's encoding. */
std::optional<std::string> collation_text(const std::string& schema, const std::string& name);

/* The collation, quoted and qualified; empty where it is none, or the type's own. */
std::string own_collation_text(unsigned type, unsigned collation);

/* Every relation has a column of this name already: ctid, xmin, … */
bool is_system_column(const std::string& name);

/* The name as the server would cut it to 63 bytes, at a character's end. */
std::string clip_name(const std::string& name);

/* Whether a text from elsewhere is valid in the local database's encoding. */
bool is_valid_text(std::string_view candidate);

/* The local server's version, as PQserverVersion has it: 150004. */
int server_version();

/* The local database's encoding, as libpq's client_encoding takes it. */
std::string database_encoding();

} // namespace datalinks::pg
