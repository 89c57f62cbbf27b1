/*
 * What the remote cannot compute: see upsert_obstacles.hpp.
 */
#include "postgres/nodes.hpp"

#include "fdw/shippable.hpp"
#include "fdw/upsert_obstacles.hpp"

namespace datalinks::fdw
{

bool depends_on_row(Node* node, void* context)
{
	if (node == nullptr)
		return false;
	switch (nodeTag(node))
	{
	case T_Var:
	case T_CaseTestExpr:
	case T_CoerceToDomainValue:
	case T_SubLink:
	case T_SubPlan:
	case T_AlternativeSubPlan:
	case T_PlaceHolderVar:
	case T_SetToDefault:
		return true;
	default:
		return pg::walk_expression(node, depends_on_row, context);
	}
}

namespace
{

struct Collations
{
	Oid wanted;
	bool found;
	bool others;
};

bool look_at_collations(Node* node, void* context)
{
	if (node == nullptr)
		return false;
	auto* collations = static_cast<Collations*>(context);
	if (IsA(node, Var) || IsA(node, CaseTestExpr))
	{
		const Oid collation = exprCollation(node);
		collations->found = collations->found || collation == collations->wanted;
		collations->others =
		    collations->others || (OidIsValid(collation) && collation != collations->wanted);
		return false;
	}
	return pg::walk_expression(node, look_at_collations, context);
}

/*
 * Whether the result is the same under any default collation, each of which is deterministic. Where
 * not all arguments are text, the text is a key, a path, a unit or the like (jsonb -> text).
 */
bool ignores_collation(Node* node)
{
	const List* arguments = nullptr;
	Oid function = InvalidOid;
	if (IsA(node, FuncExpr))
		arguments = reinterpret_cast<const FuncExpr*>(node)->args;
	else if (IsA(node, OpExpr))
	{
		arguments = reinterpret_cast<const OpExpr*>(node)->args;
		function = reinterpret_cast<const OpExpr*>(node)->opfuncid;
	}
	if (function == F_TEXTEQ || function == F_TEXTNE || function == F_TEXTCAT)
		return true;
	const ListCell* cell;
	foreach (cell, arguments)
		if (!OidIsValid(get_typcollation(exprType(static_cast<const Node*>(lfirst(cell))))))
			return true;
	return false;
}

/* As in postgres_fdw: a collation is known on the remote only as that of a column. */
bool has_known_collation(Node* node)
{
	const Oid wanted = exprInputCollation(node);
	if (!OidIsValid(wanted))
		return true;
	Collations collations{wanted, false, false};
	(void)pg::walk_expression(node, look_at_collations, &collations);
	if (!collations.found && wanted == DEFAULT_COLLATION_OID && ignores_collation(node))
		return true;
	return collations.found && !collations.others;
}

const char* obstacle_of_function(Oid function)
{
	return is_built_in(function) && func_volatile(function) == PROVOLATILE_IMMUTABLE
	           ? nullptr
	           : psprintf("function %s is not built in and immutable", get_func_name(function));
}

const char* obstacle_of_operator(Oid operation, Oid function)
{
	return is_built_in(operation) && obstacle_of_function(function) == nullptr
	           ? nullptr
	           : psprintf("operator %s is not built in and immutable", get_opname(operation));
}

} // namespace

const char* obstacle_of_type(Oid type)
{
	return is_built_in(type) && !is_name_of_object(type)
	           ? nullptr
	           : psprintf("type %s is not the same everywhere", format_type_be(type));
}

namespace
{

const char* obstacle_of_conversion(const CoerceViaIO* conversion)
{
	Oid output, input, parameter;
	bool varlena;
	getTypeOutputInfo(exprType(reinterpret_cast<const Node*>(conversion->arg)), &output, &varlena);
	getTypeInputInfo(conversion->resulttype, &input, &parameter);
	const char* obstacle = obstacle_of_type(conversion->resulttype);
	if (obstacle == nullptr)
		obstacle = obstacle_of_function(output);
	return obstacle != nullptr ? obstacle : obstacle_of_function(input);
}

} // namespace

const char* obstacle_of(Node* node)
{
	if (!IsA(node, List) && !has_known_collation(node))
		return "it compares or converts text by a collation that is not its column's";
	switch (nodeTag(node))
	{
	case T_Const:
	case T_ArrayExpr:
	case T_MinMaxExpr:
	case T_RelabelType:
		return obstacle_of_type(exprType(node));
	case T_FuncExpr:
		return obstacle_of_function(reinterpret_cast<const FuncExpr*>(node)->funcid);
	case T_OpExpr:
	case T_DistinctExpr:
	case T_NullIfExpr:
	{
		const auto* operation = reinterpret_cast<const OpExpr*>(node);
		return obstacle_of_operator(operation->opno, operation->opfuncid);
	}
	case T_ScalarArrayOpExpr:
	{
		const auto* operation = reinterpret_cast<const ScalarArrayOpExpr*>(node);
		return obstacle_of_operator(operation->opno, operation->opfuncid);
	}
	case T_CoerceViaIO:
		return obstacle_of_conversion(reinterpret_cast<const CoerceViaIO*>(node));
	case T_NullTest:
		return reinterpret_cast<const NullTest*>(node)->argisrow
		           ? "it asks whether a whole row is NULL"
		           : nullptr;
	case T_SubscriptingRef:
		return reinterpret_cast<const SubscriptingRef*>(node)->refassgnexpr != nullptr
		           ? "it sets a part of a column"
		           : obstacle_of_type(exprType(node));
	case T_FieldStore:
		return "it sets a part of a column";
	case T_SubLink:
	case T_SubPlan:
	case T_AlternativeSubPlan:
		return "it has a subquery that looks at the row";
	case T_List:
	case T_BoolExpr:
	case T_BooleanTest:
	case T_CaseExpr:
	case T_CaseWhen:
	case T_CaseTestExpr:
	case T_CoalesceExpr:
		return nullptr;
	default:
		return "it has an expression of a kind that is not sent";
	}
}

} // namespace datalinks::fdw
