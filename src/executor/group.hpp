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

	/* A scan has had an answer: what it says must fit what the others see. */
	void note_answer()
	{
		answered_ = true;
	}

	/*
	 * Gives the reading up, where no scan has had an answer yet; returns whether that is so. From
	 * then on begin() returns false.
	 */
	bool give_up();

	/*
	 * A scan goes without its statement's regular end: what the remote still does for the group is
	 * cancelled with the group's end.
	 */
	void abandon()
	{
		abandoned_ = true;
	}

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
	bool elsewhere_ = false; /* there was no session free, or what it asks is no reading */
	bool answered_ = false;
	bool abandoned_ = false;
	bool in_transaction_ = false;                   /* one that takes a COMMIT to end */
	std::vector<std::shared_ptr<Reply>> beginning_; /* until it was checked */
	bool begun_ = false;                            /* the remote has said so */
	unsigned cursors_ = 0;
};

} // namespace datalinks::executor
