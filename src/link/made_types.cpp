/*
 * The types that a link made: see made_types.hpp.
 */
#include "link/made_types.hpp"

#include "postgres/guard.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

std::vector<std::string> made_types(const std::vector<std::string>& names, unsigned owner)
{
	std::vector<std::string> types;
	if (names.empty() || owner == 0)
		return types;
	/* Compared, not parsed: the option may hold anything. A table's row type is the table's. */
	for (const auto& row :
	     spi::query("SELECT made.name FROM pg_catalog.unnest($1::pg_catalog.text[])"
	                "  WITH ORDINALITY AS made(name, position)"
	                " JOIN pg_catalog.pg_type t ON pg_catalog.format_type(t.oid, NULL) = made.name"
	                " WHERE (t.typtype IN ('e', 'd') OR t.typtype = 'c' AND EXISTS (SELECT"
	                "   FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))"
	                " AND pg_catalog.pg_has_role($2::oid, t.typowner, 'USAGE')"
	                " GROUP BY made.name ORDER BY min(made.position)",
	                {schema::array_literal(names), std::to_string(owner)}))
		types.push_back(*row[0]);
	return types;
}

std::vector<std::string> made_types(const Link& link)
{
	return made_types(link.settings.types_made, link.owner);
}

void drop_unused_types(const std::vector<std::string>& types)
{
	std::vector<std::string> used;
	for (auto type = types.rbegin(); type != types.rend(); ++type)
	{
		try
		{
			pg::Subtransaction attempt;
			spi::execute(schema::compose("DROP TYPE %1% RESTRICT", *type));
			attempt.commit();
		}
		catch (const pg::Error& error)
		{
			if (error.code() != pg::sqlstate::dependent_objects_still_exist)
				throw;
			used.push_back(*type);
		}
	}
	if (!used.empty())
		pg::notice("types that the data link made are still used and stay",
		           schema::join(used, ", "));
}

} // namespace datalinks::link
