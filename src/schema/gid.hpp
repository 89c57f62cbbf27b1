/*
 * Global transaction identifiers: how our part of a transaction is called on a remote that has
 * prepared it. Pure C++.
 *
 * They tell the cluster, the database and the transaction's full ID, so that the database can say
 * of each whether its transaction has committed, and nobody takes another one's for his own.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace datalinks::schema
{

/* What those of one database begin with. */
std::string gid_prefix(std::string_view cluster, unsigned database);

/* That of one part of a transaction: some 75 bytes, of the 199 that PostgreSQL takes. */
std::string gid(const std::string& prefix, uint64_t transaction, unsigned part);

/* The transaction of such a text; nothing for one that gid() does not make with this prefix. */
std::optional<uint64_t> transaction_of(std::string_view text, const std::string& prefix);

} // namespace datalinks::schema
