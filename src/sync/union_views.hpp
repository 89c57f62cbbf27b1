/*
 * The views of a union: how they differ from what the links have now, and bringing them up to it.
 */
#pragma once

#include <string>
#include <vector>

#include "link/union.hpp"
#include "sync/dependents.hpp"
#include "sync/union_members.hpp"

namespace datalinks::sync
{

/* One thing that differs: a row of datalink_diff(). */
struct UnionRow
{
	std::string object;
	std::string change;
	std::string detail;
};

/* What is to become of a view. */
struct ViewChange
{
	enum Action
	{
		create,
		replace, /* in place: what is built on it stays */
		rebuild, /* dropped and made anew, with its privileges and comments */
		remove
	};

	Action action;
	std::string view;
	std::string query;   /* empty where it is removed */
	std::string options; /* of the view that stands, as in WITH (…) */
	std::vector<UnionRow> rows;
	Dependents blockers;  /* what is built on a view that is to be dropped */
	std::string obstacle; /* what has the name of a view that is to be made */
};

struct UnionDrift
{
	std::vector<Absent> absent;
	std::vector<ViewChange> changes;
	std::vector<std::string> conflicts; /* columns that have no common type */
};

/* Writes nothing. Acts as the union's owner. Throws what tables_of() does. */
UnionDrift find_union_drift(const link::Union& unified, const std::vector<std::string>& welcome);

/* What a refresh of a union may do, as in BringUp. */
struct UnionBringUp
{
	bool cascade;
	bool skip_blocked;
	std::vector<std::string> welcome; /* as members_of() has it */
	bool take_absent; /* links that are missing are left out, as if skip_blocked were set */
};

/*
 * Applies the drift, and returns it. `unified` has the settings that are wanted, which must stand
 * in the catalogs already; the list of its views is brought up to date. Acts as the union's owner.
 * Throws, besides, 42804 for columns without a common type unless skip_conflicts is set (a NOTICE
 * then), 55000 where links are missing, 2BP01 where something is in the way.
 */
UnionDrift bring_up_union(const link::Union& unified, const UnionBringUp& options);

} // namespace datalinks::sync
