/*
 * Text from pieces: what compose() fills a pattern with.
 */
#include <concepts>
#include <cstdint>
#include <limits>
#include <locale>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "schema/text.hpp"

using namespace datalinks::schema;

TEST(Text, FillsPlacesWithTexts)
{
	const std::string text = "a";
	EXPECT_EQ(compose("%1%, %2%, %3%", text, "b", std::string_view("c")), "a, b, c");
	EXPECT_EQ(compose("%2%%1%%2%", "a", "b"), "bab");
	EXPECT_EQ(compose("100 %%"), "100 %");
}

TEST(Text, TakesNoTextForAPattern)
{
	EXPECT_EQ(compose("%1%", "%1% %2% %n %%"), "%1% %2% %n %%");
	EXPECT_EQ(compose("<%1%>", std::string("a\0b", 3)), std::string("<a\0b>", 5));
	EXPECT_EQ(compose("<%1%>", ""), "<>");
}

TEST(Text, WritesNumbersWhole)
{
	EXPECT_EQ(compose("%1% %2%", std::numeric_limits<int64_t>::min(), -1),
	          "-9223372036854775808 -1");
	EXPECT_EQ(compose("%1% %2%", std::numeric_limits<uint64_t>::max(), 0U),
	          "18446744073709551615 0");
	static_assert(!std::constructible_from<Filling, bool>);
	static_assert(!std::constructible_from<Filling, char>);
}

/* Groups of two, as no classic locale has them. */
struct Grouped : std::numpunct<char>
{
	char do_thousands_sep() const override
	{
		return '.';
	}
	std::string do_grouping() const override
	{
		return "\2";
	}
};

TEST(Text, KeepsToTheClassicLocale)
{
	const std::locale before = std::locale::global(std::locale(std::locale(), new Grouped));
	EXPECT_EQ(compose("%1%", 1234567), "1234567");
	std::locale::global(before);
}

TEST(Text, RefusesTooManyAndTooFew)
{
	EXPECT_THROW(compose("%1%", 1, 2), std::exception);
	EXPECT_THROW(compose("%1% %2%", 1), std::exception);
}

TEST(Text, Joins)
{
	EXPECT_EQ(join({}, ", "), "");
	EXPECT_EQ(join({"a"}, ", "), "a");
	EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}
