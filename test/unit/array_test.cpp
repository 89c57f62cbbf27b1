/*
 * Arrays of text in their text form.
 */
#include <gtest/gtest.h>

#include "schema/array.hpp"
#include "schema/name.hpp"

using namespace datalinks::schema;

using Texts = std::vector<std::string>;

TEST(Array, ReadsWhatTheServerReads)
{
	EXPECT_EQ(parse_array("{}"), Texts());
	EXPECT_EQ(parse_array(" { } "), Texts());
	EXPECT_EQ(parse_array("{a}"), Texts({"a"}));
	EXPECT_EQ(parse_array("{ a b , c }"), Texts({"a b", "c"}));
	EXPECT_EQ(parse_array("{\"a,b\", \"\", \"{\"}"), Texts({"a,b", "", "{"}));
	EXPECT_EQ(parse_array("{\"a\\\"b\\\\\"}"), Texts({"a\"b\\"}));
	EXPECT_EQ(parse_array("{a\\,b,c\\ }"), Texts({"a,b", "c "}));
	EXPECT_EQ(parse_array("{\"NULL\",nul,nullx,\\null}"), Texts({"NULL", "nul", "nullx", "null"}));
	EXPECT_EQ(parse_array("{é}"), Texts({"é"}));
}

TEST(Array, ReadsWhatArrayLiteralWrites)
{
	const Texts texts{"a", "", "NULL", "a,b", "\"", "\\", "{}", " x ", "\n", std::string(100, 'x')};
	EXPECT_EQ(parse_array(array_literal(texts)), texts);
}

TEST(Array, RefusesTheRest)
{
	for (const char* text :
	     {"",           " ",         "a",        "{",          "}",      "{a",     "a}",
	      "{a}}",       "{{a}}",     "{a,}",     "{,a}",       "{a,,b}", "{NULL}", "{null}",
	      "{a, Null }", "{\"a}",     "{\"a\"b}", "{a\"b\"}",   "{a\\",   "{\"a\\", "{a}x",
	      "[1:1]={a}",  "[0:0]={a}", "{a{b}",    "{\"\" \"\"}"})
		EXPECT_FALSE(parse_array(text)) << text;
}
