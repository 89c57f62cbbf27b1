/*
 * Why a connection failed, read out of libpq's texts.
 */
#include <cerrno>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "remote/reason.hpp"

using datalinks::remote::read_reason;

namespace
{

const std::string at = "connection to server at \"127.0.0.1\", port 5432 failed: ";

} // namespace

TEST(Reason, TakesTheCodeAndThePlaceOut)
{
	const auto reason = read_reason(at + "FATAL:  28P01: password authentication failed\n"
	                                     "LOCATION:  auth_failed, auth.c:335\n");
	EXPECT_EQ(reason.sqlstate, "28P01");
	EXPECT_EQ(reason.text, at + "FATAL:  password authentication failed");
	EXPECT_FALSE(reason.refused);
}

TEST(Reason, KnowsTheCodeInAnyLanguage)
{
	const auto reason =
	    read_reason("Verbindung fehlgeschlagen: FATAL:  3D000: Datenbank »x« existiert nicht\n"
	                "DETAIL:  mehr\n"
	                "ORT:  InitPostgres, postinit.c:1\n");
	EXPECT_EQ(reason.sqlstate, "3D000");
	EXPECT_EQ(reason.text, "Verbindung fehlgeschlagen: FATAL:  Datenbank »x« existiert nicht\n"
	                       "DETAIL:  mehr");
}

/* With sslmode=prefer libpq tries twice, and tells both. */
TEST(Reason, TheLastOfSeveralErrorsCounts)
{
	const auto reason =
	    read_reason(at + "FATAL:  28000: no entry\n" + at + "FATAL:  53300: full\n");
	EXPECT_EQ(reason.sqlstate, "53300");
	EXPECT_EQ(reason.text, at + "FATAL:  no entry\n" + at + "FATAL:  full");
}

TEST(Reason, RefusedWhereEveryAddressRefused)
{
	const std::string refusal =
	    at + std::strerror(ECONNREFUSED) + "\n\tIs the server running on that host?\n";
	EXPECT_TRUE(read_reason(refusal).refused);
	EXPECT_TRUE(read_reason(refusal + refusal).refused);
	EXPECT_FALSE(read_reason(refusal + at + std::strerror(EHOSTUNREACH) + "\n").refused);
	EXPECT_FALSE(read_reason("").refused);
}

TEST(Reason, LeavesOtherTextsAsTheyAre)
{
	for (const char* const text : {"", "one", "a:  b", "a:  12345", "a:  abcde: f", "a:  1234",
	                               "could not open auth.c:", "see auth.c:12", "x.c:1"})
	{
		EXPECT_EQ(read_reason(text).text, text);
		EXPECT_EQ(read_reason(text).sqlstate, "");
	}
}
