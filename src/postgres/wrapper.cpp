/*
 * The library of postgres_fdw: see wrapper.hpp.
 */
#include "postgres/wrapper.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* A function of postgres_fdw's library; called by the server's rules, hence in pg::call. */
PGFunction library_function(const char* name)
{
	return reinterpret_cast<PGFunction>(
	    load_external_function("$libdir/postgres_fdw", name, true, nullptr));
}

} // namespace

bool disconnect(const std::string& server)
{
	return call([&] {
		if (server.empty())
		{
			LOCAL_FCINFO(fcinfo, 0);
			InitFunctionCallInfoData(*fcinfo, nullptr, 0, InvalidOid, nullptr, nullptr);
			return DatumGetBool(library_function("postgres_fdw_disconnect_all")(fcinfo));
		}
		return DatumGetBool(DirectFunctionCall1(library_function("postgres_fdw_disconnect"),
		                                        CStringGetTextDatum(server.c_str())));
	});
}

unsigned long connections_result(FunctionCallInfoBaseData* fcinfo, const Connections& more)
{
	return call([&] {
		/* It makes the set; what is put into it afterwards belongs to it as well. */
		(void)library_function("postgres_fdw_get_connections")(fcinfo);
		const auto* set = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
		for (const auto& [server, valid] : more)
		{
			Datum values[] = {server ? CStringGetTextDatum(server->c_str()) : 0,
			                  BoolGetDatum(valid)};
			bool nulls[] = {!server, false};
			tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
		}
		return Datum{0};
	});
}

void* postgres_fdw_routine()
{
	return call([] {
		LOCAL_FCINFO(fcinfo, 0);
		InitFunctionCallInfoData(*fcinfo, nullptr, 0, InvalidOid, nullptr, nullptr);
		return DatumGetPointer(library_function("postgres_fdw_handler")(fcinfo));
	});
}

OptionOwner option_owner(FunctionCallInfoBaseData* fcinfo)
{
	switch (PG_GETARG_OID(1))
	{
	case ForeignServerRelationId:
		return OptionOwner::server;
	case UserMappingRelationId:
		return OptionOwner::user_mapping;
	case ForeignTableRelationId:
		return OptionOwner::foreign_table;
	case ForeignDataWrapperRelationId:
		return OptionOwner::wrapper;
	default:
		return OptionOwner::other;
	}
}

Options validator_options(FunctionCallInfoBaseData* fcinfo)
{
	return copy_options(call([&] { return untransformRelOptions(PG_GETARG_DATUM(0)); }));
}

void call_postgres_fdw_validator(FunctionCallInfoBaseData* fcinfo, const Options& options)
{
	std::vector<std::string> pairs;
	for (const auto& [keyword, value] : options)
		pairs.emplace_back(keyword).append("=").append(value);
	/* Once for a thousand tables: the look-up goes to the disk. A library stays where it is. */
	static PGFunction validator = nullptr;
	call([&] {
		if (validator == nullptr)
			validator = library_function("postgres_fdw_validator");
		ArrayBuildState* array = initArrayResult(TEXTOID, CurrentMemoryContext, false);
		for (const std::string& pair : pairs)
			array = accumArrayResult(array, CStringGetTextDatum(pair.c_str()), false, TEXTOID,
			                         CurrentMemoryContext);
		(void)DirectFunctionCall2(validator, makeArrayResult(array, CurrentMemoryContext),
		                          PG_GETARG_DATUM(1));
	});
}

} // namespace datalinks::pg
