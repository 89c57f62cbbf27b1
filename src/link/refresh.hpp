/*
 * Drift: what differs between a link and its remote, and bringing the link up to the remote in
 * place.
 */
#pragma once

#include <string>
#include <vector>

#include "link/connect.hpp"
#include "link/dependents.hpp"
#include "link/link.hpp"
#include "postgres/function.hpp"
#include "remote/session.hpp"
#include "schema/diff.hpp"

namespace datalinks::link
{

/* A difference and what stands in the way of mending it. */
struct Drift
{
	schema::Change change;
	Dependents blockers;
	std::vector<std::string> holders; /* roles whose privileges go with what is dropped */
	bool locked = false;              /* its table is, by another session: it was left out */
};

struct RefreshOptions
{
	bool cascade;
	bool skip_blocked;
	bool force;
};

/*
 * Every difference between the link and what the session's remote offers, ordered. Writes nothing
 * but the types that `reading` allows to be made.
 * Throws what reading and resolving throw (create.hpp).
 */
std::vector<Drift> find_drift(const Link& link, remote::Session& session, Reading reading);

/*
 * datalink_diff: rows (object, change, detail, blocked_by). Throws 42704 for an unknown link, 55000
 * for an invalid one, 42501 without rights on the link.
 */
std::vector<pg::Row> diff(const std::string& name);

/*
 * datalink_refresh: the same rows, applied; under skip_blocked, those that are blocked are not, nor
 * those of tables that others keep locked. Without it, such tables are waited for (patience.hpp).
 * Throws besides: 2BP01 where a change is blocked, 55000 where the remote shows fewer than half of
 * the linked tables and force is not set, 53200 where the lock table cannot hold what it takes.
 */
std::vector<pg::Row> refresh(const std::string& name, const RefreshOptions& options);

/*
 * Brings a link up to a choice of tables that was just made, however few they are. Throws as
 * refresh() does, and 42P01 for tables that there are not.
 */
void bring_up(const Link& link);

/* The rows as the SQL functions return them. */
std::vector<pg::Row> rows_of(const std::vector<Drift>& drift, const Link& link);

} // namespace datalinks::link
