/*
 * The connection parameters that libpq knows.
 */
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <libpq-fe.h>

namespace datalinks::remote
{

struct FreeParameters
{
	void operator()(PQconninfoOption* parameters) const
	{
		PQconninfoFree(parameters);
	}
};
using Parameters = std::unique_ptr<PQconninfoOption, FreeParameters>;

/* Every parameter that libpq knows, none with a value. Throws std::bad_alloc. */
Parameters known_parameters();

/*
 * The same, in libpq's order, with the values that the text gives. Nothing, and libpq's message in
 * `error`, where it cannot be parsed. Throws std::bad_alloc.
 */
Parameters parse_parameters(const char* text, std::string& error);

/* Where postgres_fdw keeps a parameter. */
enum class Place
{
	server,
	mapping,
	nowhere
};

Place place_of(const PQconninfoOption& parameter);

/* Who may give a parameter. */
enum class Giver
{
	anybody,
	superuser,
	by_value /* anybody some values of it: rules.cpp knows which */
};

/* What we know of a parameter. */
struct ParameterRule
{
	std::string_view keyword;
	int since; /* the first libpq that knows it; 15 for all that are older */
	Place place;
	Giver giver;
	std::string_view
	    reason; /* why not anybody: a sentence; empty for those that anybody may give */
};

/* The rule of a parameter of libpq 15 to 18; nullptr for any other. */
const ParameterRule* rule_of(std::string_view keyword);

/* All of them. */
std::span<const ParameterRule> parameter_rules();

} // namespace datalinks::remote
