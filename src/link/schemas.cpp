/*
 * The local schemas of a link's tables: see schemas.hpp.
 */
#include "link/schemas.hpp"

#include <algorithm>
#include <set>

#include "postgres/schemas.hpp"

namespace datalinks::link
{

bool has_all_schemas(const Settings& settings)
{
	return settings.remote_schema == remote::all_schemas;
}

TableSchemas recorded_schemas(const Link& link)
{
	const std::vector<std::string>& pairs = link.settings.schemas;
	TableSchemas schemas;
	for (size_t i = 0; i + 1 < pairs.size(); i += 2)
		schemas.push_back({pairs[i], pairs[i + 1], 0});
	return schemas;
}

Settings with_schemas(Settings settings, const TableSchemas& schemas)
{
	settings.schemas.clear();
	for (const TableSchema& schema : schemas)
	{
		settings.schemas.push_back(schema.name);
		settings.schemas.push_back(schema.remote);
	}
	return settings;
}

namespace
{

/* Whether it holds a table of the link's, or nothing that could be anybody else's. */
bool is_of_tables(const Link& link, unsigned schema)
{
	return pg::holds_table_of(schema, link.server) || pg::is_empty_schema(schema);
}

bool is_own(const Link& link, const TableSchema& schema)
{
	return schema.oid != 0 && pg::schema_owner(schema.oid) == link.owner &&
	       (schema.name.starts_with(link.name + "_") || is_of_tables(link, schema.oid));
}

} // namespace

TableSchemas own_table_schemas(const Link& link)
{
	TableSchemas own;
	if (!has_all_schemas(link.settings))
	{
		if (const unsigned schema = own_schema_of(link); schema != 0)
			own.push_back({link.name, link.settings.remote_schema, schema});
		return own;
	}
	/* Whoever writes the option by hand may repeat himself. */
	std::set<unsigned> seen;
	for (TableSchema& schema : recorded_schemas(link))
	{
		schema.oid = pg::find_schema(schema.name);
		if (schema.oid != 0 && seen.insert(schema.oid).second && is_own(link, schema))
			own.push_back(std::move(schema));
	}
	return own;
}

std::vector<unsigned> own_schemas(const Link& link)
{
	std::vector<unsigned> schemas;
	if (const unsigned schema = own_schema_of(link); schema != 0)
		schemas.push_back(schema);
	if (has_all_schemas(link.settings))
		for (const TableSchema& schema : own_table_schemas(link))
			if (schema.name != link.name && is_of_tables(link, schema.oid))
				schemas.push_back(schema.oid);
	return schemas;
}

bool has_lost_schemas(const Link& link)
{
	return has_all_schemas(link.settings) && !link.settings.schemas.empty() &&
	       own_table_schemas(link).empty();
}

remote::Selection selection_of(const Link& link)
{
	const Settings& settings = link.settings;
	remote::Selection selection{
	    settings.remote_schema, settings.only_tables, settings.except_tables, false, {}};
	for (const TableSchema& schema : recorded_schemas(link))
		selection.linked.push_back(schema.remote);
	return selection;
}

std::string local_schema_for(const Link& link, const std::string& remote)
{
	for (const TableSchema& schema : recorded_schemas(link))
		if (schema.remote == remote)
			return schema.name;
	return link.name + "_" + remote;
}

bool records_any(const Link& link, const std::vector<std::string>& names)
{
	const TableSchemas schemas = recorded_schemas(link);
	return std::any_of(schemas.begin(), schemas.end(), [&](const TableSchema& schema) {
		return std::find(names.begin(), names.end(), schema.name) != names.end();
	});
}

std::vector<Link> links_with_schemas(const std::vector<std::string>& names)
{
	std::vector<Link> links = links_named_or_to_all_schemas(names);
	std::erase_if(links, [&](const Link& link) {
		return std::find(names.begin(), names.end(), link.name) == names.end() &&
		       !records_any(link, names);
	});
	return links;
}

std::string oid_array(const std::vector<unsigned>& oids)
{
	std::string array = "{";
	for (const unsigned oid : oids)
		array.append(array.size() == 1 ? "" : ",").append(std::to_string(oid));
	return array + "}";
}

} // namespace datalinks::link
