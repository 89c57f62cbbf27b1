/*
 * The hosts of a connection, its deadline, its way over the network.
 */
#include <gtest/gtest.h>

#include "remote/hosts.hpp"
#include "remote/url.hpp"

using namespace datalinks::remote;

namespace
{

/* "host|hostaddr|port|target_session_attrs" of each attempt */
std::vector<std::string> attempts(const Options& connection)
{
	std::vector<std::string> texts;
	for (const Options& one : split_hosts(connection))
		texts.push_back(value_of(one, "host") + "|" + value_of(one, "hostaddr") + "|" +
		                value_of(one, "port") + "|" + value_of(one, "target_session_attrs"));
	return texts;
}

using Texts = std::vector<std::string>;

bool network(const std::string& host, const std::string& address = "")
{
	return over_network({{"host", host}, {"hostaddr", address}});
}

} // namespace

TEST(SplitHosts, NoList)
{
	const Options one{{"host", "h"}, {"user", "u"}, {"target_session_attrs", "prefer-standby"}};
	EXPECT_EQ(split_hosts(one), std::vector<Options>{one});
	EXPECT_EQ(split_hosts({}), std::vector<Options>{Options{}});
	EXPECT_EQ(attempts({{"service", "s"}, {"port", "1"}}), Texts{"||1|"});
}

TEST(SplitHosts, Lists)
{
	EXPECT_EQ(attempts({{"host", "a,b"}}), (Texts{"a|||", "b|||"}));
	EXPECT_EQ(attempts({{"host", "a,b"}, {"port", "5"}}), (Texts{"a||5|", "b||5|"}));
	EXPECT_EQ(attempts({{"host", "a,b"}, {"port", "5,"}}), (Texts{"a||5|", "b|||"}));
	EXPECT_EQ(attempts({{"hostaddr", "1.1.1.1,2.2.2.2"}, {"port", "5,6"}}),
	          (Texts{"|1.1.1.1|5|", "|2.2.2.2|6|"}));
	EXPECT_EQ(attempts({{"host", "a,b"}, {"hostaddr", "1.1.1.1,"}}),
	          (Texts{"a|1.1.1.1||", "b|||"}));
	EXPECT_EQ(attempts({{"host", ",b"}}), (Texts{"|||", "b|||"}));
}

TEST(SplitHosts, TheRestIsKept)
{
	const auto each = split_hosts({{"dbname", "d"}, {"host", "a,b"}, {"password", "p"}});
	EXPECT_EQ(each.at(1), (Options{{"dbname", "d"}, {"host", "b"}, {"password", "p"}}));
}

TEST(SplitHosts, PreferStandby)
{
	EXPECT_EQ(attempts({{"host", "a,b"}, {"target_session_attrs", "prefer-standby"}}),
	          (Texts{"a|||standby", "b|||standby", "a|||any", "b|||any"}));
	EXPECT_EQ(attempts({{"host", "a,b"}, {"target_session_attrs", "primary"}}),
	          (Texts{"a|||primary", "b|||primary"}));
}

TEST(SplitHosts, Mismatches)
{
	EXPECT_THROW(split_hosts({{"host", "a,b"}, {"port", "1,2,3"}}), UrlError);
	EXPECT_THROW(split_hosts({{"host", "a"}, {"port", "1,2"}}), UrlError);
	EXPECT_THROW(split_hosts({{"port", "1,2"}}), UrlError);
	EXPECT_THROW(split_hosts({{"host", "a,b"}, {"hostaddr", "1.1.1.1"}}), UrlError);
}

TEST(ConnectTimeout, AsLibpqRounds)
{
	const auto timeout = [](const std::string& value) {
		return connect_timeout({{"connect_timeout", value}});
	};
	EXPECT_EQ(connect_timeout({}), 10);
	EXPECT_EQ(timeout("30"), 30);
	EXPECT_EQ(timeout("1"), 2);
	EXPECT_EQ(timeout("2"), 2);
	EXPECT_EQ(timeout("0"), 0);
	EXPECT_EQ(timeout("-5"), 0);
	EXPECT_EQ(timeout(" +7 "), 7);
	for (const char* value : {"x", "1x", " ", "1.5", "2147483648", "99999999999999999999", "-"})
		EXPECT_THROW(timeout(value), UrlError) << value;
}

TEST(OverNetwork, HostsAndAddresses)
{
	for (const char* host : {"", "/tmp", "@s", "localhost", "LocalHost", "127.0.0.1", "127.9.9.9",
	                         "::1", "0:0:0:0:0:0:0:1", "/tmp,localhost"})
		EXPECT_FALSE(network(host)) << host;
	for (const char* host : {"h", "127.example.com", "128.0.0.1", "::2", "localhost.example.com",
	                         "/tmp,h", "localhost,10.0.0.1"})
		EXPECT_TRUE(network(host)) << host;
	EXPECT_FALSE(network("db.example.com", "127.0.0.1"));
	EXPECT_TRUE(network("localhost", "10.0.0.1"));
	EXPECT_TRUE(over_network({{"service", "s"}}));
	EXPECT_FALSE(over_network({{"service", "s"}, {"host", "/tmp"}}));
	EXPECT_FALSE(over_network({}));
}

TEST(TlsRequired, Modes)
{
	for (const char* mode : {"require", "verify-ca", "verify-full"})
		EXPECT_TRUE(tls_required({{"sslmode", mode}}));
	for (const char* mode : {"disable", "allow", "prefer", ""})
		EXPECT_FALSE(tls_required({{"sslmode", mode}}));
	EXPECT_FALSE(tls_required({}));
}
