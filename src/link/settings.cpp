/*
 * The settings of a link, in one table: see settings.hpp.
 */
#include "link/settings.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "schema/array.hpp"
#include "schema/name.hpp"

namespace datalinks::link
{

namespace
{

using List = std::vector<std::string>;
using Member = std::variant<std::string Settings::*, List Settings::*, bool Settings::*>;

/* Which functions take the setting as an argument. */
enum class Given
{
	never,
	to_create,
	to_both /* datalink_create() and datalink_alter() */
};

struct Setting
{
	const char* name; /* of the argument */
	Member member;
	Given given;
	std::array<const char*, 2> options; /* which say it; the second may be none */
	const char* set = "true";           /* what they hold where it is a boolean that is set */
	bool ours = true;                   /* else postgres_fdw checks them */
};

/* In the order of the arguments. */
constexpr Setting table[] = {
    {"remote_schema", &Settings::remote_schema, Given::to_create, {"remote_schema"}},
    {"only_tables", &Settings::only_tables, Given::to_both, {"only_tables"}},
    {"except_tables", &Settings::except_tables, Given::to_both, {"except_tables"}},
    /* Without the second option, TRUNCATE would still empty the remote's tables. */
    {"read_only",
     &Settings::read_only,
     Given::to_both,
     {"updatable", "truncatable"},
     "false",
     false},
    {"create_types", &Settings::create_types, Given::to_create, {"create_types"}},
    {"types_made", &Settings::types_made, Given::never, {"types_made"}},
    {"options_set", &Settings::options_set, Given::never, {"options_set"}},
    {"schemas", &Settings::schemas, Given::never, {"schemas"}},
};

constexpr size_t longest_name = 63;

bool says(const Setting& setting, std::string_view keyword)
{
	return std::any_of(setting.options.begin(), setting.options.end(),
	                   [&](const char* option) { return option != nullptr && option == keyword; });
}

/* The member's value as an option has it; nothing where there is nothing to say. */
std::optional<std::string> text_of(const Setting&, const std::string& value)
{
	return value;
}

std::optional<std::string> text_of(const Setting&, const List& value)
{
	return value.empty() ? std::nullopt : std::optional(schema::array_literal(value));
}

std::optional<std::string> text_of(const Setting& setting, bool value)
{
	return value ? std::optional<std::string>(setting.set) : std::nullopt;
}

/* Sets the member from an option's value; false where that cannot be read. */
bool read(const Setting&, const std::string& text, std::string& value)
{
	value = text;
	return true;
}

bool read(const Setting&, const std::string& text, List& value)
{
	auto elements = schema::parse_array(text);
	if (elements)
		value = std::move(*elements);
	return elements.has_value();
}

bool read(const Setting& setting, const std::string& text, bool& value)
{
	value = text == setting.set;
	return true;
}

const char* objection(const std::string& text, std::string Settings::*)
{
	return text.empty() || text.size() > longest_name ? "A schema's name has 1 to 63 bytes."
	                                                  : nullptr;
}

const char* objection(const std::string& text, List Settings::*)
{
	return schema::parse_array(text) ? nullptr : "It is a list of names without NULL, as in {a,b}.";
}

const char* objection(const std::string& text, bool Settings::*)
{
	return text == "true" || text == "false" ? nullptr : "It is true or false.";
}

/* Takes a member's value from an argument. */
struct Argument
{
	const pg::Arguments& arguments;
	int position;
	const char* name;
	bool may_be_null;

	/* None that may be null is one text. */
	void take(std::string& value) const
	{
		value = arguments.string(position, name);
	}

	/* NULL is no list to datalink_create(), too. */
	void take(List& value) const
	{
		if (auto given = arguments.optional_texts(position))
			value = std::move(*given);
	}

	void take(bool& value) const
	{
		if (!may_be_null)
			value = arguments.boolean(position, name);
		else if (const auto given = arguments.optional_boolean(position))
			value = *given;
	}
};

} // namespace

pg::Options setting_options(const Settings& settings)
{
	pg::Options options;
	for (const Setting& setting : table)
	{
		const auto text = std::visit(
		    [&](auto member) { return text_of(setting, settings.*member); }, setting.member);
		if (!text)
			continue;
		for (const char* option : setting.options)
			if (option != nullptr)
				options.push_back({option, *text});
	}
	return options;
}

std::optional<Settings> read_settings(const pg::Options& options)
{
	Settings settings;
	for (const Setting& setting : table)
		for (const pg::Option& option : options)
			/* Where two options say it, the first counts. */
			if (option.keyword == setting.options[0] && !option.value.empty() &&
			    !std::visit(
			        [&](auto member) { return read(setting, option.value, settings.*member); },
			        setting.member))
				return std::nullopt;
	return settings;
}

bool is_of_settings(std::string_view keyword, const Settings& settings)
{
	const auto is_said = [&](const Setting& setting) {
		return std::visit(
		    [&](auto member) { return text_of(setting, settings.*member).has_value(); },
		    setting.member);
	};
	return std::any_of(std::begin(table), std::end(table), [&](const Setting& setting) {
		return says(setting, keyword) && (setting.ours || is_said(setting));
	});
}

bool is_setting(std::string_view keyword)
{
	return std::any_of(std::begin(table), std::end(table), [&](const Setting& setting) {
		return setting.ours && says(setting, keyword);
	});
}

const char* objection_to(std::string_view keyword, const std::string& value)
{
	for (const Setting& setting : table)
		if (setting.ours && says(setting, keyword))
		{
			const char* found =
			    std::visit([&](auto member) { return objection(value, member); }, setting.member);
			if (found == nullptr && keyword == "schemas" &&
			    schema::parse_array(value)->size() % 2 != 0)
				return "It is a list of pairs of names: a local schema, a remote one, and so on.";
			return found;
		}
	return nullptr;
}

std::vector<std::string> differences(const Settings& a, const Settings& b)
{
	std::vector<std::string> names;
	for (const Setting& setting : table)
		if (setting.given != Given::never &&
		    !std::visit([&](auto member) { return a.*member == b.*member; }, setting.member))
			names.emplace_back(setting.name);
	return names;
}

Settings settings_given(const pg::Arguments& arguments, int& position)
{
	Settings settings;
	for (const Setting& setting : table)
		if (setting.given != Given::never)
		{
			const Argument argument{arguments, position++, setting.name, false};
			std::visit([&](auto member) { argument.take(settings.*member); }, setting.member);
		}
	return settings;
}

Settings settings_altered(const pg::Arguments& arguments, int position, Settings settings)
{
	for (const Setting& setting : table)
		if (setting.given == Given::to_both)
		{
			const Argument argument{arguments, position++, setting.name, true};
			std::visit([&](auto member) { argument.take(settings.*member); }, setting.member);
		}
	return settings;
}

} // namespace datalinks::link
