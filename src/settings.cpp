/*
 * Settings: see settings.hpp.
 */
#include "settings.hpp"

#include "executor/commit.hpp"
#include "executor/pool.hpp"
#include "executor/together.hpp"
#include "remote/home.hpp"
#include "remote/named_url.hpp"
#include "remote/rule_settings.hpp"
#include "remote/shared_activity.hpp"
#include "trigger/reset.hpp"

#include "postgres/pg.hpp"

namespace datalinks
{

namespace
{

/* The setting is a list of names, as in search_path. */
bool check_reset_schemas(char** value, void**, GucSource)
{
	List* names = NIL;
	char* copy = pstrdup(*value);
	const bool well_formed = SplitIdentifierString(copy, ',', &names);
	if (!well_formed)
		GUC_check_errdetail("List syntax is invalid.");
	list_free(names);
	pfree(copy);
	return well_formed;
}

/* The server's working directory is its data directory, where the file must not stand. */
bool check_url_file(char** value, void**, GucSource)
{
	const bool usable = **value == '\0' || is_absolute_path(*value);
	if (!usable)
		GUC_check_errdetail("It must be an absolute path.");
	return usable;
}

/* What was connected to under another rule is not used again. */
void outdate_sessions(const char*, void*)
{
	executor::outdate_sessions();
}

void define_rules()
{
	remote::define_rules(true);
	DefineCustomStringVariable(
	    "datalinks.allowed_hosts", "Hosts that roles that are no superusers may link to.",
	    "Names, addresses, ranges of addresses, directories of sockets.", &remote::allowed_hosts,
	    "*, /*", PGC_SUSET, 0,
	    [](char** value, void** extra, GucSource source) {
		    return remote::check_allowed_hosts(value, extra, source);
	    },
	    outdate_sessions, nullptr);
	DefineCustomStringVariable(
	    "datalinks.min_sslmode", "The least sslmode with which they may connect over TCP.", nullptr,
	    &remote::min_sslmode, "disable", PGC_SUSET, 0,
	    [](char** value, void** extra, GucSource source) {
		    return remote::check_min_sslmode(value, extra, source);
	    },
	    outdate_sessions, nullptr);
	DefineCustomBoolVariable(
	    "datalinks.rules_for_superusers", "Whether these rules hold for superusers, too.", nullptr,
	    &remote::rules_for_superusers, false, PGC_SUSET, 0, nullptr,
	    [](bool, void*) { executor::outdate_sessions(); }, nullptr);
	remote::define_rules(false);
}

} // namespace

void define_settings()
{
	DefineCustomStringVariable(
	    "datalinks.reset_schemas",
	    "Schemas whose drop, with tables in them, means that the database was reset.",
	    "Every data link becomes invalid then.", &trigger::reset_schemas, "public", PGC_SUSET,
	    GUC_LIST_INPUT, check_reset_schemas, nullptr, nullptr);
	DefineCustomStringVariable("datalinks.url_file", "The server's file of named URLs.",
	                           "It says what \"name:...\" stands for, and which roles may use it.",
	                           &remote::url_file, "", PGC_SUSET, GUC_SUPERUSER_ONLY, check_url_file,
	                           nullptr, nullptr);
	DefineCustomIntVariable(
	    "datalinks.max_read_sessions", "How many sessions with one remote may read at once.",
	    "Statements that find none free read over the session that writes.",
	    &executor::max_read_sessions, 3, 0, 100, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomIntVariable(
	    "datalinks.concurrency", "On how many remotes datalink_query() runs at the same time.",
	    nullptr, &executor::concurrency, 16, 1, 1000, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomBoolVariable(
	    "datalinks.two_phase", "Has transactions commit on all remotes and here, or nowhere.",
	    "The remotes prepare them first, which takes max_prepared_transactions there.",
	    &executor::two_phase, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
	DefineCustomBoolVariable(
	    "datalinks.confirm_copies",
	    "Whether data links that were copied from another database are read-only.",
	    "Until their owner has confirmed them, or pointed them elsewhere.", &remote::confirm_copies,
	    true, PGC_SUSET, 0, nullptr, nullptr, nullptr);
	define_rules();
	/* Of the server, which must know it as it starts; elsewhere it would mean nothing. */
	if (process_shared_preload_libraries_in_progress)
		DefineCustomIntVariable(
		    "datalinks.stats_max", "How many data links have statistics of all sessions.",
		    "Of more, those that were used last have them.", &remote::most_shared_activities, 2000,
		    10, 1000000, PGC_POSTMASTER, 0, nullptr, nullptr, nullptr);
	MarkGUCPrefixReserved("datalinks");
}

} // namespace datalinks
