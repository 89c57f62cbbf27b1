/*
 * What a row costs: see row_cost.hpp.
 */
#include "fdw/row_cost.hpp"

#include "postgres/foreign_tables.hpp"
#include "postgres/options.hpp"

namespace datalinks::fdw
{

namespace
{

constexpr const char* option = "fdw_tuple_cost";

} // namespace

Cost cost_of_row_from(Oid server)
{
	const char* text = pg::option_text(GetForeignServer(server)->options, option);
	return cpu_tuple_cost + (text != nullptr ? strtod(text, nullptr) : pg::default_tuple_cost());
}

Cost cost_of_row(Oid table)
{
	const ::ForeignTable* foreign = GetForeignTable(table);
	const char* text = pg::option_text(foreign->options, option);
	return text != nullptr ? cpu_tuple_cost + strtod(text, nullptr)
	                       : cost_of_row_from(foreign->serverid);
}

} // namespace datalinks::fdw
