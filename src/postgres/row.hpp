/*
 * Rows of texts: what a query returns, of this database or a remote, and what a SQL function does.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace datalinks::pg
{

using Value = std::optional<std::string>; /* a column's text; nothing for NULL */
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

} // namespace datalinks::pg
