/*
 * Expressions of an ON CONFLICT clause: see upsert_expression.hpp.
 *
 * The server prints them itself (deparse_expression), which knows all of SQL's spellings; columns
 * and parameters stand in as parameters of high numbers, and get their names afterwards.
 */
#include <string>

#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"
#include "schema/parameters.hpp"
#include "schema/text.hpp"

#include "fdw/parameters.hpp"
#include "fdw/remote_names.hpp"
#include "fdw/shippable.hpp"
#include "fdw/upsert_expression.hpp"
#include "fdw/upsert_obstacles.hpp"

namespace datalinks::fdw
{

using schema::compose;

namespace
{

/* Numbers of stand-ins, above all that a statement can have. */
constexpr int first_variable = 1000000;
constexpr int first_parameter = 2000000;

Node* stand_in(int number, Node* node)
{
	Param* parameter = makeNode(Param);
	parameter->paramkind = PARAM_EXTERN;
	parameter->paramid = number;
	parameter->paramtype = exprType(node);
	parameter->paramtypmod = exprTypmod(node);
	parameter->paramcollid = exprCollation(node);
	parameter->location = -1;
	return reinterpret_cast<Node*>(parameter);
}

Node* ship_variable(Node* node, Shipping* shipping)
{
	const auto* variable = reinterpret_cast<const Var*>(node);
	if (variable->varlevelsup != 0 || variable->varattno <= 0 ||
	    (variable->varno != shipping->target && variable->varno != shipping->excluded))
	{
		shipping->obstacle = "it has a whole row or a system column";
		return node;
	}
	shipping->variables = lappend(shipping->variables, node);
	return stand_in(first_variable + list_length(shipping->variables) - 1, node);
}

Node* compute_here(Node* node, Shipping* shipping, const char* obstacle)
{
	if (depends_on_row(node, nullptr))
		shipping->obstacle = obstacle;
	else if (contain_volatile_functions(node))
		shipping->obstacle = "it calls a volatile function, which would have to run for each row";
	else
		shipping->obstacle = obstacle_of_type(exprType(node));
	if (shipping->obstacle != nullptr)
		return node;
	shipping->parameters = lappend(shipping->parameters, node);
	return stand_in(first_parameter + list_length(shipping->parameters) - 1, node);
}

/*
 * Constants go as parameters, too: they may come from parameters of the local statement, and the
 * remote keeps what it has prepared by the text. Where an index is inferred, they have to show.
 */
bool goes_as_parameter(const Node* node, const Shipping* shipping)
{
	if (!IsA(node, Const) || shipping->bare)
		return false;
	const auto* constant = reinterpret_cast<const Const*>(node);
	return !constant->constisnull && constant->consttype != BOOLOID;
}

bool is_stand_in(const Node* node)
{
	return IsA(node, Param) && reinterpret_cast<const Param*>(node)->paramkind == PARAM_EXTERN &&
	       reinterpret_cast<const Param*>(node)->paramid >= first_variable;
}

bool compares_two(const Node* node)
{
	return IsA(node, OpExpr) || IsA(node, DistinctExpr) || IsA(node, NullIfExpr) ||
	       IsA(node, ScalarArrayOpExpr);
}

/* They all begin alike but for the last of them. */
List** arguments_of(Node* node)
{
	return IsA(node, ScalarArrayOpExpr) ? &reinterpret_cast<ScalarArrayOpExpr*>(node)->args
	                                    : &reinterpret_cast<OpExpr*>(node)->args;
}

/*
 * What a column of a type that is not built in (an enum) is compared with, needs no name of the
 * type: it goes as a parameter of which the remote knows what it is compared with. Returns the
 * comparison with stand-ins for such values.
 */
Node* with_values_beside_columns(Node* node, Shipping* shipping)
{
	if (list_length(*arguments_of(node)) != 2)
		return node;
	Node* changed = static_cast<Node*>(copyObjectImpl(node));
	List* arguments = *arguments_of(changed);
	for (int i = 0; i < 2; ++i)
	{
		auto* value = static_cast<Node*>(list_nth(arguments, i));
		const auto* other = static_cast<const Node*>(list_nth(arguments, 1 - i));
		if (!IsA(other, Var) || is_built_in(exprType(other)) || is_built_in(exprType(value)) ||
		    depends_on_row(value, nullptr) || contain_volatile_functions(value))
			continue;
		shipping->parameters = lappend(shipping->parameters, value);
		const int index = list_length(shipping->parameters) - 1;
		shipping->untyped = lappend_int(shipping->untyped, index);
		lfirst(list_nth_cell(arguments, i)) = stand_in(first_parameter + index, value);
	}
	return changed;
}

/* The expression with stand-ins in place of columns and of what is computed here. */
Node* ship(Node* node, void* context)
{
	auto* shipping = static_cast<Shipping*>(context);
	if (node == nullptr || shipping->obstacle != nullptr || is_stand_in(node))
		return node;
	if (IsA(node, Var))
		return ship_variable(node, shipping);
	if (const char* obstacle = obstacle_of(node); obstacle != nullptr)
		return compute_here(node, shipping, obstacle);
	if (goes_as_parameter(node, shipping))
		return compute_here(node, shipping, nullptr);
	if (compares_two(node))
		node = with_values_beside_columns(node, shipping);
	return pg::mutate_expression(node, ship, context);
}

std::string column_text(const Shipping& shipping, int index)
{
	return pg::call([&] {
		const auto* variable = static_cast<const Var*>(list_nth(shipping.variables, index));
		const char* column = remote_column(shipping.table, variable->varattno);
		if (variable->varno == shipping.excluded)
			return psprintf("EXCLUDED.%s", column);
		return shipping.bare ? pstrdup(column)
		                     : psprintf("%s.%s", remote_table(shipping.table), column);
	});
}

/* With its type: the remote would guess another. */
std::string parameter_text(const Shipping& shipping, int index)
{
	if (list_member_int(shipping.untyped, index))
		return compose("$%1%", shipping.sent + index + 1);
	const char* type = pg::call([&] {
		return format_type_be_qualified(
		    exprType(static_cast<const Node*>(list_nth(shipping.parameters, index))));
	});
	return compose("($%1%::%2%)", shipping.sent + index + 1, type);
}

std::string text_of_stand_in(const Shipping& shipping, int number)
{
	if (number >= first_parameter)
		return parameter_text(shipping, number - first_parameter);
	return column_text(shipping, number - first_variable);
}

} // namespace

void refuse_upsert(const std::string& why)
{
	throw pg::Failure(pg::sqlstate::invalid_column_reference,
	                  "there is no unique or exclusion constraint matching the ON CONFLICT "
	                  "specification")
	    .hint(compose("ON CONFLICT on a data link's table is left to the remote's constraints, "
	                  "but this clause cannot be sent there: %1%.",
	                  why));
}

std::string condition_text(Shipping& shipping, Node* expression)
{
	const TransmissionSettings settings(true);
	const char* text = pg::call([&]() -> const char* {
		Node* shipped = ship(expression, &shipping);
		return shipping.obstacle != nullptr ? nullptr
		                                    : deparse_expression(shipped, NIL, false, false);
	});
	if (text == nullptr)
		refuse_upsert(shipping.obstacle);
	return schema::replace_parameters(
	    text, [&](int number) { return text_of_stand_in(shipping, number); });
}

std::string add_parameter(Shipping& shipping, Node* expression)
{
	pg::call([&] { shipping.parameters = lappend(shipping.parameters, expression); });
	return compose("$%1%", shipping.sent + list_length(shipping.parameters));
}

/*
 * The remote casts to the column's type again, as an assignment does. A value of a type that is not
 * built in goes as the column's type, whatever that is called there.
 */
std::string assigned_text(Shipping& shipping, Node* expression)
{
	Node* value = pg::call([&] { return strip_implicit_coercions(expression); });
	const bool goes_as_column = pg::call([&] {
		return obstacle_of_type(exprType(value)) != nullptr && !depends_on_row(value, nullptr) &&
		       !contain_volatile_functions(value);
	});
	return goes_as_column ? add_parameter(shipping, value) : condition_text(shipping, value);
}

} // namespace datalinks::fdw
