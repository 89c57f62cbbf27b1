/*
 * What a SQL function gets and gives: arguments by position, rows as text.
 */
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "postgres/guard.hpp"
#include "postgres/row.hpp"

struct FunctionCallInfoBaseData;

namespace datalinks::pg
{

/* NULL for an empty text. */
inline std::optional<std::string> text_or_null(const std::string& text)
{
	return text.empty() ? std::nullopt : std::optional(text);
}

/*
 * The arguments of the call; `name` is the argument's SQL name, for the error about a NULL. One
 * that the function in the catalog does not have yet, as it is of an older version, is an error
 * (55000).
 */
class Arguments
{
public:
	explicit Arguments(FunctionCallInfoBaseData* call) : call_(call) {}
	std::string string(int position, const char* name) const;
	bool boolean(int position, const char* name) const;
	/* Nothing for NULL. */
	std::optional<std::string> optional_string(int position) const;
	std::optional<bool> optional_boolean(int position) const;
	std::optional<std::vector<std::string>> optional_texts(int position) const;
	/* A text[], whose elements may be NULL. */
	Row texts(int position, const char* name) const;
	/* One whose elements must not be. */
	std::vector<std::string> texts_without_null(int position, const char* name) const;
	/* An interval, its days of 24 hours and months of 30 days; cut to some 30 years. */
	std::chrono::microseconds interval(int position, const char* name) const;

private:
	bool is_null(int position) const;
	void require(int position, const char* name) const;
	FunctionCallInfoBaseData* call_;
};

/* Throws 25006, as DDL does, where the transaction is read-only. `function`: name and "()". */
void require_read_write(const char* function);

/*
 * The row as the function's composite result. The row type may have more attributes than the row
 * has values, which are NULL then, or fewer: SQL and library can be of different versions.
 */
unsigned long row_result(FunctionCallInfoBaseData* call, const Row& row);

/* The rows as the function's set, materialized; of each, what is said above. */
unsigned long rows_result(FunctionCallInfoBaseData* call, const Rows& rows);

/*
 * pg::entry for functions that take a password: before f runs, what the session shows of itself
 * (pg_stat_activity, STATEMENT in the log) becomes `shown`, a static text, until the statement
 * ends; and no CONTEXT of a caller, which may hold the text of the call, reaches any message.
 */
void hide_statement(const char* shown);

/* The same where an error that must not show the call is about to be thrown out of pg::entry. */
void hide_call(const char* shown);

class CallerContextScope
{
public:
	CallerContextScope();
	~CallerContextScope();
	CallerContextScope(const CallerContextScope&) = delete;
	CallerContextScope& operator=(const CallerContextScope&) = delete;

private:
	void* callers_;
};

template <typename F>
auto secret_entry(const char* shown, F&& f) -> std::invoke_result_t<F&>
{
	/* Around entry(), not in it: an error must be raised while the callers are still cut off. */
	CallerContextScope callers;
	return entry([&] {
		hide_statement(shown);
		return f();
	});
}

/* Shows a text without secrets, the progress of a long call, as this session's query. */
void report_activity(const std::string& text);

} // namespace datalinks::pg
