/*
 * The shapes of types: what differs, and what would mend it.
 */
#include <gtest/gtest.h>

#include "schema/shape.hpp"
#include "schema/statements.hpp"

using namespace datalinks::schema;

namespace
{

Shape composite(std::vector<std::pair<std::string, std::string>> attributes,
                bool made_by_link = true)
{
	Shape shape;
	shape.type = "s.pt";
	shape.kind = TypeDefinition::composite;
	shape.made_by_link = made_by_link;
	for (const auto& [name, type] : attributes)
		shape.attributes.push_back({name, "", type, "", false, false});
	return shape;
}

Shape enumeration(std::vector<std::string> labels)
{
	Shape shape;
	shape.type = "s.pt";
	shape.kind = TypeDefinition::enumeration;
	shape.labels = std::move(labels);
	shape.made_by_link = true;
	return shape;
}

/* The one statement that mends it; empty for none. */
std::string mended(const Shape& remote, const Shape& local)
{
	const Changes changes = diff(Shapes{remote}, Shapes{local});
	return changes.size() == 1 ? statement(changes[0], {}, false) : "";
}

} // namespace

TEST(ShapeDiff, FindsNothingBetweenEquals)
{
	EXPECT_TRUE(diff(Shapes{composite({{"x", "int"}})}, Shapes{composite({{"x", "int"}})}).empty());
	EXPECT_TRUE(diff(Shapes{composite({})}, Shapes{composite({})}).empty());
	EXPECT_TRUE(diff(Shapes{composite({{"x", "int"}})}, Shapes{}).empty());
}

TEST(ShapeDiff, KeepsTheFirstAttributesAndMakesTheOthersAnew)
{
	const Shape local = composite({{"x", "int"}, {"y", "int"}, {"z", "int"}});
	EXPECT_EQ(mended(composite({{"x", "int"}, {"y", "int"}, {"z", "int"}, {"q\"", "text"}}), local),
	          "ALTER TYPE s.pt ADD ATTRIBUTE \"q\"\"\" text");
	EXPECT_EQ(mended(composite({{"x", "int"}, {"z", "int"}}), local),
	          "ALTER TYPE s.pt DROP ATTRIBUTE \"y\"");
	EXPECT_EQ(mended(composite({{"x", "int"}, {"z", "int"}, {"y", "int"}}), local),
	          "ALTER TYPE s.pt DROP ATTRIBUTE \"y\", ADD ATTRIBUTE \"y\" int");
	EXPECT_EQ(
	    mended(composite({{"x", "int"}, {"y", "text"}, {"z", "int"}}), local),
	    "ALTER TYPE s.pt DROP ATTRIBUTE \"y\", DROP ATTRIBUTE \"z\", ADD ATTRIBUTE \"y\" text,"
	    " ADD ATTRIBUTE \"z\" int");
	EXPECT_EQ(mended(composite({}), composite({{"x", "int"}})),
	          "ALTER TYPE s.pt DROP ATTRIBUTE \"x\"");
}

TEST(ShapeDiff, OnlyDropsAreDestructive)
{
	const Shape local = composite({{"x", "int"}});
	EXPECT_FALSE(
	    is_destructive(diff(Shapes{composite({{"x", "int"}, {"y", "int"}})}, Shapes{local})[0]));
	EXPECT_TRUE(is_destructive(diff(Shapes{composite({{"y", "int"}})}, Shapes{local})[0]));
}

TEST(ShapeDiff, LeavesOthersTypes)
{
	const Changes changes = diff(Shapes{composite({{"x", "int"}, {"y", "pg_catalog.text"}})},
	                             Shapes{composite({{"x", "int"}}, false)});
	ASSERT_EQ(changes.size(), 1u);
	EXPECT_FALSE(changes[0].applicable);
	EXPECT_EQ(changes[0].obstacle, "type s.pt, which this link did not make");
	EXPECT_EQ(detail_text(changes[0]), "from (x int) to (x int, y text)");
}

TEST(ShapeDiff, SaysWhatNoStatementMends)
{
	const Changes reordered =
	    diff(Shapes{enumeration({"b", "a"})}, Shapes{enumeration({"a", "old", "b"})});
	ASSERT_EQ(reordered.size(), 1u);
	EXPECT_EQ(reordered[0].kind, Change::type_unfit);
	EXPECT_FALSE(reordered[0].applicable);
	const Changes other = diff(Shapes{enumeration({"a"})}, Shapes{composite({{"a", "int"}})});
	ASSERT_EQ(other.size(), 1u);
	EXPECT_EQ(detail_text(other[0]), "from (a int) to enum ('a')");
	EXPECT_TRUE(
	    diff(Shapes{enumeration({"a", "b"})}, Shapes{enumeration({"a", "old", "b"})}).empty());
}
