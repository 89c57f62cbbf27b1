/*
 * What of a remote's offer a link can make no use of, told to whoever makes or refreshes it.
 */
#pragma once

#include "link/link.hpp"
#include "schema/diff.hpp"
#include "sync/offer.hpp"

namespace datalinks::sync
{

/* The statement with which the remote's role gets back the use of this schema of the remote's. */
std::string usage_grant(const std::string& schema, const Offer& offer);

/* A WARNING where the remote's role may not use a schema that is linked: every query will fail. */
void tell_without_usage(const Offer& offer);

/* A NOTICE of the schemas that are left out because the remote's role may not use them. */
void tell_unlinked(const Offer& offer);

/*
 * One NOTICE each: of all tables that the remote's role cannot read, where the changes add one or
 * it has lost one; and of columns that are left out of tables that the changes add. What is not
 * applicable is not added.
 */
void tell_of_tables(const link::Link& link, const Offer& offer, const schema::Changes& changes);

/* One NOTICE of the types that are not the link's to alter, but the user's. */
void tell_unfit(const schema::Changes& changes);

} // namespace datalinks::sync
