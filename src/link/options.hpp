/*
 * Changes of options: from the options as they are to those that are wanted.
 */
#pragma once

#include "link/link.hpp"

namespace datalinks::link
{

/* The server's options that outlive a reset: the link's settings and postgres_fdw's. */
pg::Options options_kept(const Link& link);

/* Those of the options that users have set themselves, of a link with these settings. */
pg::Options without_settings(pg::Options options, const Settings& settings);

/* Takes out of the options, and of the settings, what the link has set itself and nobody changed.
 */
void forget_set_options(pg::Options& options, Settings& settings);

/* What is in `before` alone is dropped, in `after` alone added, in both with another value set. */
pg::OptionChanges changes_between(const remote::Options& before, const remote::Options& after);

/* ADD keyword 'value', …: the inside of ALTER … OPTIONS (…). */
std::string option_actions(const pg::OptionChanges& changes);

/* ALTER SERVER … OPTIONS (…), with the caller's rights; nothing where nothing changes. */
void alter_server_options(const Link& link, const pg::OptionChanges& changes);

/* The same, for the options in which a link's settings stand. */
void alter_settings(const Link& link, const Settings& settings);

/* The change that makes this database the link's home: from here on, it may be written here. */
pg::OptionChanges bring_home(const Link& link);

/*
 * Sets these options, those that are wanted of the link itself: what a user has set, changed or
 * dropped stays as it is. What the link had set and is not wanted any more is dropped.
 */
void set_own_options(const Link& link, const pg::Options& wanted);

} // namespace datalinks::link
