/*
 * Links as they stood when a command began. Commands nest (an event trigger of somebody's may run
 * another DROP), so each command has its own note; notes of an earlier transaction are discarded.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"
#include "postgres/event.hpp"

namespace datalinks::link
{

struct NotedLink
{
	Link link;
	unsigned schema;    /* its own schema's OID; 0: none */
	std::string grants; /* on the schema and its tables; empty where they were not read */
};

struct Note
{
	const void* command;
	std::vector<NotedLink> links;
	std::vector<std::string> full_reset_schemas; /* those with tables of no extension in them */
};

/* Keeps the note for the rest of the transaction, in place of an older one of the same command. */
void keep(Note note);

/* The note of this command; nullptr when there is none. */
const Note* note_of(const pg::Command& command);

} // namespace datalinks::link
