/*
 * The reader of type definitions: see type_reader.hpp.
 */
#include "remote/type_reader.hpp"

#include <optional>

#include "postgres/types.hpp"
#include "remote/values.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::remote
{

namespace
{

using schema::TypeDefinition;

/* Typmod as the server prints it: what stands in the parentheses. */
#define MODIFIERS(type, typmod)                                                                    \
	" CASE WHEN " typmod " >= 0 THEN"                                                              \
	"  substring(format_type(" type ", " typmod ") FROM '[(][^()]*[)]') END"
#define OF_MODIFIERS MODIFIERS("t.typbasetype", "t.typtypmod")
#define PART_MODIFIERS MODIFIERS("part.type", "part.typmod")

/*
 * One row for each label or attribute of a type, one without a part for a type that has none. %1%
 * is the condition that joins a multirange to its range, which came with 14. An extension is asked
 * for through a type's own dependencies, and an array's element by OID: both have an index.
 */
#define TYPES_QUERY                                                                                \
	"WITH RECURSIVE needed(oid) AS ("                                                              \
	" SELECT o FROM unnest($1::oid[]) o"                                                           \
	" UNION"                                                                                       \
	" SELECT part.oid FROM needed JOIN pg_type t ON t.oid = needed.oid"                            \
	" JOIN pg_namespace n ON n.oid = t.typnamespace,"                                              \
	" LATERAL (SELECT t.typbasetype WHERE t.typtype = 'd'"                                         \
	"  UNION ALL SELECT e.oid FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid"       \
	"  UNION ALL SELECT r.rngsubtype FROM pg_range r"                                              \
	"   WHERE r.rngtypid = t.oid AND n.nspname <> 'pg_catalog'"                                    \
	"  UNION ALL SELECT r.rngtypid FROM pg_range r WHERE %1% AND n.nspname <> 'pg_catalog'"        \
	"  UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c'"                      \
	"   AND n.nspname <> 'pg_catalog'"                                                             \
	"   AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) part(oid))"           \
	" SELECT t.oid, CASE WHEN element.oid IS NULL THEN t.typtype ELSE 'a' END, n.nspname,"         \
	" t.typname, x.extname, t.typowner, t.typrelid, c.relkind <> 'c', t.typcollation,"             \
	" t.typnotnull, coalesce(element.oid, r.rngsubtype, m.rngtypid, t.typbasetype), t.typtypmod,"  \
	" coalesce(r.rngcollation, t.typcollation), " OF_MODIFIERS ","                                 \
	" part.name, part.type, part.typmod, part.collated, " PART_MODIFIERS                           \
	" FROM needed JOIN pg_type t ON t.oid = needed.oid"                                            \
	" JOIN pg_namespace n ON n.oid = t.typnamespace"                                               \
	" LEFT JOIN pg_type element ON element.oid = t.typelem AND element.typarray = t.oid"           \
	" LEFT JOIN pg_range r ON r.rngtypid = t.oid"                                                  \
	" LEFT JOIN LATERAL (SELECT r.rngtypid FROM pg_range r WHERE %1%) m ON true"                   \
	" LEFT JOIN pg_class c ON c.oid = t.typrelid"                                                  \
	" LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid"                \
	"  AND d.objsubid = 0 AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass"         \
	" LEFT JOIN pg_depend rowd ON rowd.classid = 'pg_class'::regclass AND rowd.objid = c.oid"      \
	"  AND rowd.objsubid = 0 AND rowd.deptype = 'e'"                                               \
	"  AND rowd.refclassid = 'pg_extension'::regclass"                                             \
	" LEFT JOIN pg_extension x ON x.oid = coalesce(d.refobjid, rowd.refobjid)"                     \
	" LEFT JOIN LATERAL (SELECT e.enumlabel, 0::oid, -1, 0::oid, e.enumsortorder"                  \
	"  FROM pg_enum e WHERE e.enumtypid = t.oid"                                                   \
	"  UNION ALL SELECT a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnum"              \
	"  FROM pg_attribute a WHERE t.typtype = 'c' AND n.nspname <> 'pg_catalog'"                    \
	"  AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)"                       \
	"  part(name, type, typmod, collated, position) ON true"                                       \
	" ORDER BY t.oid, part.position"

/* The columns of TYPES_QUERY. */
enum TypesColumn
{
	type_oid,
	type_kind,
	type_schema,
	type_name,
	type_extension,
	type_owner,
	type_relation,
	is_row_type,
	type_collation,
	not_null,
	of_type,
	of_typmod,
	of_collation,
	of_modifiers,
	part_name,
	part_type,
	part_typmod,
	part_collation,
	part_modifiers,
	types_columns
};

constexpr const char* collations_query =
    "SELECT coll.oid, n.nspname, coll.collname FROM pg_collation coll"
    " JOIN pg_namespace n ON n.oid = coll.collnamespace WHERE coll.oid = ANY ($1::oid[])";

/* The columns of collations_query. */
enum CollationsColumn
{
	collation_oid,
	collation_schema,
	collation_name,
	collations_columns
};

std::string oid_list(const std::set<unsigned>& oids)
{
	std::vector<std::string> texts;
	texts.reserve(oids.size());
	for (const unsigned oid : oids)
		texts.push_back(std::to_string(oid));
	return schema::array_literal(texts);
}

TypeDefinition::Kind kind_of(const std::string& typtype)
{
	if (typtype == "e")
		return TypeDefinition::enumeration;
	if (typtype == "d")
		return TypeDefinition::domain;
	if (typtype == "c")
		return TypeDefinition::composite;
	if (typtype == "r")
		return TypeDefinition::range;
	if (typtype == "m")
		return TypeDefinition::multirange;
	if (typtype == "a")
		return TypeDefinition::array;
	return typtype == "p" ? TypeDefinition::pseudo : TypeDefinition::base;
}

TypeDefinition definition_of(const std::vector<Value>& row)
{
	TypeDefinition type;
	type.oid = number<unsigned>(row[type_oid]);
	type.kind = kind_of(required(row[type_kind]));
	type.schema = required(row[type_schema]);
	type.name = required(row[type_name]);
	type.extension = row[type_extension].value_or("");
	type.owner = number<unsigned>(row[type_owner]);
	type.relation = number<unsigned>(row[type_relation]);
	type.row_type = row[is_row_type] == "t";
	type.collation = number<unsigned>(row[type_collation]);
	type.not_null = boolean(row[not_null]);
	type.of.type = number<unsigned>(row[of_type]);
	type.of.typmod = number<int>(row[of_typmod]);
	type.of.collation = number<unsigned>(row[of_collation]);
	type.of.modifiers = row[of_modifiers].value_or("");
	return type;
}

void add_part(TypeDefinition& type, const std::vector<Value>& row)
{
	if (!row[part_name])
		return;
	if (type.kind == TypeDefinition::enumeration)
	{
		type.labels.push_back(*row[part_name]);
		return;
	}
	schema::Attribute attribute;
	attribute.name = *row[part_name];
	attribute.use.type = number<unsigned>(row[part_type]);
	attribute.use.typmod = number<int>(row[part_typmod]);
	attribute.use.collation = number<unsigned>(row[part_collation]);
	attribute.use.modifiers = row[part_modifiers].value_or("");
	type.attributes.push_back(std::move(attribute));
}

/* Adds the type, and what it is an array of, where nobody needs to be asked. */
bool add_built_in(unsigned oid, schema::TypeCatalog& catalog)
{
	const auto built_in = pg::built_in_type(oid);
	if (!built_in || (built_in->element != 0 && !add_built_in(built_in->element, catalog)))
		return false;
	TypeDefinition type;
	type.oid = oid;
	type.kind = built_in->element != 0 ? TypeDefinition::array : TypeDefinition::base;
	type.schema = "pg_catalog";
	type.name = built_in->name;
	type.collation = built_in->collation;
	type.of.type = built_in->element;
	catalog.types.emplace(oid, std::move(type));
	return true;
}

} // namespace

void read_types(const Query& query, int version, const std::set<unsigned>& types,
                schema::TypeCatalog& catalog)
{
	std::set<unsigned> unknown;
	for (const unsigned oid : types)
		if (!add_built_in(oid, catalog))
			unknown.insert(oid);
	if (unknown.empty())
		return;
	const std::string sql =
	    schema::compose(TYPES_QUERY, version >= 140000 ? "r.rngmultitypid = t.oid" : "false");
	for (const auto& row : query(sql, {oid_list(unknown)}, types_columns))
	{
		const auto oid = number<unsigned>(row[type_oid]);
		auto found = catalog.types.find(oid);
		if (found == catalog.types.end())
			found = catalog.types.emplace(oid, definition_of(row)).first;
		add_part(found->second, row);
	}
}

void read_collations(const Query& query, std::set<unsigned> collations,
                     schema::TypeCatalog& catalog)
{
	for (const auto& [oid, type] : catalog.types)
		for (const schema::Attribute& attribute : type.attributes)
			if (const unsigned own = base_of(catalog, attribute.use).collation; own != 0)
				collations.insert(own);
	std::erase_if(collations, [&](unsigned oid) {
		const auto name = pg::built_in_collation(oid);
		if (name)
			catalog.collations.insert_or_assign(oid, schema::CollationName{"pg_catalog", *name});
		return name.has_value();
	});
	if (collations.empty())
		return;
	for (const auto& row : query(collations_query, {oid_list(collations)}, collations_columns))
	{
		schema::CollationName name;
		name.schema = required(row[collation_schema]);
		name.name = required(row[collation_name]);
		catalog.collations.insert_or_assign(number<unsigned>(row[collation_oid]), std::move(name));
	}
}

} // namespace datalinks::remote
