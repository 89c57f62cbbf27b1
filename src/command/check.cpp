/*
 * datalink_check: see check.hpp.
 */
#include "command/check.hpp"

#include <map>
#include <set>

#include "link/connect.hpp"
#include "link/link.hpp"
#include "link/memory.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/servers.hpp"
#include "postgres/wait.hpp"
#include "remote/probes.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::command
{

namespace
{

namespace sqlstate = pg::sqlstate;
using link::InvalidLink;
using link::Link;
using schema::compose;

const char* status(remote::Health health)
{
	switch (health)
	{
	case remote::Health::ok:
		return "ok";
	case remote::Health::refused:
		return "refused";
	case remote::Health::unreachable:
		return "unreachable";
	case remote::Health::timeout:
		return "timeout";
	case remote::Health::authentication_failed:
		return "authentication failed";
	case remote::Health::read_only:
		return "read-only";
	}
	throw pg::Failure(sqlstate::internal_error, "unknown health of a remote");
}

pg::Row row_of(const std::string& name, const remote::Answer& answer)
{
	std::optional<std::string> latency;
	if (answer.latency)
		latency = std::to_string(answer.latency->count()) + " microseconds";
	return {name,
	        status(answer.health),
	        latency,
	        pg::text_or_null(answer.server_version),
	        pg::text_or_null(answer.tls),
	        pg::text_or_null(answer.detail)};
}

pg::Row invalid_row(const std::string& name, const std::string& reason)
{
	return {name, "invalid", std::nullopt, std::nullopt, std::nullopt, reason};
}

/* What is wrong with how to connect, which the failure tells as far as the caller may know. */
pg::Row unusable_row(const std::string& name, const pg::Failure& failure)
{
	const std::string detail = failure.detail().empty() ? "" : ": " + failure.detail();
	return {name, "unreachable", std::nullopt, std::nullopt, std::nullopt, failure.what() + detail};
}

/*
 * The caller's own mapping; a superuser goes by the owner's, as a refresh does. Throws where the
 * URL is a named one that is not the caller's to use.
 */
std::optional<remote::Target> find_target(const Link& link)
{
	const unsigned caller = pg::current_role();
	return link::target_of(link, pg::is_superuser(caller) ? link.owner : caller);
}

/* What tells a closed port from a silent one, and from none at all, is for superusers. */
bool is_reachability(remote::Health health)
{
	return health == remote::Health::refused || health == remote::Health::unreachable ||
	       health == remote::Health::timeout;
}

/* A refusal comes at once and silence only at the end: so much time is taken for either. */
void sleep_until(std::chrono::steady_clock::time_point end)
{
	for (;;)
	{
		const auto left =
		    std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
		if (left <= std::chrono::milliseconds::zero())
			return;
		pg::wait_for_sockets({}, static_cast<long>(left.count()), pg::WaitFor::check);
	}
}

void require_timeout(std::chrono::microseconds timeout)
{
	if (timeout <= std::chrono::microseconds::zero() || timeout > std::chrono::hours(1))
		throw pg::Failure(sqlstate::invalid_parameter_value, "invalid timeout")
		    .detail("The timeout must be positive and at most an hour.");
}

[[noreturn]] void fail_without_rights(const std::string& name, const std::string& detail)
{
	throw pg::Failure(sqlstate::insufficient_privilege,
	                  compose("permission denied for data link \"%1%\"", name))
	    .detail(detail);
}

/* The rows of the links that are added: at once where no remote has to be asked, else by probe. */
class Check
{
public:
	Check(bool named, std::chrono::microseconds timeout) : named_(named), timeout_(timeout) {}
	void add(const Link& link, const InvalidLink* invalid);
	void add(const InvalidLink& link);
	pg::Rows rows();

private:
	bool named_; /* a link without rights is an error then, and is left out otherwise */
	std::chrono::microseconds timeout_;
	std::multimap<std::string, pg::Row> rows_;
	std::vector<std::string> probed_;
	std::vector<remote::Probe> probes_;
};

/* A link that stands; `invalid` is the memory of it where it was reset and could not be cleared. */
void Check::add(const Link& link, const InvalidLink* invalid)
{
	if (!pg::owns_server(link.server) && !pg::may_use_server(link.server))
	{
		if (named_)
			fail_without_rights(link.name, compose("It takes USAGE on the foreign server %1%.",
			                                       schema::quote_identifier(link.server_name)));
		return;
	}
	if (const auto reason = link::invalidity_of(link))
	{
		rows_.emplace(link.name,
		              invalid_row(link.name, invalid != nullptr ? invalid->reason : *reason));
		return;
	}
	std::optional<remote::Target> target;
	try
	{
		target = find_target(link);
	}
	catch (const pg::Failure& failure)
	{
		rows_.emplace(link.name, unusable_row(link.name, failure));
		return;
	}
	if (target)
	{
		probed_.push_back(link.name);
		probes_.emplace_back(std::move(*target), !link.settings.read_only, timeout_);
	}
	else if (named_)
		fail_without_rights(link.name,
		                    compose("Role %1% has no user mapping for it.",
		                            schema::quote_identifier(pg::role_name(pg::current_role()))));
}

void Check::add(const InvalidLink& link)
{
	if (named_)
		link::require_owner(link);
	if (link::is_owner(link))
		rows_.emplace(link.name, invalid_row(link.name, link.reason));
}

pg::Rows Check::rows()
{
	const auto end = std::chrono::steady_clock::now() + timeout_;
	const bool tell = pg::is_superuser(pg::current_role());
	bool hide = false;
	remote::run(probes_);
	for (size_t i = 0; i < probes_.size(); ++i)
	{
		remote::Answer answer = probes_[i].answer();
		if (!tell && is_reachability(answer.health))
		{
			answer.health = remote::Health::unreachable;
			hide = true;
		}
		rows_.emplace(probed_[i], row_of(probed_[i], answer));
	}
	if (hide)
		sleep_until(end);
	pg::Rows ordered;
	for (auto& [name, row] : rows_)
		ordered.push_back(std::move(row));
	return ordered;
}

} // namespace

pg::Rows check(const std::optional<std::string>& name, std::chrono::microseconds timeout)
{
	require_timeout(timeout);
	Check check(name.has_value(), timeout);
	if (name)
	{
		const auto link = link::find_link(*name);
		const auto invalid = link::find_invalid_link(*name);
		if (link && !(invalid && link::merely_claims(*link, *invalid)))
			check.add(*link, invalid ? &*invalid : nullptr);
		else if (invalid)
			check.add(*invalid);
		else
			link::fail_unknown(*name);
		return check.rows();
	}

	std::map<std::string, InvalidLink> reset;
	for (InvalidLink& link : link::all_invalid_links())
		reset.emplace(link.name, link);
	std::set<std::string> standing;
	for (const Link& link : link::all_links())
	{
		const auto memory = reset.find(link.name);
		if (memory != reset.end() && link::merely_claims(link, memory->second))
			continue;
		check.add(link, memory == reset.end() ? nullptr : &memory->second);
		standing.insert(link.name);
	}
	for (const auto& [reset_name, link] : reset)
		if (!standing.contains(reset_name))
			check.add(link);
	return check.rows();
}

} // namespace datalinks::command
