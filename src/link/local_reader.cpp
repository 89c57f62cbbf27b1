/*
 * The reader of the local catalogs: see local_reader.hpp.
 */
#include "link/local_reader.hpp"

#include <algorithm>
#include <map>

#include "link/made_types.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "postgres/values.hpp"

namespace datalinks::link
{

namespace
{

constexpr const char* tables_query =
    "SELECT c.relname, f.ftoptions::text, a.attname, a.attfdwoptions::text, a.atttypid,"
    " a.atttypmod, collns.nspname, coll.collname, a.attnotnull, a.attgenerated <> ''"
    " FROM pg_catalog.pg_foreign_table f"
    " JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid AND c.relnamespace = $2::oid"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    "  AND NOT a.attisdropped"
    " LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " LEFT JOIN pg_catalog.pg_collation coll ON coll.oid = a.attcollation"
    "  AND a.attcollation <> t.typcollation"
    " LEFT JOIN pg_catalog.pg_namespace collns ON collns.oid = coll.collnamespace"
    " WHERE f.ftserver = $1::oid ORDER BY c.relname, a.attnum";

enum TablesColumn
{
	table_name,
	table_options,
	column_name,
	column_options,
	type_oid,
	typmod,
	collation_schema,
	collation_name,
	not_null,
	generated
};

/* The option's value among "keyword=value" texts; nothing when it is not set. */
std::optional<std::string> option_in(const spi::Value& options, const std::string& keyword)
{
	if (!options)
		return std::nullopt;
	for (const std::string& option : pg::parse_text_array(*options))
		if (option.starts_with(keyword + "="))
			return option.substr(keyword.size() + 1);
	return std::nullopt;
}

/* Prints each type once: the printing asks the catalogs. */
class TypeTexts
{
public:
	const std::string& of(const std::string& type, const std::string& modifier)
	{
		const auto [entry, is_new] = texts_.try_emplace({type, modifier});
		if (is_new)
			entry->second =
			    pg::format_type(static_cast<unsigned>(std::stoul(type)), std::stoi(modifier));
		return entry->second;
	}

private:
	std::map<std::pair<std::string, std::string>, std::string> texts_;
};

schema::Column column_of(const spi::Row& row, TypeTexts& types)
{
	schema::Column column;
	column.name = *row[column_name];
	column.remote_name = option_in(row[column_options], "column_name").value_or(column.name);
	column.type = types.of(*row[type_oid], *row[typmod]);
	if (row[collation_name])
		column.collation = pg::quote_qualified(*row[collation_schema], *row[collation_name]);
	column.not_null = *row[not_null] == "t";
	column.computed = *row[generated] == "t";
	return column;
}

/* The table without its columns; nothing for one that stands for another remote schema's. */
std::optional<schema::Relation> relation_of(const spi::Row& row, const Link& link)
{
	const auto schema = option_in(row[table_options], "schema_name");
	if (schema.value_or(link.name) != link.settings.remote_schema)
		return std::nullopt;
	schema::Relation relation;
	relation.name = *row[table_name];
	relation.remote_name = option_in(row[table_options], "table_name").value_or(relation.name);
	if (const auto kind = option_in(row[table_options], "remote_kind"))
		relation.options["remote_kind"] = *kind;
	return relation;
}

} // namespace

schema::Relations read_local(const Link& link)
{
	schema::Relations relations;
	TypeTexts types;
	std::string table;
	bool counts = false;
	for (const spi::Row& row : spi::query(
	         tables_query, {std::to_string(link.server), std::to_string(own_schema_of(link))}))
	{
		if (table != *row[table_name])
		{
			table = *row[table_name];
			auto relation = relation_of(row, link);
			counts = relation.has_value();
			if (counts)
				relations.push_back(std::move(*relation));
		}
		if (counts && row[column_name])
			relations.back().columns.push_back(column_of(row, types));
	}
	/* Of several for one remote table, that of its name first: the others are the user's. */
	std::stable_sort(relations.begin(), relations.end(), [](const auto& a, const auto& b) {
		return a.remote_name == b.remote_name ? a.name == a.remote_name && b.name != b.remote_name
		                                      : a.remote_name < b.remote_name;
	});
	return relations;
}

schema::Enumerations read_local(const Link& link, const schema::Enumerations& enumerations)
{
	schema::Enumerations local;
	if (enumerations.empty())
		return local;
	const auto made = made_types(link);

	for (const schema::Enumeration& enumeration : enumerations)
	{
		schema::Enumeration here{enumeration.type, {}, false};
		for (const auto& row :
		     spi::query("SELECT enumlabel FROM pg_catalog.pg_enum"
		                " WHERE enumtypid = $1::pg_catalog.regtype ORDER BY enumsortorder",
		                {enumeration.type}))
			here.labels.push_back(*row[0]);
		here.made_by_link = std::find(made.begin(), made.end(), here.type) != made.end();
		if (!here.labels.empty())
			local.push_back(std::move(here));
	}
	return local;
}

} // namespace datalinks::link
