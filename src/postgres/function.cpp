/*
 * What a SQL function gets and gives: see function.hpp.
 */
#include "postgres/function.hpp"

#include <algorithm>

#include "postgres/values.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

bool Arguments::is_null(int position) const
{
	if (position >= call_->nargs)
		throw Failure(sqlstate::object_not_in_prerequisite_state,
		              "the functions of extension datalinks are older than its library")
		    .hint("Run ALTER EXTENSION datalinks UPDATE.");
	return call_->args[position].isnull;
}

void Arguments::require(int position, const char* name) const
{
	if (is_null(position))
		throw Failure(sqlstate::null_value_not_allowed,
		              std::string("argument \"") + name + "\" must not be null");
}

std::string Arguments::string(int position, const char* name) const
{
	require(position, name);
	return call([&] { return TextDatumGetCString(call_->args[position].value); });
}

bool Arguments::boolean(int position, const char* name) const
{
	require(position, name);
	return DatumGetBool(call_->args[position].value);
}

std::optional<std::string> Arguments::optional_string(int position) const
{
	return is_null(position) ? std::nullopt : std::optional(string(position, ""));
}

std::optional<bool> Arguments::optional_boolean(int position) const
{
	return is_null(position) ? std::nullopt : std::optional(boolean(position, ""));
}

std::chrono::microseconds Arguments::interval(int position, const char* name) const
{
	require(position, name);
	const Interval* given = DatumGetIntervalP(call_->args[position].value);
	const double days = given->day + 30.0 * given->month;
	const double sum = static_cast<double>(given->time) + days * 86400e6;
	return std::chrono::microseconds(static_cast<int64_t>(std::clamp(sum, -1e15, 1e15)));
}

std::optional<std::vector<std::string>> Arguments::optional_texts(int position) const
{
	if (is_null(position))
		return std::nullopt;
	return texts_of(call_->args[position].value);
}

Row Arguments::texts(int position, const char* name) const
{
	require(position, name);
	return nullable_texts_of(call_->args[position].value);
}

std::vector<std::string> Arguments::texts_without_null(int position, const char* name) const
{
	std::vector<std::string> without;
	for (Value& text : texts(position, name))
	{
		if (!text)
			throw Failure(sqlstate::null_value_not_allowed,
			              std::string("argument \"") + name + "\" must not contain null");
		without.push_back(std::move(*text));
	}
	return without;
}

void require_read_write(const char* function)
{
	call([&] { PreventCommandIfReadOnly(function); });
}

namespace
{

/*
 * A row's texts as the C strings that BuildTupleFromCStrings takes, as many as the row type has
 * attributes: one that a later version's SQL has added at its end is NULL, and what only a later
 * library knows is left out.
 */
std::vector<char*> c_strings(const Row& row, int attributes)
{
	std::vector<char*> texts;
	for (const auto& value : row)
		texts.push_back(value ? const_cast<char*>(value->c_str()) : nullptr);
	texts.resize(static_cast<size_t>(attributes), nullptr);
	return texts;
}

} // namespace

unsigned long row_result(FunctionCallInfoBaseData* fcinfo, const Row& row)
{
	AttInMetadata* input = call([&] {
		TupleDesc descriptor = nullptr;
		if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		return TupleDescGetAttInMetadata(BlessTupleDesc(descriptor));
	});
	std::vector<char*> texts = c_strings(row, input->tupdesc->natts);
	return call([&] { return HeapTupleGetDatum(BuildTupleFromCStrings(input, texts.data())); });
}

unsigned long rows_result(FunctionCallInfoBaseData* fcinfo, const Rows& rows)
{
	call([&] { InitMaterializedSRF(fcinfo, 0); });
	auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
	AttInMetadata* input = call([&] { return TupleDescGetAttInMetadata(result->setDesc); });
	for (const Row& row : rows)
	{
		std::vector<char*> texts = c_strings(row, input->tupdesc->natts);
		call([&] {
			tuplestore_puttuple(result->setResult, BuildTupleFromCStrings(input, texts.data()));
		});
	}
	return 0;
}

CallerContextScope::CallerContextScope() : callers_(error_context_stack)
{
	error_context_stack = nullptr;
}

CallerContextScope::~CallerContextScope()
{
	error_context_stack = static_cast<ErrorContextCallback*>(callers_);
}

void hide_statement(const char* shown)
{
	debug_query_string = shown;
	report_activity(shown);
}

void hide_call(const char* shown)
{
	hide_statement(shown);
	/* The server puts it back where the error is caught. */
	error_context_stack = nullptr;
}

void report_activity(const std::string& text)
{
	call([&] {
		const auto query = pgstat_get_my_query_id(); /* unsigned until 17 */
		pgstat_report_activity(STATE_RUNNING, text.c_str());
		/* The activity report clears it. */
		pgstat_report_query_id(query, true);
	});
}

} // namespace datalinks::pg
