/*
 * The database's extensions, and among them this one.
 */
#pragma once

#include <string>
#include <vector>

namespace datalinks::pg
{

/* The owner of this extension: who writes the table of invalid links. */
unsigned extension_owner();
/* Whether this extension stands in the database (a trigger may outlive it within a command). */
bool extension_exists();
/* Whether any extension of this name stands in the database. */
bool has_extension(const std::string& name);

struct Extension
{
	std::string name, version, schema;
};

/* All of the database, by name. */
std::vector<Extension> extensions();

} // namespace datalinks::pg
