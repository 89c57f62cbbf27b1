/*
 * The scans of one statement on one remote. They share a session and a read-only transaction of the
 * remote, and so see one snapshot; no transaction outlives them.
 */
#pragma once

#include <memory>
#include <vector>

#include "executor/pool.hpp"

namespace datalinks::executor
{

class Group
{
public:
	/* The group of the statement (its executor state) on this route; made where there is none. */
	static std::shared_ptr<Group> of(const void* statement, const Route& route);

	/* Use of(). */
	Group(const void* statement, const Route& route);
	/* The transaction ends without being waited for. */
	~Group();
	Group(const Group&) = delete;
	Group& operator=(const Group&) = delete;

	/*
	 * Sees to it that the transaction is begun: it is sent in front of what is sent next. Returns
	 * false where no session is free. Throws what take() throws.
	 */
	bool begin();

	/*
	 * The same for a single statement, which is a transaction of its own with what is sent in front
	 * of it; nothing else may follow.
	 */
	bool begin_single();

	/* Throws where the beginning failed; waits for its reply. */
	void check_begun(Traffic& traffic);

	/*
	 * Whether the session that was lost can be another's place: it had been used before, and this
	 * group has had no reply over it. begin() then begins anew.
	 */
	bool start_over();

	/* Only after begin() returned true. */
	Session& session()
	{
		return *seat_->session;
	}
	unsigned new_cursor()
	{
		return ++cursors_;
	}

private:
	bool take_seat();
	void end() noexcept;

	const void* statement_;
	Route route_;
	Seat* seat_ = nullptr;
	bool in_transaction_ = false;                   /* one that takes a COMMIT to end */
	std::vector<std::shared_ptr<Reply>> beginning_; /* until it was checked */
	bool begun_ = false;                            /* the remote has said so */
	unsigned cursors_ = 0;
};

} // namespace datalinks::executor
