/*
 * Numbers of type numeric from their binary form: see numeric.cpp.
 *
 * Server code. It holds the server's headers: include it last.
 */
#pragma once

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

/*
 * The number in these bytes, in the current memory context, as numeric_recv makes it; nullptr for
 * one that is rare (NaN, infinite, of more than 63 decimals, beyond 10^256, not in its shortest
 * form) or wrong, or that does not fit the typmod as it is: for those there is numeric_recv.
 */
Numeric decode_numeric(const char* bytes, int length, int32 typmod);

} // namespace datalinks::executor
