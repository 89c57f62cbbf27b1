/*
 * The shapes of types, in local terms: what must be the same on both sides for values to mean the
 * same.
 */
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "schema/diff.hpp"
#include "schema/relation.hpp"
#include "schema/type_definition.hpp"

namespace datalinks::schema
{

struct Shape
{
	std::string type; /* local identity */
	TypeDefinition::Kind kind = TypeDefinition::base;
	std::vector<std::string> labels; /* enumeration, in order */
	std::vector<Column> attributes;  /* composite, in order; of ranges, what they are over */
	bool made_by_link = false;
	bool row_type = false; /* a table's, which is altered with the table alone */
};

using Shapes = std::vector<Shape>; /* each type once */

/* The definition's shape; type_of says a part's type and collation in local terms. */
Shape shape_of(const TypeDefinition& type, const std::string& identity,
               const std::function<Column(const TypeUse&)>& type_of);

/* For people to read: "(x integer, y text)", "enum ('a', 'b')", "range over date". */
std::string shape_text(const Shape& shape);

/*
 * What would give the local types the shapes that the remote's have: labels and attributes to be
 * altered, or that it cannot be done. Labels that only the local type has are left: no server can
 * drop them.
 */
Changes diff(const Shapes& remote, const Shapes& local);

} // namespace datalinks::schema
