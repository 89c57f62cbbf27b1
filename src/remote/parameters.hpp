/*
 * The connection parameters that libpq knows.
 */
#pragma once

#include <memory>
#include <string>

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

} // namespace datalinks::remote
