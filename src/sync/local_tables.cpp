/*
 * The reader of the local catalogs: see local_tables.hpp.
 */
#include "sync/local_tables.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "postgres/spi.hpp"
#include "postgres/types.hpp"
#include "remote/type_reader.hpp"
#include "sync/made_types.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;

/* The option's value; nothing when it is not set. */
std::optional<std::string> option_in(const pg::Options& options, const char* keyword)
{
	for (const auto& [name, value] : options)
		if (name == keyword)
			return value;
	return std::nullopt;
}

/* Prints each type once: the printing asks the catalogs. */
class TypeTexts
{
public:
	struct Texts
	{
		std::string type;
		std::string collation;
	};

	const Texts& of(const pg::ForeignColumn& column)
	{
		const auto [entry, is_new] =
		    texts_.try_emplace({column.type, column.typmod, column.collation});
		if (is_new)
			entry->second = {pg::format_type(column.type, column.typmod),
			                 pg::own_collation_text(column.type, column.collation)};
		return entry->second;
	}

private:
	std::map<std::tuple<unsigned, int, unsigned>, Texts> texts_;
};

schema::Column column_of(const pg::ForeignColumn& from, TypeTexts& types)
{
	const TypeTexts::Texts& texts = types.of(from);
	return {from.name,     option_in(from.options, "column_name").value_or(from.name),
	        texts.type,    texts.collation,
	        from.not_null, from.generated};
}

/* Nothing for a table that stands for another remote schema's. */
std::optional<schema::Relation> relation_of(const pg::ForeignTable& table,
                                            const link::TableSchemas& schemas, TypeTexts& types)
{
	const link::TableSchema* schema = schema_of(table, schemas);
	if (schema == nullptr)
		return std::nullopt;
	schema::Relation relation;
	relation.schema = schema->name;
	relation.remote_schema = schema->remote;
	relation.name = table.name;
	relation.remote_name = option_in(table.options, "table_name").value_or(relation.name);
	for (const char* recorded : schema::recorded_options)
		if (const auto value = option_in(table.options, recorded))
			relation.options[recorded] = *value;
	relation.columns.reserve(table.columns.size());
	for (const pg::ForeignColumn& column : table.columns)
		relation.columns.push_back(column_of(column, types));
	return relation;
}

} // namespace

ForeignTables foreign_tables_of(const Link& link)
{
	std::vector<unsigned> schemas;
	for (const link::TableSchema& schema : link::own_table_schemas(link))
		schemas.push_back(schema.oid);
	return pg::foreign_tables(link.server, schemas);
}

const link::TableSchema* schema_of(const pg::ForeignTable& table, const link::TableSchemas& schemas)
{
	for (const link::TableSchema& schema : schemas)
		if (schema.oid == table.schema)
			return option_in(table.options, "schema_name").value_or(schema.name) == schema.remote
			           ? &schema
			           : nullptr;
	return nullptr;
}

schema::Relations read_local(const Link& link, const ForeignTables& tables)
{
	schema::Relations relations;
	const link::TableSchemas schemas = link::own_table_schemas(link);
	TypeTexts types;
	for (const pg::ForeignTable& table : tables)
		if (auto relation = relation_of(table, schemas, types))
			relations.push_back(std::move(*relation));
	/* Of several for one remote table, that of its name first: the others are the user's. */
	std::stable_sort(relations.begin(), relations.end(), [](const auto& a, const auto& b) {
		return a.remote_name == b.remote_name ? a.name == a.remote_name && b.name != b.remote_name
		                                      : a.remote_name < b.remote_name;
	});
	return relations;
}

namespace
{

/* How a local type prints a part of it, domains taken off as they are on the remote. */
schema::Column local_part(const schema::TypeCatalog& catalog, const schema::TypeUse& use)
{
	const schema::BaseUse base = schema::base_of(catalog, use);
	schema::Column column;
	if (base.type == nullptr)
		return column;
	if (base.nested)
		column.type = pg::format_type(pg::find_type("pg_catalog", "_text"), -1);
	else
		column.type = pg::format_type(
		    base.array ? pg::array_type_of(base.type->oid) : base.type->oid, base.typmod);
	if (const auto name = catalog.collations.find(base.collation);
	    base.collation != 0 && name != catalog.collations.end())
		column.collation = pg::quote_qualified(name->second.schema, name->second.name);
	return column;
}

} // namespace

LocalTypes read_local_types(const Link& link, const std::set<unsigned>& types)
{
	LocalTypes local;
	if (types.empty())
		return local;
	const remote::Query query = [](const std::string& sql,
	                               const std::vector<std::string>& parameters, int /*columns*/) {
		return spi::query(sql, {parameters.begin(), parameters.end()});
	};
	remote::read_types(query, pg::server_version(), types, local.catalog);
	remote::read_collations(query, {}, local.catalog);
	const std::set<unsigned> made = made_type_oids(link);
	for (const unsigned oid : types)
	{
		const auto type = local.catalog.types.find(oid);
		if (type == local.catalog.types.end())
			continue;
		local.shapes.push_back(schema::shape_of(
		    type->second, pg::format_type(oid, -1),
		    [&](const schema::TypeUse& use) { return local_part(local.catalog, use); }));
		local.shapes.back().made_by_link = made.contains(oid);
	}
	return local;
}

} // namespace datalinks::sync
