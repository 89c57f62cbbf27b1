/*
 * Statements that are stored as trees, whose texts are lost: bodies BEGIN ATOMIC, and rules.
 */
#pragma once

namespace datalinks::fdw
{

/* Whether any of the database's has the word DEFAULT in place of a value. Throws pg::Error. */
bool has_stored_default();

} // namespace datalinks::fdw
