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
    " SELECT t.oid, n.nspname, t.typname, x.extname, t.typtype, t.typnotnull, part.name,"
    " basens.nspname, base.typname, basex.extname, element.oid IS NOT NULL, part.typmod,"
    " CASE WHEN part.typmod >= 0 THEN"
    "  substring(format_type(part.type, part.typmod) FROM '[(][^()]*[)]') END,"
    " collns.nspname, coll.collname"
    " FROM ordered JOIN pg_type t ON t.oid = ordered.oid"
    " JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname <> 'pg_catalog'"
    " LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid"
    "  AND d.objsubid = 0 AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass"
    " LEFT JOIN pg_extension x ON x.oid = d.refobjid"
    " LEFT JOIN LATERAL (SELECT e.enumlabel, NULL::oid, NULL::int, NULL::oid, e.enumsortorder"
    "  FROM pg_enum e WHERE e.enumtypid = t.oid"
    "  UNION ALL SELECT '', t.typbasetype, t.typtypmod, t.typcollation, 1 WHERE t.typtype = 'd'"
    "  UNION ALL SELECT a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnum"
    "  FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid"
    "  AND a.attnum > 0 AND NOT a.attisdropped) part(name, type, typmod, collated, position)"
    "  ON true"
    " LEFT JOIN pg_type parttype ON parttype.oid = part.type"
    " LEFT JOIN pg_type element ON element.typarray = parttype.oid"
    " LEFT JOIN pg_type base ON base.oid = coalesce(element.oid, parttype.oid)"
    " LEFT JOIN pg_namespace basens ON basens.oid = base.typnamespace"
    " LEFT JOIN pg_depend based ON based.classid = 'pg_type'::regclass"
    "  AND based.objid = base.oid AND based.objsubid = 0 AND based.deptype = 'e'"
    "  AND based.refclassid = 'pg_extension'::regclass"
    " LEFT JOIN pg_extension basex ON basex.oid = based.refobjid"
    " LEFT JOIN pg_collation coll ON coll.oid = part.collated"
    "  AND part.collated <> parttype.typcollation"
    " LEFT JOIN pg_namespace collns ON collns.oid = coll.collnamespace"
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
	part_type_schema,
	part_type_name,
	part_extension,
	part_is_array,
	part_typmod,
	part_modifiers,
	part_collation_schema,
	part_collation,
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
		type.parts.push_back(
		    {*row[part_name], required(row[part_type_schema]), required(row[part_type_name]),
		     row[part_extension].value_or(""), boolean(row[part_is_array]),
		     number<int>(row[part_typmod]), row[part_modifiers].value_or(""),
		     row[part_collation_schema].value_or(""), row[part_collation].value_or("")});
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
			                       boolean(row[not_null]),
			                       {}});
		add_part(definitions.back(), row);
	}
	return definitions;
}

} // namespace datalinks::remote
