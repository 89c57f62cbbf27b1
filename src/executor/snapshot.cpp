/*
 * Snapshots of a remote: see snapshot.hpp.
 */
#include "executor/snapshot.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>

namespace datalinks::executor
{

namespace
{

struct Snapshot
{
	uint64_t next = 0; /* from here on, transactions had not begun */
	std::set<uint64_t> running;
};

std::optional<Snapshot> parse(const char* text)
{
	Snapshot snapshot;
	char* end = nullptr;
	(void)strtoull(text, &end, 10);
	if (end == text || *end != ':')
		return std::nullopt;
	snapshot.next = strtoull(end + 1, &end, 10);
	if (*end != ':')
		return std::nullopt;
	while (*++end >= '0' && *end <= '9')
	{
		snapshot.running.insert(strtoull(end, &end, 10));
		if (*end != ',')
			break;
	}
	return *end == '\0' ? std::optional(snapshot) : std::nullopt;
}

} // namespace

bool nothing_has_ended(const char* first, const char* second)
{
	const auto before = parse(first), after = parse(second);
	if (!before || !after || after->next < before->next)
		return false;
	const auto begun = std::count_if(after->running.begin(), after->running.end(),
	                                 [&](uint64_t number) { return number >= before->next; });
	return static_cast<uint64_t>(begun) == after->next - before->next &&
	       std::includes(after->running.begin(), after->running.end(), before->running.begin(),
	                     before->running.end());
}

} // namespace datalinks::executor
