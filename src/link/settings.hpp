/*
 * The settings of a link: what it was told to be, besides where its remote is. They stand in
 * options of its server. A new one is a member here, a row of the table in settings.cpp, an
 * argument in the SQL and a line in the README.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/function.hpp"
#include "postgres/option.hpp"

namespace datalinks::link
{

struct Settings
{
	std::string remote_schema;
	std::vector<std::string> only_tables;   /* empty: all */
	std::vector<std::string> except_tables; /* empty: none */
	bool read_only = false;
	bool create_types = false;
	std::vector<std::string> types_made;  /* by this link, as format_type prints them */
	std::vector<std::string> options_set; /* by the link itself, on its server: "keyword=value" */
	std::vector<std::string> schemas;     /* of a link to all: local, remote, local, remote, … */

	bool operator==(const Settings&) const = default;
};

/* The options in which the settings stand: those that are not what a link has without a word. */
pg::Options setting_options(const Settings& settings);

/* The settings that a server's options hold; nothing where one of them cannot be read. */
std::optional<Settings> read_settings(const pg::Options& options);

/* Whether an option of a link with these settings says one of them, and so is not the user's. */
bool is_of_settings(std::string_view keyword, const Settings& settings);

/* Whether it is our validator that knows the option. */
bool is_setting(std::string_view keyword);

/* What a value of such an option must be, as a DETAIL; nullptr where this one is. */
const char* objection_to(std::string_view keyword, const std::string& value);

/* The names of the arguments of datalink_create() in which the two differ. */
std::vector<std::string> differences(const Settings& a, const Settings& b);

/*
 * The settings among the arguments of datalink_create(), from `position` on in the table's order;
 * `position` is moved behind them. Throws 22004 for a NULL where that is no value.
 */
Settings settings_given(const pg::Arguments& arguments, int& position);

/* The same of datalink_alter(), which leaves a setting as it is where the argument is NULL. */
Settings settings_altered(const pg::Arguments& arguments, int position, Settings settings);

} // namespace datalinks::link
