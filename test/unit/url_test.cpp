/*
 * The remote's URL: what becomes of it, how it is shown, how it is refused.
 */
#include <functional>
#include <tuple>

#include <gtest/gtest.h>

#include "remote/hosts.hpp"
#include "remote/url.hpp"

using namespace datalinks::remote;

namespace
{

/* What a URL is refused with; a failure of the test where it is taken. */
UrlError error_of(const std::function<void()>& act)
{
	try
	{
		act();
	}
	catch (const UrlError& error)
	{
		return error;
	}
	ADD_FAILURE() << "no error";
	return UrlError(UrlError::syntax, "", "", "");
}

UrlError refused(const std::string& text)
{
	SCOPED_TRACE(text);
	return error_of([&] { parse_url(text); });
}

/* Without the connect_timeout that parse_url adds. */
Options server_of(const std::string& text)
{
	Options server = parse_url(text).server;
	std::erase(server, Option{"connect_timeout", "10"});
	return server;
}

Options mapping_of(const std::string& text)
{
	return parse_url(text).mapping;
}

std::string shown(const std::string& text)
{
	const Url url = parse_url(text);
	const std::string display_form = display(url.server, "");
	EXPECT_EQ(parse_url(display_form).server, url.server) << display_form;
	EXPECT_EQ(parse_url(display_form).mapping, Options{}) << display_form;
	return display_form;
}

} // namespace

TEST(ParseUrl, SplitsServerFromMapping)
{
	const Url url = parse_url("postgres://app:secret@db.example.com:5433/orders?sslmode=require");
	EXPECT_EQ(url.server, (Options{{"connect_timeout", "10"},
	                               {"dbname", "orders"},
	                               {"host", "db.example.com"},
	                               {"port", "5433"},
	                               {"sslmode", "require"}}));
	EXPECT_EQ(url.mapping, (Options{{"user", "app"}, {"password", "secret"}}));
	EXPECT_EQ(
	    parse_url("postgresql://app:secret@db.example.com:5433/orders?sslmode=require").server,
	    url.server);
}

TEST(ParseUrl, SecretsOfTheQueryGoToTheMapping)
{
	const Url url =
	    parse_url("postgres://h/d?user=u&password=p1&sslpassword=p2&sslkey=/k&sslcert=/c");
	EXPECT_EQ(url.mapping, (Options{{"user", "u"}, {"password", "p1"}, {"sslpassword", "p2"}}));
	EXPECT_EQ(value_of(url.server, "sslkey"), "/k");
	EXPECT_EQ(value_of(url.server, "sslcert"), "/c");
	EXPECT_EQ(value_of(url.server, "password"), "");
}

TEST(ParseUrl, PercentEncoding)
{
	EXPECT_EQ(mapping_of("postgres://a%40b:p%2F%25%3a%3F%20%26@h/d"),
	          (Options{{"user", "a@b"}, {"password", "p/%:? &"}}));
	EXPECT_EQ(server_of("postgres://h/gr%C3%B6%C3%9Fe"),
	          (Options{{"dbname", "größe"}, {"host", "h"}}));
	EXPECT_EQ(server_of("postgres://%2Fvar%2Frun/d"),
	          (Options{{"dbname", "d"}, {"host", "/var/run"}}));
}

TEST(ParseUrl, UnencodedCharactersThatLibpqTakesInAPassword)
{
	EXPECT_EQ(value_of(mapping_of("postgres://u:p?q#r:s=t&v@h/d"), "password"), "p?q#r:s=t&v");
}

TEST(ParseUrl, Ipv6)
{
	EXPECT_EQ(server_of("postgres://[2001:db8::1]:5433/d"),
	          (Options{{"dbname", "d"}, {"host", "2001:db8::1"}, {"port", "5433"}}));
	EXPECT_EQ(server_of("postgres://[::1],[fe80::1%25eth0]:1/d"),
	          (Options{{"dbname", "d"}, {"host", "::1,fe80::1%eth0"}, {"port", ",1"}}));
}

TEST(ParseUrl, SeveralHosts)
{
	EXPECT_EQ(server_of("postgres://a:1,b:2/d?target_session_attrs=read-write"),
	          (Options{{"dbname", "d"},
	                   {"host", "a,b"},
	                   {"port", "1,2"},
	                   {"target_session_attrs", "read-write"}}));
	EXPECT_EQ(server_of("postgres://a,b/d"), (Options{{"dbname", "d"}, {"host", "a,b"}}));
}

TEST(ParseUrl, KeywordStrings)
{
	const Url url = parse_url(" host = db  dbname='my db' user=u password='it\\'s \\\\ =' "
	                          "options='-c search_path=a\\\\ b' ");
	EXPECT_EQ(value_of(url.server, "dbname"), "my db");
	EXPECT_EQ(value_of(url.server, "options"), "-c search_path=a\\ b");
	EXPECT_EQ(url.mapping, (Options{{"user", "u"}, {"password", "it's \\ ="}}));
	EXPECT_EQ(server_of("service=prod"), (Options{{"service", "prod"}}));
	EXPECT_EQ(server_of("host=h options='-c a=postgres://x'").size(), 2U);
}

TEST(ParseUrl, OptionsWithSpaces)
{
	EXPECT_EQ(value_of(server_of("postgres://h/d?options=-c%20a%3Db%20-c%20c%3Dd"), "options"),
	          "-c a=b -c c=d");
}

TEST(ParseUrl, EmptyValuesAreDropped)
{
	EXPECT_EQ(server_of("host=h dbname='' sslmode=''"), (Options{{"host", "h"}}));
	EXPECT_EQ(mapping_of("host=h user='' password=''"), Options{});
	EXPECT_EQ(server_of("postgres://"), Options{});
	EXPECT_EQ(mapping_of("postgres://:@h/d"), Options{});
}

TEST(ParseUrl, ConnectTimeout)
{
	EXPECT_EQ(value_of(parse_url("postgres://h").server, "connect_timeout"), "10");
	EXPECT_EQ(value_of(parse_url("postgres://h?connect_timeout=").server, "connect_timeout"), "10");
	EXPECT_EQ(value_of(parse_url("postgres://h?connect_timeout=3").server, "connect_timeout"), "3");
	EXPECT_EQ(refused("postgres://h?connect_timeout=3s").kind(), UrlError::syntax);
}

TEST(ParseUrl, NoForm)
{
	for (const char* text : {"", " ", "orders", "localhost/db", "u:hunter2@h/db", "mysql://u:p@h/d",
	                         "POSTGRES://u:p@h/d?sslmode=require", " postgres://u:p@h/d?sslmode=a",
	                         "jdbc:postgresql://h/d?user=u"})
	{
		const UrlError error = refused(text);
		EXPECT_EQ(error.kind(), UrlError::syntax) << text;
		EXPECT_NE(error.hint().find("postgres://user:password@host:port/dbname"),
		          std::string::npos);
	}
}

TEST(ParseUrl, UnknownParametersAreNamedWhereThatTellsNothing)
{
	for (const char* text :
	     {"postgres://h/d?pool_size=1", "postgres://u:xyz@h:5432/d?pool_size=1",
	      "postgres://[::1]:5432,b:1/d?sslmode=require&pool_size=1", "host=h pool_size=1"})
	{
		const UrlError error = refused(text);
		EXPECT_EQ(error.kind(), UrlError::unknown_parameter) << text;
		EXPECT_EQ(error.message(), "invalid parameter \"pool_size\" in remote URL") << text;
	}
	for (const char* text :
	     {"password=my pool_size=1", "PASSWORD=a pool_size=1", "host=h sslpassword=x pool_size=1",
	      "postgres://h/d?password=a&pool_size=1", "postgres://u:pool_size/x?pool_size=1",
	      "host=u:a pool_size=1@h", "pool_size==", "pool_size=", "host=h PoolSize=1",
	      "host=h pool-size=1", "postgres://h/d?pool%5Fsize=1"})
	{
		const UrlError error = refused(text);
		EXPECT_EQ(error.kind(), UrlError::unknown_parameter) << text;
		EXPECT_EQ(error.message(), "invalid parameter in remote URL") << text;
	}
}

TEST(ParseUrl, ParametersOfOtherClients)
{
	for (const auto& [query, keyword, hint] :
	     {std::tuple{"pgbouncer=true", "pgbouncer", "Remove it"},
	      std::tuple{"schema=public", "schema", "remote_schema => 'name'"},
	      std::tuple{"sslmode=require&pool_timeout=0", "pool_timeout", "Remove it"},
	      std::tuple{"currentSchema=a", "currentSchema", "remote_schema => 'name'"},
	      std::tuple{"ssl=1", "ssl", "sslmode=require"}})
		for (const std::string start :
		     {"postgres://app:s3cret@db/orders?", "postgres://schema:secret-pgbouncer@ssl/compass?",
		      "postgres://pool_timeout/?"})
		{
			const UrlError error = refused(start + query);
			EXPECT_EQ(error.kind(), UrlError::unknown_parameter) << start << query;
			EXPECT_EQ(error.message(),
			          "invalid parameter \"" + std::string(keyword) + "\" in remote URL");
			EXPECT_NE(error.hint().find(hint), std::string::npos) << error.hint();
		}
	for (const char* text : {"postgres://h/d?password=a&pgbouncer=1",
	                         "postgres://u:schema/x?schema=1", "postgres://h/d?sche%6Da=1"})
		EXPECT_EQ(refused(text).message(), "invalid parameter in remote URL") << text;
}

TEST(ParseUrl, ForbiddenParameters)
{
	for (const std::string keyword :
	     {"client_encoding", "fallback_application_name", "replication"})
		for (const std::string& text :
		     {"postgres://h/d?" + keyword + "=x", "host=h " + keyword + "=x"})
		{
			const UrlError error = refused(text);
			EXPECT_EQ(error.kind(), UrlError::forbidden_parameter);
			EXPECT_EQ(error.message(),
			          "parameter \"" + keyword + "\" is not allowed in remote URL");
		}
}

TEST(ParseUrl, DbnameThatIsAConnectionString)
{
	for (const char* text :
	     {"dbname='host=evil password=x'", "dbname=postgres://h/d", "postgres://h/a%3Db",
	      "postgres://h/postgresql:%2F%2Fx", "postgres://h/?dbname=postgres%3A%2F%2Fx"})
		EXPECT_EQ(refused(text).kind(), UrlError::forbidden_parameter) << text;
}

TEST(ParseUrl, ListsAndPortsAreChecked)
{
	for (const char* text :
	     {"postgres://a,b:1,c:2/d?port=1,2", "host=a,b port=1,2,3", "host=a port=1,2",
	      "host=a,b hostaddr=1.2.3.4", "host=h port=x", "host=h port=0", "host=h port=65536",
	      "host=h port=-1", "host=h port=99999999999999999999", "postgres://u:1234x/d"})
		EXPECT_EQ(refused(text).kind(), UrlError::syntax) << text;
	EXPECT_EQ(value_of(server_of("host=h port=65535"), "port"), "65535");
}

TEST(ParseUrl, AtSigns)
{
	for (const char* text :
	     {"postgres://u:p@ss@h/d", "postgres://u:p/w@h/d", "postgres://u:1/w@h/d",
	      "postgres://u:p@h/d?options=a@b", "host=u:p@h", "host=a,u@b", "host=h:5432", "host=::zz",
	      "host=postgres://u:p@h/d", "service=postgres://u:p@h/d"})
		EXPECT_EQ(refused(text).kind(), UrlError::syntax) << text;
	EXPECT_NE(refused("postgres://u:p@ss@h/d").hint().find("%40"), std::string::npos);
	EXPECT_EQ(server_of("host=@abstract"), (Options{{"host", "@abstract"}}));
	EXPECT_EQ(server_of("host=/tmp/a@b"), (Options{{"host", "/tmp/a@b"}}));
}

TEST(ParseUrl, ReasonsInWordsOfOurOwn)
{
	const auto detail = [](const std::string& text) { return refused(text).detail(); };
	EXPECT_EQ(detail("host=h dbname"), "A keyword in it is not followed by \"=\".");
	EXPECT_EQ(detail("host='h"), "A quoted value in it has no closing quote.");
	EXPECT_EQ(detail("postgres://[::1/d"), "An IPv6 address in it has no closing \"]\".");
	EXPECT_EQ(detail("postgres://[]/d"), "An IPv6 address in it is empty.");
	EXPECT_EQ(detail("postgres://[::1]x/d"),
	          "After an IPv6 address only \":\", \",\", \"/\" or \"?\" can follow.");
	EXPECT_EQ(detail("postgres://h/d?sslmode=a=b"),
	          "A query parameter in it has more than one \"=\".");
	EXPECT_EQ(detail("postgres://h/d?sslmode"), "A query parameter in it has no \"=\".");
	EXPECT_EQ(detail("postgres://u:s3%cret@h/d"),
	          "A \"%\" in it is not followed by two hexadecimal digits.");
	EXPECT_EQ(detail("postgres://u:%00@h/d"), "It holds %00, and no value can hold a zero byte.");
}

TEST(Display, Forms)
{
	EXPECT_EQ(shown("postgres://app:secret@db.example.com/orders"),
	          "postgres://db.example.com/orders");
	EXPECT_EQ(shown("postgres://u:p@h:5433"), "postgres://h:5433");
	EXPECT_EQ(shown("postgres://a:1,b:2/d?sslmode=require"),
	          "postgres://a:1,b:2/d?sslmode=require");
	EXPECT_EQ(shown("postgres://a,b:2,c/d"), "postgres://a,b:2,c/d");
	EXPECT_EQ(shown("host=a,b port=5433 dbname=d"), "postgres://a,b/d?port=5433");
	EXPECT_EQ(shown("postgres://[::1]:5433/d"), "postgres://[::1]:5433/d");
	EXPECT_EQ(shown("host=fe80::1%eth0"), "postgres://[fe80::1%25eth0]");
	EXPECT_EQ(shown("host=/var/run/postgresql dbname=d"), "postgres://%2Fvar%2Frun%2Fpostgresql/d");
	EXPECT_EQ(shown("host=@abstract port=1 dbname=d"), "postgres://%40abstract:1/d");
	EXPECT_EQ(shown("service=prod"), "postgres:///?service=prod");
	EXPECT_EQ(shown("port=5433"), "postgres://:5433");
	EXPECT_EQ(shown("dbname=d hostaddr=1.2.3.4,::1 port=1,2"),
	          "postgres:///d?hostaddr=1.2.3.4,::1&port=1,2");
	EXPECT_EQ(shown("host=h dbname='my db/é?#&@'"), "postgres://h/my%20db%2F%C3%A9%3F%23%26%40");
	EXPECT_EQ(shown("host=h options='-c a=b'"), "postgres://h?options=-c%20a%3Db");
	EXPECT_EQ(shown("host=h connect_timeout=3"), "postgres://h?connect_timeout=3");
	EXPECT_EQ(shown("host=, port=1,2"), "postgres://:1,:2");
	EXPECT_EQ(shown("postgres://"), "postgres:///");
}

TEST(Display, UserWhenGiven)
{
	const Url url = parse_url("postgres://a%40b:p@h/d");
	EXPECT_EQ(display(url.server, value_of(url.mapping, "user")), "postgres://a%40b@h/d");
	EXPECT_EQ(mapping_of(display(url.server, "a@b:c/d")), (Options{{"user", "a@b:c/d"}}));
	EXPECT_EQ(mapping_of(display({{"host", "@s"}}, "u")), (Options{{"user", "u"}}));
}

TEST(Display, PassesOverWhatIsNotTheServers)
{
	const Options options{
	    {"host", "h"},           {"user", "u"},          {"password", "p1"},
	    {"sslpassword", "p2"},   {"link", "music"},      {"remote_schema", "public"},
	    {"replication", "true"}, {"updatable", "false"}, {"client_encoding", "x"}};
	EXPECT_EQ(display(options, ""), "postgres://h");
}

TEST(Url, DatabaseOf)
{
	EXPECT_EQ(database_of(parse_url("postgres://h/d?service=s").server, "u"), "d");
	EXPECT_EQ(database_of(parse_url("postgres://h?service=s").server, "u"), "s");
	EXPECT_EQ(database_of(parse_url("postgres://h").server, "u"), "u");
	EXPECT_EQ(database_of(parse_url("postgres://h").server, ""), "");
}
