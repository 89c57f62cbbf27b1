/*
 * Values on their way to a remote: see parameters.hpp.
 */
#include "postgres/guard.hpp"

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
void print(const Parameters& parameters, ExprContext* context, const char** texts)
{
	MemoryContext before = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	const ListCell* cell;
	foreach (cell, parameters.states)
	{
		const int i = foreach_current_index(cell);
		bool null;
		const Datum value = ExecEvalExpr(static_cast<ExprState*>(lfirst(cell)), context, &null);
		texts[i] = null ? nullptr : OutputFunctionCall(&parameters.outputs[i], value);
	}
	MemoryContextSwitchTo(before);
}

} // namespace

std::vector<const char*> texts_of(const Parameters& parameters, ExprContext* context)
{
	std::vector<const char*> texts(static_cast<size_t>(list_length(parameters.states)));
	if (texts.empty())
		return texts;
	const TransmissionSettings settings(parameters.need_settings);
	pg::call([&] { print(parameters, context, texts.data()); });
	return texts;
}

} // namespace datalinks::fdw
