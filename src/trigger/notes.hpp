/*
 * Links as they stood when a command began. Commands nest (an event trigger of somebody's may run
 * another DROP), so each command has its own note.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link/comments.hpp"
#include "link/link.hpp"
#include "postgres/event.hpp"

namespace datalinks::trigger
{

struct NotedLink
{
	link::Link link;
	unsigned schema;                   /* the OID of the schema of its name, its own */
	std::vector<unsigned> schemas;     /* those of its tables, where there are many */
	std::optional<std::string> grants; /* on the schema and its tables; nothing: not noted */
	link::Comments comments;           /* that users have written */
};

struct Note
{
	const void* command;     /* its identity */
	unsigned subtransaction; /* the one that it began in */
	std::vector<NotedLink> links;
	std::vector<std::string> full_reset_schemas; /* those with tables of no extension in them */
};

/* Keeps the note until it is taken. */
void keep(Note note);

/*
 * Takes the note of this command out; nothing when there is none. A note of a command that was
 * rolled back, or of another one that happened to have the same identity, is none.
 */
std::optional<Note> take_note(const pg::Command& command);

} // namespace datalinks::trigger
