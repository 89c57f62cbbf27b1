/*
 * Scope objects for what the server lets one begin and end: subtransactions, the current user,
 * settings. Each puts things back when it goes, however the scope is left.
 */
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>

#include "postgres/guard.hpp"

namespace datalinks::pg
{

/*
 * A subtransaction. What goes wrong between its beginning and commit() is undone when it goes, and
 * the caller may then go on after an ERROR.
 */
class Subtransaction
{
public:
	Subtransaction();
	~Subtransaction();
	Subtransaction(const Subtransaction&) = delete;
	Subtransaction& operator=(const Subtransaction&) = delete;
	void commit();

private:
	void* memory_;
	void* owner_;
	bool open_ = true;
};

/*
 * Runs f in a subtransaction. Returns false where it failed with one of these SQLSTATEs, and was
 * undone; passes other errors on.
 */
template <typename F>
bool run_or_undo(std::initializer_list<int> refusals, F&& f)
{
	try
	{
		Subtransaction subtransaction;
		f();
		subtransaction.commit();
		return true;
	}
	catch (const Error& error)
	{
		if (std::find(refusals.begin(), refusals.end(), error.code()) == refusals.end())
			throw;
		return false;
	}
}

/* Acts as another role, as a SECURITY DEFINER function would. */
class UserSwitch
{
public:
	explicit UserSwitch(unsigned role);
	~UserSwitch();
	UserSwitch(const UserSwitch&) = delete;
	UserSwitch& operator=(const UserSwitch&) = delete;

private:
	unsigned role_;
	int security_;
};

/* Settings (GUCs) for the length of the scope. */
class SettingScope
{
public:
	SettingScope();
	~SettingScope();
	SettingScope(const SettingScope&) = delete;
	SettingScope& operator=(const SettingScope&) = delete;
	/* Sets one as the session's user would have to be a superuser to; raises what the server does.
	 */
	void set(const char* name, const char* value);

private:
	int level_;
};

} // namespace datalinks::pg
