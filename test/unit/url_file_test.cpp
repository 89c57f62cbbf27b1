/*
 * The administrator's file of named URLs: what is read out of it, how it is refused, which files
 * are read at all.
 */
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remote/url_file.hpp"

using namespace datalinks::remote;

namespace
{

NamedUrl only_entry(const std::string& text)
{
	SCOPED_TRACE(text);
	const auto entries = parse_url_file(text);
	EXPECT_EQ(entries.size(), 1U);
	return entries.at(0);
}

/* "line: problem", or "read" where it can be. */
std::string refusal(const std::string& text)
{
	try
	{
		parse_url_file(text);
	}
	catch (const UrlFileError& error)
	{
		return std::to_string(error.line()) + ": " + error.what();
	}
	return "read";
}

void expect_refused(const std::string& text, const std::string& beginning)
{
	EXPECT_TRUE(refusal(text).starts_with(beginning)) << text << "\n" << refusal(text);
}

std::string with_roles(const std::string& roles)
{
	return "[a]\nurl = u\nroles = " + roles + "\n";
}

} // namespace

TEST(UrlFile, Entries)
{
	const auto entries =
	    parse_url_file("# ours\r\n"
	                   "\r\n"
	                   "[orders_prod]\r\n"
	                   "  url = postgres://app:s#c=ret@db/orders?sslmode=require \r\n"
	                   "\troles=app , +reporting,all\r\n"
	                   "password_required = false\r\n"
	                   "[ Orders-2.test ]\n"
	                   "   # again\n"
	                   "url=host=db password='a b'\n");
	ASSERT_EQ(entries.size(), 2U);
	EXPECT_EQ(entries[0].name, "orders_prod");
	EXPECT_EQ(entries[0].line, 3U);
	EXPECT_EQ(entries[0].url, "postgres://app:s#c=ret@db/orders?sslmode=require");
	EXPECT_EQ(entries[0].roles, (std::vector<PermittedRole>{{PermittedRole::role, "app"},
	                                                        {PermittedRole::members, "reporting"},
	                                                        {PermittedRole::all, ""}}));
	EXPECT_FALSE(entries[0].password_required);
	EXPECT_EQ(entries[1].name, "Orders-2.test");
	EXPECT_EQ(entries[1].url, "host=db password='a b'");
	EXPECT_TRUE(entries[1].roles.empty());
	EXPECT_TRUE(entries[1].password_required);
	EXPECT_TRUE(parse_url_file("").empty());
	EXPECT_TRUE(parse_url_file("# nothing\n\n").empty());
}

TEST(UrlFile, RolesAreTakenAsTheyStand)
{
	using Roles = std::vector<PermittedRole>;
	const auto roles = [](const std::string& list) { return only_entry(with_roles(list)).roles; };
	EXPECT_EQ(roles("App"), (Roles{{PermittedRole::role, "App"}}));
	EXPECT_EQ(roles("my-role,j\xC3\xB6rg"),
	          (Roles{{PermittedRole::role, "my-role"}, {PermittedRole::role, "j\xC3\xB6rg"}}));
	EXPECT_EQ(roles("\"all\""), (Roles{{PermittedRole::role, "all"}}));
	EXPECT_EQ(roles("+all"), (Roles{{PermittedRole::members, "all"}}));
	EXPECT_EQ(roles("\"a, \"\"b\"\"\" , +\"c d\""),
	          (Roles{{PermittedRole::role, "a, \"b\""}, {PermittedRole::members, "c d"}}));
	EXPECT_EQ(roles("\"+a\""), (Roles{{PermittedRole::role, "+a"}}));
	EXPECT_EQ(roles("\"/x\",\"@y\""),
	          (Roles{{PermittedRole::role, "/x"}, {PermittedRole::role, "@y"}}));
	for (const char* wrong : {"a,", ",a", ",", "a b", "\"a", "\"\"", "+", "+\"\"", "a,,b", "\"a\"b",
	                          "\"a\" b", "a\"b\"", "/^app", "@file", "+/x"})
		expect_refused(with_roles(wrong), "3: ");
}

TEST(UrlFile, Refusals)
{
	expect_refused("url = u\n", "1: a section");
	expect_refused("[a]\nurl = u\n[a]\nurl = v\n", "3: a section of this name");
	expect_refused("[a]\n[b]\nurl = u\n", "1: the section has no \"url");
	expect_refused("[a]\nroles = b\n", "1: the section has no \"url");
	expect_refused("[a]\nurl = u\nurl = v\n", "3: the section has this parameter twice");
	expect_refused("[a]\nroles = u\nroles = v\n", "3: the section has this parameter twice");
	expect_refused("[a]\nurl = u\npassword_required = no\n", "3: password_required is");
	expect_refused("[a]\nurl =\n", "2: the parameter has no value");
	expect_refused("[a]\nurl = u\nroles =\n", "3: the parameter has no value");
	expect_refused("[a]\nurl = u\nhost = db\n", "3: a line is");
	expect_refused("[a]\nurl = u\npostgres://app:secret@db\n", "3: a line is");
	expect_refused("[a]\nURL = u\n", "2: a line is");
	expect_refused("[a\nurl = u\n", "1: a section has no \"]\"");
	expect_refused("[a] # x\nurl = u\n", "1: a section has no \"]\"");
	for (const char* name : {"[]", "[a b]", "[a/b]", "[a=b]", "[\xC3\xB6]"})
		expect_refused(std::string(name) + "\nurl = u\n", "1: a section is named");
	expect_refused("[" + std::string(64, 'a') + "]\nurl = u\n", "1: a section is named");
	EXPECT_EQ(refusal("[" + std::string(63, 'a') + "]\nurl = u\n"), "read");
	expect_refused(std::string("[a]\nurl = u\0v\n", 14), "2: it holds a zero byte");
	/* The file may be on its way to be written: half a host is a host. */
	expect_refused("[a]\nurl = postgres://app:secret@db.example.co", "2: the last line has no");
	expect_refused("\n\n#", "3: the last line has no");
}

/* Files, in a directory of their own. */
class UrlFileText : public testing::Test
{
protected:
	void SetUp() override
	{
		char name[] = "/tmp/url_file_test.XXXXXX";
		directory_ = mkdtemp(name);
		data_ = directory_ + "/data";
		std::filesystem::create_directory(data_);
	}
	void TearDown() override
	{
		std::filesystem::remove_all(directory_);
	}
	std::string make(const std::string& name, const std::string& text, mode_t mode = 0600)
	{
		const std::string path = directory_ + "/" + name;
		std::ofstream(path, std::ios::binary) << text;
		chmod(path.c_str(), mode);
		return path;
	}
	std::string refusal_of(const std::string& path)
	{
		try
		{
			return "read " + read_url_file(path, data_);
		}
		catch (const UrlFileError& error)
		{
			EXPECT_EQ(error.line(), 0U);
			return error.what();
		}
	}

	std::string directory_, data_;
};

TEST_F(UrlFileText, ReadsWhatIsSecret)
{
	EXPECT_EQ(refusal_of(make("a", "[a]\n")), "read [a]\n");
	EXPECT_EQ(refusal_of(make("b", "", 0400)), "read ");
	EXPECT_EQ(refusal_of(make("largest", std::string(1 << 20, '#'))).size(), 5U + (1 << 20));
	std::filesystem::create_symlink(directory_ + "/a", directory_ + "/to_a");
	EXPECT_EQ(refusal_of(directory_ + "/to_a"), "read [a]\n");
	/* Beside the data directory, whatever its name begins with. */
	std::filesystem::create_directory(directory_ + "/data_of_ours");
	EXPECT_EQ(refusal_of(make("data_of_ours/a", "x")), "read x");
}

TEST_F(UrlFileText, RefusesTheRest)
{
	for (const mode_t mode : {0640U, 0604U, 0620U, 0610U, 0601U, 0602U, 0644U, 0777U})
		EXPECT_NE(refusal_of(make("open", "x", mode)).find("by others"), std::string::npos) << mode;
	EXPECT_EQ(refusal_of(make("large", std::string((1 << 20) + 1, '#'))), "it has more than 1 MB");
	EXPECT_EQ(refusal_of(directory_), "it is not a regular file");
	EXPECT_EQ(refusal_of("/dev/null"), "it is not a regular file");
	ASSERT_EQ(mkfifo((directory_ + "/pipe").c_str(), 0600), 0);
	EXPECT_EQ(refusal_of(directory_ + "/pipe"), "it is not a regular file");
	EXPECT_EQ(refusal_of(directory_ + "/nothing"), "could not open it: No such file or directory");
	std::filesystem::create_symlink("/dev/null", directory_ + "/to_null");
	EXPECT_EQ(refusal_of(directory_ + "/to_null"), "it is not a regular file");
	const std::string within = "it stands in the data directory, and so in every base backup";
	EXPECT_EQ(refusal_of(make("data/a", "x")), within);
	std::filesystem::create_symlink(data_ + "/a", directory_ + "/to_data");
	EXPECT_EQ(refusal_of(directory_ + "/to_data"), within);
	std::filesystem::create_directory_symlink(data_, directory_ + "/to_directory");
	EXPECT_EQ(refusal_of(directory_ + "/to_directory/a"), within);
}
