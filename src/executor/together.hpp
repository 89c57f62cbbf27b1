/*
 * Sessions of several remotes at the same time: statements that run on all of them, and the end of
 * what is under way on them.
 */
#pragma once

#include <functional>
#include <vector>

#include "executor/statement.hpp"
#include "postgres/row.hpp"

namespace datalinks::executor
{

/* datalinks.concurrency: how many remotes run a statement of one call at the same time. */
extern int concurrency;

/* What becomes of the statements; each is told the position of the one that it is about. */
struct Course
{
	std::function<void(size_t)> take; /* its current row */
	std::function<void(size_t)> end;
	std::function<void(size_t, const pg::Failure&)> fail; /* throws */
};

/*
 * Sends the statements, each to a remote of its own, with these parameters, no more than
 * `concurrency` at a time, and reads their rows as they come. Throws what the course does, and
 * pg::Error where the wait was cancelled; what is still under way then ends with the local
 * transaction's abort.
 */
void run_together(std::vector<Statement>& statements, const pg::Row& parameters,
                  const Course& course);

/*
 * Sees to it that nothing is under way in the sessions any more: what does not come by itself is
 * cancelled, everywhere at once; a session that does not come to an end even then is broken.
 */
void quieten(std::vector<Session*> sessions) noexcept;

} // namespace datalinks::executor
