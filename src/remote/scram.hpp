/*
 * How much arithmetic a remote asks for. SCRAM lets it choose the number of rounds, and libpq
 * computes them in one call that nothing interrupts: two thousand million take half an hour.
 *
 * Pure C++: nothing of the server, nothing thrown.
 */
#pragma once

#include <string_view>

namespace datalinks::remote
{

/* PostgreSQL's own default is 4,096; a million rounds take about a second. */
inline constexpr int most_scram_rounds = 1000000;

enum class Demand
{
	fair,
	unfinished, /* an authentication message has begun, and its end is not there yet */
	excessive
};

/* What the messages ask for that a remote sent while authenticating, from the first byte of one. */
Demand demand_of(std::string_view messages);

} // namespace datalinks::remote
