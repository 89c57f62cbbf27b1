/*
 * Locks on tables and other objects, as the server's own commands take them.
 */
#pragma once

#include <string>

namespace datalinks::pg
{

/* Waits for the lock that a drop of the object takes. `catalog`: the OID of its catalog. */
void lock_for_drop(unsigned catalog, unsigned object);

/* The same of a schema; returns whether it is still there. */
bool lock_schema_for_drop(unsigned schema);

/* Whether there is a schema of this OID. */
bool schema_stands(unsigned schema);

/*
 * Waits for the lock that ALTER and DROP FOREIGN TABLE take, for as long as lock_timeout allows
 * (55P03); a table that there is not any more is none to wait for. Throws 42501 where the current
 * user does not own it.
 */
void lock_table(const std::string& schema, const std::string& table);

/* The session's lock_timeout in milliseconds; 0: none. */
int lock_timeout();

} // namespace datalinks::pg
