/*
 * datalink_grant(), datalink_revoke() and datalink_grants(): who may use a link by its owner's
 * credentials, without ever seeing them.
 */
#pragma once

#include <optional>
#include <string>

#include "postgres/row.hpp"

namespace datalinks::command
{

/*
 * Lets the role, or "public", use the link: its tables and types, those of later refreshes
 * included; for reading alone, or for writing, too. Acts as the link's owner. Throws 0LP01 where
 * the role owns the link, 42710 where it has a user mapping of its own, 42704 for an unknown role,
 * and what link::require_owned() throws.
 */
void grant(const std::string& name, const std::string& role, bool read_only);

/* Takes that back. A NOTICE tells where nothing was granted, or the role has a mapping of its own.
 */
void revoke(const std::string& name, const std::string& role);

/* The rows of datalink_grants(): of one link, or of all. */
pg::Rows grants(const std::optional<std::string>& name);

} // namespace datalinks::command
