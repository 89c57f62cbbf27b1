/*
 * datalink_in_doubt: see in_doubt.hpp.
 */
#include "command/in_doubt.hpp"

#include "link/prepared.hpp"

namespace datalinks::command
{

pg::Rows in_doubt()
{
	pg::Rows rows;
	link::visit_prepared(std::nullopt, [&](const link::Link& link, remote::Session&,
	                                       const link::Prepared& prepared) {
		rows.push_back(
		    {link.name, prepared.gid, prepared.prepared_at, link::verdict_text(prepared.verdict)});
	});
	return rows;
}

} // namespace datalinks::command
