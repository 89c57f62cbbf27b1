/*
 * The statements for changes.
 */
#include <gtest/gtest.h>

#include "schema/statements.hpp"

using namespace datalinks::schema;

namespace
{

const Place place{"orders", "shop", "public"};

Relation table(const std::string& name, std::vector<Column> columns)
{
	return {name, name, {}, std::move(columns)};
}

/* Every statement for what differs. */
std::vector<std::string> statements(const Relations& remote, const Relations& local,
                                    bool cascade = false)
{
	std::vector<std::string> texts;
	for (const Change& change : diff(remote, local))
		texts.push_back(statement(change, place, cascade));
	return texts;
}

std::vector<std::string> column_statements(const Column& remote, const Column& local,
                                           bool cascade = false)
{
	return statements({table("item", {remote})}, {table("item", {local})}, cascade);
}

using Texts = std::vector<std::string>;

const Column number{"n", "n", "pg_catalog.int4", "", false, false};
const Column sum{"n", "n", "pg_catalog.int4", "", true, true};

} // namespace

TEST(Statements, MakeTables)
{
	Relation relation =
	    table("it\"em", {number, {"s", "s", "pg_catalog.text", "x.\"C\"", true, false}});
	relation.options["remote_kind"] = "view";
	EXPECT_EQ(statements({relation}, {}),
	          Texts{"CREATE FOREIGN TABLE \"shop\".\"it\"\"em\" (\"n\" pg_catalog.int4, "
	                "\"s\" pg_catalog.text COLLATE x.\"C\" NOT NULL) SERVER \"orders\" OPTIONS ("
	                "\"schema_name\" 'public', \"table_name\" 'it\"em', \"remote_kind\" 'view')"});
	EXPECT_EQ(statements({table("none", {})}, {}),
	          Texts{"CREATE FOREIGN TABLE \"shop\".\"none\" () SERVER \"orders\" OPTIONS ("
	                "\"schema_name\" 'public', \"table_name\" 'none')"});
}

TEST(Statements, KeepNamesThatDoNotFit)
{
	const Column cut{"abc", "abc'd", "pg_catalog.int4", "", false, false};
	EXPECT_EQ(statements({{"t", "t'long", {}, {cut}}}, {}),
	          Texts{"CREATE FOREIGN TABLE \"shop\".\"t\" (\"abc\" pg_catalog.int4 OPTIONS ("
	                "\"column_name\" 'abc''d')) SERVER \"orders\" OPTIONS ("
	                "\"schema_name\" 'public', \"table_name\" 't''long')"});
}

TEST(Statements, DropTables)
{
	EXPECT_EQ(statements({}, {table("item", {})}), Texts{"DROP FOREIGN TABLE \"shop\".\"item\""});
	EXPECT_EQ(statements({}, {table("item", {})}, true),
	          Texts{"DROP FOREIGN TABLE \"shop\".\"item\" CASCADE"});
}

TEST(Statements, ChangeOptions)
{
	Relation remote = table("item", {});
	Relation local = remote;
	remote.options = {{"a", "it's"}, {"b", "2"}};
	local.options = {{"b", "1"}, {"c", "1"}};
	EXPECT_EQ(statements({remote}, {local}),
	          (Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" OPTIONS (ADD \"a\" 'it''s')",
	                 "ALTER FOREIGN TABLE \"shop\".\"item\" OPTIONS (SET \"b\" '2')",
	                 "ALTER FOREIGN TABLE \"shop\".\"item\" OPTIONS (DROP \"c\")"}));
}

TEST(Statements, AddAndDropColumns)
{
	EXPECT_EQ(statements({table("item", {sum})}, {table("item", {})}),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" ADD COLUMN \"n\" pg_catalog.int4 "
	                "GENERATED ALWAYS AS (NULL::pg_catalog.int4) STORED NOT NULL"});
	EXPECT_EQ(statements({table("item", {})}, {table("item", {number})}),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" DROP COLUMN \"n\""});
	EXPECT_EQ(statements({table("item", {})}, {table("item", {number})}, true),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" DROP COLUMN \"n\" CASCADE"});
}

TEST(Statements, RetypeColumns)
{
	const Column text{"n", "n", "pg_catalog.text", "pg_catalog.\"C\"", false, false};
	EXPECT_EQ(column_statements(text, number),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" ALTER COLUMN \"n\" TYPE pg_catalog.text "
	                "COLLATE pg_catalog.\"C\""});
	EXPECT_EQ(column_statements(number, text, true),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" ALTER COLUMN \"n\" TYPE "
	                "pg_catalog.int4"});
}

TEST(Statements, ChangeNotNull)
{
	Column strict = number;
	strict.not_null = true;
	EXPECT_EQ(column_statements(strict, number),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" ALTER COLUMN \"n\" SET NOT NULL"});
	EXPECT_EQ(column_statements(number, strict),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" ALTER COLUMN \"n\" DROP NOT NULL"});
}

TEST(Statements, ChangeComputation)
{
	EXPECT_EQ(column_statements(sum, number, true),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" DROP COLUMN \"n\" CASCADE, "
	                "ADD COLUMN \"n\" pg_catalog.int4 GENERATED ALWAYS AS (NULL::pg_catalog.int4) "
	                "STORED NOT NULL"});
	EXPECT_EQ(column_statements(number, sum),
	          (Texts{"ALTER FOREIGN TABLE \"shop\".\"item\" ALTER COLUMN \"n\" DROP EXPRESSION",
	                 "ALTER FOREIGN TABLE \"shop\".\"item\" ALTER COLUMN \"n\" DROP NOT NULL"}));
}

TEST(Statements, NameWhatTheUserRenamed)
{
	Relation local{"Mine", "item", {}, {{"My n", "n", "pg_catalog.int8", "", false, false}}};
	EXPECT_EQ(statements({table("item", {number})}, {local}),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"Mine\" ALTER COLUMN \"My n\" TYPE "
	                "pg_catalog.int4"});
	/* Made anew, it keeps its name here and says which it is there. */
	EXPECT_EQ(statements({table("item", {sum})}, {local}),
	          Texts{"ALTER FOREIGN TABLE \"shop\".\"Mine\" DROP COLUMN \"My n\", ADD COLUMN "
	                "\"My n\" pg_catalog.int4 OPTIONS (\"column_name\" 'n') GENERATED ALWAYS AS "
	                "(NULL::pg_catalog.int4) STORED NOT NULL"});
}

TEST(Statements, AddLabels)
{
	const auto added = [](std::vector<std::string> remote, std::vector<std::string> local) {
		return statement(diff(Enumerations{{"s.\"Mood\"", std::move(remote), false}},
		                      Enumerations{{"s.\"Mood\"", std::move(local), true}})
		                     .at(0),
		                 place, false);
	};
	EXPECT_EQ(added({"it's", "a"}, {"a"}), "ALTER TYPE s.\"Mood\" ADD VALUE 'it''s' BEFORE 'a'");
	EXPECT_EQ(added({"a", "b\\"}, {"a"}), "ALTER TYPE s.\"Mood\" ADD VALUE E'b\\\\' AFTER 'a'");
	EXPECT_EQ(added({"b"}, {"a"}), "ALTER TYPE s.\"Mood\" ADD VALUE 'b'");
}
