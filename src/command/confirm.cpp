/*
 * datalink_confirm: see confirm.hpp.
 */
#include "command/confirm.hpp"

#include "link/options.hpp"
#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"

namespace datalinks::command
{

void confirm(const std::string& name)
{
	const link::OwnStatements own;
	pg::require_read_write("datalink_confirm()");
	const link::Link link = link::require_owned(name);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	link::alter_server_options(link, link::bring_home(link));
}

} // namespace datalinks::command
