/*
 * Links as they stood when a command began: see notes.hpp.
 */
#include "link/notes.hpp"

#include <algorithm>

namespace datalinks::link
{

namespace
{

/* No constructor may run when the library is loaded: made at the first use. */
std::vector<Note>& notes()
{
	static std::vector<Note>* kept = nullptr;
	static unsigned long transaction = 0;
	if (kept == nullptr)
		kept = new std::vector<Note>;
	if (transaction != pg::transaction_number())
		kept->clear();
	transaction = pg::transaction_number();
	return *kept;
}

} // namespace

void keep(Note note)
{
	std::erase_if(notes(), [&](const Note& older) { return older.command == note.command; });
	notes().push_back(std::move(note));
}

const Note* note_of(const pg::Command& command)
{
	const auto found = std::find_if(notes().begin(), notes().end(), [&](const Note& note) {
		return note.command == command.identity;
	});
	return found == notes().end() ? nullptr : &*found;
}

} // namespace datalinks::link
