/*
 * The options of a link's server that the link sets itself, so that nobody needs to tune it.
 */
#pragma once

#include "link/link.hpp"
#include "remote/session.hpp"

namespace datalinks::sync
{

/*
 * Sets them, but for those that a user has set, changed or dropped:
 *
 *   async_capable   members of an Append are read at the same time
 *   extensions      that are the same on both sides: what uses their functions can be shipped
 *
 * Throws what Session::query() does, where there are extensions to ask about.
 */
void tune(const link::Link& link, remote::Session& session);

} // namespace datalinks::sync
