/*
 * The scans of one statement on one remote, which share a session and see what belongs together.
 *
 * They read in a read-only transaction of their own, in one snapshot, and no transaction outlives
 * them; or within the local transaction's transaction there (executor/transaction.hpp), where that
 * has written what they must see.
 */
#pragma once

#include <memory>
#include <vector>

#include "executor/pool.hpp"

namespace datalinks::executor
{

class Scan;
class Transaction;

class Group
{
public:
	/*
	 * The group of the statement (its executor state) on this route; made where there is none.
	 * `within`: within the local transaction's transaction.
	 */
	static std::shared_ptr<Group> of(const void* statement, const Route& route, bool within);

	/* Use of(). */
	Group(const void* statement, const Route& route, bool within);
	/* A transaction of its own ends without being waited for. */
	~Group();
	Group(const Group&) = delete;
	Group& operator=(const Group&) = delete;

	/*
	 * Sees to it that the transaction is begun: it is sent in front of what is sent next. Where no
	 * session is free, the group reads within the local transaction's from then on. Throws what
	 * take() and Transaction::use() throw.
	 */
	void begin();

	/*
	 * The same for a single statement, which is a transaction of its own with what is sent in front
	 * of it; nothing else may follow. Only where the group has a transaction of its own.
	 */
	void begin_single();

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
	 * What the group asks is no mere reading: from now on it reads within the local transaction's
	 * transaction, which may write. Only where no scan has had an answer yet; returns whether that
	 * is so. Scans that were opened before have to be opened anew: see life().
	 */
	bool move_within();

	/*
	 * Its remote cannot be reached, and its scans do without it; returns false where that must not
	 * be: one of them has had an answer, or the local transaction's transaction there is at stake.
	 */
	bool give_up();
	bool is_given_up() const
	{
		return given_up_;
	}

	/* How often the group has begun anew: what was opened in another life is gone. */
	int life() const
	{
		return life_;
	}

	/*
	 * A scan goes without its statement's regular end: what the remote still does for the group is
	 * cancelled with the group's end.
	 */
	void abandon()
	{
		abandoned_ = true;
	}

	/* Its scans, as they come and go. */
	void enroll(Scan* scan)
	{
		scans_.push_back(scan);
	}
	void withdraw(Scan* scan)
	{
		std::erase(scans_, scan);
	}
	const std::vector<Scan*>& scans() const
	{
		return scans_;
	}

	/* The local transaction's, where the group reads within it; else nullptr. */
	Transaction* transaction() const
	{
		return transaction_;
	}

	/* Only after begin(). */
	Session& session();
	unsigned new_cursor();

private:
	bool take_seat();
	void begin_own();
	void send_settings(const char* sql);
	void end() noexcept;

	const void* statement_;
	Route route_;
	bool within_; /* from the beginning: part of what it is found by */
	Transaction* transaction_ = nullptr;
	Seat* seat_ = nullptr;
	bool answered_ = false;
	bool abandoned_ = false;
	bool given_up_ = false;
	bool in_transaction_ = false;                   /* one that takes a COMMIT to end */
	std::vector<std::shared_ptr<Reply>> beginning_; /* until it was checked */
	bool begun_ = false;                            /* the remote has said so */
	unsigned cursors_ = 0;
	int life_ = 0;
	std::vector<Scan*> scans_;
};

} // namespace datalinks::executor
