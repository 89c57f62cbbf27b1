/*
 * Connection parameters with their values: see options.hpp.
 */
#include "remote/options.hpp"

#include <new>
#include <string_view>

#include "remote/parameters.hpp"

namespace datalinks::remote
{

std::string value_of(const Options& options, const std::string& keyword)
{
	for (const Option& option : options)
		if (option.keyword == keyword)
			return option.value;
	return {};
}

Options libpq_options(const Options& options)
{
	const Parameters parameters = known_parameters();
	Options known;

	for (const Option& option : options)
		for (const PQconninfoOption* parameter = parameters.get(); parameter->keyword != nullptr;
		     ++parameter)
			if (option.keyword == parameter->keyword && place_of(*parameter) != Place::nowhere)
				known.push_back(option);
	return known;
}

Options remote_options(const Options& options)
{
	Options of_remote = libpq_options(options);
	if (const std::string name = value_of(options, url_name_option); !name.empty())
		of_remote.push_back({url_name_option, name});
	return of_remote;
}

std::optional<std::string> first_parameter(const Options& options)
{
	for (const Option& option : options)
		if (knows_parameter(option.keyword))
			return option.keyword;
	return std::nullopt;
}

bool knows_parameter(const std::string& keyword)
{
	const Parameters parameters = known_parameters();
	for (const PQconninfoOption* parameter = parameters.get(); parameter->keyword != nullptr;
	     ++parameter)
		if (keyword == parameter->keyword)
			return true;
	return false;
}

std::vector<std::string> secrets_of(const Options& options)
{
	const Parameters parameters = known_parameters();
	std::vector<std::string> secrets;

	for (const Option& option : options)
		for (const PQconninfoOption* parameter = parameters.get(); parameter->keyword != nullptr;
		     ++parameter)
			if (option.keyword == parameter->keyword && !option.value.empty() &&
			    std::string_view(parameter->dispchar).find('*') != std::string_view::npos)
				secrets.push_back(option.value);
	return secrets;
}

std::string default_user()
{
	const Parameters defaults(PQconndefaults());
	if (!defaults)
		throw std::bad_alloc();
	for (const PQconninfoOption* parameter = defaults.get(); parameter->keyword != nullptr;
	     ++parameter)
		if (std::string_view(parameter->keyword) == "user" && parameter->val != nullptr)
			return parameter->val;
	return {};
}

} // namespace datalinks::remote
