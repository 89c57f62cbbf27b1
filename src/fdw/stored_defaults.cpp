/*
 * Stored statements: see stored_defaults.hpp.
 */
#include "fdw/stored_defaults.hpp"

#include "postgres/spi.hpp"

namespace datalinks::fdw
{

namespace
{

/* DEFAULT is a node of its own in them: the rewriter replaces it when they run. */
constexpr char any_default[] =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE prosqlbody IS NOT NULL"
    " AND pg_catalog.strpos(prosqlbody::pg_catalog.text, '{SETTODEFAULT')"
    " OPERATOR(pg_catalog.>) 0)"
    " OR EXISTS (SELECT FROM pg_catalog.pg_rewrite"
    " WHERE pg_catalog.strpos(ev_action::pg_catalog.text, '{SETTODEFAULT')"
    " OPERATOR(pg_catalog.>) 0)";

} // namespace

bool has_stored_default()
{
	const pg::Rows rows = spi::query(any_default);
	return !rows.empty() && rows.front().front() == "t";
}

} // namespace datalinks::fdw
