/*
 * Scope objects: see scope.hpp.
 */
#include "postgres/scope.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

Subtransaction::Subtransaction() : memory_(CurrentMemoryContext), owner_(CurrentResourceOwner)
{
	call([&] {
		BeginInternalSubTransaction(nullptr);
		MemoryContextSwitchTo(static_cast<MemoryContext>(memory_));
	});
}

void Subtransaction::commit()
{
	call([&] {
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(static_cast<MemoryContext>(memory_));
		CurrentResourceOwner = static_cast<ResourceOwner>(owner_);
	});
	open_ = false;
}

Subtransaction::~Subtransaction()
{
	if (!open_)
		return;
	try
	{
		call([&] {
			RollbackAndReleaseCurrentSubTransaction();
			MemoryContextSwitchTo(static_cast<MemoryContext>(memory_));
			CurrentResourceOwner = static_cast<ResourceOwner>(owner_);
		});
	}
	catch (...)
	{
		/* The transaction's state is unknown now; the session must not go on with it. */
		elog(FATAL, "could not roll back a subtransaction");
	}
}

UserSwitch::UserSwitch(unsigned role)
{
	GetUserIdAndSecContext(&role_, &security_);
	SetUserIdAndSecContext(role, security_ | SECURITY_LOCAL_USERID_CHANGE |
	                                 SECURITY_RESTRICTED_OPERATION);
}

UserSwitch::~UserSwitch()
{
	SetUserIdAndSecContext(role_, security_);
}

SettingScope::SettingScope() : level_(NewGUCNestLevel()) {}

void SettingScope::set(const char* name, const char* value)
{
	call([&] {
		(void)set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
		                        false);
	});
}

SettingScope::~SettingScope()
{
	try
	{
		call([&] { AtEOXact_GUC(true, level_); });
	}
	catch (...)
	{
		elog(FATAL, "could not restore settings");
	}
}

} // namespace datalinks::pg
