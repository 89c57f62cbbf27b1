/*
 * Names of links and servers, quoting.
 */
#include <gtest/gtest.h>

#include "schema/name.hpp"

using namespace datalinks::schema;

TEST(Name, LinkNames)
{
	for (const char* name : {"a", "9", "_", "a_b", "orders_2", "pg", "pgx", "xpg_"})
		EXPECT_TRUE(is_link_name(name)) << name;
	EXPECT_TRUE(is_link_name(std::string(63, 'a')));

	for (const char* name : {"", "A", "aB", "a-b", "a.b", "a b", " a", "a\n", "a\"b", "a'b", "é",
	                         "a\xff", "pg_", "pg_catalog", "postgres://u:p@h/d"})
		EXPECT_FALSE(is_link_name(name)) << name;
	EXPECT_FALSE(is_link_name(std::string(64, 'a')));
	EXPECT_FALSE(is_link_name(std::string_view("a\0b", 3)));
}

TEST(Name, ReservedNames)
{
	EXPECT_TRUE(is_reserved_name("pg_"));
	EXPECT_TRUE(is_reserved_name("pg_toast"));
	EXPECT_FALSE(is_reserved_name("pg"));
	EXPECT_FALSE(is_reserved_name(""));
}

TEST(Name, ServerNames)
{
	EXPECT_EQ(server_name("orders", 1), "orders");
	EXPECT_EQ(server_name("orders", 2), "orders_2");
	EXPECT_EQ(server_name("Größe EU", 10), "Größe EU_10");
}

TEST(Name, ServerNamesFitTheCatalog)
{
	const std::string longest(63, 'x');
	EXPECT_EQ(server_name(longest, 1), longest);
	EXPECT_EQ(server_name(longest, 2), std::string(61, 'x') + "_2");
	EXPECT_EQ(server_name(longest, 2147483647), std::string(52, 'x') + "_2147483647");
	EXPECT_EQ(server_name(std::string(61, 'x'), 2), std::string(61, 'x') + "_2");
	/* No character is cut in two. */
	EXPECT_EQ(server_name(std::string(60, 'x') + "ßy", 2), std::string(60, 'x') + "_2");
}

TEST(Name, LooksLikeUrl)
{
	EXPECT_TRUE(looks_like_url("postgres://h/d"));
	EXPECT_TRUE(looks_like_url("host=h"));
	EXPECT_FALSE(looks_like_url("orders"));
	EXPECT_FALSE(looks_like_url("a:/b"));
	EXPECT_FALSE(looks_like_url(""));
}

TEST(Name, Quoting)
{
	EXPECT_EQ(quote_identifier("a"), "\"a\"");
	EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
	EXPECT_EQ(quote_identifier("a\\'b"), "\"a\\'b\"");
	EXPECT_EQ(quote_literal(""), "''");
	EXPECT_EQ(quote_literal("it's"), "'it''s'");
	EXPECT_EQ(quote_literal("a\\b"), "E'a\\\\b'");
	EXPECT_EQ(quote_literal("a\\'b"), "E'a\\\\''b'");
	EXPECT_EQ(quote_literal("größe"), "'größe'");
}

TEST(Name, OptionList)
{
	EXPECT_EQ(option_list({}), "");
	EXPECT_EQ(option_list({{"user", "o'hara"}}), "\"user\" 'o''hara'");
	EXPECT_EQ(option_list({{"host", "h"}, {"options", "-c a=b\\ c"}}),
	          "\"host\" 'h', \"options\" E'-c a=b\\\\ c'");
}
