/*
 * What the ways of the remote cost beside those of here.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <vector>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * For as long as it lives, no path that is added to the relation supersedes those that are there,
 * or is superseded by them: the planner would drop one before its cost is known.
 */
class Undecided
{
public:
	explicit Undecided(RelOptInfo* relation);
	~Undecided();
	Undecided(const Undecided&) = delete;
	Undecided& operator=(const Undecided&) = delete;

private:
	struct Costs
	{
		Path* path;
		Cost startup, total;
	};

	RelOptInfo* relation_;
	bool startup_counts_, startup_of_parameterized_counts_;
	std::vector<Costs> kept_;
};

/* Of the remote's ways to make the relation's rows, without parameters, the cheapest; or none. */
const Path* cheapest_remote(const RelOptInfo* relation);

/* No way of the remote's to make the relation costs more than this. Server code. */
void limit_remote_costs(const RelOptInfo* relation, Cost limit);

/* Has the planner drop what is superseded. Server code. */
void decide(RelOptInfo* relation);

} // namespace datalinks::fdw
