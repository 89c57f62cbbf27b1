/*
 * The text of the running statement, for the one statement of a session in whose planning the
 * library is loaded: see default_marks.hpp.
 */
#pragma once

struct List;

namespace datalinks::fdw
{

/*
 * The VALUES lists of the client's statements, parsed again; NIL where the running statement is not
 * one of the client's. Server code.
 */
List* rows_of_text();

/* The same of the assignments of UPDATEs. */
List* assignments_of_text();

/* Whether assignments of an UPDATE, as parsed, set the column of this name to DEFAULT. Server code.
 */
bool sets_to_default(const List* assignments, const char* column);

/* Whether the text of the running statement has the word DEFAULT, or is not known. Server code. */
bool text_may_have_default();

} // namespace datalinks::fdw
