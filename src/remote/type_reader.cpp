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

using schema::TypeDefinition;

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
    " ordered AS (SELECT oid, max(depth) AS depth FROM needed GROUP BY oid)"
    " SELECT t.oid, n.nspname, t.typname, x.extname, t.typtype,"
    " format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, part.name, part.type"
    " FROM ordered JOIN pg_type t ON t.oid = ordered.oid"
    " JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname <> 'pg_catalog'"
    " LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid"
    "  AND d.objsubid = 0 AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass"
    " LEFT JOIN pg_extension x ON x.oid = d.refobjid"
    " LEFT JOIN LATERAL (SELECT e.enumlabel, NULL, e.enumsortorder FROM pg_enum e"
    "  WHERE e.enumtypid = t.oid"
    "  UNION ALL SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnum"
    "  FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid"
    "  AND a.attnum > 0 AND NOT a.attisdropped) part(name, type, position) ON true"
    " WHERE NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)"
    " ORDER BY ordered.depth DESC, n.nspname, t.typname, part.position";

enum DefinitionsColumn
{
	type_oid,
	type_schema,
	type_name,
	type_extension,
	type_kind,
	base_type,
	not_null,
	part_name,
	part_type,
	definitions_columns
};

TypeDefinition::Kind kind_of(const std::string& typtype)
{
	if (typtype == "e")
		return TypeDefinition::enumeration;
	if (typtype == "d")
		return TypeDefinition::domain;
	if (typtype == "c")
		return TypeDefinition::composite;
	return TypeDefinition::other;
}

void add_part(TypeDefinition& type, const std::vector<Value>& row)
{
	if (!row[part_name])
		return;
	if (type.kind == TypeDefinition::enumeration)
		type.labels.push_back(*row[part_name]);
	else
		type.attributes.push_back({*row[part_name], required(row[part_type])});
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
		const auto oid = number<unsigned>(row[type_oid]);
		if (definitions.empty() || definitions.back().oid != oid)
			definitions.push_back({oid,
			                       required(row[type_schema]),
			                       required(row[type_name]),
			                       row[type_extension].value_or(""),
			                       kind_of(required(row[type_kind])),
			                       {},
			                       row[base_type].value_or(""),
			                       boolean(row[not_null]),
			                       {}});
		add_part(definitions.back(), row);
	}
	return definitions;
}

} // namespace datalinks::remote
