/*
 * Types with their domains taken off, in order, and the statements that make them.
 */
#include <gtest/gtest.h>

#include "schema/type_definition.hpp"

using namespace datalinks::schema;

namespace
{

TypeUse use_of(unsigned type, int typmod = -1, unsigned collation = 0)
{
	TypeUse use;
	use.type = type;
	use.typmod = typmod;
	use.collation = collation;
	return use;
}

TypeDefinition& add(TypeCatalog& catalog, unsigned oid, TypeDefinition::Kind kind,
                    const TypeUse& of = TypeUse())
{
	TypeDefinition& type = catalog.types[oid];
	type.oid = oid;
	type.kind = kind;
	type.schema = "s";
	type.name = "t" + std::to_string(oid);
	type.of = of;
	return type;
}

std::vector<unsigned> order_of(const TypeCatalog& catalog, const std::set<unsigned>& types)
{
	std::vector<unsigned> oids;
	for (const TypeDefinition* type : parts_of(catalog, types))
		oids.push_back(type->oid);
	return oids;
}

} // namespace

TEST(BaseOf, LeavesOtherTypesAsTheyAre)
{
	TypeCatalog catalog;
	add(catalog, 1, TypeDefinition::base).collation = 100;
	add(catalog, 2, TypeDefinition::array, use_of(1)).collation = 100;
	EXPECT_EQ(base_of(catalog, use_of(1, 7, 100)).typmod, 7);
	EXPECT_EQ(base_of(catalog, use_of(1, 7, 100)).collation, 0u);
	EXPECT_EQ(base_of(catalog, use_of(1, -1, 950)).collation, 950u);
	const BaseUse array = base_of(catalog, use_of(2, 9, 100));
	EXPECT_EQ(array.type->oid, 1u);
	EXPECT_TRUE(array.array);
	EXPECT_FALSE(array.nested);
	EXPECT_EQ(array.typmod, 9);
}

TEST(BaseOf, DoesNotFollowAChainWithoutEnd)
{
	TypeCatalog catalog;
	add(catalog, 1, TypeDefinition::base);
	for (unsigned oid = 2; oid <= 200; ++oid)
		add(catalog, oid, TypeDefinition::domain, use_of(oid - 1));
	EXPECT_EQ(base_of(catalog, use_of(50)).type->oid, 1u);
	EXPECT_EQ(base_of(catalog, use_of(200)).type, nullptr);
	add(catalog, 300, TypeDefinition::domain, use_of(301));
	add(catalog, 301, TypeDefinition::domain, use_of(300));
	EXPECT_EQ(base_of(catalog, use_of(300)).type, nullptr);
}

TEST(BaseOf, TakesDomainsOff)
{
	TypeCatalog catalog;
	add(catalog, 1, TypeDefinition::base).collation = 100;
	add(catalog, 2, TypeDefinition::domain, use_of(1, 11)).collation = 950;
	add(catalog, 3, TypeDefinition::domain, use_of(2)).not_null = true;
	const BaseUse base = base_of(catalog, use_of(3, -1, 950));
	EXPECT_EQ(base.type->oid, 1u);
	EXPECT_EQ(base.typmod, 11);
	EXPECT_EQ(base.collation, 950u);
	EXPECT_TRUE(base.not_null);
}

TEST(BaseOf, KnowsArraysAndDomainsThroughEachOther)
{
	TypeCatalog catalog;
	add(catalog, 1, TypeDefinition::base);
	add(catalog, 2, TypeDefinition::domain, use_of(1, 5)).not_null = true;
	add(catalog, 3, TypeDefinition::array, use_of(2));
	add(catalog, 4, TypeDefinition::domain, use_of(3)).not_null = true;
	add(catalog, 5, TypeDefinition::array, use_of(4));
	const BaseUse elements = base_of(catalog, use_of(3));
	EXPECT_TRUE(elements.array);
	EXPECT_FALSE(elements.not_null) << "an element that forbids NULL is no column that does";
	EXPECT_EQ(elements.typmod, 5);
	EXPECT_TRUE(base_of(catalog, use_of(4)).not_null);
	EXPECT_TRUE(base_of(catalog, use_of(5)).nested);
}

TEST(BaseOf, EndsInWhatNoCatalogWouldHold)
{
	TypeCatalog catalog;
	add(catalog, 1, TypeDefinition::domain, use_of(2));
	add(catalog, 2, TypeDefinition::domain, use_of(1));
	add(catalog, 3, TypeDefinition::domain, use_of(99));
	EXPECT_EQ(base_of(catalog, use_of(1)).type, nullptr);
	EXPECT_EQ(base_of(catalog, use_of(3)).type, nullptr);
	EXPECT_EQ(base_of(catalog, use_of(99)).type, nullptr);
}

TEST(PartsOf, ComeFirstAndOnce)
{
	TypeCatalog catalog;
	add(catalog, 1, TypeDefinition::base);
	add(catalog, 2, TypeDefinition::composite).attributes = {{"a", use_of(5)}, {"b", use_of(4)}};
	add(catalog, 4, TypeDefinition::array, use_of(5));
	add(catalog, 5, TypeDefinition::composite).attributes = {{"c", use_of(1)}};
	EXPECT_EQ(order_of(catalog, {2, 5}), (std::vector<unsigned>{1, 5, 4, 2}));
}

TEST(PartsOf, EndHoweverDeepOrRound)
{
	TypeCatalog catalog;
	for (unsigned oid = 1; oid <= 200000; ++oid)
		add(catalog, oid, TypeDefinition::domain, use_of(oid % 200000 + 1));
	EXPECT_EQ(parts_of(catalog, {1}).size(), 200000u);
}

TEST(CreateStatement, IsOfEnumsAndComposites)
{
	TypeCatalog catalog;
	const auto text_of = [](const TypeUse& use) { return "t" + std::to_string(use.type); };
	add(catalog, 1, TypeDefinition::enumeration).labels = {"it's", ""};
	add(catalog, 2, TypeDefinition::composite).attributes = {{"a\"b", use_of(7)}};
	add(catalog, 3, TypeDefinition::range);
	EXPECT_EQ(create_statement(catalog.types[1], text_of),
	          "CREATE TYPE \"s\".\"t1\" AS ENUM ('it''s', '');");
	EXPECT_EQ(create_statement(catalog.types[2], text_of),
	          "CREATE TYPE \"s\".\"t2\" AS (\"a\"\"b\" t7);");
	EXPECT_EQ(create_statement(catalog.types[3], text_of), "");
}
