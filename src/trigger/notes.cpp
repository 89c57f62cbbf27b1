/*
 * Links as they stood when a command began: see notes.hpp.
 */
#include "trigger/notes.hpp"

#include <algorithm>

namespace datalinks::trigger
{

namespace
{

/*
 * The notes of commands that are not over. An identity is an address, which a later command may
 * have again: what was rolled back must not be found under it.
 */
std::vector<Note>& notes()
{
	/* No constructor may run when the library is loaded: made at the first use. */
	static std::vector<Note>* kept = nullptr;
	static unsigned long transaction = 0;
	if (kept == nullptr)
		kept = new std::vector<Note>;
	if (transaction != pg::transaction_number())
		kept->clear();
	transaction = pg::transaction_number();
	std::erase_if(
	    *kept, [](const Note& note) { return !pg::is_active_subtransaction(note.subtransaction); });
	return *kept;
}

} // namespace

void keep(Note note)
{
	notes().push_back(std::move(note));
}

std::optional<Note> take_note(const pg::Command& command)
{
	std::vector<Note>& kept = notes();
	const auto found = std::find_if(kept.begin(), kept.end(), [&](const Note& note) {
		return note.command == command.identity;
	});
	if (found == kept.end())
		return std::nullopt;
	std::optional<Note> note(std::move(*found));
	kept.erase(found);
	return note;
}

} // namespace datalinks::trigger
