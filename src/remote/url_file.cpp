/*
 * The administrator's file of named URLs: see url_file.hpp.
 */
#include "remote/url_file.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace datalinks::remote
{

namespace
{

using std::string_view;

/* What libpq's service files take for white space; a line may end as on Windows. */
constexpr string_view white_space = " \t\r\v\f";

string_view trim(string_view text)
{
	const auto first = text.find_first_not_of(white_space);
	if (first == text.npos)
		return {};
	return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-' || c == '.';
}

/* A role's name from the front of a list: in quotes, where "" is one, or up to the next comma. */
std::string take_role_name(string_view& list, std::size_t line)
{
	std::string name;
	if (!list.starts_with('"'))
	{
		const auto end = std::min(list.find(','), list.size());
		name = trim(list.substr(0, end));
		list.remove_prefix(end);
		if (name.empty())
			throw UrlFileError("a role is missing in the list", line);
		if (name.find_first_of(white_space) != name.npos || name.find('"') != name.npos)
			throw UrlFileError("roles are separated by commas; a name with a space or a quote "
			                   "in it stands in double quotes",
			                   line);
		/* pg_hba.conf reads a pattern and a file's name in them. */
		if (name.front() == '/' || name.front() == '@')
			throw UrlFileError("a role is a name, \"+\" and a name, or \"all\"", line);
		return name;
	}
	for (list.remove_prefix(1);; list.remove_prefix(1))
	{
		const auto quote = list.find('"');
		if (quote == list.npos)
			throw UrlFileError("a double quote has no end", line);
		name += list.substr(0, quote);
		list.remove_prefix(quote + 1);
		if (!list.starts_with('"'))
			break;
		name += '"';
	}
	if (name.empty())
		throw UrlFileError("a role is missing in the list", line);
	return name;
}

std::vector<PermittedRole> parse_roles(string_view list, std::size_t line)
{
	std::vector<PermittedRole> roles;
	for (;;)
	{
		list = trim(list);
		const bool members = list.starts_with('+');
		const bool quoted = list.starts_with('"');
		if (members)
			list.remove_prefix(1);
		std::string name = take_role_name(list, line);
		if (!members && !quoted && name == "all")
			roles.push_back({PermittedRole::all, {}});
		else
			roles.push_back(
			    {members ? PermittedRole::members : PermittedRole::role, std::move(name)});
		list = trim(list);
		if (list.empty())
			return roles;
		if (!list.starts_with(','))
			throw UrlFileError("a comma is missing between two roles", line);
		list.remove_prefix(1);
	}
}

bool parse_boolean(string_view value, std::size_t line)
{
	if (value != "true" && value != "false")
		throw UrlFileError("password_required is true or false", line);
	return value == "true";
}

/* The entries as the lines are read. */
class Reader
{
public:
	void read(string_view line);
	std::vector<NamedUrl> entries();

private:
	void begin_entry(string_view line);
	void read_parameter(string_view line);
	void require_first(bool& given) const;
	void end_entry() const;

	std::vector<NamedUrl> entries_;
	std::set<std::string> names_;
	std::size_t line_ = 0;
	bool has_url_ = false, has_roles_ = false, has_password_required_ = false;
};

void Reader::read(string_view line)
{
	++line_;
	line = trim(line);
	if (line.find('\0') != line.npos)
		throw UrlFileError("it holds a zero byte", line_);
	if (line.empty() || line.starts_with('#'))
		return;
	if (line.starts_with('['))
		begin_entry(line);
	else
		read_parameter(line);
}

void Reader::begin_entry(string_view line)
{
	end_entry();
	if (!line.ends_with(']'))
		throw UrlFileError("a section has no \"]\" at the end of its line", line_);
	const string_view name = trim(line.substr(1, line.size() - 2));
	if (!is_url_name(name))
		throw UrlFileError("a section is named by 1 to 63 letters, digits, \"_\", \"-\" "
		                   "and \".\"",
		                   line_);
	if (!names_.emplace(name).second)
		throw UrlFileError("a section of this name has come before", line_);
	entries_.push_back({std::string(name), line_, {}, {}});
	has_url_ = has_roles_ = has_password_required_ = false;
}

void Reader::require_first(bool& given) const
{
	if (given)
		throw UrlFileError("the section has this parameter twice", line_);
	given = true;
}

void Reader::read_parameter(string_view line)
{
	if (entries_.empty())
		throw UrlFileError("a section, as in \"[name]\", must come first", line_);
	const auto equals = line.find('=');
	const string_view keyword = trim(line.substr(0, equals));
	const string_view value = equals == line.npos ? string_view() : trim(line.substr(equals + 1));
	NamedUrl& entry = entries_.back();
	if (equals == line.npos ||
	    (keyword != "url" && keyword != "roles" && keyword != "password_required"))
		throw UrlFileError("a line is a section, a comment, or one of \"url = ...\", "
		                   "\"roles = ...\" and \"password_required = ...\"",
		                   line_);
	if (value.empty())
		throw UrlFileError("the parameter has no value", line_);
	if (keyword == "url")
	{
		require_first(has_url_);
		entry.url = value;
	}
	else if (keyword == "roles")
	{
		require_first(has_roles_);
		entry.roles = parse_roles(value, line_);
	}
	else
	{
		require_first(has_password_required_);
		entry.password_required = parse_boolean(value, line_);
	}
}

void Reader::end_entry() const
{
	if (!entries_.empty() && !has_url_)
		throw UrlFileError("the section has no \"url = ...\"", entries_.back().line);
}

std::vector<NamedUrl> Reader::entries()
{
	end_entry();
	return std::move(entries_);
}

} // namespace

bool is_url_name(string_view name)
{
	return !name.empty() && name.size() <= 63 &&
	       std::all_of(name.begin(), name.end(), is_name_character);
}

std::vector<NamedUrl> parse_url_file(string_view text)
{
	Reader reader;
	for (std::size_t line = 1; !text.empty(); ++line)
	{
		const auto end = text.find('\n');
		/* Half a URL may be one, too: of another host. */
		if (end == text.npos)
			throw UrlFileError("the last line has no line feed: the file is cut off, or is "
			                   "being written",
			                   line);
		reader.read(text.substr(0, end));
		text.remove_prefix(end + 1);
	}
	return reader.entries();
}

} // namespace datalinks::remote
