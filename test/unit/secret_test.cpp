/*
 * No piece of a password in what anybody is told: hundreds of URLs in which the password lacks its
 * percent-encoding or quotes, each refused or taken, and never repeated.
 */
#include <clocale>
#include <cstdlib>

#include <gtest/gtest.h>

#include "remote/url.hpp"

using namespace datalinks::remote;

namespace
{

/* No three of its characters stand in a row in any text of ours. */
constexpr const char* markers[] = {"Q7X9Z2WK4J", "qxzjvkwfgyb"};

void expect_no_leak(const std::string& said, const std::string& marker, const std::string& url)
{
	for (std::size_t at = 0; at + 3 <= marker.size(); at++)
		EXPECT_EQ(said.find(marker.substr(at, 3)), std::string::npos) << said << "\nof " << url;
}

/* Returns whether the URL was refused. */
bool check(const std::string& url, const std::string& marker)
{
	try
	{
		const Url parsed = parse_url(url);
		expect_no_leak(display(parsed.server, ""), marker, url);
		expect_no_leak(display(parsed.server, value_of(parsed.mapping, "user")), marker, url);
		expect_no_leak(database_of(parsed.server, value_of(parsed.mapping, "user")), marker, url);
		return false;
	}
	catch (const UrlError& error)
	{
		expect_no_leak(error.message() + error.detail() + error.hint() + error.what(), marker, url);
		return true;
	}
}

/* Every password of the marker with one or two characters that do harm in it. */
std::vector<std::string> passwords(const std::string& marker)
{
	const std::vector<std::string> harmful = {
	    "@", "/",  "?",   "%",   "=",  "&",  ":",  "#",  "[",    "]",     " ",   "'",  "\\",
	    ",", "%0", "%00", "%zz", "\"", "\n", "@/", "//", "?a=b", "&a=b=", "://", "1/", "\xff"};
	std::vector<std::string> all = {marker};
	const std::string begin = marker.substr(0, 4);
	const std::string rest = marker.substr(4);

	for (const std::string& one : harmful)
	{
		all.push_back(one + marker);
		all.push_back(marker + one);
		for (const std::string& other : harmful)
			all.push_back(begin + one + rest + other + marker);
		all.push_back("12" + one + marker + "=" + marker);
	}
	return all;
}

} // namespace

TEST(Secret, NeverInWhatIsSaidOfAUrl)
{
	int urls = 0;
	int refused = 0;
	for (const std::string marker : markers)
		for (const std::string& password : passwords(marker))
			for (const std::string& url :
			     {"postgres://app:" + password + "@db.example.com:5432/orders",
			      "postgresql://app:" + password + "@[::1]/orders?sslmode=require",
			      "postgres://app:" + password + "@a,b/orders?pool=1",
			      "postgres://app:" + password + "@[::1/orders",
			      "postgres://app:" + password + "@h/orders?client_encoding=x",
			      "mysql://app:" + password + "@h/orders?sslmode=require",
			      " postgres://app:" + password + "@h/orders?sslmode=require",
			      "app:" + password + "@h/orders?sslmode=require"})
			{
				urls++;
				refused += check(url, marker);
			}
	EXPECT_GT(urls, 5000);
	EXPECT_GT(refused, urls / 2);
	EXPECT_LT(refused, urls);
}

TEST(Secret, NeverInWhatIsSaidOfAQuery)
{
	for (const std::string marker : markers)
		for (const std::string& password : passwords(marker))
			for (const std::string keyword : {"password", "sslpassword"})
			{
				check("postgres://h/d?" + keyword + "=" + password, marker);
				check("postgres://u@h/d?" + keyword + "=" + password + "&sslmode=require", marker);
				check("postgres://u@h/d?" + keyword + "=" + password + "&pool=1", marker);
			}
}

TEST(Secret, NeverInWhatIsSaidOfAKeywordString)
{
	for (const std::string marker : markers)
		for (const std::string& password : passwords(marker))
			for (const std::string keyword : {"password", "sslpassword"})
			{
				check("host=h user=u " + keyword + "=" + password, marker);
				check(keyword + "=" + password + " host=h pool=1", marker);
				check("host=h " + keyword + "='" + password + "' dbname=d", marker);
				check("host=h " + keyword + " " + password + " dbname=d", marker);
				check("dbname='host=h " + keyword + "=" + password + "'", marker);
				check("host=app:" + password + "@h dbname=d", marker);
			}
}

/* The password's end, without the host: the user left "@host" out. */
TEST(Secret, NeverInWhatIsSaidWithoutAHost)
{
	for (const std::string marker : markers)
		for (const std::string separator : {"/", "?", "/x?", "/?a="})
			check("postgres://app:p" + separator + marker + "=1", marker);
	for (const std::string marker : markers)
		EXPECT_TRUE(check("postgres://app:" + marker + "/orders", marker));
}

/* libpq's messages are told apart whatever language the server speaks. */
TEST(Secret, InEveryLanguage)
{
	for (const char* locale : {"de_DE.UTF-8", "C.UTF-8", "C"})
	{
		if (std::setlocale(LC_ALL, locale) == nullptr)
			continue;
		try
		{
			parse_url("host=h pool=1");
			ADD_FAILURE();
		}
		catch (const UrlError& error)
		{
			EXPECT_EQ(error.kind(), UrlError::unknown_parameter) << locale;
		}
		check("postgres://app:%Q7X9Z2WK4J@h/d", markers[0]);
	}
	std::setlocale(LC_ALL, "C");
}
