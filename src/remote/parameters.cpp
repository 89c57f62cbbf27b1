/*
 * The connection parameters that libpq knows: see parameters.hpp.
 */
#include "remote/parameters.hpp"

#include <new>
#include <string_view>

#include <locale.h>

namespace datalinks::remote
{

namespace
{

struct FreeText
{
	void operator()(char* text) const
	{
		PQfreemem(text);
	}
};

/*
 * The C locale for this thread while libpq parses: its messages are told apart by their English
 * beginnings, and what counts as a space must not depend on the server's lc_ctype.
 */
class CLocale
{
public:
	CLocale() : own_(newlocale(LC_ALL_MASK, "C", locale_t{})), previous_(locale_t{})
	{
		if (own_ == locale_t{})
			throw std::bad_alloc();
		previous_ = uselocale(own_);
	}
	~CLocale()
	{
		uselocale(previous_);
		freelocale(own_);
	}
	CLocale(const CLocale&) = delete;
	CLocale& operator=(const CLocale&) = delete;

private:
	locale_t own_;
	locale_t previous_;
};

} // namespace

Parameters parse_parameters(const char* text, std::string& error)
{
	const CLocale locale;
	char* message = nullptr;
	Parameters parameters(PQconninfoParse(text, &message));
	const std::unique_ptr<char, FreeText> owner(message);

	if (!parameters)
		error = message != nullptr ? message : "out of memory";
	if (!parameters && error.starts_with("out of memory"))
		throw std::bad_alloc();
	return parameters;
}

Parameters known_parameters()
{
	std::string error;
	return parse_parameters("", error);
}

Place place_of(const PQconninfoOption& parameter)
{
	const std::string_view keyword = parameter.keyword;
	const std::string_view display = parameter.dispchar;

	if (const ParameterRule* rule = rule_of(keyword))
		return rule->place;
	/* As InitPgFdwOptions in contrib/postgres_fdw/option.c has it. */
	if (display.find('D') != display.npos)
		return Place::nowhere;
	if (display.find('*') != display.npos)
		return Place::mapping;
	return Place::server;
}

} // namespace datalinks::remote
