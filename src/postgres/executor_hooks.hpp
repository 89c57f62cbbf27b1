/*
 * The executor's hooks.
 */
#pragma once

struct EState;

namespace datalinks::pg
{

/*
 * Has f called whenever a statement has run, before its row count is told, and once more when what
 * is left of its WITH has run. For the module's start; once.
 */
void watch_executor(void (*f)(EState* state));

} // namespace datalinks::pg
