/*
 * Relations as values: what a remote offers and what a link's schema holds, in one shape that can
 * be compared. Types and collations are texts that the local server printed, so that equal texts
 * mean the same type.
 */
#pragma once

#include <string>
#include <vector>

namespace datalinks::schema
{

struct Column
{
	std::string name;        /* in the local foreign table */
	std::string remote_name; /* differs only where the remote's does not fit into 63 bytes here */
	std::string type;        /* as format_type prints it, qualified, with its typmod */
	std::string collation;   /* quoted and qualified; empty: the type's own */
	bool not_null = false;
	bool computed = false; /* the remote alone makes the value: generated, or identity ALWAYS */

	bool operator==(const Column&) const = default;
};

struct Relation
{
	std::string name; /* of the local foreign table */
	std::string remote_name;
	std::vector<Column> columns;

	bool operator==(const Relation&) const = default;
};

using Relations = std::vector<Relation>; /* ordered by remote_name */

} // namespace datalinks::schema
