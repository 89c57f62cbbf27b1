/*
 * What a statement begins with.
 */
#include <gtest/gtest.h>

#include "schema/command_word.hpp"

using namespace datalinks::schema;

TEST(CommandWord, FirstWord)
{
	for (const char* statement :
	     {"commit", "COMMIT", "CoMmIt;", " \t\n\r\f\vcommit work", ";commit", " ; ;; commit",
	      "-- select\ncommit", "--\rcommit", "/* select */commit", "/*/* a */ b */commit",
	      "/**/commit", "/*-- */commit", "--/*\ncommit", "/* ' */ ; -- x\n commit/**/and chain",
	      "commit1", "commit\xc3\xa9"})
		EXPECT_EQ(first_word(statement), "COMMIT") << statement;
	EXPECT_EQ(first_word("(SELECT 1)"), "(");
	EXPECT_EQ(first_word("select"), "SELECT");
	EXPECT_EQ(first_word("s"), "S");
	EXPECT_EQ(first_word("\"commit\""), "\"");
	EXPECT_EQ(first_word("- -1"), "-");
	EXPECT_EQ(first_word("/ 1"), "/");
	for (const char* statement :
	     {"", " ", ";", ";;\n", "-- commit", "/* commit", "/* /* */ commit", "/* commit */ ", "/*"})
		EXPECT_EQ(first_word(statement), "") << statement;
}

TEST(CommandWord, Kind)
{
	const auto kind = [](const char* statement) { return kind_of_command(first_word(statement)); };
	for (const char* statement :
	     {"begin", "START TRANSACTION", "commit and chain", "end", "abort", "rollback to a",
	      "savepoint a", "release a", "prepare transaction 'x'", "prepare p as select 1"})
		EXPECT_EQ(kind(statement), CommandKind::transaction) << statement;
	for (const char* statement :
	     {"set role x", "reset all", "discard all", "listen a", "unlisten *", "execute p",
	      "deallocate all", "declare c cursor for select 1", "fetch c", "move c", "close c",
	      "load 'x'"})
		EXPECT_EQ(kind(statement), CommandKind::session) << statement;
	EXPECT_EQ(kind("copy t from stdin"), CommandKind::copy);
	for (const char* statement :
	     {"select 1", "settle", "with x as (select 1) select 1", "notify a", "do $$ begin end $$",
	      "call p()", "(select 1)", "", "explain select 1", "security label on table t is null"})
		EXPECT_EQ(kind(statement), CommandKind::ordinary) << statement;
}
