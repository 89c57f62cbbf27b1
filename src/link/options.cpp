/*
 * Changes of options: see options.hpp.
 */
#include "link/options.hpp"

#include <algorithm>

#include "postgres/spi.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

pg::OptionChanges changes_between(const remote::Options& before, const remote::Options& after)
{
	pg::OptionChanges changes;
	for (const remote::Option& option : before)
		if (remote::value_of(after, option.keyword).empty())
			changes.push_back({pg::OptionChange::drop, option.keyword, {}});
	for (const remote::Option& option : after)
	{
		const std::string value = remote::value_of(before, option.keyword);
		if (value.empty())
			changes.push_back({pg::OptionChange::add, option.keyword, option.value});
		else if (value != option.value)
			changes.push_back({pg::OptionChange::set, option.keyword, option.value});
	}
	return changes;
}

void alter_server_options(const Link& link, const pg::OptionChanges& changes)
{
	std::vector<std::string> actions;
	for (const pg::OptionChange& change : changes)
	{
		const std::string keyword = schema::quote_identifier(change.keyword);
		if (change.action == pg::OptionChange::drop)
			actions.push_back("DROP " + keyword);
		else
			actions.push_back(schema::compose(
			    "%1% %2% %3%", change.action == pg::OptionChange::add ? "ADD" : "SET", keyword,
			    schema::quote_literal(change.value)));
	}
	if (!actions.empty())
		spi::execute(schema::compose("ALTER SERVER %1% OPTIONS (%2%)",
		                             schema::quote_identifier(link.server_name),
		                             schema::join(actions, ", ")));
}

pg::Options options_kept(const Link& link)
{
	const remote::Options of_remote = remote::libpq_options(link.options);
	pg::Options kept;
	for (const pg::Option& option : link.options)
		if (option.keyword != "link" && option.keyword != "created_at" &&
		    std::find(of_remote.begin(), of_remote.end(), option) == of_remote.end())
			kept.push_back(option);
	return kept;
}

pg::Options without_settings(pg::Options options, const Settings& settings)
{
	std::erase_if(options, [&](const pg::Option& option) {
		return is_of_settings(option.keyword, settings);
	});
	return options;
}

void alter_settings(const Link& link, const Settings& settings)
{
	alter_server_options(
	    link, changes_between(setting_options(link.settings), setting_options(settings)));
}

} // namespace datalinks::link
