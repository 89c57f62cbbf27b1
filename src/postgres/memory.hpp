/*
 * Objects of ours that live as long as a memory context of the server's.
 */
#pragma once

#include <memory>

struct MemoryContextData;

namespace datalinks::pg
{

/* Has f(argument) called when the context is reset or deleted. Throws pg::Error 53200. */
void when_reset(MemoryContextData* context, void (*f)(void*), void* argument);

/* A new object that goes with the context, whatever ends it. */
template <typename T>
T* make_in(MemoryContextData* context)
{
	auto made = std::make_unique<T>();
	when_reset(
	    context, [](void* kept) { delete static_cast<T*>(kept); }, made.get());
	return made.release();
}

} // namespace datalinks::pg
