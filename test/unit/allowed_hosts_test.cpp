/*
 * The administrator's list of hosts, and the addresses in it.
 */
#include <string>

#include <gtest/gtest.h>

#include "remote/addresses.hpp"
#include "remote/allowed_hosts.hpp"

using namespace datalinks::remote;

namespace
{

AllowedHosts list(const std::string& text)
{
	std::string error;
	const auto hosts = AllowedHosts::parse(text, error);
	EXPECT_TRUE(hosts) << text << ": " << error;
	return hosts.value_or(AllowedHosts());
}

std::string error_of(const std::string& text)
{
	std::string error;
	return AllowedHosts::parse(text, error) ? "" : error;
}

bool allows(const std::string& text, const std::string& address, int port = 5432)
{
	return list(text).allow_address(read_address(address).value(), port);
}

bool excludes(const std::string& text, const std::string& address, int port = 5432)
{
	return list(text).excluded_by(read_address(address).value(), port).has_value();
}

/* The first address that the system finds, without looking anything up in a network. */
std::string found(const std::string& host, bool numeric = false)
{
	std::string error;
	const auto addresses = look_up(host, numeric, error);
	return addresses.empty() ? error : addresses.front().text;
}

} // namespace

TEST(AllowedHosts, Everything)
{
	EXPECT_TRUE(list("*, /*").allow_everything());
	for (const char* text : {"", " ", "*", "/*", "*:5432, /*", "*, /*, !10.0.0.0/8"})
		EXPECT_FALSE(list(text).allow_everything()) << text;
}

TEST(AllowedHosts, NothingInAnEmptyList)
{
	const AllowedHosts none = list(" ");
	EXPECT_FALSE(none.allow_name("db.example.com", 5432));
	EXPECT_FALSE(none.allow_socket("/tmp", 5432));
	EXPECT_FALSE(none.allow_any_address());
	EXPECT_FALSE(allows("", "127.0.0.1"));
}

TEST(AllowedHosts, Names)
{
	const AllowedHosts hosts = list("DB.example.com, *.Internal.example.com. ,localhost");
	for (const char* name : {"db.example.com", "DB.EXAMPLE.COM", "db.example.com.", "localhost",
	                         "a.internal.example.com", "a.b.internal.example.com."})
		EXPECT_TRUE(hosts.allow_name(name, 1)) << name;
	for (const char* name :
	     {"example.com", "internal.example.com", "xinternal.example.com", "db.example.com.evil.org",
	      "db.example.com..", "evil.org#.internal.example.com", "evil.org/.internal.example.com",
	      "evil org.internal.example.com", ".internal.example.com", "..internal.example.com",
	      "evil.org\n.internal.example.com", "d\xC3\xA9.internal.example.com", "", "."})
		EXPECT_FALSE(hosts.allow_name(name, 1)) << name;
	EXPECT_FALSE(hosts.allow_name(std::string("db.example.com\0.evil", 20), 1));
}

TEST(AllowedHosts, NumbersAreNobodysName)
{
	for (const char* name :
	     {"2130706433", "0x7f000001", "0x7F.1", "0177.1", "127.1", "a.1", "a.0x1"})
	{
		EXPECT_FALSE(list("*.b, localhost").allow_name(name, 1)) << name;
		EXPECT_NE(error_of(name), "") << name;
	}
}

TEST(AllowedHosts, Ports)
{
	const AllowedHosts hosts = list("a:5433, *.b:6432, *:1, /tmp:7, /run");
	EXPECT_TRUE(hosts.allow_name("a", 5433));
	EXPECT_FALSE(hosts.allow_name("a", 5432));
	EXPECT_TRUE(hosts.allow_name("x.b", 6432));
	EXPECT_FALSE(hosts.allow_name("x.b", 6433));
	EXPECT_TRUE(hosts.allow_name("anything", 1));
	EXPECT_TRUE(hosts.allow_socket("/tmp", 7));
	EXPECT_FALSE(hosts.allow_socket("/tmp", 8));
	EXPECT_TRUE(hosts.allow_socket("/run", 8));
	EXPECT_TRUE(allows("10.0.0.0/8:5433", "10.1.1.1", 5433));
	EXPECT_FALSE(allows("10.0.0.0/8:5433", "10.1.1.1", 5432));
	EXPECT_TRUE(allows("[fd00::1]:5433", "fd00::1", 5433));
	EXPECT_FALSE(allows("[fd00::1]:5433", "fd00::1", 5432));
	EXPECT_TRUE(allows("[fd00::/8]:5433,[fc00::]/8:5434", "fd00::1", 5433));
	EXPECT_TRUE(allows("[fd00::/8]:5433,[fc00::]/8:5434", "fc00::1", 5434));
	for (const char* text : {"a:0", "a:65536", "a:", "a:x", "a:-1", "a:+1", "a: 1", "10.0.0.0/8:0",
	                         "[::1]:0", "[::1]:", "/tmp:0", "*:0"})
		EXPECT_NE(error_of(text), "") << text;
}

TEST(AllowedHosts, Sockets)
{
	const AllowedHosts hosts = list("/run/postgresql/, @name");
	for (const char* path : {"/run/postgresql", "//run/./postgresql/", "@name"})
		EXPECT_TRUE(hosts.allow_socket(path, 1)) << path;
	for (const char* path :
	     {"/run", "/run/postgresql/x", "/run/postgresql/../evil", "@other", "@", "/"})
		EXPECT_FALSE(hosts.allow_socket(path, 1)) << path;
	EXPECT_FALSE(list("*").allow_socket("/tmp", 1));
	EXPECT_TRUE(list("/*").allow_socket("@x", 1));
	EXPECT_FALSE(list("/*").allow_name("a", 1));
}

TEST(AllowedHosts, Ranges)
{
	EXPECT_TRUE(allows("10.0.0.0/8", "10.255.0.1"));
	EXPECT_FALSE(allows("10.0.0.0/8", "11.0.0.1"));
	EXPECT_TRUE(allows("10.0.0.0/9", "10.127.0.1"));
	EXPECT_FALSE(allows("10.0.0.0/9", "10.128.0.1"));
	EXPECT_TRUE(allows("0.0.0.0/0", "1.2.3.4"));
	EXPECT_FALSE(allows("0.0.0.0/0", "fd00::1"));
	EXPECT_TRUE(allows("::/0", "fd00::1"));
	EXPECT_FALSE(allows("::/0", "1.2.3.4"));
	EXPECT_TRUE(allows("2001:db8::/33", "2001:db8:7fff::1"));
	EXPECT_FALSE(allows("2001:db8::/33", "2001:db8:8000::1"));
	EXPECT_TRUE(allows("fe80::/10", "fe80::1%lo"));
	EXPECT_TRUE(allows("127.0.0.1", "127.0.0.1"));
	EXPECT_FALSE(allows("127.0.0.1", "127.0.0.2"));
	EXPECT_TRUE(list("10.0.0.0/8").allow_any_address());
	EXPECT_FALSE(list("a,!10.0.0.0/8").allow_any_address());
}

TEST(AllowedHosts, AnAddressIsWhereItLeads)
{
	EXPECT_TRUE(allows("10.0.0.0/8", "::ffff:10.0.0.1"));
	EXPECT_FALSE(allows("::/0", "::ffff:10.0.0.1"));
	EXPECT_TRUE(allows("::ffff:10.0.0.0/104", "10.9.9.9"));
	EXPECT_TRUE(allows("127.0.0.1", "0.0.0.0"));
	EXPECT_TRUE(allows("::1", "::"));
	EXPECT_TRUE(allows("127.0.0.1", "::ffff:0.0.0.0"));
	EXPECT_TRUE(excludes("*, !127.0.0.0/8", "0.0.0.0"));
	EXPECT_TRUE(excludes("*, !10.0.0.0/8", "64:ff9b::10.0.0.1"));
	EXPECT_FALSE(allows("10.0.0.0/8", "64:ff9b::10.0.0.1"));
}

TEST(AllowedHosts, Exclusions)
{
	EXPECT_TRUE(excludes("*, !10.0.0.0/8, ! [fd00::]/8", "10.0.0.1"));
	EXPECT_TRUE(excludes("*, !10.0.0.0/8, ! [fd00::]/8", "fd12::1"));
	EXPECT_FALSE(excludes("*, !10.0.0.0/8", "11.0.0.1"));
	EXPECT_FALSE(excludes("!10.0.0.0/8:5433", "10.0.0.1", 5432));
	EXPECT_EQ(list("!10.0.0.0/8").excluded_by(*read_address("10.0.0.1"), 1), "10.0.0.0/8");
	for (const char* text : {"!db.example.com", "!*", "!/tmp", "!", "!!10.0.0.1", "!*.a"})
		EXPECT_NE(error_of(text), "") << text;
}

TEST(AllowedHosts, WhatCannotBeRead)
{
	for (const char* text : {",",
	                         "a,",
	                         ",a",
	                         "a,,b",
	                         "a b",
	                         "a;b",
	                         "**",
	                         "*a",
	                         "a.*",
	                         "*.*",
	                         "*.",
	                         ".a",
	                         "a..b",
	                         "a/b",
	                         "10.0.0.1/8",
	                         "10.0.0.0/33",
	                         "10.0.0.0/-1",
	                         "10.0.0.0/",
	                         "10.0.0.0/8/8",
	                         "10.0.0.0/ 8",
	                         "10.0.0/8",
	                         "10.0.0",
	                         "256.0.0.1",
	                         "0.0.0.0",
	                         "::",
	                         "[::]",
	                         "fd00::/129",
	                         "fd00::1/64",
	                         "[fd00::1",
	                         "fd00::1]",
	                         "[10.0.0.1]",
	                         "[a]:1",
	                         "[]",
	                         "[::1]x",
	                         "fe80::1%eth0",
	                         "::1:x",
	                         "@",
	                         "m\xC3\xBCnchen.de",
	                         "postgres://a",
	                         "a@b",
	                         "'a'",
	                         "\"a\"",
	                         "a:1:2"})
		EXPECT_NE(error_of(text), "") << text;
	EXPECT_NE(error_of(std::string(64, 'a')), "");
	EXPECT_EQ(error_of(std::string(63, 'a') + ".b"), "");
}

TEST(AllowedHosts, AnythingIsReadWithoutHarm)
{
	const std::string letters = "a1*.:/[]!@,%- fx0";
	unsigned seed = 1;
	for (int i = 0; i < 200000; ++i)
	{
		std::string text;
		for (int length = i % 14; length > 0; --length)
			text += letters[(seed = seed * 1103515245 + 12345) / 65536 % letters.size()];
		std::string error;
		if (const auto hosts = AllowedHosts::parse(text, error))
			(void)hosts->allow_name(text, 1);
		else
			EXPECT_NE(error, "") << text;
	}
}

TEST(LookUp, WaysToWriteANumber)
{
	for (const char* host : {"2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001"})
	{
		EXPECT_EQ(found(host), "127.0.0.1") << host;
		EXPECT_EQ(found(host, true), "127.0.0.1") << host;
	}
	EXPECT_EQ(found("::ffff:127.0.0.1", true), "::ffff:127.0.0.1");
	std::string error;
	EXPECT_EQ(look_up("::ffff:10.0.0.1", true, error).at(0).address, *read_address("10.0.0.1"));
	EXPECT_TRUE(look_up("localhost", true, error).empty());
	EXPECT_NE(error, "");
}
