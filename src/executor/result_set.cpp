/*
 * Rows of remotes as a function's set: see result_set.hpp.
 */
#include "executor/result_set.hpp"

#include "postgres/types.hpp"
#include "schema/text.hpp"

#include "executor/decoder.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

using schema::compose;

struct ResultSet::State
{
	ReturnSetInfo* set;
	Decoder* decoder; /* of the columns that are the remote's */
	MemoryContext row_memory;
	Datum* values;
	bool* nulls;
	FmgrInfo name_input;
	Oid name_parameter;
	bool names_link;
};

namespace
{

class MemoryScope
{
public:
	explicit MemoryScope(MemoryContext context) : before_(MemoryContextSwitchTo(context)) {}
	~MemoryScope()
	{
		MemoryContextSwitchTo(before_);
	}
	MemoryScope(const MemoryScope&) = delete;
	MemoryScope& operator=(const MemoryScope&) = delete;

private:
	MemoryContext before_;
};

void require_column_list(FunctionCallInfo call)
{
	const auto* set = reinterpret_cast<const ReturnSetInfo*>(call->resultinfo);
	const bool takes_set =
	    set != nullptr && IsA(set, ReturnSetInfo) && (set->allowedModes & SFRM_Materialize) != 0;
	TupleDesc descriptor = nullptr;
	const TypeFuncClass type =
	    pg::call([&] { return get_call_result_type(call, nullptr, &descriptor); });
	if (takes_set && type == TYPEFUNC_COMPOSITE)
		return;
	throw pg::Failure(takes_set ? pg::sqlstate::syntax_error : pg::sqlstate::feature_not_supported,
	                  "a list of the columns is required")
	    .hint(
	        "Call it in FROM: SELECT * FROM datalink_query(...) AS t(id integer, total numeric).");
}

Form_pg_attribute column_of(const ReturnSetInfo* set, int number)
{
	return TupleDescAttr(set->setDesc, number - 1);
}

/* What of an ERROR speaks of the value, and not of the state that the server is in. */
bool is_of_value(const pg::Error& error)
{
	const int category = ERRCODE_TO_CATEGORY(error.code());
	return category != ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED) &&
	       category != ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) &&
	       category != ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR) &&
	       category != ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR);
}

pg::Failure misfit(const ReturnSetInfo* set, int number, const Statement& statement, int code,
                   const std::string& message)
{
	const Form_pg_attribute column = column_of(set, number);
	return pg::Failure(code, compose("column \"%1%\" of row %2%: %3%", NameStr(column->attname),
	                                 statement.row(), message))
	    .detail(compose("The column is to be %1%.",
	                    pg::format_type(column->atttypid, column->atttypmod)))
	    .context("remote SQL command: " + statement.sql());
}

} // namespace

ResultSet::ResultSet(FunctionCallInfoBaseData* call, bool names_link)
    : state_(std::make_unique<State>())
{
	require_column_list(call);
	state_->names_link = names_link;
	pg::call([&] {
		InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
		state_->set = reinterpret_cast<ReturnSetInfo*>(call->resultinfo);
		const auto columns = static_cast<size_t>(state_->set->setDesc->natts);
		List* numbers = NIL;
		for (size_t i = names_link ? 2 : 1; i <= columns; ++i)
			numbers = lappend_int(numbers, static_cast<int>(i));
		state_->decoder = make_decoder(state_->set->setDesc, numbers, false);
		state_->values = static_cast<Datum*>(palloc0(sizeof(Datum) * (columns + 1)));
		state_->nulls = static_cast<bool*>(palloc0(sizeof(bool) * (columns + 1)));
		state_->row_memory = AllocSetContextCreate(CurrentMemoryContext, "row of a data link",
		                                           ALLOCSET_DEFAULT_SIZES);
		if (!names_link || columns == 0)
			return;
		Oid function;
		getTypeInputInfo(column_of(state_->set, 1)->atttypid, &function, &state_->name_parameter);
		fmgr_info(function, &state_->name_input);
	});
}

ResultSet::~ResultSet() = default;

void ResultSet::require_columns(const Statement& statement) const
{
	const int here = state_->decoder->count;
	const int there = PQnfields(statement.result());
	if (here == there)
		return;
	throw pg::Failure(
	    pg::sqlstate::datatype_mismatch,
	    compose("the remote's rows have %1% columns, the list of columns %2%", there, here))
	    .detail(state_->names_link ? "The name of the link, the first of the list, is not counted."
	                               : "")
	    .context("remote SQL command: " + statement.sql());
}

void ResultSet::add(const Statement& statement, const std::string& link)
{
	require_columns(statement);
	State& state = *state_;
	Decoder* decoder = state.decoder;
	const MemoryScope memory(state.row_memory);
	const bool names_link = state.names_link;
	try
	{
		pg::call([&] {
			MemoryContextReset(state.row_memory);
			decoder->current = -1;
			if (names_link)
				state.values[0] =
				    InputFunctionCall(&state.name_input, const_cast<char*>(link.c_str()),
				                      state.name_parameter, column_of(state.set, 1)->atttypmod);
			(void)decode(decoder, statement.result(), 0, Format::text, state.values, state.nulls);
			tuplestore_putvalues(state.set->setResult, state.set->setDesc, state.values,
			                     state.nulls);
		});
	}
	catch (const pg::Error& error)
	{
		if (!is_of_value(error))
			throw;
		const int number = decoder->current < 0 ? 1 : decoder->columns[decoder->current].number;
		throw misfit(state.set, number, statement, error.code(), error.what());
	}
	catch (const pg::Failure& failure)
	{
		if (decoder->current < 0)
			throw;
		throw misfit(state.set, decoder->columns[decoder->current].number, statement,
		             failure.code(), failure.what());
	}
}

void ResultSet::end(const Statement& statement) const
{
	if (!statement.returns_rows())
		throw pg::Failure(pg::sqlstate::datatype_mismatch, "the statement returns no rows")
		    .hint("datalink_execute() runs such statements.")
		    .context("remote SQL command: " + statement.sql());
	require_columns(statement);
}

} // namespace datalinks::executor
