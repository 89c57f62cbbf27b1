/*
 * What all sessions do with the remotes: see shared_activity.hpp.
 */
#include "remote/shared_activity.hpp"

#include <algorithm>

#include "postgres/servers.hpp"

#include "postgres/pg.hpp"

#include "catalog/objectaccess.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

namespace datalinks::remote
{

int most_shared_activities = 2000;

namespace
{

constexpr const char* tranche = "datalinks";

struct Key
{
	Oid database;
	Oid server;
};

struct Entry
{
	Key key;
	Counts counts;
	LastError last_error;
	TimestampTz since;
	TimestampTz used;
};

HTAB* entries = nullptr;
LWLock* lock = nullptr;

shmem_request_hook_type next_request = nullptr;
shmem_startup_hook_type next_startup = nullptr;
object_access_hook_type next_access = nullptr;

void request_memory()
{
	if (next_request != nullptr)
		next_request();
	RequestAddinShmemSpace(hash_estimate_size(most_shared_activities, sizeof(Entry)));
	RequestNamedLWLockTranche(tranche, 1);
}

void attach()
{
	if (next_startup != nullptr)
		next_startup();
	HASHCTL control{};
	control.keysize = sizeof(Key);
	control.entrysize = sizeof(Entry);
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	entries = ShmemInitHash("datalinks activity", most_shared_activities, most_shared_activities,
	                        &control, HASH_ELEM | HASH_BLOBS);
	lock = &GetNamedLWLockTranche(tranche)->lock;
	LWLockRelease(AddinShmemInitLock);
}

/* A drop that the end of the transaction makes true. A database's has no server. */
struct Drop
{
	Key key;
	int level; /* of the subtransaction */
};
constexpr size_t most_drops = 10000;

std::vector<Drop>& drops()
{
	static std::vector<Drop>* kept = nullptr;
	if (kept == nullptr)
		kept = new std::vector<Drop>;
	return *kept;
}

/* Of too many at once, the rest is forgotten when it is looked at. */
void note_drop(ObjectAccessType access, Oid catalog, Oid object, int column, void* argument)
{
	if (next_access != nullptr)
		next_access(access, catalog, object, column, argument);
	if (access != OAT_DROP || drops().size() >= most_drops)
		return;
	const int level = GetCurrentTransactionNestLevel();
	if (catalog == ForeignServerRelationId)
		pg::entry([&] { drops().push_back({{MyDatabaseId, object}, level}); });
	else if (catalog == DatabaseRelationId)
		pg::entry([&] { drops().push_back({{object, InvalidOid}, level}); });
}

/* The lock is held. Server code, as all that follows with a lock. */
template <typename F>
void visit(F f)
{
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, entries);
	while (void* entry = hash_seq_search(&scan))
		f(*static_cast<Entry*>(entry));
}

void remove(const Key& key)
{
	(void)hash_search(entries, &key, HASH_REMOVE, nullptr);
}

void remove_least_used()
{
	const Entry* least = nullptr;
	visit([&](const Entry& entry) {
		if (least == nullptr || entry.used < least->used)
			least = &entry;
	});
	if (least != nullptr)
		remove(Key(least->key));
}

Entry* entry_of(const Key& key)
{
	auto* found = static_cast<Entry*>(hash_search(entries, &key, HASH_FIND, nullptr));
	if (found != nullptr)
		return found;
	if (hash_get_num_entries(entries) >= most_shared_activities)
		remove_least_used();
	auto* made = static_cast<Entry*>(hash_search(entries, &key, HASH_ENTER_NULL, nullptr));
	if (made == nullptr)
		return nullptr;
	made->counts = Counts();
	made->last_error = LastError();
	made->since = GetCurrentTimestamp();
	return made;
}

/* Never throws but for the lock, which no transaction of ours holds. */
template <typename F>
void with_lock(LWLockMode mode, F f)
{
	pg::call([&] {
		LWLockAcquire(lock, mode);
		f();
		LWLockRelease(lock);
	});
}

} // namespace

void set_up_shared_activities()
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	next_startup = shmem_startup_hook;
	shmem_startup_hook = attach;
	next_access = object_access_hook;
	object_access_hook = note_drop;
}

bool has_shared_activities()
{
	return entries != nullptr;
}

void add_to_shared(unsigned server, const Counts& counts, const LastError& error) noexcept
{
	const TimestampTz now = GetCurrentTimestamp();
	with_lock(LW_EXCLUSIVE, [&] {
		Entry* entry = entry_of({MyDatabaseId, server});
		if (entry == nullptr)
			return;
		entry->counts += counts;
		entry->used = now;
		if (error.code != 0)
			entry->last_error = error;
	});
}

std::vector<SharedActivity> shared_activities()
{
	std::vector<SharedActivity> found;
	if (!has_shared_activities())
		return found;
	/* Nothing may be allocated while the lock is held: that could fail. */
	found.reserve(static_cast<size_t>(hash_get_num_entries(entries)) + 100);
	with_lock(LW_SHARED, [&] {
		visit([&](const Entry& entry) {
			if (entry.key.database == MyDatabaseId && found.size() < found.capacity())
				found.push_back({entry.key.server, entry.counts, entry.last_error, entry.since});
		});
	});
	std::erase_if(found, [](const SharedActivity& activity) {
		if (pg::server_stands(activity.server))
			return false;
		/* What this transaction has dropped may come back. */
		if (drops().empty())
			with_lock(LW_EXCLUSIVE, [&] { remove({MyDatabaseId, activity.server}); });
		return true;
	});
	return found;
}

void reset_shared(unsigned server)
{
	if (!has_shared_activities())
		return;
	const TimestampTz now = GetCurrentTimestamp();
	const Key key{MyDatabaseId, server};
	with_lock(LW_EXCLUSIVE, [&] {
		auto* entry = static_cast<Entry*>(hash_search(entries, &key, HASH_FIND, nullptr));
		if (entry == nullptr)
			return;
		entry->counts = Counts();
		entry->last_error = LastError();
		entry->since = now;
	});
}

void end_drops(bool committed) noexcept
{
	if (!has_shared_activities() || drops().empty())
		return;
	if (committed)
		with_lock(LW_EXCLUSIVE, [&] {
			for (const Drop& drop : drops())
				if (drop.key.server != InvalidOid)
					remove(drop.key);
				else
					visit([&](const Entry& entry) {
						if (entry.key.database == drop.key.database)
							remove(Key(entry.key));
					});
		});
	drops().clear();
}

void end_subtransaction_drops(bool committed, int level) noexcept
{
	if (!has_shared_activities() || drops().empty())
		return;
	if (!committed)
		std::erase_if(drops(), [&](const Drop& drop) { return drop.level >= level; });
	for (Drop& drop : drops())
		drop.level = std::min(drop.level, committed ? level - 1 : drop.level);
}

} // namespace datalinks::remote
