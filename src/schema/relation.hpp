/*
 * Relations as values: what a remote offers and what a link's schema holds, in one shape that can
 * be compared. Types and collations are texts that the local server printed, so that equal texts
 * mean the same type.
 */
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

namespace datalinks::schema
{

struct Column
{
	std::string name;        /* in the local foreign table */
	std::string remote_name; /* differs where the remote's does not fit into 63 bytes here, or where
	                            the user renamed the column and set column_name */
	std::string type;        /* as format_type prints it, qualified, with its typmod */
	std::string collation;   /* quoted and qualified; empty: the type's own */
	bool not_null = false;
	bool computed = false; /* the remote alone makes the value: generated, or identity ALWAYS */
};

/*
 * What a link records of the remote's relation, in options of the foreign table: what kind it is,
 * unless an ordinary table; the columns of its primary key, "{}" where it has none; and "false"
 * where the remote's role may not SELECT from it. A table without the second was made by hand, or
 * by an older version.
 */
inline constexpr const char* kind_option = "remote_kind";
inline constexpr const char* key_option = "primary_key";
inline constexpr const char* selectable_option = "selectable";
inline constexpr std::array recorded_options{kind_option, key_option, selectable_option};

/* The options that a link sets by itself on a foreign table: besides these, all are the user's. */
using TableOptions = std::map<std::string, std::string>;

struct Relation
{
	std::string name; /* of the local foreign table */
	std::string remote_name;
	TableOptions options;
	std::vector<Column> columns;
	/* Where it stands, here and there; the comparison of two schemas does not look at them. */
	std::string schema{};
	std::string remote_schema{};
};

using Relations = std::vector<Relation>; /* ordered by remote_name */

/* An enum type that columns use: its local identity, and its labels in order. */
struct Enumeration
{
	std::string type; /* quoted and qualified */
	std::vector<std::string> labels;
	bool made_by_link = false;
};

using Enumerations = std::vector<Enumeration>; /* ordered by type */

} // namespace datalinks::schema
