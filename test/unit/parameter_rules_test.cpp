/*
 * The table of libpq's parameters, against the libpq that is loaded and the lists of the others.
 */
#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "remote/options.hpp"
#include "remote/parameters.hpp"

using namespace datalinks::remote;

namespace
{

using Keywords = std::set<std::string>;

int loaded()
{
	return PQlibVersion() / 10000;
}

/* PQconndefaults() of libpq 15, and what each later one added. */
Keywords known_to(int version)
{
	Keywords keywords{"service",
	                  "user",
	                  "password",
	                  "passfile",
	                  "channel_binding",
	                  "connect_timeout",
	                  "dbname",
	                  "host",
	                  "hostaddr",
	                  "port",
	                  "client_encoding",
	                  "options",
	                  "application_name",
	                  "fallback_application_name",
	                  "keepalives",
	                  "keepalives_idle",
	                  "keepalives_interval",
	                  "keepalives_count",
	                  "tcp_user_timeout",
	                  "sslmode",
	                  "sslcompression",
	                  "sslcert",
	                  "sslkey",
	                  "sslpassword",
	                  "sslrootcert",
	                  "sslcrl",
	                  "sslcrldir",
	                  "sslsni",
	                  "requirepeer",
	                  "ssl_min_protocol_version",
	                  "ssl_max_protocol_version",
	                  "gssencmode",
	                  "krbsrvname",
	                  "gsslib",
	                  "replication",
	                  "target_session_attrs"};
	if (version >= 16)
		keywords.insert({"sslcertmode", "require_auth", "gssdelegation", "load_balance_hosts"});
	if (version >= 17)
		keywords.insert("sslnegotiation");
	if (version >= 18)
		keywords.insert({"min_protocol_version", "max_protocol_version", "scram_client_key",
		                 "scram_server_key", "oauth_issuer", "oauth_client_id",
		                 "oauth_client_secret", "oauth_scope", "sslkeylogfile"});
	return keywords;
}

Keywords in_table(int version)
{
	Keywords keywords;
	for (const ParameterRule& rule : parameter_rules())
		if (rule.since <= version)
			keywords.emplace(rule.keyword);
	return keywords;
}

/* As postgres_fdw has it. */
Place native_place(const PQconninfoOption& parameter)
{
	const std::string keyword = parameter.keyword, display = parameter.dispchar;
	if (display.find('D') != display.npos || keyword == "client_encoding" ||
	    keyword == "fallback_application_name")
		return Place::nowhere;
	return display.find('*') != display.npos || keyword == "user" ? Place::mapping : Place::server;
}

} // namespace

TEST(ParameterRules, EachVersionsWhole)
{
	for (int version = 15; version <= 18; ++version)
		EXPECT_EQ(in_table(version), known_to(version)) << version;
}

TEST(ParameterRules, LoadedLibpqs)
{
	if (loaded() > 18)
		GTEST_SKIP() << "a libpq that is newer than the table";
	Keywords keywords;
	const Parameters defaults(PQconndefaults());
	for (const PQconninfoOption* parameter = defaults.get(); parameter->keyword != nullptr;
	     ++parameter)
	{
		keywords.emplace(parameter->keyword);
		EXPECT_EQ(place_of(*parameter), native_place(*parameter)) << parameter->keyword;
	}
	EXPECT_EQ(keywords, in_table(loaded()));
}

TEST(ParameterRules, NoneWithoutItsReason)
{
	for (const ParameterRule& rule : parameter_rules())
	{
		EXPECT_EQ(rule.reason.empty(), rule.giver == Giver::anybody) << rule.keyword;
		EXPECT_EQ(rule_of(rule.keyword), &rule) << rule.keyword;
	}
	EXPECT_EQ(rule_of("link"), nullptr);
}

TEST(ParameterRules, UnknownOnesAreOfTheServer)
{
	char keyword[] = "brand_new", open[] = "", secret[] = "*", debug[] = "D";
	PQconninfoOption parameter{};
	parameter.keyword = keyword;
	using Case = std::pair<char*, Place>;
	for (const auto& [display, place] :
	     {Case{open, Place::server}, Case{secret, Place::mapping}, Case{debug, Place::nowhere}})
	{
		parameter.dispchar = display;
		EXPECT_EQ(place_of(parameter), place) << display;
	}
}
