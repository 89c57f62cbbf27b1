/*
 * What only superusers may have the server do when it connects.
 */
#include <string>

#include <gtest/gtest.h>

#include "remote/hosts.hpp"
#include "remote/rules.hpp"

using namespace datalinks::remote;

TEST(HarmfulSetting, Harmless)
{
	for (const char* options :
	     {"", "   ", "-c work_mem=1MB", "-cwork_mem=1MB", "--work-mem=1MB", "--WORK_MEM=1",
	      "-c statement_timeout=5s -c search_path=a,b", "-c application_name=a\\ b",
	      "-c search_path=-c\\ role=x", "  --DateStyle=ISO  --timezone=UTC ", "-c geqo="})
		EXPECT_EQ(harmful_setting(options), std::nullopt) << options;
}

TEST(HarmfulSetting, Harmful)
{
	using Case = std::pair<const char*, const char*>;
	for (const auto& [options, setting] :
	     {Case{"-c session_preload_libraries=x", "session_preload_libraries"},
	      Case{"--Session-Preload-Libraries=x", "session_preload_libraries"},
	      Case{"-crole=x", "role"}, Case{"-c work_mem=1 --role=x", "role"},
	      Case{"-c sess\\ion_preload_libraries=x", "session_preload_libraries"}, Case{"-c", "-c"},
	      Case{"-c work_mem", "work_mem"}, Case{"--", "--"}, Case{"-", "-"}, Case{"-S 100", "-S"},
	      Case{"work_mem=1", "work_mem=1"}, Case{"-c -c role=x", "-c"}, Case{"-c =x", "=x"}})
		EXPECT_EQ(harmful_setting(options).value_or("nothing"), setting) << options;
	for (const char* options : {"-c work_mem=1\t-c role=x", "-c work_mem=1\xA0", "\x01"})
		EXPECT_TRUE(harmful_setting(options)) << options;
}

TEST(RefusedParameter, OfTheServersOwn)
{
	for (const char* keyword : {"service", "passfile", "sslcert", "sslkey", "krbsrvname", "gsslib",
	                            "gssdelegation", "sslkeylogfile", "servicefile"})
		EXPECT_EQ(refused_parameter({{"host", "h"}, {keyword, "x"}}).value().keyword, keyword);
	EXPECT_TRUE(refused_parameter({{"gssencmode", "require"}}));
	EXPECT_FALSE(refused_parameter({{"gssencmode", "disable"}}));
	EXPECT_FALSE(refused_parameter({{"host", "/tmp"}, {"sslrootcert", "/x"}, {"link", "l"}}));
	EXPECT_TRUE(refused_parameter({{"options", "-c role=x"}}));
	for (const char* keyword : {"sslcrldir", "oauth_issuer", "oauth_client_secret", "replication"})
		EXPECT_TRUE(refused_parameter({{keyword, "x"}})) << keyword;
	EXPECT_TRUE(refused_parameter({{"sslcertmode", "allow"}}));
	EXPECT_FALSE(refused_parameter({{"sslcertmode", "disable"}}));
}

TEST(Sockets, Named)
{
	EXPECT_TRUE(names_socket({{"host", "/tmp"}}));
	EXPECT_TRUE(names_socket({{"host", "a,@b"}}));
	EXPECT_FALSE(names_socket({{"host", "a,b/c"}}));
	EXPECT_FALSE(names_socket({}));
}

TEST(Sockets, Possible)
{
	EXPECT_TRUE(may_use_socket({}));
	EXPECT_TRUE(may_use_socket({{"host", ""}}));
	EXPECT_TRUE(may_use_socket({{"host", "a,"}}));
	EXPECT_TRUE(may_use_socket({{"host", "/tmp"}}));
	EXPECT_TRUE(may_use_socket({{"host", "a,/tmp"}, {"hostaddr", "1.1.1.1,"}}));
	EXPECT_TRUE(may_use_socket({{"hostaddr", "1.1.1.1,"}}));
	EXPECT_TRUE(may_use_socket({{"service", "s"}}));
	EXPECT_FALSE(may_use_socket({{"host", "a"}}));
	EXPECT_FALSE(may_use_socket({{"host", "/tmp"}, {"hostaddr", "1.1.1.1"}}));
}

TEST(RequiredMethods, WithinWhatIsGiven)
{
	EXPECT_EQ(required_methods({}), "password,md5,scram-sha-256");
	EXPECT_EQ(required_methods({{"require_auth", "scram-sha-256"}}), "scram-sha-256");
	EXPECT_EQ(required_methods({{"require_auth", "md5,none,scram-sha-256"}}), "md5,scram-sha-256");
	EXPECT_EQ(required_methods({{"require_auth", "!password,!none"}}), "md5,scram-sha-256");
	EXPECT_EQ(required_methods({{"require_auth", "none"}}), "");
	EXPECT_EQ(required_methods({{"require_auth", "gss"}}), "");
}

TEST(PasswordParameters, Always)
{
	const Options parameters = password_parameters({{"require_auth", "none"}});
	EXPECT_EQ(value_of(parameters, "passfile"), "/dev/null");
	EXPECT_EQ(value_of(parameters, "gssencmode"), "disable");
	EXPECT_EQ(value_of(parameters, "require_auth"), "");
	EXPECT_EQ(value_of(password_parameters({}), "require_auth"),
	          knows_parameter("require_auth") ? "password,md5,scram-sha-256" : "");
}

TEST(UnreadableFile, OnlyRegularOnes)
{
	for (const char* path : {"/dev/zero", "/dev/ptmx", "/", "/proc/self/pagemap"})
		EXPECT_TRUE(unreadable_file({{"sslrootcert", path}})) << path;
	EXPECT_TRUE(unreadable_file({{"sslcrl", "/dev/zero"}}));
	EXPECT_FALSE(unreadable_file({{"sslrootcert", "/etc/passwd"}}));
	EXPECT_FALSE(unreadable_file({{"sslrootcert", "/no/such/file"}}));
	EXPECT_FALSE(unreadable_file({}));
}

TEST(OversizedValue, OfLibpqsAlone)
{
	EXPECT_EQ(oversized_value({{"dbname", std::string(8193, 'x')}}).value().keyword, "dbname");
	EXPECT_FALSE(oversized_value({{"dbname", std::string(8192, 'x')}}));
	EXPECT_FALSE(oversized_value({{"only_tables", std::string(10000, 'x')}}));
}

TEST(NeedsLookUp, NamesAlone)
{
	EXPECT_TRUE(needs_look_up({{"host", "db.example.com"}}));
	EXPECT_TRUE(needs_look_up({{"service", "s"}}));
	for (const char* host : {"127.0.0.1", "::1", "fe80::1%eth0", "/tmp", "@x", ""})
		EXPECT_FALSE(needs_look_up({{"host", host}})) << host;
	EXPECT_FALSE(needs_look_up({{"host", "db"}, {"hostaddr", "1.1.1.1"}}));
}
