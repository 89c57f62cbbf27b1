/*
 * Where a link was made: see home.hpp.
 */
#include "remote/home.hpp"

#include <algorithm>

#include "postgres/roles.hpp"
#include "postgres/transaction.hpp"

namespace datalinks::remote
{

bool confirm_copies = true;

namespace
{

/* No number is longer: a system identifier is printed with its sign. */
constexpr size_t most_digits = 20;

bool is_number(const std::string& text)
{
	return !text.empty() && text.size() <= most_digits &&
	       std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string home()
{
	return home_in(pg::cluster());
}

std::string home_in(const std::string& cluster)
{
	return cluster + "/" + std::to_string(pg::database());
}

bool is_cluster(const std::string& value)
{
	return is_number(value.starts_with('-') ? value.substr(1) : value);
}

bool is_home(const std::string& value)
{
	const auto slash = value.find('/');
	return slash != value.npos && is_cluster(value.substr(0, slash)) &&
	       is_number(value.substr(slash + 1));
}

bool is_copy(const std::string& home)
{
	return confirm_copies && !home.empty() && home != remote::home();
}

bool is_copy(const Options& server)
{
	return is_copy(value_of(server, home_option));
}

} // namespace datalinks::remote
