/*
 * Objects in memory contexts: see memory.hpp.
 */
#include "postgres/memory.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

void when_reset(MemoryContextData* context, void (*f)(void*), void* argument)
{
	auto* callback = static_cast<MemoryContextCallback*>(
	    call([&] { return MemoryContextAlloc(context, sizeof(MemoryContextCallback)); }));
	callback->func = f;
	callback->arg = argument;
	MemoryContextRegisterResetCallback(context, callback);
}

} // namespace datalinks::pg
