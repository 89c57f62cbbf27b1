/*
 * The border between C++ and PostgreSQL.
 *
 * Two regimes: on the server's side ereport (a longjmp) and palloc, on ours exceptions and RAII.
 * They are crossed here and nowhere else:
 *
 *   pg::call(f)   runs server code; an ERROR in it arrives as a C++ exception (pg::Error).
 *   pg::entry(f)  wraps every function that the server calls; an exception that arrives there is
 *                 raised as an ERROR after the last catch block has closed.
 *
 * f of pg::call must hold nothing with a destructor while it calls the server: a longjmp skips it.
 */
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

struct ErrorData;
struct MemoryContextData;

namespace datalinks::pg
{

/* SQLSTATEs that we raise or look for ourselves, in the server's own packing. */
namespace sqlstate
{
constexpr int pack(const char (&code)[6])
{
	int packed = 0;
	for (int i = 0; i < 5; ++i)
		packed |= ((code[i] - '0') & 0x3F) << (6 * i);
	return packed;
}

/* "08001" */
std::string text(int code);

constexpr int unable_to_connect = pack("08001");
constexpr int connection_failure = pack("08006");
constexpr int transaction_resolution_unknown = pack("08007");
constexpr int protocol_violation = pack("08P01");
constexpr int feature_not_supported = pack("0A000");
constexpr int invalid_grant_operation = pack("0LP01");
constexpr int null_value_not_allowed = pack("22004");
constexpr int invalid_text_representation = pack("22P02");
constexpr int invalid_parameter_value = pack("22023");
constexpr int cardinality_violation = pack("21000");
constexpr int invalid_cursor_state = pack("24000");
constexpr int read_only_transaction = pack("25006");
constexpr int unique_violation = pack("23505");
constexpr int dependent_objects_still_exist = pack("2BP01");
constexpr int password_required = pack("2F003");
constexpr int insufficient_privilege = pack("42501");
constexpr int syntax_error = pack("42601");
constexpr int duplicate_object = pack("42710");
constexpr int duplicate_schema = pack("42P06");
constexpr int invalid_name = pack("42602");
constexpr int undefined_object = pack("42704");
constexpr int datatype_mismatch = pack("42804");
constexpr int undefined_column = pack("42703");
constexpr int undefined_function = pack("42883");
constexpr int invalid_column_reference = pack("42P10");
constexpr int undefined_table = pack("42P01");
constexpr int program_limit_exceeded = pack("54000");
constexpr int object_in_use = pack("55006");
constexpr int object_not_in_prerequisite_state = pack("55000");
constexpr int lock_not_available = pack("55P03");
constexpr int transaction_rollback = pack("40000");
constexpr int serialization_failure = pack("40001");
constexpr int out_of_memory = pack("53200");
constexpr int insufficient_resources = pack("53000");
constexpr int invalid_sql_statement_name = pack("26000");
constexpr int query_canceled = pack("57014");
constexpr int fdw_schema_not_found = pack("HV00Q");
constexpr int config_file_error = pack("F0000");
constexpr int internal_error = pack("XX000");
} // namespace sqlstate

/*
 * An ERROR of the server, kept whole (SQLSTATE, DETAIL, HINT, CONTEXT, object names, position).
 * Copies share the ErrorData; the last one frees it.
 */
class Error : public std::exception
{
public:
	explicit Error(std::shared_ptr<ErrorData> data) noexcept : data_(std::move(data)) {}
	const char* what() const noexcept override;
	int code() const noexcept;
	bool is_cancel() const noexcept;
	/* Puts a hint of ours on the error, in place of the server's. */
	void set_hint(const std::string& hint);
	/* Names, in place of the server's CONTEXT, what was being done. */
	void set_context(const std::string& context);
	const std::shared_ptr<ErrorData>& data() const noexcept
	{
		return data_;
	}

private:
	std::shared_ptr<ErrorData> data_;
};

/* An error of our own. Message: lower-case, no full stop. Detail and hint: sentences. */
class Failure : public std::exception
{
public:
	Failure(int code, std::string message) : code_(code), message_(std::move(message)) {}
	Failure& detail(std::string text)
	{
		detail_ = std::move(text);
		return *this;
	}
	Failure& hint(std::string text)
	{
		hint_ = std::move(text);
		return *this;
	}
	Failure& context(std::string text)
	{
		context_ = std::move(text);
		return *this;
	}
	const char* what() const noexcept override
	{
		return message_.c_str();
	}
	int code() const noexcept
	{
		return code_;
	}
	const std::string& detail() const noexcept
	{
		return detail_;
	}
	const std::string& hint() const noexcept
	{
		return hint_;
	}
	const std::string& context() const noexcept
	{
		return context_;
	}

private:
	int code_;
	std::string message_, detail_, hint_, context_;
};

/* Raises a NOTICE or a WARNING; empty texts are left out. */
void notice(const std::string& message, const std::string& detail = {},
            const std::string& hint = {});
void warning(const std::string& message, const std::string& detail = {},
             const std::string& hint = {});

/* For developers, at DEBUG1. */
void debug(const std::string& message);

/* Whether anybody would see it. */
bool debug_is_seen();

namespace detail
{
/* Runs body(argument); throws Error when it raises. Exceptions of body's pass through. */
void guarded(void (*body)(void*), void* argument);

/* What entry() raises when the last catch block has closed: nothing in it has a destructor. */
struct Pending
{
	MemoryContextData* context; /* holds the error */
	ErrorData* error;
	bool ours; /* a Failure, not an ERROR of the server */
};
Pending capture(const std::exception_ptr& thrown) noexcept;
[[noreturn]] void raise(const Pending& pending);
} // namespace detail

/*
 * Runs f, which may call the server freely, and returns its result.
 * Throws pg::Error when the server raised an ERROR. After that only two things are right: let it
 * pass, or leave a Subtransaction that was begun before the call.
 */
template <typename F>
auto call(F&& f) -> std::invoke_result_t<F&>
{
	using Result = std::invoke_result_t<F&>;
	if constexpr (std::is_void_v<Result>)
	{
		detail::guarded([](void* body) { (*static_cast<std::remove_reference_t<F>*>(body))(); },
		                &f);
	}
	else
	{
		struct Frame
		{
			std::remove_reference_t<F>* body;
			std::optional<Result> result;
		} frame{&f, std::nullopt};
		detail::guarded(
		    [](void* argument) {
			    auto* into = static_cast<Frame*>(argument);
			    into->result.emplace((*into->body)());
		    },
		    &frame);
		return std::move(*frame.result);
	}
}

/* Runs f on behalf of the server; whatever it throws is raised as an ERROR. */
template <typename F>
auto entry(F&& f) -> std::invoke_result_t<F&>
{
	detail::Pending pending{};
	try
	{
		return f();
	}
	catch (...)
	{
		pending = detail::capture(std::current_exception());
	}
	detail::raise(pending);
}

} // namespace datalinks::pg
