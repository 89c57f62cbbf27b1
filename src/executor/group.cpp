/*
 * The scans of one statement on one remote: see group.hpp.
 */
#include "executor/group.hpp"

#include <map>
#include <tuple>

namespace datalinks::executor
{

namespace
{

/* The statement, the user mapping, and on whose behalf: PUBLIC's mapping serves many. */
using Key = std::tuple<const void*, unsigned, unsigned>;
using Groups = std::map<Key, std::weak_ptr<Group>>;

/* No constructor may run when the library is loaded: made at the first use. */
Groups& groups()
{
	static Groups* kept = nullptr;
	if (kept == nullptr)
		kept = new Groups;
	return *kept;
}

constexpr const char* start = "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/*
 * As in Session's introduction, which settles it where the session has a backend of its own. With
 * the transaction these go: the backend may be a pooler's.
 */
#define SETTINGS                                                                                   \
	"SELECT pg_catalog.set_config('search_path', 'pg_catalog', true),"                             \
	" pg_catalog.set_config('timezone', 'GMT', true),"                                             \
	" pg_catalog.set_config('datestyle', 'ISO', true),"                                            \
	" pg_catalog.set_config('intervalstyle', 'postgres', true),"                                   \
	" pg_catalog.set_config('extra_float_digits', '3', true)"
constexpr const char* settings_of_cursors = SETTINGS;
constexpr const char* settings_of_single =
    SETTINGS ", pg_catalog.set_config('transaction_read_only', 'on', true)";

} // namespace

std::shared_ptr<Group> Group::of(const void* statement, const Route& route)
{
	const Key key{statement, route.mapping, route.user};
	if (const auto found = groups().find(key); found != groups().end())
		if (auto group = found->second.lock())
			return group;
	auto group = std::make_shared<Group>(statement, route);
	groups()[key] = group;
	return group;
}

Group::Group(const void* statement, const Route& route) : statement_(statement), route_(route) {}

Group::~Group()
{
	/* The entry may be a later group's already, of a statement at the same address. */
	const auto entry = groups().find({statement_, route_.mapping, route_.user});
	if (entry != groups().end() && entry->second.expired())
		groups().erase(entry);
	end();
}

void Group::end() noexcept
{
	if (seat_ == nullptr)
		return;
	if (abandoned_)
	{
		session().receive();
		if (!session().awaits_nothing())
			session().cancel();
	}
	try
	{
		if (in_transaction_)
		{
			session().send("COMMIT", {}, Format::text)->quick = true;
			session().end_series();
			session().flush();
		}
	}
	catch (...)
	{
		/* The connection is gone, and with it the transaction. */
		seat_->outdated = true;
	}
	in_transaction_ = false;
	give_back(seat_);
	seat_ = nullptr;
}

bool Group::take_seat()
{
	/* A statement that once had to read elsewhere goes on there: it must see one snapshot. */
	if (!elsewhere_)
		seat_ = take(route_);
	elsewhere_ = seat_ == nullptr;
	if (!elsewhere_)
		session().forget_failure();
	return !elsewhere_;
}

bool Group::give_up()
{
	elsewhere_ = elsewhere_ || !answered_;
	return elsewhere_;
}

bool Group::begin()
{
	if (elsewhere_)
		return false;
	if (seat_ != nullptr)
		return true;
	if (!take_seat())
		return false;
	in_transaction_ = true;
	const bool settled = session().has_own_backend();
	beginning_ = {session().send(start, {}, Format::text)};
	if (!settled)
		beginning_.push_back(session().send(settings_of_cursors, {}, Format::text));
	return true;
}

bool Group::begin_single()
{
	if (elsewhere_ || (seat_ == nullptr && !take_seat()))
		return false;
	beginning_.clear();
	if (!session().has_own_backend())
		beginning_.push_back(session().send(settings_of_single, {}, Format::text));
	return true;
}

void Group::check_begun(Traffic& traffic)
{
	for (const auto& reply : beginning_)
	{
		session().await(*reply, traffic);
		(void)session().take_result(*reply, start);
	}
	beginning_.clear();
	begun_ = true;
}

bool Group::start_over()
{
	if (begun_ || seat_ == nullptr || !seat_->used || !session().has_gone_stale())
		return false;
	seat_->outdated = true;
	end();
	beginning_.clear();
	return true;
}

} // namespace datalinks::executor
