/*
 * The difference between a remote and a link's schema, and its words.
 */
#include <algorithm>

#include <gtest/gtest.h>

#include "schema/diff.hpp"
#include "schema/statements.hpp"

using namespace datalinks::schema;

namespace
{

Column column(const std::string& name, const std::string& type)
{
	return {name, name, type, "", false, false};
}

Column with(Column changed, const std::string& collation, bool not_null, bool computed)
{
	changed.collation = collation;
	changed.not_null = not_null;
	changed.computed = computed;
	return changed;
}

Relation table(const std::string& name, std::vector<Column> columns)
{
	return {name, name, {}, std::move(columns)};
}

Relation of_kind(Relation relation, const std::string& kind)
{
	relation.options["remote_kind"] = kind;
	return relation;
}

/* One line a change, as datalink_diff() shows it. */
std::vector<std::string> lines(const Changes& changes)
{
	std::vector<std::string> texts;
	for (const Change& change : changes)
		texts.push_back(object_text(change, "music") + ": " + change_text(change) + ": " +
		                detail_text(change));
	return texts;
}

std::vector<std::string> differences(const Relations& remote, const Relations& local)
{
	return lines(diff(remote, local));
}

/* Of one column that both sides have. */
std::vector<std::string> column_differences(const Column& remote, const Column& local)
{
	return differences({table("artist", {remote})}, {table("artist", {local})});
}

using Lines = std::vector<std::string>;

const char* const text_type = "pg_catalog.text";

} // namespace

TEST(Diff, FindsNothingBetweenEquals)
{
	const Relations tables{
	    table("album", {column("id", "pg_catalog.int4"),
	                    with(column("name", text_type), "pg_catalog.\"C\"", true, false)}),
	    of_kind(table("artist", {}), "view")};
	EXPECT_EQ(differences(tables, tables), Lines{});
	EXPECT_EQ(differences({}, {}), Lines{});
}

TEST(Diff, OrderOfColumnsIsNoDifference)
{
	const Column a = column("a", text_type);
	const Column b = column("b", text_type);
	EXPECT_EQ(differences({table("t", {a, b})}, {table("t", {b, a})}), Lines{});
}

TEST(Diff, TablesComeAndGo)
{
	const Relation artist = table("artist", {column("id", "pg_catalog.int4"), column("n", "x.y")});
	EXPECT_EQ(differences({artist}, {}), Lines{"music.artist: table added: table of 2 columns"});
	EXPECT_EQ(differences({of_kind(artist, "materialized view")}, {}),
	          Lines{"music.artist: table added: materialized view of 2 columns"});
	EXPECT_EQ(differences({}, {artist}),
	          Lines{"music.artist: table removed: the remote has no \"artist\""});

	const Changes added = diff({artist}, {});
	EXPECT_EQ(added[0].relation.columns.size(), 2u);
	EXPECT_FALSE(is_destructive(added[0]));
	EXPECT_TRUE(is_destructive(diff({}, {artist})[0]));
}

TEST(Diff, KindsChange)
{
	const Relation plain = table("artist", {});
	const Relation view = of_kind(plain, "view");
	EXPECT_EQ(differences({view}, {plain}),
	          Lines{"music.artist: kind changed: from table to view"});
	EXPECT_EQ(differences({plain}, {view}),
	          Lines{"music.artist: kind changed: from view to table"});
	EXPECT_EQ(differences({of_kind(plain, "partitioned table")}, {view}),
	          Lines{"music.artist: kind changed: from view to partitioned table"});
	EXPECT_FALSE(is_destructive(diff({view}, {plain})[0]));
}

TEST(Diff, OtherOptionsChange)
{
	Relation remote = table("artist", {});
	Relation local = remote;
	remote.options = {{"batch_size", "100"}, {"fetch_size", "1000"}};
	local.options = {{"fetch_size", "500"}, {"use_remote_estimate", "true"}};
	EXPECT_EQ(
	    differences({remote}, {local}),
	    (Lines{"music.artist: option changed: batch_size from its default to 100",
	           "music.artist: option changed: fetch_size from 500 to 1000",
	           "music.artist: option changed: use_remote_estimate from true to its default"}));
}

TEST(Diff, ColumnsComeAndGo)
{
	const Column id = column("id", "pg_catalog.int4");
	const Column born = with(column("born", "pg_catalog.date"), "", true, false);
	EXPECT_EQ(differences({table("artist", {id, born})}, {table("artist", {id})}),
	          Lines{"music.artist.born: column added: date NOT NULL"});
	EXPECT_EQ(differences({table("artist", {id})}, {table("artist", {id, born})}),
	          Lines{"music.artist.born: column removed: date NOT NULL"});
	EXPECT_EQ(differences({table("artist", {with(id, "", true, true)})}, {table("artist", {})}),
	          Lines{"music.artist.id: column added: int4 computed by the remote NOT NULL"});
	EXPECT_TRUE(is_destructive(diff({table("artist", {})}, {table("artist", {id})})[0]));
	EXPECT_FALSE(is_destructive(diff({table("artist", {id})}, {table("artist", {})})[0]));
}

TEST(Diff, ARenamedColumnIsRemovedThenAdded)
{
	EXPECT_EQ(differences({table("artist", {column("a_new", text_type)})},
	                      {table("artist", {column("old", text_type)})}),
	          (Lines{"music.artist.old: column renamed?: perhaps to a_new",
	                 "music.artist.old: column removed: text",
	                 "music.artist.a_new: column added: text"}));
}

/* The guesses alone. */
Lines guesses(const Relations& remote, const Relations& local)
{
	Lines texts;
	for (const Change& change : diff(remote, local))
		if (is_guess(change))
			texts.push_back(object_text(change, "music") + ": " + detail_text(change));
	return texts;
}

TEST(Diff, RenamedColumnsAreGuessedByPlaceAndType)
{
	const Column a = column("a", text_type), b = column("b", "pg_catalog.int4");
	const Column c = column("c", text_type), d = column("d", "pg_catalog.int4");
	const Column x = column("x", text_type), y = column("y", "pg_catalog.int4");
	const auto guess = [](std::vector<Column> remote, std::vector<Column> local) {
		return guesses({table("t", std::move(remote))}, {table("t", std::move(local))});
	};
	EXPECT_EQ(guess({x, b}, {a, b}), Lines{"music.t.a: perhaps to x"});
	EXPECT_EQ(guess({x, y, c}, {a, b, c}),
	          (Lines{"music.t.a: perhaps to x", "music.t.b: perhaps to y"}));
	/* In another place, of another type, or not as many as there were. */
	EXPECT_EQ(guess({b, x}, {a, b}), Lines{});
	EXPECT_EQ(guess({y, c}, {a, c}), Lines{});
	EXPECT_EQ(guess({a, x}, {a, b, c}), Lines{});
	EXPECT_EQ(guess({a, x, y}, {a, b}), Lines{});
	EXPECT_EQ(guess({with(x, "pg_catalog.\"C\"", false, false), b}, {a, b}), Lines{});
	EXPECT_EQ(guess({with(x, "", false, true), b}, {a, b}), Lines{});
	/* NOT NULL may have changed since; so may the order here. */
	EXPECT_EQ(guess({with(x, "", true, false), b}, {a, b}), Lines{"music.t.a: perhaps to x"});
	EXPECT_EQ(guess({a, x, d}, {d, a, c}), Lines{"music.t.c: perhaps to x"});
	EXPECT_TRUE(is_remark(diff({table("t", {x})}, {table("t", {a})})[0]));
	EXPECT_FALSE(is_destructive(diff({table("t", {x})}, {table("t", {a})})[0]));
}

TEST(Diff, AnUnusableSchemaIsARemarkThatNamesTheLink)
{
	const Change change = unusable("GRANT …;");
	EXPECT_EQ(object_text(change, "Music"), "\"Music\"");
	EXPECT_EQ(change_text(change), "schema not usable");
	EXPECT_EQ(detail_text(change), "queries fail until the remote runs: GRANT …;");
	EXPECT_TRUE(is_remark(change));
	EXPECT_FALSE(change.applicable || is_guess(change) || is_of_type(change) ||
	             touches_table(change) || is_destructive(change));
	EXPECT_EQ(statement(change, {"server", "music", "public"}, true), "");
}

TEST(Diff, RenamedTablesAreGuessedByTheirColumns)
{
	const Column a = column("a", text_type), b = column("b", "pg_catalog.int4");
	EXPECT_EQ(guesses({table("u", {a, b})}, {table("t", {a, b})}), Lines{"music.t: perhaps to u"});
	/* Other columns, another kind, none, or several that it could be. */
	EXPECT_EQ(guesses({table("u", {a})}, {table("t", {a, b})}), Lines{});
	EXPECT_EQ(guesses({of_kind(table("u", {a}), "view")}, {table("t", {a})}), Lines{});
	EXPECT_EQ(guesses({table("u", {})}, {table("t", {})}), Lines{});
	EXPECT_EQ(guesses({table("u", {a}), table("v", {a})}, {table("t", {a})}), Lines{});
	EXPECT_EQ(guesses({table("u", {a})}, {table("s", {a}), table("t", {a})}), Lines{});
}

TEST(Diff, ColumnsAreRetyped)
{
	const Column ten = column("name", "pg_catalog.\"varchar\"(10)");
	const Column twenty = column("name", "pg_catalog.\"varchar\"(20)");
	EXPECT_EQ(column_differences(twenty, ten),
	          Lines{"music.artist.name: type changed: from \"varchar\"(10) to \"varchar\"(20)"});
	const Column plain = column("name", text_type);
	const Column c = with(plain, "pg_catalog.\"C\"", false, false);
	EXPECT_EQ(column_differences(c, plain),
	          Lines{"music.artist.name: type changed: from text to text COLLATE pg_catalog.\"C\""});
	EXPECT_EQ(column_differences(plain, c),
	          Lines{"music.artist.name: type changed: from text COLLATE pg_catalog.\"C\" to text"});
	EXPECT_TRUE(is_destructive(diff({table("t", {c})}, {table("t", {plain})})[0]));
}

TEST(Diff, NotNullChanges)
{
	const Column nullable = column("name", text_type);
	const Column strict = with(nullable, "", true, false);
	EXPECT_EQ(column_differences(strict, nullable),
	          Lines{"music.artist.name: NOT NULL added: the remote forbids NULL"});
	EXPECT_EQ(column_differences(nullable, strict),
	          Lines{"music.artist.name: NOT NULL dropped: the remote allows NULL"});
	EXPECT_FALSE(is_destructive(diff({table("t", {strict})}, {table("t", {nullable})})[0]));
}

TEST(Diff, RetypedAndForbiddenNullAreTwoRows)
{
	EXPECT_EQ(column_differences(with(column("n", "pg_catalog.int8"), "", true, false),
	                             column("n", "pg_catalog.int4")),
	          (Lines{"music.artist.n: type changed: from int4 to int8",
	                 "music.artist.n: NOT NULL added: the remote forbids NULL"}));
}

TEST(Diff, ComputationIsGainedAndLost)
{
	const Column plain = column("n", "pg_catalog.int4");
	const Column computed = with(plain, "", true, true);
	/* The column is made anew: one row, NOT NULL included. */
	EXPECT_EQ(column_differences(computed, plain),
	          Lines{"music.artist.n: generation changed: from int4 to int4 computed by the remote "
	                "NOT NULL"});
	EXPECT_TRUE(is_destructive(diff({table("t", {computed})}, {table("t", {plain})})[0]));

	const Column released = with(plain, "", true, false);
	EXPECT_EQ(column_differences(released, computed),
	          Lines{"music.artist.n: generation changed: from int4 computed by the remote NOT NULL "
	                "to int4 NOT NULL"});
	EXPECT_FALSE(is_destructive(diff({table("t", {released})}, {table("t", {computed})})[0]));

	EXPECT_EQ(column_differences(computed, with(column("n", "pg_catalog.int8"), "", true, true)),
	          Lines{"music.artist.n: generation changed: from int8 computed by the remote NOT NULL "
	                "to int4 computed by the remote NOT NULL"});
}

TEST(Diff, ReleasedComesBeforeTheRest)
{
	const Column before = with(column("n", "pg_catalog.int4"), "", true, true);
	const Changes changes =
	    diff({table("t", {column("n", "pg_catalog.int8")})}, {table("t", {before})});
	ASSERT_EQ(changes.size(), 3u);
	EXPECT_EQ(changes[0].kind, Change::column_released);
	EXPECT_EQ(changes[1].kind, Change::column_retyped);
	EXPECT_EQ(changes[2].kind, Change::not_null_changed);
}

TEST(Diff, WhatTheUserRenamedKeepsItsName)
{
	Relation local = table("artist", {column("id", "pg_catalog.int4")});
	local.name = "singer";
	local.columns[0].name = "number";
	const Relation remote =
	    table("artist", {column("id", "pg_catalog.int8"), column("Name", text_type)});
	const Changes changes = diff({remote}, {local});
	EXPECT_EQ(lines(changes), (Lines{"music.singer.number: type changed: from int4 to int8",
	                                 "music.singer.\"Name\": column added: text"}));
	EXPECT_EQ(changes[0].after.name, "number");
	EXPECT_EQ(changes[0].after.remote_name, "id");
}

TEST(Diff, IsOrderedByTableThenByTheRemotesColumns)
{
	const Column z = column("z", text_type);
	const Column a = column("a", text_type);
	const Column gone = column("m", text_type);
	EXPECT_EQ(
	    differences({table("b", {z, a}), table("c", {}), table("d", {z})},
	                {table("a", {}), table("b", {gone}), table("d", {}), table("e", {})}),
	    (Lines{"music.a: table removed: the remote has no \"a\"", "music.b.m: column removed: text",
	           "music.b.z: column added: text", "music.b.a: column added: text",
	           "music.c: table added: table of 0 columns", "music.d.z: column added: text",
	           "music.e: table removed: the remote has no \"e\""}));
}

TEST(Diff, OfDuplicatesTheFirstCounts)
{
	Relation second = table("artist", {column("other", text_type)});
	second.name = "artist_again";
	const Relation first = table("artist", {column("id", text_type)});
	EXPECT_EQ(differences({first}, {first, second}), Lines{});
	/* What stands for a table that is gone is gone, too. */
	EXPECT_EQ(differences({}, {first, second}),
	          (Lines{"music.artist: table removed: the remote has no \"artist\"",
	                 "music.artist_again: table removed: the remote has no \"artist\""}));
	/* Two local columns for one of the remote's. */
	Column again = column("id", "pg_catalog.int4");
	again.name = "id_again";
	EXPECT_EQ(differences({first}, {table("artist", {column("id", text_type), again})}), Lines{});
}

TEST(Diff, IdentitiesAreQuotedWhereNeeded)
{
	const Changes changes =
	    diff({table("Big \"T\"", {column("Ä", text_type)})}, {table("Big \"T\"", {})});
	EXPECT_EQ(object_text(changes[0], "music"), "music.\"Big \"\"T\"\"\".\"Ä\"");
}

namespace
{

Enumeration mood(std::vector<std::string> labels, bool made_by_link = true)
{
	return {"public.mood", std::move(labels), made_by_link};
}

/* Each change in words, and the labels that follow when they are added as the server would. */
void expect_labels(const std::vector<std::string>& remote, std::vector<std::string> local,
                   const Lines& expected, const std::vector<std::string>& result)
{
	const Changes changes = diff(Enumerations{mood(remote)}, Enumerations{mood(local)});
	EXPECT_EQ(lines(changes), expected);
	for (const Change& change : changes)
	{
		auto place = local.end();
		if (!change.old_value.empty())
		{
			place = std::find(local.begin(), local.end(), change.old_value);
			ASSERT_NE(place, local.end()) << "no such neighbour: " << change.old_value;
			if (change.after_neighbour)
				++place;
		}
		local.insert(place, change.new_value);
	}
	EXPECT_EQ(local, result);
}

} // namespace

TEST(DiffLabels, EqualAndSurplusLabelsAreNoDifference)
{
	expect_labels({"a", "b"}, {"a", "b"}, {}, {"a", "b"});
	expect_labels({"a"}, {"a", "b"}, {}, {"a", "b"});
	expect_labels({"b", "a"}, {"a", "b"}, {}, {"a", "b"});
	expect_labels({}, {"a"}, {}, {"a"});
}

TEST(DiffLabels, ArePlacedAtEveryPosition)
{
	expect_labels({"x", "a", "b"}, {"a", "b"}, {"public.mood: enum label added: 'x' before 'a'"},
	              {"x", "a", "b"});
	expect_labels({"a", "x", "b"}, {"a", "b"}, {"public.mood: enum label added: 'x' after 'a'"},
	              {"a", "x", "b"});
	expect_labels({"a", "b", "x"}, {"a", "b"}, {"public.mood: enum label added: 'x' after 'b'"},
	              {"a", "b", "x"});
}

TEST(DiffLabels, ComeInRuns)
{
	expect_labels({"x", "y", "a"}, {"a"},
	              {"public.mood: enum label added: 'x' before 'a'",
	               "public.mood: enum label added: 'y' after 'x'"},
	              {"x", "y", "a"});
	expect_labels({"v", "a", "w", "x", "b", "y", "z"}, {"a", "b"},
	              {"public.mood: enum label added: 'v' before 'a'",
	               "public.mood: enum label added: 'w' after 'a'",
	               "public.mood: enum label added: 'x' after 'w'",
	               "public.mood: enum label added: 'y' after 'b'",
	               "public.mood: enum label added: 'z' after 'y'"},
	              {"v", "a", "w", "x", "b", "y", "z"});
}

TEST(DiffLabels, StandBesideTheirNeighbourWhateverElseIsHere)
{
	expect_labels({"a", "b", "c"}, {"a", "z", "c"},
	              {"public.mood: enum label added: 'b' after 'a'"}, {"a", "b", "z", "c"});
	expect_labels({"it's", "b"}, {"b"}, {"public.mood: enum label added: 'it''s' before 'b'"},
	              {"it's", "b"});
}

TEST(DiffLabels, OfTypesThatTheLinkDidNotMakeAreNotApplicable)
{
	const Changes changes = diff(Enumerations{mood({"a", "b"})}, Enumerations{mood({"a"}, false)});
	ASSERT_EQ(changes.size(), 1u);
	EXPECT_FALSE(changes[0].applicable);
	EXPECT_FALSE(is_destructive(changes[0]));
	EXPECT_TRUE(diff(Enumerations{mood({"a", "b"})}, Enumerations{mood({"a"})})[0].applicable);
}

TEST(DiffLabels, OnlyOfTypesOnBothSides)
{
	EXPECT_EQ(lines(diff(Enumerations{mood({"a"})}, Enumerations{})), Lines{});
	EXPECT_EQ(lines(diff(Enumerations{}, Enumerations{mood({"a"})})), Lines{});
	EXPECT_EQ(lines(diff(Enumerations{{"s.a", {"1"}, false}, {"s.b", {"1", "2"}, false}},
	                     Enumerations{{"s.b", {"1"}, true}, {"s.c", {}, true}})),
	          Lines{"s.b: enum label added: '2' after '1'"});
}
