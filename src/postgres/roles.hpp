/*
 * Roles, the cluster and the database, as far as links ask about them.
 */
#pragma once

#include <string>

namespace datalinks::pg
{

unsigned current_role();
/* Whom the session acts as, whatever functions it is in: the last SET ROLE's. */
unsigned outer_role();
bool is_superuser(unsigned role);
/* Whether the first role has the privileges of the second. */
bool has_privileges_of(unsigned role, unsigned of);
/* Whether the first role is a member of the second, or that role itself, as pg_hba.conf means it: a
 * superuser is no member of anything by that alone. */
bool is_member(unsigned role, unsigned of);
/* Whether it may see the statistics of others, as in pg_stat_activity. */
bool may_read_statistics(unsigned role);
/* 0 when there is no such role. */
unsigned find_role(const std::string& name);
/* The role's name; its OID as text when it is gone. */
std::string role_name(unsigned role);
bool role_exists(unsigned role);
/* The system identifier: OIDs are the same for as long as it is, in a copy of the cluster, too. */
std::string cluster();
/* Where the server keeps its data: an absolute path. */
std::string data_directory();
/* Whether pg_upgrade is at work, which brings over what stands in the old cluster. */
bool in_binary_upgrade();
unsigned database_owner();

} // namespace datalinks::pg
