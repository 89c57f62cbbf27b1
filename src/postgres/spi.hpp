/*
 * SQL from inside the server, as the current user. Each call connects to SPI, runs one statement,
 * copies its result out and finishes: no SPI state outlives a call.
 *
 * The text must be schema-qualified, down to operators, or run under the search_path that the
 * extension's functions set (pg_catalog, pg_temp).
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgres/guard.hpp"

namespace datalinks::spi
{

using Value = std::optional<std::string>; /* a column's text; nothing for NULL */
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

/* Runs one statement with text parameters ($1, …). Returns its rows. Throws pg::Error. */
Rows query(const std::string& sql, const std::vector<Value>& parameters = {});

/*
 * The same of a query of the catalogs that must see what others have committed by now, under an
 * older snapshot (REPEATABLE READ), too: as the server's own commands see them.
 */
Rows query_now(const std::string& sql, const std::vector<Value>& parameters = {});

/* Runs one utility statement. Throws pg::Error. */
void execute(const std::string& sql);

} // namespace datalinks::spi
