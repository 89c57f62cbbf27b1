/*
 * Drift: what differs between a link's schema and its remote, and what stands in the way.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"
#include "remote/session.hpp"
#include "schema/diff.hpp"
#include "sync/dependents.hpp"
#include "sync/local_tables.hpp"
#include "sync/offer.hpp"

namespace datalinks::sync
{

/* A difference and what stands in the way of mending it. */
struct Drift
{
	schema::Change change;
	Dependents blockers;
	std::vector<std::string> holders; /* roles whose privileges go with what is dropped */
	bool locked = false;              /* its table is, by another session: it was left out */
};

/* What differs between what the remote offers and what stands here: these tables, as they are now.
 */
schema::Changes compare(const link::Link& link, const Offer& offer, const ForeignTables& tables);

/* With what is built on it; where that is to go along, under the locks of its drop. */
std::vector<Drift> examine(const link::Link& link, const schema::Changes& changes, bool lock);

/*
 * Every difference between the link and what the session's remote offers, ordered. Writes nothing
 * but the types that `reading` allows to be made. Throws what read_offer() throws.
 */
std::vector<Drift> find_drift(const link::Link& link, remote::Session& session, Reading reading);

} // namespace datalinks::sync
