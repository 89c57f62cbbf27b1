/*
 * What a statement in a user's own words begins with. Pure C++.
 */
#pragma once

#include <string>
#include <string_view>

namespace datalinks::schema
{

/*
 * The first word of a statement, in upper case, as PostgreSQL's lexer finds it behind white space,
 * comments and empty statements; the character itself where it is no letter; empty where there is
 * nothing.
 */
std::string first_word(std::string_view statement);

enum class CommandKind
{
	ordinary,
	transaction, /* begins or ends a transaction, or a savepoint in it */
	session,     /* is about the session: its settings, prepared statements, cursors, channels */
	copy
};

/* By the first word, which decides it: each such command has one of its own. */
CommandKind kind_of_command(std::string_view first_word);

} // namespace datalinks::schema
