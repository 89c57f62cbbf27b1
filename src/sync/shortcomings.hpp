/*
 * What of a remote's offer a link can make no use of, told to whoever makes or refreshes it.
 */
#pragma once

#include "link/link.hpp"
#include "schema/diff.hpp"
#include "sync/offer.hpp"

namespace datalinks::sync
{

/* The statement with which the remote's role gets back the use of its schema; empty: it has it. */
std::string usage_grant(const link::Link& link, const Offer& offer);

/* A WARNING where the remote's role may not use the schema: every query will fail. */
void tell_without_usage(const link::Link& link, const Offer& offer);

/*
 * One NOTICE each: of all tables that the remote's role cannot read, where the changes add one or
 * it has lost one; and of columns that are left out of tables that the changes add. What is not
 * applicable is not added.
 */
void tell_of_tables(const Offer& offer, const schema::Changes& changes);

/* One NOTICE of the types that are not the link's to alter, but the user's. */
void tell_unfit(const schema::Changes& changes);

} // namespace datalinks::sync
