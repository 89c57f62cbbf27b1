/*
 * Reset: what becomes of links when the local database is reset, or when pieces of them are
 * dropped behind our back. Called from three event triggers, which must never make the user's
 * command fail or wait.
 */
#pragma once

#include "postgres/event.hpp"

namespace datalinks::trigger
{

/* ddl_command_start: notes the links as they stand; at sql_drop their rows are gone. */
void note_links(const pg::Command& command);

/* sql_drop: compares with the note, and invalidates what was reset or lost a part. */
void follow_drop(const pg::Command& command);

/* ddl_command_end: a link follows its schema's new name. */
void follow_rename(const pg::Command& command);

/* The setting datalinks.reset_schemas: dropping one of these, with tables in it, is a reset. */
extern char* reset_schemas;

} // namespace datalinks::trigger
