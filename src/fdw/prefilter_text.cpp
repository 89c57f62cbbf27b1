/*
 * One condition as text: see prefilter_text.hpp.
 */
#include "fdw/prefilter_text.hpp"

#include <cstring>

#include "fdw/key_paths.hpp"
#include "fdw/remote_names.hpp"
#include "fdw/shippable.hpp"

namespace datalinks::fdw
{

namespace
{

/* Whether a type's text means the same there as here, whatever the catalogs hold. */
bool has_stable_text(Oid type)
{
	return is_built_in(type) && !is_name_of_object(type) && type != CASHOID &&
	       get_typtype(type) != TYPTYPE_PSEUDO;
}

bool is_enum(Oid type)
{
	return get_typtype(type) == TYPTYPE_ENUM;
}

/* The column of the relation's that this is; nullptr where it is something else. */
const Var* column_of(const PrefilterText& text, const Node* node)
{
	if (IsA(node, RelabelType))
	{
		const auto* relabel = reinterpret_cast<const RelabelType*>(node);
		const Var* column = column_of(text, reinterpret_cast<const Node*>(relabel->arg));
		return column != nullptr && relabel->resultcollid == column->varcollid ? column : nullptr;
	}
	if (!IsA(node, Var))
		return nullptr;
	const auto* column = reinterpret_cast<const Var*>(node);
	const bool known = static_cast<Index>(column->varno) == text.relation &&
	                   column->varlevelsup == 0 && column->varattno > 0 &&
	                   (has_stable_text(column->vartype) || is_enum(column->vartype));
	return known ? column : nullptr;
}

void append_type(PrefilterText& text, Oid type)
{
	appendStringInfo(&text.sql, "::%s", format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN));
}

void append_column(PrefilterText& text, const Node* node)
{
	const Var* column = column_of(text, node);
	appendStringInfoString(&text.sql, remote_column(text.table, column->varattno));
	if (IsA(node, RelabelType))
		append_type(text, exprType(node));
}

/* Whether its value is known when the scan begins. */
bool is_known(const PrefilterText& text, Node* expression)
{
	return !bms_is_member(static_cast<int>(text.relation), pull_varnos(text.root, expression)) &&
	       !contain_volatile_functions(expression) && !contain_subplans(expression);
}

/* The remote has a type of its own for an enum: it gives the parameter that type by itself. */
bool append_expression(PrefilterText& text, Node* expression, bool of_enum)
{
	const Oid type = exprType(expression);
	if (!is_known(text, expression) || (!of_enum && !has_stable_text(type)))
		return false;
	/* Of other rows, many at a time are sent. */
	if (contain_var_clause(expression) && !fits_array(type))
		return false;
	const auto* constant = reinterpret_cast<const Const*>(expression);
	if (is_enum(type) && IsA(expression, Const) && !constant->constisnull)
	{
		Oid output;
		bool varlena;
		getTypeOutputInfo(type, &output, &varlena);
		appendStringInfoString(
		    &text.sql, quote_literal_cstr(OidOutputFunctionCall(output, constant->constvalue)));
		return true;
	}
	text.expressions = lappend(text.expressions, copyObjectImpl(expression));
	appendStringInfo(&text.sql, "$%d", list_length(text.expressions));
	if (!of_enum)
		append_type(text, type);
	return true;
}

bool is_fit(Oid op, Oid collation, const Var* column)
{
	const RegProcedure function = get_opcode(op);
	if (!is_built_in(op) || func_volatile(function) != PROVOLATILE_IMMUTABLE ||
	    (OidIsValid(collation) && collation != column->varcollid))
		return false;
	return !is_enum(column->vartype) || function == F_ENUM_EQ || function == F_ENUM_NE;
}

bool is_time(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* Whether one side is with time zone and the other is not, and they are put in an order. */
bool is_across_zones(const OpExpr* condition, Oid column, Oid other)
{
	const char* name = get_opname(condition->opno);
	return is_built_in(condition->opno) && is_time(column) && is_time(other) && column != other &&
	       (column == TIMESTAMPTZOID || other == TIMESTAMPTZOID) && strpbrk(name, "<>") == name &&
	       strcmp(name, "<>") != 0;
}

/*
 * Such an operator goes by the time zone that is set here: the expression is brought to the
 * column's type here. For a column without time zone that is not exact, as local time is turned
 * back in autumn: the bound is moved by more than any zone ever was.
 */
bool append_across_zones(PrefilterText& text, const OpExpr* condition, bool column_first)
{
	auto* column = static_cast<Node*>(list_nth(condition->args, column_first ? 0 : 1));
	auto* other = static_cast<Node*>(list_nth(condition->args, column_first ? 1 : 0));
	const Oid type = exprType(column);
	const char* name = get_opname(condition->opno);
	if (!is_known(text, other))
		return false;
	other =
	    coerce_to_target_type(nullptr, static_cast<Node*>(copyObjectImpl(other)), exprType(other),
	                          type, -1, COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	const bool lower = (name[0] == '>') == column_first;
	const char* margin = type == TIMESTAMPTZOID ? ""
	                     : type == DATEOID      ? " 2"
	                                            : " '2 days'::interval";
	const char* direction = type == TIMESTAMPTZOID ? "" : lower ? " -" : " +";
	appendStringInfoChar(&text.sql, '(');
	if (column_first)
	{
		append_column(text, column);
		appendStringInfo(&text.sql, " %s ", name);
	}
	if (other == nullptr || !append_expression(text, other, false))
		return false;
	appendStringInfo(&text.sql, "%s%s", direction, margin);
	if (!column_first)
	{
		appendStringInfo(&text.sql, " %s ", name);
		append_column(text, column);
	}
	appendStringInfoChar(&text.sql, ')');
	return true;
}

bool append_operator(PrefilterText& text, const OpExpr* condition)
{
	if (list_length(condition->args) != 2)
		return false;
	auto* left = static_cast<Node*>(linitial(condition->args));
	auto* right = static_cast<Node*>(lsecond(condition->args));
	const bool column_first = column_of(text, left) != nullptr;
	const Var* column = column_of(text, column_first ? left : right);
	if (column == nullptr)
		return false;
	if (is_across_zones(condition, column->vartype, exprType(column_first ? right : left)))
		return append_across_zones(text, condition, column_first);
	if (!is_fit(condition->opno, condition->inputcollid, column))
		return false;
	const bool of_enum = is_enum(column->vartype);
	const char* name = get_opname(condition->opno);
	appendStringInfoChar(&text.sql, '(');
	if (column_first)
	{
		append_column(text, left);
		appendStringInfo(&text.sql, " %s ", name);
		if (!append_expression(text, right, of_enum))
			return false;
	}
	else
	{
		if (!append_expression(text, left, of_enum))
			return false;
		appendStringInfo(&text.sql, " %s ", name);
		append_column(text, right);
	}
	appendStringInfoChar(&text.sql, ')');
	return true;
}

bool append_array_operator(PrefilterText& text, const ScalarArrayOpExpr* condition)
{
	auto* left = static_cast<Node*>(linitial(condition->args));
	const Var* column = column_of(text, left);
	if (column == nullptr || !is_fit(condition->opno, condition->inputcollid, column))
		return false;
	appendStringInfoChar(&text.sql, '(');
	append_column(text, left);
	appendStringInfo(&text.sql, " %s %s (", get_opname(condition->opno),
	                 condition->useOr ? "ANY" : "ALL");
	if (!append_expression(text, static_cast<Node*>(lsecond(condition->args)),
	                       is_enum(column->vartype)))
		return false;
	appendStringInfoString(&text.sql, "))");
	return true;
}

bool append_null_test(PrefilterText& text, const NullTest* condition)
{
	const auto* tested = reinterpret_cast<const Node*>(condition->arg);
	if (condition->argisrow || column_of(text, tested) == nullptr)
		return false;
	appendStringInfoChar(&text.sql, '(');
	append_column(text, tested);
	appendStringInfoString(&text.sql,
	                       condition->nulltesttype == IS_NULL ? " IS NULL)" : " IS NOT NULL)");
	return true;
}

/* Of what is joined by AND, any part will do; of OR, each must be there. */
bool append_joined(PrefilterText& text, const BoolExpr* condition)
{
	if (condition->boolop == NOT_EXPR)
		return false;
	const bool all = condition->boolop == OR_EXPR;
	bool any = false;
	appendStringInfoChar(&text.sql, '(');
	const ListCell* cell;
	foreach (cell, condition->args)
	{
		const int length = text.sql.len;
		if (any)
			appendStringInfoString(&text.sql, all ? " OR " : " AND ");
		if (append_condition(text, static_cast<const Node*>(lfirst(cell))))
			any = true;
		else if (all)
			return false;
		else
		{
			text.sql.len = length;
			text.sql.data[length] = '\0';
		}
	}
	appendStringInfoChar(&text.sql, ')');
	return any;
}

bool append(PrefilterText& text, const Node* condition)
{
	switch (nodeTag(condition))
	{
	case T_OpExpr:
		return append_operator(text, reinterpret_cast<const OpExpr*>(condition));
	case T_ScalarArrayOpExpr:
		return append_array_operator(text, reinterpret_cast<const ScalarArrayOpExpr*>(condition));
	case T_NullTest:
		return append_null_test(text, reinterpret_cast<const NullTest*>(condition));
	case T_BoolExpr:
		return append_joined(text, reinterpret_cast<const BoolExpr*>(condition));
	default:
		return false;
	}
}

} // namespace

bool append_condition(PrefilterText& text, const Node* condition)
{
	const int length = text.sql.len;
	const int parameters = list_length(text.expressions);
	if (append(text, condition))
		return true;
	text.sql.len = length;
	text.sql.data[length] = '\0';
	text.expressions = list_truncate(text.expressions, parameters);
	return false;
}

} // namespace datalinks::fdw
