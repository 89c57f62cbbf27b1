/*
 * An INSERT as text: see insert_text.hpp.
 */
#include <vector>

#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/insert_text.hpp"
#include "fdw/remote_names.hpp"

namespace datalinks::fdw
{

using schema::compose;
using schema::join;

namespace
{

std::string returning(Oid table, const List* returned)
{
	std::vector<std::string> names;
	const ListCell* cell;
	foreach (cell, returned)
	{
		const int number = lfirst_int(cell);
		names.emplace_back(number == SelfItemPointerAttributeNumber ? "ctid" : pg::call([&] {
			return remote_column(table, static_cast<AttrNumber>(number));
		}));
	}
	return names.empty() ? "" : " RETURNING " + join(names, ", ");
}

} // namespace

InsertText insert_text(Relation relation, const List* named, bool nothing, const List* returned)
{
	const Oid table = RelationGetRelid(relation);
	InsertText text{};
	std::vector<std::string> names, values;
	const ListCell* cell;
	foreach (cell, named)
	{
		const auto number = static_cast<AttrNumber>(lfirst_int(cell));
		names.emplace_back(pg::call([&] { return remote_column(table, number); }));
		if (TupleDescAttr(RelationGetDescr(relation), number - 1)->attgenerated != '\0')
		{
			values.emplace_back("DEFAULT");
			continue;
		}
		text.sent = pg::call([&] { return lappend_int(text.sent, number); });
		values.push_back(compose("$%1%", list_length(text.sent)));
	}
	const std::string clause =
	    names.empty() ? " DEFAULT VALUES"
	                  : compose("(%1%) VALUES (%2%)", join(names, ", "), join(values, ", "));
	const std::string name = pg::call([&] { return remote_table(table); });
	text.sql = compose("INSERT INTO %1%%2%%3%%4%", name, clause,
	                   nothing ? " ON CONFLICT DO NOTHING" : "", returning(table, returned));
	return text;
}

} // namespace datalinks::fdw
