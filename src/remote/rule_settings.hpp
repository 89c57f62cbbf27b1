/*
 * The administrator's settings, behind the rules of administrator.hpp.
 */
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "remote/allowed_hosts.hpp"

namespace datalinks::remote
{

/* datalinks.allowed_hosts, .min_sslmode, .rules_for_superusers */
extern char* allowed_hosts;
extern char* min_sslmode;
extern bool rules_for_superusers;

/*
 * Check hooks. A value that cannot be read is refused where somebody sets it. Where it is only
 * found (it was set while nobody knew the setting, for a role or a database), it is taken, and
 * nothing may be connected to until it is corrected: the default would allow everything.
 */
bool check_allowed_hosts(char** value, void** extra, int source);
bool check_min_sslmode(char** value, void** extra, int source);
/* Between true and false, the settings are being defined: values are found, not set. */
void define_rules(bool begin);

/* The list; throws pg::Failure 22023 where it cannot be read, 42501 where nobody knows it. */
AllowedHosts read_allowed_hosts();
/* The place in sslmodes; throws the same. */
size_t read_min_sslmode();

/* libpq's modes, from the least to the most. */
inline constexpr std::array<std::string_view, 6> sslmodes{"disable", "allow",     "prefer",
                                                          "require", "verify-ca", "verify-full"};
/* Nothing for what is none of them. */
std::optional<size_t> find_sslmode(std::string_view mode);

} // namespace datalinks::remote
