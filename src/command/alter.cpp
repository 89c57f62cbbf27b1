/*
 * datalink_alter: see alter.hpp.
 */
#include "command/alter.hpp"

#include "link/options.hpp"
#include "link/own_statements.hpp"
#include "link/rights.hpp"
#include "postgres/function.hpp"
#include "postgres/guard.hpp"
#include "sync/bring_up.hpp"

namespace datalinks::command
{

using link::Link;
using link::OwnStatements;
using link::Settings;
using sync::Reading;

void alter(const std::string& name, const Alteration& altered)
{
	const OwnStatements own;
	pg::require_read_write("datalink_alter()");
	const Link link = link::require_owned(name);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	const Settings settings = altered(link.settings);
	link::require_one_list(settings, "An empty array clears a list that the link has.");
	link::alter_settings(link, settings);
	if (settings.only_tables != link.settings.only_tables ||
	    settings.except_tables != link.settings.except_tables)
		(void)sync::bring_up(link::link_on(link.server, name), {false, false, true},
		                     Reading::choose);
}

} // namespace datalinks::command
