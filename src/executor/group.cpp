/*
 * The scans of one statement on one remote: see group.hpp.
 */
#include "executor/group.hpp"

#include <map>
#include <tuple>

#include "executor/settings.hpp"
#include "executor/transaction.hpp"

namespace datalinks::executor
{

namespace
{

/*
 * The statement, the server, the user mapping, on whose behalf (PUBLIC's mapping serves many), and
 * whether within the local transaction's transaction.
 */
using Key = std::tuple<const void*, unsigned, unsigned, unsigned, bool>;
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

} // namespace

std::shared_ptr<Group> Group::of(const void* statement, const Route& route, bool within)
{
	const Key key{statement, route.server, route.mapping, route.user, within};
	if (const auto found = groups().find(key); found != groups().end())
		if (auto group = found->second.lock())
			return group;
	auto group = std::make_shared<Group>(statement, route, within);
	groups()[key] = group;
	return group;
}

Group::Group(const void* statement, const Route& route, bool within)
    : statement_(statement), route_(route), within_(within)
{
}

Group::~Group()
{
	/* The entry may be a later group's already, of a statement at the same address. */
	const auto entry =
	    groups().find({statement_, route_.server, route_.mapping, route_.user, within_});
	if (entry != groups().end() && entry->second.expired())
		groups().erase(entry);
	end();
}

Session& Group::session()
{
	return transaction_ != nullptr ? transaction_->session() : *seat_->session;
}

unsigned Group::new_cursor()
{
	return transaction_ != nullptr ? transaction_->new_cursor() : ++cursors_;
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
	if (!within_)
		seat_ = take_to_read(route_);
	if (seat_ == nullptr)
	{
		transaction_ = &Transaction::of(route_);
		return false;
	}
	session().forget_failure();
	return true;
}

bool Group::move_within()
{
	if (answered_ || transaction_ != nullptr || is_read_only(route_))
		return false;
	end();
	beginning_.clear();
	transaction_ = &Transaction::of(route_);
	transaction_->note_write();
	++life_;
	return true;
}

bool Group::give_up()
{
	if (answered_ || transaction_ != nullptr)
		return false;
	given_up_ = true;
	return true;
}

void Group::begin()
{
	if (transaction_ == nullptr && (seat_ != nullptr || take_seat()))
	{
		if (!in_transaction_)
			begin_own();
		return;
	}
	(void)transaction_->use();
}

void Group::send_settings(const char* sql)
{
	beginning_.push_back(session().send(sql, {}, Format::text));
	beginning_.back()->settles = true;
}

void Group::begin_own()
{
	in_transaction_ = true;
	const bool settled = session().has_own_backend();
	beginning_ = {session().send(start, {}, Format::text)};
	if (!settled)
		send_settings(transaction_settings());
}

void Group::begin_single()
{
	if (transaction_ != nullptr || (seat_ == nullptr && !take_seat()))
	{
		(void)transaction_->use();
		return;
	}
	beginning_.clear();
	/* What the session's default is, a function there may have changed. */
	if (!session().has_own_backend() || seat_->read_only)
		send_settings(statement_settings());
}

void Group::check_begun(Traffic& traffic)
{
	for (const auto& reply : beginning_)
	{
		session().await(*reply, traffic);
		(void)session().take_result(*reply);
	}
	beginning_.clear();
	begun_ = true;
}

bool Group::start_over()
{
	if (transaction_ != nullptr || begun_ || !seat_->used || !session().has_gone_stale())
		return false;
	seat_->outdated = true;
	end();
	beginning_.clear();
	++life_;
	return true;
}

} // namespace datalinks::executor
