/*
 * Statistics of a remote's column, from texts to values.
 */
#include <gtest/gtest.h>

#include "schema/statistics.hpp"

using namespace datalinks::schema;

namespace
{

StatisticsTexts usual()
{
	StatisticsTexts texts;
	texts.null_fraction = "0.25";
	texts.width = "4";
	texts.distinct = "-0.5";
	return texts;
}

/* Why it is refused; empty where it is not. */
std::string objection_to(const StatisticsTexts& texts)
{
	std::string objection;
	const bool read = read_statistics(texts, objection).has_value();
	EXPECT_EQ(read, objection.empty());
	return objection;
}

} // namespace

TEST(Statistics, AreReadWhole)
{
	StatisticsTexts texts = usual();
	texts.common_values = R"({"a,b",c})";
	texts.common_numbers = "{0.5,0.25}";
	texts.bounds = "{d,e,f}";
	texts.correlation = "-1";
	texts.elements = "{x}";
	texts.element_numbers = "{0.5,0.5,0.5,0}";
	texts.counts = "{1,2,1.5}";
	std::string objection;
	const auto read = read_statistics(texts, objection);
	ASSERT_TRUE(read) << objection;
	EXPECT_EQ(read->null_fraction, 0.25F);
	EXPECT_EQ(read->width, 4);
	EXPECT_EQ(read->distinct, -0.5F);
	EXPECT_EQ(read->common.values, std::vector<std::string>({"a,b", "c"}));
	EXPECT_EQ(read->common.numbers, std::vector<float>({0.5F, 0.25F}));
	EXPECT_EQ(read->bounds.size(), 3U);
	EXPECT_EQ(read->correlation, -1.0F);
	EXPECT_EQ(read->elements.numbers.size(), 4U);
	EXPECT_EQ(read->counts, std::vector<float>({1, 2, 1.5F}));
}

TEST(Statistics, NeedNoValues)
{
	EXPECT_EQ(objection_to(usual()), "");
	StatisticsTexts texts = usual();
	std::string objection;
	texts.outside = "1000.5";
	EXPECT_EQ(read_statistics(texts, objection)->width, 1004);
	texts.width = "2000000000";
	EXPECT_EQ(read_statistics(texts, objection)->width, 1 << 20);
}

TEST(Statistics, WithoutANumberAreRefused)
{
	for (auto member : {&StatisticsTexts::null_fraction, &StatisticsTexts::width,
	                    &StatisticsTexts::distinct, &StatisticsTexts::correlation})
		for (const char* text : {"", " ", "NaN", "nan", "inf", "-Infinity", "1e999", "x", "1x",
		                         "0x10", "+0", " 0", "-3"})
		{
			StatisticsTexts texts = usual();
			texts.*member = text;
			EXPECT_NE(objection_to(texts), "") << text;
		}
	for (auto member :
	     {&StatisticsTexts::null_fraction, &StatisticsTexts::width, &StatisticsTexts::distinct})
	{
		StatisticsTexts texts = usual();
		texts.*member = std::nullopt;
		EXPECT_NE(objection_to(texts), "");
	}
}

TEST(Statistics, WithMoreThanTheWholeAreRefused)
{
	StatisticsTexts texts = usual();
	texts.common_values = "{a,b}";
	texts.common_numbers = "{0.5,0.25}";
	EXPECT_EQ(objection_to(texts), "");
	texts.common_numbers = "{0.5,0.3}";
	EXPECT_NE(objection_to(texts), "");
}

TEST(Statistics, WithListsUnlikeAreRefused)
{
	StatisticsTexts texts = usual();
	texts.elements = "{a,b}";
	for (const char* numbers : {"{}", "{0.1}", "{0.1,0.1,0.1}", "{0.1,0.1,0.1,0.1,0.1,0.1}"})
	{
		texts.element_numbers = numbers;
		EXPECT_NE(objection_to(texts), "") << numbers;
	}
	texts.element_numbers = "{0.1,0.1,0.1,0.1}";
	EXPECT_EQ(objection_to(texts), "");
	texts.counts = "{2,1,1}";
	EXPECT_NE(objection_to(texts), "");
}
