/*
 * Changes of options: see options.hpp.
 */
#include "link/options.hpp"

#include <algorithm>
#include <optional>

#include "postgres/spi.hpp"
#include "remote/home.hpp"
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

std::string option_actions(const pg::OptionChanges& changes)
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
	return schema::join(actions, ", ");
}

void alter_server_options(const Link& link, const pg::OptionChanges& changes)
{
	if (!changes.empty())
		spi::execute(schema::compose("ALTER SERVER %1% OPTIONS (%2%)",
		                             schema::quote_identifier(link.server_name),
		                             option_actions(changes)));
}

pg::Options options_kept(const Link& link)
{
	const remote::Options of_remote = remote::remote_options(link.options);
	pg::Options kept;
	for (const pg::Option& option : link.options)
		if (option.keyword != "link" && option.keyword != "created_at" &&
		    option.keyword != remote::home_option &&
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

namespace
{

/* An option as it stands in the list of those that the link has set. */
std::string text_of(const pg::Option& option)
{
	return option.keyword + "=" + option.value;
}

/* What the link has set this option to; nothing where it has not. */
std::optional<std::string> set_value(const Settings& settings, const std::string& keyword)
{
	for (const std::string& text : settings.options_set)
		if (text.size() > keyword.size() && text.compare(0, keyword.size(), keyword) == 0 &&
		    text[keyword.size()] == '=')
			return text.substr(keyword.size() + 1);
	return std::nullopt;
}

bool is_among(const pg::Options& options, const std::string& keyword)
{
	return std::any_of(options.begin(), options.end(),
	                   [&](const pg::Option& option) { return option.keyword == keyword; });
}

} // namespace

void forget_set_options(pg::Options& options, Settings& settings)
{
	std::erase_if(options, [&](const pg::Option& option) {
		return std::erase(settings.options_set, text_of(option)) > 0;
	});
}

void set_own_options(const Link& link, const pg::Options& wanted)
{
	Settings settings = link.settings;
	/* What the link has set and nobody has touched is set anew. */
	pg::Options others = link.options;
	forget_set_options(others, settings);
	pg::Options before, after;
	for (const pg::Option& option : link.options)
		if (!is_among(others, option.keyword))
			before.push_back(option);
	for (const pg::Option& option : wanted)
		if (!is_among(others, option.keyword) && !set_value(settings, option.keyword))
		{
			after.push_back(option);
			settings.options_set.push_back(text_of(option));
		}
	pg::OptionChanges changes = changes_between(before, after);
	for (const pg::OptionChange& change :
	     changes_between(setting_options(link.settings), setting_options(settings)))
		changes.push_back(change);
	alter_server_options(link, changes);
}

pg::OptionChanges bring_home(const Link& link)
{
	const std::string before = remote::value_of(link.options, remote::home_option);
	pg::Options option;
	if (!before.empty())
		option.push_back({remote::home_option, before});
	return changes_between(option, {{remote::home_option, remote::home()}});
}

void alter_settings(const Link& link, const Settings& settings)
{
	alter_server_options(
	    link, changes_between(setting_options(link.settings), setting_options(settings)));
}

} // namespace datalinks::link
