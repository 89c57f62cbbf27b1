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

std::vector<std::string> made_types(const Link& link)
{
	std::vector<std::string> types;
	if (link.settings.types_made.empty())
		return types;
	for (const auto& row :
	     spi::query("SELECT pg_catalog.format_type(t.oid, NULL)"
	                " FROM unnest($1::pg_catalog.text[]) WITH ORDINALITY AS made(name, position)"
	                " JOIN pg_catalog.pg_type t ON t.oid = pg_catalog.to_regtype(made.name)"
	                " WHERE pg_catalog.pg_has_role($2::oid, t.typowner, 'USAGE')"
	                " GROUP BY t.oid ORDER BY min(made.position)",
	                {schema::array_literal(link.settings.types_made), std::to_string(link.owner)}))
		types.push_back(*row[0]);
	return types;
}

void drop_unused_types(const std::vector<std::string>& types)
{
	std::vector<std::string> used;
	for (auto type = types.rbegin(); type != types.rend(); ++type)
	{
		try
		{
			pg::Subtransaction attempt;
			spi::execute(schema::format("DROP TYPE %1% RESTRICT", *type));
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
