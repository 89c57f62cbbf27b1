/*
 * From a link to a session with its remote, and to what the remote offers it.
 */
#pragma once

#include "link/link.hpp"
#include "link/resolve.hpp"
#include "remote/session.hpp"

namespace datalinks::link
{

/*
 * Connects by the options as the catalogs hold them now, through the mapping of `role`. Throws
 * 42704 where that role has no mapping, and what remote::Session::open throws. A connection over a
 * network without TLS gets a NOTICE.
 */
remote::Session connect(const Link& link, unsigned role);

/* How to read what a remote offers. */
enum class Reading
{
	look,    /* write nothing */
	refresh, /* make the types that are missing here, where the link is to do so */
	choose   /* that, and tables that the settings name must exist: they were just chosen */
};

/* What the remote offers for the link's settings, in local terms. */
Offer read_offer(const Link& link, remote::Session& session, Reading reading);

/* Stores the remote's version as the server's, where it is another. */
void store_version(const Link& link, const remote::Session& session);

} // namespace datalinks::link
