/*
 * The administrator's settings: see rule_settings.hpp.
 */
#include "remote/rule_settings.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "postgres/guard.hpp"
#include "postgres/settings.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

char* allowed_hosts = nullptr;
char* min_sslmode = nullptr;
bool rules_for_superusers = false;

std::optional<size_t> find_sslmode(std::string_view mode)
{
	const auto* found = std::find(sslmodes.begin(), sslmodes.end(), mode);
	if (found == sslmodes.end())
		return std::nullopt;
	return static_cast<size_t>(found - sslmodes.begin());
}

namespace
{

namespace sqlstate = pg::sqlstate;

bool defining = false;

/*
 * A value that stood before the setting was known. One that somebody gave who may not is not
 * taken, with a WARNING; but if it came with the connection, it has displaced the value of the
 * role or database already, and what is left is the default: then nobody knows which rule holds.
 */
struct Standing
{
	const char* value; /* the server's, until the setting is defined */
	bool taken;
};
Standing standing_hosts, standing_sslmode;

Standing find_standing(const char* setting)
{
	return {pg::text_of_setting(setting), false};
}

void note_taken(Standing& standing, const char* value, int source)
{
	if (defining && source != PGC_S_DEFAULT && standing.value != nullptr &&
	    std::strcmp(standing.value, value) == 0)
		standing.taken = true;
}

/*
 * Whether a value is found where it stands already. Parallel workers take their leader's. Of the
 * files that is true only where the settings are defined: ALTER SYSTEM looks like one, too.
 */
bool is_found(int source)
{
	return defining || InitializingParallelWorker ||
	       (source < PGC_S_INTERACTIVE && source != PGC_S_FILE);
}

} // namespace

void define_rules(bool begin)
{
	defining = begin;
	if (begin)
	{
		standing_hosts = find_standing("datalinks.allowed_hosts");
		standing_sslmode = find_standing("datalinks.min_sslmode");
	}
}

bool check_allowed_hosts(char** value, void**, int source)
{
	std::array<char, 256> detail{};
	note_taken(standing_hosts, *value, source);
	try
	{
		std::string error;
		if (AllowedHosts::parse(*value, error) || is_found(source))
			return true;
		error.copy(detail.data(), detail.size() - 1);
	}
	catch (const std::bad_alloc&)
	{
		return false;
	}
	GUC_check_errdetail("%s", detail.data());
	GUC_check_errhint("Write it as in 'db.example.com, *.internal.example.com:5432, 10.0.0.0/8, "
	                  "[fd00::]/8, /run/postgresql'.");
	return false;
}

bool check_min_sslmode(char** value, void**, int source)
{
	note_taken(standing_sslmode, *value, source);
	if (find_sslmode(*value) || is_found(source))
		return true;
	GUC_check_errdetail("It is one of disable, allow, prefer, require, verify-ca, verify-full.");
	return false;
}

namespace
{

pg::Failure unreadable(const char* setting, const std::string& detail)
{
	return pg::Failure(sqlstate::invalid_parameter_value,
	                   "invalid value for parameter \"" + std::string(setting) + "\"")
	    .detail("Nothing may be connected to: " + detail)
	    .hint("A superuser can correct the setting, which may be one of this database or role.");
}

/* Pointers of the server's may have gone by now: they are only compared with none. */
void require_known(const Standing& standing, const char* setting)
{
	if (standing.value != nullptr && !standing.taken)
		throw pg::Failure(sqlstate::insufficient_privilege,
		                  "permission denied to set parameter \"" + std::string(setting) + "\"")
		    .detail("Nothing may be connected to in this session: which rule holds in it is not "
		            "known.")
		    .hint("Connect again, and leave the setting alone.");
}

} // namespace

AllowedHosts read_allowed_hosts()
{
	require_known(standing_hosts, "datalinks.allowed_hosts");
	std::string error;
	auto hosts = AllowedHosts::parse(allowed_hosts, error);
	if (!hosts)
		throw unreadable("datalinks.allowed_hosts", error);
	return std::move(*hosts);
}

size_t read_min_sslmode()
{
	require_known(standing_sslmode, "datalinks.min_sslmode");
	const auto mode = find_sslmode(min_sslmode);
	if (!mode)
		throw unreadable("datalinks.min_sslmode", "it is not a mode of libpq's.");
	return *mode;
}

} // namespace datalinks::remote
