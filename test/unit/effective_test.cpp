/*
 * What libpq makes of a connection's options: its environment, a service file, its defaults.
 */
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "remote/effective.hpp"
#include "remote/options.hpp"

using namespace datalinks::remote;

namespace
{

/* "host|hostaddr|port|sslmode" */
std::string seen(const Options& connection)
{
	std::string error;
	const auto options = effective(connection, error);
	if (!options)
		return "error: " + error;
	return value_of(*options, "host") + "|" + value_of(*options, "hostaddr") + "|" +
	       value_of(*options, "port") + "|" + value_of(*options, "sslmode");
}

/* A variable of the environment, for a scope. */
class Variable
{
public:
	Variable(const char* name, const std::string& value) : name_(name)
	{
		setenv(name, value.c_str(), 1);
	}
	~Variable()
	{
		unsetenv(name_);
	}
	Variable(const Variable&) = delete;
	Variable& operator=(const Variable&) = delete;

private:
	const char* name_;
};

} // namespace

TEST(Effective, AsGiven)
{
	EXPECT_EQ(seen({{"host", "a,b"}, {"port", "1,2"}, {"sslmode", "require"}}), "a,b||1,2|require");
	EXPECT_EQ(seen({{"host", "a"}}), "a||5432|prefer");
	EXPECT_EQ(seen({{"host", "a,b"}, {"port", ",7"}}), "a,b||5432,7|prefer");
	EXPECT_EQ(seen({{"host", "a"}, {"hostaddr", "10.0.0.1"}}), "a|10.0.0.1|5432|prefer");
	EXPECT_EQ(seen({{"hostaddr", "10.0.0.1"}}), "|10.0.0.1|5432|prefer");
	std::string error;
	const auto options = effective({{"link", "l"}, {"host", "a"}, {"password", "p"}}, error);
	EXPECT_EQ(value_of(options.value(), "link") + value_of(*options, "password"), "lp");
}

TEST(Effective, DefaultSocket)
{
	const std::string socket = seen({});
	EXPECT_TRUE(socket.starts_with("/")) << socket;
	const std::string directory = socket.substr(0, socket.find('|'));
	EXPECT_EQ(seen({{"host", ",b"}}), directory + ",b||5432|prefer");
	EXPECT_EQ(seen({{"hostaddr", "10.0.0.1,"}}), "," + directory + "|10.0.0.1,|5432|prefer");
	EXPECT_EQ(seen({{"host", "a,"}, {"hostaddr", ",10.0.0.1"}}), "a,|,10.0.0.1|5432|prefer");
}

TEST(Effective, Environment)
{
	const Variable host("PGHOST", "from.env"), port("PGPORT", "7"), mode("PGSSLMODE", "require");
	EXPECT_EQ(seen({}), "from.env||7|require");
	EXPECT_EQ(seen({{"host", "a"}, {"sslmode", "disable"}}), "a||7|disable");
	const Variable address("PGHOSTADDR", "10.0.0.1");
	EXPECT_EQ(seen({{"host", "a"}}), "a|10.0.0.1|7|require");
}

TEST(Effective, Service)
{
	const std::string path = testing::TempDir() + "effective_test_services";
	std::ofstream(path) << "[s]\nhost=from.service\nhostaddr=10.0.0.2\nport=8\nsslmode=allow\n";
	const Variable file("PGSERVICEFILE", path);
	EXPECT_EQ(seen({{"service", "s"}}), "from.service|10.0.0.2|8|allow");
	EXPECT_EQ(seen({{"service", "s"}, {"host", "a"}}), "a|10.0.0.2|8|allow");
	EXPECT_TRUE(seen({{"service", "none"}}).starts_with("error: "));
	const Variable service("PGSERVICE", "s");
	EXPECT_EQ(seen({{"host", "a"}}), "a|10.0.0.2|8|allow");
}

TEST(Effective, WhatLibpqDoesNotTake)
{
	EXPECT_EQ(seen({{"host", "a,b"}, {"port", "1,2,3"}}), "a,b||1,2,3|prefer");
	EXPECT_EQ(seen({{"host", "a"}, {"sslmode", "often"}}), "a||5432|often");
}
