/*
 * The settings (GUC) of the extension, datalinks.*: their names, defaults and checks.
 */
#pragma once

namespace datalinks
{

/*
 * Defines them all, and reserves the prefix. For _PG_init: server code, which raises what the
 * server raises where a value that was set before the library was loaded cannot be read.
 */
void define_settings();

} // namespace datalinks
