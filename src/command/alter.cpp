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

void alter(const std::string& name, const Alteration& alteration)
{
	const OwnStatements own;
	pg::require_read_write("datalink_alter()");
	const Link link = link::require_owned(name);
	const pg::UserSwitch as_owner = link::act_as_owner(link.owner, name);
	Settings settings = link.settings;
	settings.only_tables = alteration.only_tables.value_or(settings.only_tables);
	settings.except_tables = alteration.except_tables.value_or(settings.except_tables);
	settings.read_only = alteration.read_only.value_or(settings.read_only);
	link::require_one_list(settings, "An empty array clears a list that the link has.");
	link::alter_settings(link, settings);
	if (settings.only_tables != link.settings.only_tables ||
	    settings.except_tables != link.settings.except_tables)
		(void)sync::bring_up(link::link_on(link.server, name), {false, false, true},
		                     Reading::choose);
}

} // namespace datalinks::command
