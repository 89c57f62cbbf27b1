/*
 * Which local schemas a remote's tables go to.
 */
#pragma once

#include "schema/diff.hpp"
#include "sync/offer.hpp"

namespace datalinks::sync
{

/*
 * Fills in the schemas of the offer. Throws one pg::Failure, 42602 or 42P06, that names every local
 * schema that cannot be made, and why.
 */
void offer_schemas(Offer& offer, const remote::Contents& contents, const link::Link& link);

/*
 * What would make these local tables of the link's equal to the offer's, schema by schema: ordered
 * as the schemas are, each made before its tables and dropped after them.
 */
schema::Changes compare_schemas(const link::Link& link, const Offer& offer,
                                const schema::Relations& local);

/* The link, to all schemas of its remote, with those of the offer recorded; any other as it is. */
link::Link with_schemas_of(const link::Link& link, const Offer& offer);

/* Records which schemas the link has from here on: these changes were applied. */
void record_schemas(const link::Link& link, const schema::Changes& applied);

} // namespace datalinks::sync
