/*
 * Global transaction identifiers.
 */
#include <gtest/gtest.h>

#include "schema/gid.hpp"

using namespace datalinks::schema;

TEST(Gid, TellsItsTransaction)
{
	const std::string prefix = gid_prefix("7466098543247512345", 5);
	EXPECT_EQ(gid(prefix, 739, 1), "datalinks_7466098543247512345_5_739_1");
	for (const uint64_t transaction : {uint64_t{3}, uint64_t{1} << 32, ~uint64_t{0}})
		EXPECT_EQ(transaction_of(gid(prefix, transaction, 4294967295), prefix), transaction);
}

TEST(Gid, FitsWhatTheServerTakes)
{
	EXPECT_LT(gid(gid_prefix("-9223372036854775808", ~0U), ~uint64_t{0}, ~0U).size(), 200U);
}

TEST(Gid, TakesNobodyElses)
{
	const std::string prefix = gid_prefix("12", 5);
	for (const char* text : {"",
	                         "x",
	                         "datalinks_12_5_",
	                         "datalinks_12_5_7",
	                         "datalinks_12_5_7_",
	                         "datalinks_12_5__1",
	                         "datalinks_12_5_7_1x",
	                         "datalinks_12_5_7_1_1",
	                         "datalinks_12_5_ 7_1",
	                         "datalinks_12_5_7_ 1",
	                         "datalinks_12_5_07_1",
	                         "datalinks_12_5_+7_1",
	                         "datalinks_12_5_-7_1",
	                         "datalinks_12_5_7x1",
	                         "datalinks_12_5_18446744073709551616_1",
	                         "datalinks_12_5_7_4294967296",
	                         "datalinks_12_55_7_1",
	                         "datalinks_1_25_7_1",
	                         "datalinks_12_6_7_1",
	                         "datalinks_13_5_7_1",
	                         " datalinks_12_5_7_1",
	                         "DATALINKS_12_5_7_1",
	                         "datalinks_12_5_7_1' OR ''='"})
		EXPECT_FALSE(transaction_of(text, prefix)) << text;
}
