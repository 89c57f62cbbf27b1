/*
 * Values on their way to a remote: see parameters.hpp.
 */
#include "postgres/guard.hpp"
#include "postgres/nodes.hpp"

#include "fdw/parameters.hpp"

namespace datalinks::fdw
{

/* What postgres_fdw sets for its own. */
TransmissionSettings::TransmissionSettings(bool needed)
{
	if (!needed)
		return;
	pg::SettingScope& settings = scope_.emplace();
	settings.set("datestyle", "ISO");
	settings.set("intervalstyle", "postgres");
	settings.set("extra_float_digits", "3");
	settings.set("search_path", "pg_catalog");
}

bool depends_on_settings(Oid type)
{
	return type != INT4OID && type != INT8OID && type != INT2OID && type != TEXTOID &&
	       type != VARCHAROID && type != NUMERICOID && type != UUIDOID && type != BOOLOID;
}

FmgrInfo output_of(Oid type)
{
	FmgrInfo output;
	Oid function;
	bool varlena;
	getTypeOutputInfo(type, &function, &varlena);
	fmgr_info(function, &output);
	return output;
}

bool has_inner_parameter(Node* node, void* nothing)
{
	if (node == nullptr)
		return false;
	if (IsA(node, Param))
		return reinterpret_cast<const Param*>(node)->paramkind == PARAM_EXEC;
	return pg::walk_expression(node, has_inner_parameter, nothing);
}

Parameters make_parameters(List* expressions, PlanState* node)
{
	Parameters parameters{};
	const int count = list_length(expressions);
	if (count == 0)
		return parameters;
	parameters.states = ExecInitExprList(expressions, node);
	parameters.outputs =
	    static_cast<FmgrInfo*>(palloc0(sizeof(FmgrInfo) * static_cast<size_t>(count)));
	const ListCell* cell;
	foreach (cell, expressions)
	{
		const Oid type = exprType(static_cast<const Node*>(lfirst(cell)));
		parameters.outputs[foreach_current_index(cell)] = output_of(type);
		parameters.need_settings = parameters.need_settings || depends_on_settings(type);
	}
	return parameters;
}

namespace
{

/* Server code. */
void evaluate(const Parameters& parameters, ExprContext* context, NullableDatum* values)
{
	MemoryContext before = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	const ListCell* cell;
	foreach (cell, parameters.states)
	{
		NullableDatum& value = values[foreach_current_index(cell)];
		value.value = ExecEvalExpr(static_cast<ExprState*>(lfirst(cell)), context, &value.isnull);
	}
	MemoryContextSwitchTo(before);
}

/* Server code. */
void print(const Parameters& parameters, ExprContext* context, const NullableDatum* values,
           const char** texts)
{
	MemoryContext before = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	for (int i = 0; i < list_length(parameters.states); ++i)
		texts[i] = values[i].isnull ? nullptr
		                            : OutputFunctionCall(&parameters.outputs[i], values[i].value);
	MemoryContextSwitchTo(before);
}

} // namespace

/* The expressions go by what is set here; only their values are written as the remote reads them.
 */
std::vector<const char*> texts_of(const Parameters& parameters, ExprContext* context)
{
	const auto count = static_cast<size_t>(list_length(parameters.states));
	std::vector<const char*> texts(count);
	if (texts.empty())
		return texts;
	std::vector<NullableDatum> values(count);
	pg::call([&] { evaluate(parameters, context, values.data()); });
	const TransmissionSettings settings(parameters.need_settings);
	pg::call([&] { print(parameters, context, values.data(), texts.data()); });
	return texts;
}

} // namespace datalinks::fdw
