/*
 * SQL functions that cross the border between C++ and PostgreSQL in every way, for the test of it.
 * Each object that must be destroyed counts itself.
 */
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

#include "postgres/guard.hpp"
#include "postgres/scope.hpp"
#include "postgres/spi.hpp"

#include "postgres/pg.hpp"

using namespace datalinks;

namespace
{

int alive = 0;

/* What a longjmp would skip: it is alive until its destructor has run. */
class Witness
{
public:
	Witness()
	{
		++alive;
	}
	~Witness()
	{
		--alive;
	}
	Witness(const Witness&) = delete;
	Witness& operator=(const Witness&) = delete;
	std::string memory = std::string(1000, 'x'); /* what a skipped destructor would leak */
};

/* An exception that derives from nothing. */
struct Unknown
{
};

std::string text_argument(FunctionCallInfo fcinfo, int position)
{
	return pg::call([&] { return TextDatumGetCString(PG_GETARG_DATUM(position)); });
}

Datum text_result(const std::string& text)
{
	return pg::call([&] { return CStringGetTextDatum(text.c_str()); });
}

std::string field(const char* name, const char* value)
{
	return value == nullptr ? "" : std::string("\n") + name + "=" + value;
}

/* All that an error carries, a line each. */
std::string described(const pg::Error& error)
{
	const ErrorData& data = *error.data();
	return pg::call([&] { return unpack_sql_state(data.sqlerrcode); }) +
	       field("message", data.message) + field("detail", data.detail) +
	       field("hint", data.hint) + field("context", data.context) +
	       field("schema", data.schema_name) + field("table", data.table_name) +
	       field("column", data.column_name) + field("datatype", data.datatype_name) +
	       field("constraint", data.constraint_name) + field("query", data.internalquery);
}

/* Runs the statement with C++ frames, and something to destroy in each, between it and us. */
void run_in_frames(const std::string& sql, int frames)
{
	const Witness witness;
	if (frames > 1)
		run_in_frames(sql, frames - 1);
	else
		spi::execute(sql);
}

/* Runs the statement `depth` subtransactions deep; the innermost catches its error. */
std::string caught(const std::string& sql, int depth)
{
	if (depth > 1)
	{
		const Witness witness;
		pg::Subtransaction outer;
		std::string inside = caught(sql, depth - 1);
		spi::execute("SELECT 1");
		outer.commit();
		return inside;
	}
	try
	{
		const Witness witness;
		pg::Subtransaction attempt;
		run_in_frames(sql, 3);
		attempt.commit();
		return "no error";
	}
	catch (const pg::Error& error)
	{
		return described(error);
	}
}

/* Memory of the size that errors have, all of it written to. */
void use_memory()
{
	MemoryContext context =
	    AllocSetContextCreate(TopTransactionContext, "border", ALLOCSET_SMALL_SIZES);
	for (int i = 0; i < 100; ++i)
		memset(MemoryContextAlloc(context, 16), 'x', 16);
}

/* Where the statement's error is from, as the server has it after it was raised again. */
std::string origin_of(const std::string& sql)
{
	std::string origin;
	MemoryContext before = CurrentMemoryContext;
	PG_TRY();
	{
		(void)pg::entry([&] {
			run_in_frames(sql, 2);
			return Datum{0};
		});
	}
	PG_CATCH();
	{
		use_memory();
		MemoryContextSwitchTo(before);
		const ErrorData* error = CopyErrorData();
		origin = std::string(error->filename) + " " + error->funcname + " " + error->message_id;
		FlushErrorState();
	}
	PG_END_TRY();
	return origin;
}

[[noreturn]] void throw_kind(const std::string& kind)
{
	const Witness witness;
	if (kind == "bad_alloc")
		throw std::bad_alloc();
	if (kind == "logic_error")
		throw std::logic_error("what it says, 100%");
	if (kind == "int")
		throw 42;
	if (kind == "failure")
		throw pg::Failure(pg::sqlstate::undefined_object, "a message, 100%s")
		    .detail("A detail, 100%s.")
		    .hint("A hint, 100%s.")
		    .context("a context, 100%s");
	throw Unknown();
}

} // namespace

extern "C"
{
MODULE_MAGIC("border");

SQL_FUNCTION(border_alive);
SQL_FUNCTION(border_run);
SQL_FUNCTION(border_catch);
SQL_FUNCTION(border_catch_and_raise);
SQL_FUNCTION(border_throw);
SQL_FUNCTION(border_throw_in_call);
SQL_FUNCTION(border_with_setting);
SQL_FUNCTION(border_as);
SQL_FUNCTION(border_many);
SQL_FUNCTION(border_origin);
}

/* () → how many witnesses are alive: none, between two statements. */
Datum border_alive(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	return pg::entry([] { return Int32GetDatum(alive); });
}

/* (sql, frames): runs the statement under so many C++ frames. */
Datum border_run(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		run_in_frames(text_argument(fcinfo, 0), PG_GETARG_INT32(1));
		return Datum{0};
	});
}

/* (sql, depth) → what was caught of its error, so many subtransactions deep. */
Datum border_catch(PG_FUNCTION_ARGS)
{
	return pg::entry(
	    [&] { return text_result(caught(text_argument(fcinfo, 0), PG_GETARG_INT32(1))); });
}

/* (sql): catches the statement's error, undoes it, does something else, and passes the error on. */
Datum border_catch_and_raise(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		try
		{
			const Witness witness;
			pg::Subtransaction attempt;
			spi::execute(text_argument(fcinfo, 0));
			attempt.commit();
		}
		catch (const pg::Error&)
		{
			(void)caught("SELECT 1/0", 2);
			spi::execute("SELECT 1");
			throw;
		}
		return Datum{0};
	});
}

/* (kind): throws an exception that is no error of the server's. */
Datum border_throw(PG_FUNCTION_ARGS)
{
	return pg::entry([&]() -> Datum { throw_kind(text_argument(fcinfo, 0)); });
}

/* (kind): the same through the frame of pg::call, which must put the server's stacks back. */
Datum border_throw_in_call(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const std::string kind = text_argument(fcinfo, 0);
		sigjmp_buf* exceptions = PG_exception_stack;
		ErrorContextCallback* contexts = error_context_stack;
		try
		{
			pg::call([&] { throw_kind(kind); });
		}
		catch (...)
		{
			if (PG_exception_stack != exceptions || error_context_stack != contexts)
				throw std::logic_error("a stack was not put back");
			throw;
		}
		return Datum{0};
	});
}

/* (name, value, sql): runs the statement with the setting, which goes with the scope. */
Datum border_with_setting(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const std::string name = text_argument(fcinfo, 0);
		const std::string value = text_argument(fcinfo, 1);
		pg::SettingScope settings;
		settings.set(name.c_str(), value.c_str());
		const auto rows = spi::query(text_argument(fcinfo, 2));
		return text_result(rows.empty() ? "" : rows[0][0].value_or(""));
	});
}

/* (role, sql): runs the statement as the role. */
Datum border_as(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const pg::UserSwitch role(PG_GETARG_OID(0));
		const auto rows = spi::query(text_argument(fcinfo, 1));
		return text_result(rows.empty() ? "" : rows[0][0].value_or(""));
	});
}

/* (sql, times) → how many of so many errors were caught. */
Datum border_many(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const std::string sql = text_argument(fcinfo, 0);
		int32 errors = 0;
		for (int i = 0; i < PG_GETARG_INT32(1); ++i)
			errors += caught(sql, 2) == "no error" ? 0 : 1;
		return Int32GetDatum(errors);
	});
}

/* (sql): an error that names where the statement's is from. */
Datum border_origin(PG_FUNCTION_ARGS)
{
	return pg::entry([&]() -> Datum {
		const std::string sql = text_argument(fcinfo, 0);
		throw pg::Failure(pg::sqlstate::internal_error, pg::call([&] { return origin_of(sql); }));
	});
}
