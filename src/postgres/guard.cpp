/*
 * The border between C++ and PostgreSQL: see guard.hpp.
 */
#include "postgres/guard.hpp"

#include <new>

#include "postgres/pg.hpp"

namespace datalinks::pg
{

std::string sqlstate::text(int code)
{
	return unpack_sql_state(code);
}

static_assert(sqlstate::unable_to_connect == ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION);
static_assert(sqlstate::password_required == ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED);
static_assert(sqlstate::fdw_schema_not_found == ERRCODE_FDW_SCHEMA_NOT_FOUND);

namespace
{

/* Puts both of the server's stacks back, however the frame is left. */
class StackScope
{
public:
	StackScope() noexcept : exceptions_(PG_exception_stack), contexts_(error_context_stack) {}
	~StackScope()
	{
		restore();
	}
	StackScope(const StackScope&) = delete;
	StackScope& operator=(const StackScope&) = delete;
	void restore() const noexcept
	{
		PG_exception_stack = exceptions_;
		error_context_stack = contexts_;
	}

private:
	sigjmp_buf* exceptions_;
	ErrorContextCallback* contexts_;
};

/* Each error has a context of its own: freed with it, or handed on when it is raised again. */
void delete_error(ErrorData* error)
{
	MemoryContextDelete(GetMemoryChunkContext(error));
}

/* A new context for one error, or nullptr when there is no memory for it. */
MemoryContext error_memory() noexcept
{
	MemoryContext context = nullptr;
	StackScope stacks;
	sigjmp_buf landing;
	if (sigsetjmp(landing, 0) == 0)
	{
		PG_exception_stack = &landing;
		context = AllocSetContextCreate(TopMemoryContext, "datalinks error", ALLOCSET_SMALL_SIZES);
	}
	else
	{
		stacks.restore();
		FlushErrorState();
	}
	return context;
}

/* Takes the error that was just raised out of the server's hands; nullptr when that fails. */
ErrorData* take_error(MemoryContext before) noexcept
{
	MemoryContext context = error_memory();
	if (context == nullptr)
	{
		MemoryContextSwitchTo(before);
		return nullptr;
	}
	StackScope stacks;
	sigjmp_buf landing;
	ErrorData* volatile error = nullptr;
	if (sigsetjmp(landing, 0) == 0)
	{
		PG_exception_stack = &landing;
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
	}
	else
	{
		stacks.restore();
		error = nullptr;
	}
	MemoryContextSwitchTo(before);
	FlushErrorState();
	if (error == nullptr)
		MemoryContextDelete(context);
	return error;
}

} // namespace

const char* Error::what() const noexcept
{
	return data_->message != nullptr ? data_->message : "error without a message";
}

int Error::code() const noexcept
{
	return data_->sqlerrcode;
}

bool Error::is_cancel() const noexcept
{
	const int category = ERRCODE_TO_CATEGORY(data_->sqlerrcode);
	return category == ERRCODE_OPERATOR_INTERVENTION;
}

void Error::set_hint(const std::string& hint)
{
	call([&] {
		data_->hint = MemoryContextStrdup(GetMemoryChunkContext(data_.get()), hint.c_str());
	});
}

void Error::set_context(const std::string& context)
{
	call([&] {
		data_->context = MemoryContextStrdup(GetMemoryChunkContext(data_.get()), context.c_str());
	});
}

namespace
{
void report(int level, const std::string& message, const std::string& detail,
            const std::string& hint)
{
	call([&] {
		ereport(level, (errmsg_internal("%s", message.c_str()),
		                detail.empty() ? 0 : errdetail_internal("%s", detail.c_str()),
		                hint.empty() ? 0 : errhint("%s", hint.c_str())));
	});
}
} // namespace

void notice(const std::string& message, const std::string& detail, const std::string& hint)
{
	report(NOTICE, message, detail, hint);
}

void debug(const std::string& message)
{
	report(DEBUG1, message, {}, {});
}

bool debug_is_seen()
{
	return message_level_is_interesting(DEBUG1);
}

void warning(const std::string& message, const std::string& detail, const std::string& hint)
{
	report(WARNING, message, detail, hint);
}

namespace detail
{

void guarded(void (*body)(void*), void* argument)
{
	MemoryContext before = CurrentMemoryContext;
	ErrorData* error = nullptr;
	{
		StackScope stacks;
		sigjmp_buf landing;
		if (sigsetjmp(landing, 0) == 0)
		{
			PG_exception_stack = &landing;
			body(argument);
			return;
		}
		stacks.restore();
		error = take_error(before);
	}
	if (error == nullptr)
		throw std::bad_alloc();
	throw Error(std::shared_ptr<ErrorData>(error, delete_error));
}

namespace
{

char* copy_text(MemoryContext context, const std::string& text)
{
	return text.empty() ? nullptr : MemoryContextStrdup(context, text.c_str());
}

ErrorData* make_error(MemoryContext context, const Failure& failure)
{
	auto* error = static_cast<ErrorData*>(MemoryContextAllocZero(context, sizeof(ErrorData)));
	error->sqlerrcode = failure.code();
	error->message = MemoryContextStrdup(context, failure.what());
	error->detail = copy_text(context, failure.detail());
	error->hint = copy_text(context, failure.hint());
	error->context = copy_text(context, failure.context());
	return error;
}

/* The error's own context goes to the transaction; the exception lets go of it. */
Pending from_server(const Error& error)
{
	MemoryContext context = error_memory();
	if (context == nullptr)
		return {nullptr, nullptr, false};
	return call([&] {
		MemoryContext before = MemoryContextSwitchTo(context);
		ErrorData* from = error.data().get();
		auto* copy = static_cast<ErrorData*>(palloc(sizeof(ErrorData)));
		*copy = *from;
		for (char** text :
		     {&copy->message, &copy->detail, &copy->detail_log, &copy->hint, &copy->context,
		      &copy->backtrace, &copy->schema_name, &copy->table_name, &copy->column_name,
		      &copy->datatype_name, &copy->constraint_name, &copy->internalquery})
			if (*text != nullptr)
				*text = pstrdup(*text);
		/* Constants once, which CopyErrorData copies and ReThrowError leaves where they are. */
		for (const char** text : {&copy->filename, &copy->funcname, &copy->domain,
		                          &copy->context_domain, &copy->message_id})
			if (*text != nullptr)
				*text = pstrdup(*text);
		copy->assoc_context = context;
		MemoryContextSwitchTo(before);
		return Pending{context, copy, false};
	});
}

Pending from_failure(const Failure& failure)
{
	MemoryContext context = error_memory();
	if (context == nullptr)
		return {nullptr, nullptr, false};
	return call([&] { return Pending{context, make_error(context, failure), true}; });
}

} // namespace

Pending capture(const std::exception_ptr& thrown) noexcept
{
	try
	{
		try
		{
			std::rethrow_exception(thrown);
		}
		catch (const Error& error)
		{
			return from_server(error);
		}
		catch (const Failure& failure)
		{
			return from_failure(failure);
		}
		catch (const std::bad_alloc&)
		{
			return {nullptr, nullptr, false};
		}
		catch (const std::exception& unexpected)
		{
			return from_failure(Failure(sqlstate::internal_error,
			                            std::string("unexpected exception: ") + unexpected.what()));
		}
		catch (...)
		{
			return from_failure(
			    Failure(sqlstate::internal_error, "unexpected exception of an unknown type"));
		}
	}
	catch (...)
	{
		return {nullptr, nullptr, false};
	}
}

void raise(const Pending& pending)
{
	if (pending.error == nullptr)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	/* The context goes with the caller's own at the end of the (sub)transaction. */
	MemoryContextSetParent(pending.context, CurrentMemoryContext);
	const ErrorData* error = pending.error;
	/* One of ours is raised afresh: the server adds CONTEXT and decides where it is reported. */
	if (pending.ours)
		ereport(ERROR, (errcode(error->sqlerrcode), errmsg_internal("%s", error->message),
		                error->detail != nullptr ? errdetail_internal("%s", error->detail) : 0,
		                error->hint != nullptr ? errhint("%s", error->hint) : 0,
		                error->context != nullptr ? errcontext("%s", error->context) : 0));
	ReThrowError(pending.error);
}

} // namespace detail
} // namespace datalinks::pg
