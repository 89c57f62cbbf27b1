/*
 * What event triggers do inside somebody else's command: in a subtransaction, and without waiting.
 */
#pragma once

#include <optional>
#include <string>

#include "postgres/scope.hpp"

namespace datalinks::trigger
{

/*
 * Runs f in a subtransaction in which no lock is waited for. Returns the error's message when f
 * failed, whatever the reason, and was undone; nothing when it went well. Only a cancel, or the end
 * of the session, is passed on.
 */
template <typename F>
std::optional<std::string> attempt_without_waiting(F&& f)
{
	try
	{
		pg::Subtransaction subtransaction;
		{
			pg::SettingScope settings;
			/* The shortest there is: a lock that is not free now is as good as refused. */
			settings.set("lock_timeout", "1ms");
			f();
		}
		subtransaction.commit();
		return std::nullopt;
	}
	catch (const pg::Error& error)
	{
		if (error.is_cancel())
			throw;
		return error.what();
	}
	catch (const std::exception& failure)
	{
		return failure.what();
	}
}

} // namespace datalinks::trigger
