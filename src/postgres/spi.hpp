/*
 * SQL from inside the server, as the current user. Each call connects to SPI, runs one statement,
 * copies its result out and finishes: no SPI state outlives a call.
 *
 * The text must be schema-qualified, down to operators, or run under the search_path that the
 * extension's functions set (pg_catalog, pg_temp).
 */
#pragma once

#include <string>
#include <vector>

#include "postgres/guard.hpp"
#include "postgres/row.hpp"

namespace datalinks::spi
{

/* Runs one statement with text parameters ($1, …). Returns its rows. Throws pg::Error. */
pg::Rows query(const std::string& sql, const std::vector<pg::Value>& parameters = {});

/*
 * The same of a query of the catalogs that must see what others have committed by now, under an
 * older snapshot (REPEATABLE READ), too: as the server's own commands see them.
 */
pg::Rows query_now(const std::string& sql, const std::vector<pg::Value>& parameters = {});

/* Runs one utility statement. Throws pg::Error. */
void execute(const std::string& sql);

} // namespace datalinks::spi
