/*
 * Settings by their names: see settings.hpp.
 */
#include "postgres/settings.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

const char* text_of_setting(const char* name)
{
#if PG_VERSION_NUM >= 160000
	/* GetConfigOption() says "" for a setting that a file no longer gives, as for an empty one. */
	const auto* setting = find_option(name, false, true, ERROR);
	return setting != nullptr && setting->vartype == PGC_STRING
	           ? *reinterpret_cast<const config_string*>(setting)->variable
	           : nullptr;
#else
	return GetConfigOption(name, true, false);
#endif
}

} // namespace datalinks::pg
