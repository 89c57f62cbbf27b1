/*
 * The reader of a remote's type definitions: see read_type_definitions in reader.hpp.
 */
#include "remote/reader.hpp"
#include "remote/values.hpp"
#include "schema/name.hpp"

namespace datalinks::remote
{

namespace
{

/*
 * One row for each label or attribute of a type (one without a part for a type that has none),
 * types that others are made of first. The depth is bounded: a remote may answer anything, but
 * the query is ours and must end.
 */
constexpr const char* definitions_query =
    "WITH RECURSIVE needed(oid, depth) AS ("
    " SELECT o, 0 FROM unnest($1::oid[]) o"
    " UNION"
    " SELECT part.oid, needed.depth + 1 FROM needed JOIN pg_type t ON t.oid = needed.oid,"
    " LATERAL (SELECT t.typbasetype WHERE t.typtype = 'd'"
    "  UNION ALL SELECT e.oid FROM pg_type e WHERE e.typarray = t.oid"
    "  UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c'"
    "   AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) part(oid)"
    " WHERE needed.depth < 20),"
    " ordered AS (SELECT oid, max(depth) AS depth FROM needed GROUP BY oid),"
    " extensions AS (SELECT d.objid AS type, x.extname FROM pg_depend d"
    "  JOIN pg_extension x ON x.oid = d.refobjid"
    "  WHERE d.classid = 'pg_type'::regclass AND d.objsubid = 0 AND d.deptype = 'e'"
    "  AND d.refclassid = 'pg_extension'::regclass)"
    " SELECT t.oid, n.nspname, t.typname, x.extname, t.typtype, t.typnotnull,"
    " part.name, format_type(part.type, part.typmod), base.oid, basens.nspname, base.typname,"
    " basex.extname, element.oid IS NOT NULL, part.typmod"
    " FROM ordered JOIN pg_type t ON t.oid = ordered.oid"
    " JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname <> 'pg_catalog'"
    " LEFT JOIN extensions x ON x.type = t.oid"
    " LEFT JOIN LATERAL ("
    "  SELECT e.enumlabel::text, NULL::oid, NULL::int4, e.enumsortorder FROM pg_enum e"
    "   WHERE e.enumtypid = t.oid"
    "  UNION ALL SELECT '', t.typbasetype, t.typtypmod, 0 WHERE t.typtype = 'd'"
    "  UNION ALL SELECT a.attname, a.atttypid, a.atttypmod, a.attnum FROM pg_attribute a"
    "   WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0"
    "   AND NOT a.attisdropped) part(name, type, typmod, position) ON true"
    " LEFT JOIN pg_type element ON element.typarray = part.type"
    " LEFT JOIN pg_type base ON base.oid = coalesce(element.oid, part.type)"
    " LEFT JOIN pg_namespace basens ON basens.oid = base.typnamespace"
    " LEFT JOIN extensions basex ON basex.type = base.oid"
    " WHERE NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)"
    " ORDER BY ordered.depth DESC, n.nspname, t.typname, part.position";

enum DefinitionsColumn
{
	type_oid,
	type_schema,
	type_name,
	type_extension,
	type_kind,
	not_null,
	part_name,
	part_printed,
	part_oid,
	part_schema,
	part_type,
	part_extension,
	part_is_array,
	part_typmod,
	definitions_columns
};

schema::TypeDefinition::Kind kind_of(const std::string& typtype)
{
	if (typtype == "e")
		return schema::TypeDefinition::enumeration;
	if (typtype == "d")
		return schema::TypeDefinition::domain;
	if (typtype == "c")
		return schema::TypeDefinition::composite;
	return schema::TypeDefinition::other;
}

TypePart part_of(const std::vector<Value>& row)
{
	TypePart part{required(row[part_name]), row[part_printed].value_or(""), {}};
	if (row[part_printed])
		part.type = {number<unsigned>(row[part_oid]),
		             required(row[part_schema]),
		             required(row[part_type]),
		             row[part_extension].value_or(""),
		             boolean(row[part_is_array]),
		             number<int>(row[part_typmod]),
		             {}};
	return part;
}

} // namespace

std::vector<TypeDefinition> read_type_definitions(Session& session,
                                                  const std::vector<unsigned>& types)
{
	std::vector<std::string> oids;
	oids.reserve(types.size());
	for (unsigned type : types)
		oids.push_back(std::to_string(type));

	std::vector<TypeDefinition> definitions;
	for (const auto& row :
	     session.query(definitions_query, {schema::array_literal(oids)}, definitions_columns))
	{
		const Type type{number<unsigned>(row[type_oid]),
		                required(row[type_schema]),
		                required(row[type_name]),
		                row[type_extension].value_or(""),
		                false,
		                -1,
		                {}};
		if (definitions.empty() || definitions.back().type.oid != type.oid)
			definitions.push_back(
			    {type, kind_of(required(row[type_kind])), boolean(row[not_null]), {}});
		if (row[part_name])
			definitions.back().parts.push_back(part_of(row));
	}
	return definitions;
}

} // namespace datalinks::remote
