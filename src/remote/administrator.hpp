/*
 * The administrator's rules: to which hosts, and with how much TLS, the server connects.
 *
 * They hold for whoever must give a password, and for superusers under
 * datalinks.rules_for_superusers. What a name leads to is looked up here, and libpq is given the
 * addresses that were checked.
 */
#pragma once

#include <optional>
#include <string>

#include "postgres/guard.hpp"
#include "remote/allowed_hosts.hpp"
#include "remote/options.hpp"

struct pg_conn;

namespace datalinks::remote
{

/* What is known of a host after its look-up. */
struct LookUp
{
	std::optional<pg::Failure> refused; /* by a rule */
	std::string failed;                 /* why it has no address; empty where it has */
};

class Rules
{
public:
	/* Nothing where nothing is forbidden. Throws pg::Failure 22023 where a setting cannot be read.
	 */
	static std::optional<Rules> in_force(bool superusers_alone);

	/*
	 * The connection as libpq would go by it: effective() of effective.hpp. Throws pg::Failure
	 * 22023 where libpq does not take it.
	 */
	static Options effective(const Options& connection);

	/*
	 * Why nobody may connect to this host (an element of split_hosts, of effective options), so far
	 * as that is known without looking its name up.
	 */
	std::optional<pg::Failure> refusal(const Options& host) const;

	/*
	 * Looks the host's name up and gives it the addresses, if all of them are allowed; `tell`:
	 * whether the caller may learn them. Blocks as libpq does.
	 */
	LookUp look_up(Options& host, bool tell) const;

	/* For a connection that stands: it has no TLS and should. */
	std::optional<pg::Failure> refusal(const pg_conn* connection) const;

private:
	std::optional<pg::Failure>
	objection_to(const Options& host, const std::vector<FoundAddress>& found, bool tell) const;
	bool requires_tls() const;
	AllowedHosts hosts_;
	size_t sslmode_ = 0; /* its place in sslmodes */
};

} // namespace datalinks::remote
