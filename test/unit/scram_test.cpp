/*
 * How much arithmetic a remote asks for.
 */
#include <string>

#include <gtest/gtest.h>

#include "remote/scram.hpp"

using namespace datalinks::remote;

namespace
{

std::string four(std::size_t number)
{
	std::string bytes;
	for (int shift = 24; shift >= 0; shift -= 8)
		bytes += static_cast<char>(number >> shift & 0xFF);
	return bytes;
}

std::string message(char type, const std::string& body)
{
	return type + four(body.size() + 4) + body;
}

std::string challenge(const std::string& rounds)
{
	return message('R', four(11) + "r=abci=1,s=c2FsdA==,i=" + rounds);
}

} // namespace

TEST(DemandOf, Fair)
{
	for (const std::string& bytes :
	     {std::string(), challenge("4096"), challenge("1"), challenge("1000000"),
	      message('R', four(10) + std::string("SCRAM-SHA-256\0\0", 15)), message('R', four(0)),
	      message('R', four(12) + "v=i=9999999999"), message('E', "i=2000000000"), std::string("E"),
	      std::string("N"), message('R', ""), 'R' + four(0xFFFFFFFF), 'R' + four(3000)})
		EXPECT_EQ(demand_of(bytes), Demand::fair) << bytes;
}

TEST(DemandOf, Unfinished)
{
	const std::string whole = challenge("2000000000");
	for (std::size_t size = 1; size < whole.size(); size++)
		EXPECT_EQ(demand_of(whole.substr(0, size)), Demand::unfinished) << size;
	EXPECT_EQ(demand_of(message('R', four(5) + "salt") + "R"), Demand::unfinished);
}

TEST(DemandOf, Excessive)
{
	for (const char* rounds : {"1000001", "2000000000", "99999999999999999999", " 5", "+5", "5 ",
	                           "", "0x10", "5x", "4096,i=2000000000"})
		EXPECT_EQ(demand_of(challenge(rounds)), Demand::excessive) << rounds;
	EXPECT_EQ(demand_of(message('v', "x") + challenge("2000000000") + "R"), Demand::excessive);
}
