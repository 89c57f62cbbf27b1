/*
 * The transactions of this database that remotes hold prepared: those under way just now, and those
 * that were left in doubt, because a connection, a backend or a server was lost before they ended.
 */
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "link/link.hpp"
#include "postgres/transaction.hpp"
#include "remote/session.hpp"

namespace datalinks::link
{

struct Prepared
{
	std::string gid;
	std::string prepared_at;       /* ISO 8601 */
	pg::TransactionStatus verdict; /* what became of the transaction here */
};

/* The verdict in words: those of pg_xact_status(), or "unknown". */
const char* verdict_text(pg::TransactionStatus verdict);

/*
 * Hands on each that the remotes of a link hold, once, of this name or of all, with a session that
 * can end it: by the caller's own mapping, and for a superuser by every role's. They are this
 * database's alone, and were prepared by that very user of the remote in that very database; nobody
 * else could end them. A remote that cannot be asked is told in a WARNING where no name was given.
 *
 * Throws what require_link does, 42501 where the caller has no mapping for the link named, and what
 * `visit` and connecting do.
 */
using Visit = std::function<void(const Link&, remote::Session&, const Prepared&)>;
void visit_prepared(const std::optional<std::string>& name, const Visit& visit);

} // namespace datalinks::link
