/*
 * An ON CONFLICT clause as text: see upsert_text.hpp.
 */
#include <string>
#include <vector>

#include "fdw/default_marks.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/remote_names.hpp"
#include "fdw/upsert_text.hpp"

namespace datalinks::fdw
{

using schema::compose;
using schema::join;

namespace
{

/* COLLATE and the operator class of an element, where it names them. */
std::string element_options(const InferenceElem* element)
{
	std::string text;
	if (OidIsValid(element->infercollid))
	{
		if (element->infercollid >= FirstGenbkiObjectId)
			refuse_upsert("its target names a collation that is not built in");
		text += compose(" COLLATE pg_catalog.%1%", pg::call([&] {
			                return quote_identifier(get_collation_name(element->infercollid));
		                }));
	}
	if (OidIsValid(element->inferopclass))
	{
		if (element->inferopclass >= FirstGenbkiObjectId)
			refuse_upsert("its target names an operator class that is not built in");
		text += compose(" pg_catalog.%1%", pg::call([&] {
			                HeapTuple tuple =
			                    SearchSysCache1(CLAOID, ObjectIdGetDatum(element->inferopclass));
			                if (!HeapTupleIsValid(tuple))
				                return "";
			                const char* name = pstrdup(quote_identifier(NameStr(
			                    reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple))->opcname)));
			                ReleaseSysCache(tuple);
			                return name;
		                }));
	}
	return text;
}

/* The target is not preprocessed by the planner: constants are folded here, so that the calls are
   the server's own. */
Node* folded(const Conflict& conflict, Node* expression)
{
	return pg::call([&] {
		return eval_const_expressions(const_cast<PlannerInfo*>(conflict.root),
		                              static_cast<Node*>(copyObjectImpl(expression)));
	});
}

std::string element_text(const Conflict& conflict, Shipping& shipping, const InferenceElem* element)
{
	const std::string text =
	    condition_text(shipping, folded(conflict, static_cast<Node*>(element->expr)));
	return (IsA(element->expr, Var) ? text : "(" + text + ")") + element_options(element);
}

std::string inference_text(const Conflict& conflict, Shipping& shipping)
{
	const OnConflictExpr* clause = conflict.clause;
	if (OidIsValid(clause->constraint))
		return compose(" ON CONSTRAINT %1%", pg::call([&] {
			               return quote_identifier(get_constraint_name(clause->constraint));
		               }));
	shipping.bare = true;
	std::vector<std::string> elements;
	const ListCell* cell;
	foreach (cell, clause->arbiterElems)
		elements.push_back(
		    element_text(conflict, shipping, static_cast<const InferenceElem*>(lfirst(cell))));
	std::string text = compose(" (%1%)", join(elements, ", "));
	if (clause->arbiterWhere != nullptr)
		text += " WHERE " + condition_text(shipping, folded(conflict, clause->arbiterWhere));
	shipping.bare = false;
	return text;
}

std::string value_text(Shipping& shipping, const TargetEntry* entry)
{
	auto* value = reinterpret_cast<Node*>(entry->expr);
	const Const* null = null_of(value);
	switch (null != nullptr ? mark_on(null) : Mark::none)
	{
	case Mark::as_default:
		return "DEFAULT";
	case Mark::unknown:
		refuse_upsert("in a stored statement, DEFAULT cannot be told from NULL");
	case Mark::none:
		break;
	}
	return assigned_text(shipping, value);
}

/* (a, b) = (SELECT ...): the subquery stands behind the columns, which take what it has left. */
void refuse_subquery_of_row(const List* set)
{
	const ListCell* cell;
	foreach (cell, set)
	{
		const auto* entry = static_cast<const TargetEntry*>(lfirst(cell));
		if (entry->resjunk && !IsA(entry->expr, Const))
			refuse_upsert("it has a subquery that looks at the row");
	}
}

std::string set_text(const Conflict& conflict, Shipping& shipping)
{
	refuse_subquery_of_row(conflict.set);
	std::vector<std::string> values;
	const ListCell *cell, *column;
	forboth(cell, conflict.set, column, conflict.columns)
	{
		const auto number = static_cast<AttrNumber>(lfirst_int(column));
		const char* name = pg::call([&] { return remote_column(shipping.table, number); });
		values.push_back(compose("%1% = %2%", name,
		                         value_text(shipping, static_cast<TargetEntry*>(lfirst(cell)))));
	}
	if (values.empty())
		refuse_upsert("it sets no column but generated ones");
	return " DO UPDATE SET " + join(values, ", ");
}

/*
 * A row must not be affected twice by one statement. Each row of ours is a statement of its own
 * there, so the first that had an effect leaves a mark in a setting of the transaction: the
 * statement, and what the remote wrote on the row's version (xmin, cmin). A version that was
 * written by the same transaction not before that one is this statement's. Then a subquery of two
 * rows raises what core raises: 21000.
 */
struct Mark21000
{
	std::string table, name, value;

	std::string part(int number) const
	{
		return compose("split_part(current_setting(%1%, true), ':', %2%)", name, number);
	}

	std::string condition(const std::string& otherwise) const
	{
		return compose("CASE WHEN %1% = %2% AND %3%.xmin::text = %4%"
		               " AND %3%.cmin::text::bigint >= %5%::bigint"
		               " THEN (SELECT true FROM (VALUES (1), (2)) AS twice) ELSE %6% END",
		               part(1), value, table, part(2), part(3), otherwise);
	}

	std::string left() const
	{
		return compose("CASE WHEN %1% = %2% THEN NULL ELSE set_config(%3%, concat_ws(':', %2%,"
		               " %4%.xmin, %4%.cmin), true) END",
		               part(1), value, name, table);
	}
};

ConflictText update_text(const Conflict& conflict, Shipping& shipping)
{
	ConflictText text;
	text.clause = set_text(conflict, shipping);
	std::string condition;
	if (conflict.where != NIL)
	{
		Node* all =
		    pg::call([&] { return reinterpret_cast<Node*>(make_ands_explicit(conflict.where)); });
		condition = condition_text(shipping, all);
	}
	if (conflict.once)
	{
		const int next = shipping.sent + list_length(shipping.parameters) + 1;
		const char* table = pg::call([&] { return remote_table(shipping.table); });
		const Mark21000 mark{table, compose("$%1%::text", next), compose("$%1%::text", next + 1)};
		condition = mark.condition(condition.empty() ? "true" : condition);
		text.returned = mark.left();
	}
	if (!condition.empty())
		text.clause += " WHERE " + condition;
	return text;
}

} // namespace

ConflictText conflict_text(const Conflict& conflict, Shipping& shipping)
{
	const std::string target = " ON CONFLICT" + inference_text(conflict, shipping);
	ConflictText text;
	if (conflict.clause->action == ONCONFLICT_UPDATE)
		text = update_text(conflict, shipping);
	else
		text.clause = " DO NOTHING";
	text.clause = target + text.clause;
	return text;
}

} // namespace datalinks::fdw
