/*
 * The server's settings (GUC) by their names.
 */
#pragma once

namespace datalinks::pg
{

/*
 * What a setting of text stands at, known to a library or not yet; nullptr where nobody has given
 * it a value. Server code: the text is the server's, until the setting changes.
 */
const char* text_of_setting(const char* name);

} // namespace datalinks::pg
