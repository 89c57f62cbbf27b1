/*
 * datalink_query and datalink_execute: statements in the remotes' own SQL, in the user's words.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgres/function.hpp"
#include "postgres/row.hpp"

namespace datalinks::command
{

/* A statement and its parameters, as text; nothing for NULL. */
struct OwnWords
{
	std::string statement;
	pg::Row parameters;
};

/* Of the arguments of these functions, behind the link: statement, parameters. */
OwnWords words_given(const pg::Arguments& arguments);

/*
 * Runs the statement on the link's remote through the caller's mapping, within the local
 * transaction's transaction there, and returns its rows as the set of this call. Throws 42704 for
 * an unknown link or without a mapping, 55000 for an invalid link, 42501 for who is neither owner
 * of the link nor has USAGE on its server, and what executor::require_statement,
 * executor::Statement and executor::ResultSet do.
 */
unsigned long query(FunctionCallInfoBaseData* call, const std::string& name, const OwnWords& words);

/*
 * The same on many links at the same time, each row with its link's name in front. Throws 22023 for
 * a name that comes twice; an error that is one link's names it.
 */
unsigned long query(FunctionCallInfoBaseData* call, const std::vector<std::string>& names,
                    const OwnWords& words);

/* The same for a statement whose rows are of no interest; returns how many there were or changed.
 */
long execute(const std::string& name, const OwnWords& words);

} // namespace datalinks::command
