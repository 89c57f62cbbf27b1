/*
 * The reader of the local catalogs: see local_reader.hpp.
 */
#include "link/local_reader.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "link/made_types.hpp"
#include "postgres/foreign_tables.hpp"
#include "postgres/spi.hpp"
#include "postgres/types.hpp"

namespace datalinks::link
{

namespace
{

/* The option's value; nothing when it is not set. */
std::optional<std::string> option_in(const pg::OptionList& options, const char* keyword)
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
std::optional<schema::Relation> relation_of(const pg::ForeignTable& table, const Link& link,
                                            TypeTexts& types)
{
	const auto schema = option_in(table.options, "schema_name");
	if (schema.value_or(link.name) != link.settings.remote_schema)
		return std::nullopt;
	schema::Relation relation;
	relation.name = table.name;
	relation.remote_name = option_in(table.options, "table_name").value_or(relation.name);
	if (const auto kind = option_in(table.options, "remote_kind"))
		relation.options["remote_kind"] = *kind;
	relation.columns.reserve(table.columns.size());
	for (const pg::ForeignColumn& column : table.columns)
		relation.columns.push_back(column_of(column, types));
	return relation;
}

} // namespace

schema::Relations read_local(const Link& link)
{
	schema::Relations relations;
	TypeTexts types;
	for (const pg::ForeignTable& table : pg::foreign_tables(link.server, own_schema_of(link)))
		if (auto relation = relation_of(table, link, types))
			relations.push_back(std::move(*relation));
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
