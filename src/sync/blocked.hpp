/*
 * A refresh that is blocked by what users have built on the link's tables.
 */
#pragma once

#include "sync/drift.hpp"

namespace datalinks::sync
{

/*
 * The 2BP01 that names everything that is in the way, with what can be done about it in its HINT:
 * the statements that rebuild views, or that make guessed renames come true.
 */
[[noreturn]] void fail_blocked(const link::Link& link, const std::vector<Drift>& drift,
                               Reading reading);

/* The statement that makes a guess come true. */
std::string remedy_of(const schema::Change& guess, const link::Link& link);

} // namespace datalinks::sync
