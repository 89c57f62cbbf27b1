/*
 * Parameters in the text of a statement.
 */
#include <string>

#include <gtest/gtest.h>

#include "schema/parameters.hpp"

using namespace datalinks::schema;

namespace
{

std::string marked(const std::string& text)
{
	return replace_parameters(text, [](int number) { return "<" + std::to_string(number) + ">"; });
}

} // namespace

TEST(Parameters, AreReplacedByTheirNumbers)
{
	EXPECT_EQ(marked("$1"), "<1>");
	EXPECT_EQ(marked("(a = $12) AND ($3::text)[$2000000]"),
	          "(a = <12>) AND (<3>::text)[<2000000>]");
	EXPECT_EQ(marked(""), "");
}

TEST(Parameters, AreNoneInQuotes)
{
	EXPECT_EQ(marked("'$1' || $1"), "'$1' || <1>");
	EXPECT_EQ(marked("'it''s $1' || $1"), "'it''s $1' || <1>");
	EXPECT_EQ(marked("\"$1 \"\"'\" = $1"), "\"$1 \"\"'\" = <1>");
	EXPECT_EQ(marked("'\"' || $1 || '\"'"), "'\"' || <1> || '\"'");
}

TEST(Parameters, HaveANumberThatFits)
{
	EXPECT_EQ(marked("$a $ $"), "$a $ $");
	EXPECT_EQ(marked("$99999999999"), "$99999999999");
}
