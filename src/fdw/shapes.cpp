/*
 * Statements for rows of different columns: see shapes.hpp.
 */
#include "postgres/guard.hpp"

#include "fdw/shapes.hpp"
#include "fdw/statement_columns.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

constexpr size_t most_made = 200; /* kept: there may be as many as rows */

} // namespace

Shapes::Shapes(Relation relation, const EState* state, OfRow of_row, Make make)
    : relation_(relation), of_row_(std::move(of_row)), make_(std::move(make))
{
	pg::call([&] {
		memory_ = AllocSetContextCreate(state->es_query_cxt, "data link statements",
		                                ALLOCSET_DEFAULT_SIZES);
	});
}

const Shapes::Made& Shapes::made(const AttributeSet& left_out)
{
	const auto found = made_.find(left_out);
	if (found != made_.end())
		return found->second;
	if (made_.size() >= most_made)
	{
		made_.clear();
		MemoryContextReset(memory_);
	}
	const Shape shape = make_(left_out);
	executor::Encoder* encoder = pg::call([&] {
		MemoryContext before = MemoryContextSwitchTo(memory_);
		executor::Encoder* made = executor::make_encoder(RelationGetDescr(relation_), shape.sent);
		MemoryContextSwitchTo(before);
		return made;
	});
	return made_.emplace(left_out, Made{std::make_shared<std::string>(shape.sql), encoder})
	    .first->second;
}

void Shapes::choose(Write& write, TupleTableSlot* row)
{
	pg::call([&] { slot_getallattrs(row); });
	AttributeSet left_out = of_row_(row);
	std::erase_if(left_out, [&](int number) { return !row->tts_isnull[number - 1]; });
	const Made& statement = made(left_out);
	write.writer->set_statement(statement.sql);
	write.encoder = statement.encoder;
}

Shapes::OfRow rows_of_source(LeftOut left_out, const ModifyTableState* state)
{
	if (left_out.rows.empty())
		return [set = left_out.sets.at(0)](const TupleTableSlot*) { return set; };
	const PlanState* source = outerPlanState(state);
	const auto* scan = reinterpret_cast<const ValuesScanState*>(source);
	if (!IsA(source, ValuesScanState) ||
	    static_cast<size_t>(scan->array_len) != left_out.rows.size())
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  "cannot tell which rows of VALUES have DEFAULT")
		    .hint("Insert the rows with DEFAULT in a statement of their own.");
	return [left_out = std::move(left_out), scan](const TupleTableSlot*) {
		return left_out.sets.at(
		    static_cast<size_t>(left_out.rows.at(static_cast<size_t>(scan->curr_idx))));
	};
}

namespace
{

/* postgres_fdw's statement with these columns left to their defaults. */
std::string changed(CmdType operation, const std::string& sql, size_t values_end,
                    const std::vector<StatementColumn>& columns, const AttributeSet& left_out)
{
	if (operation == CMD_INSERT)
	{
		const auto insert = insert_without(sql, values_end, columns, left_out);
		if (insert)
			return insert->sql;
	}
	else if (const auto update = update_to_default(sql, columns, left_out))
		return *update;
	throw pg::Failure(pg::sqlstate::internal_error,
	                  "postgres_fdw's text of a modification is not as expected");
}

/* The remote computes generated columns: they are no parameters. */
AttributeSet generated_of(const std::vector<StatementColumn>& columns)
{
	AttributeSet generated;
	for (const StatementColumn& column : columns)
		if (column.generated)
			generated.push_back(column.number);
	return generated;
}

} // namespace

std::unique_ptr<Shapes> planned_shapes(const ModifyTableState* state, const ResultRelInfo* relation,
                                       const List* plan)
{
	const Node* element = left_out_in(plan);
	if (element == nullptr)
		return nullptr;
	const std::string sql = strVal(linitial(plan));
	const auto values_end = static_cast<size_t>(intVal(lthird(plan)));
	const auto* attributes = static_cast<const List*>(lsecond(plan));
	const auto columns = statement_columns(RelationGetRelid(relation->ri_RelationDesc), attributes);
	const List* parameters = without(attributes, generated_of(columns));
	const CmdType operation = state->operation;
	auto make = [=](const AttributeSet& left_out) {
		return Shape{changed(operation, sql, values_end, columns, left_out),
		             without(parameters, left_out)};
	};
	return std::make_unique<Shapes>(relation->ri_RelationDesc, state->ps.state,
	                                rows_of_source(left_out_from(element), state), make);
}

} // namespace datalinks::fdw
