/*
 * Types and collations of the local database: see types.hpp.
 */
#include "postgres/types.hpp"

#include <algorithm>

#include "postgres/guard.hpp"
#include "postgres/spi.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

bool parse_type(const char* text, Oid* type, int32* typmod)
{
#if PG_VERSION_NUM >= 160000
	return parseTypeString(text, type, typmod, nullptr);
#else
	parseTypeString(text, type, typmod, false);
	return true;
#endif
}

} // namespace

unsigned find_type(const std::string& schema, const std::string& name)
{
	return call([&]() -> Oid {
		const Oid space = get_namespace_oid(schema.c_str(), true);
		if (!OidIsValid(space))
			return InvalidOid;
		const Oid type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
		                                 CStringGetDatum(name.c_str()), ObjectIdGetDatum(space));
		return OidIsValid(type) && get_typisdefined(type) ? type : InvalidOid;
	});
}

unsigned find_extension_type(const std::string& extension, const std::string& name)
{
	const auto rows = spi::query(
	    "SELECT t.oid FROM pg_catalog.pg_extension x"
	    " JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::regclass"
	    "  AND d.refobjid = x.oid AND d.deptype = 'e'"
	    "  AND d.classid = 'pg_catalog.pg_type'::regclass"
	    " JOIN pg_catalog.pg_type t ON t.oid = d.objid AND t.typname = $2::name"
	    " WHERE x.extname = $1::name AND t.typisdefined",
	    {extension, name});
	return rows.empty() ? InvalidOid : static_cast<Oid>(std::stoul(*rows[0][0]));
}

std::optional<BuiltInType> built_in_type(unsigned type)
{
	if (type >= FirstGenbkiObjectId)
		return std::nullopt;
	BuiltInType built_in{};
	const char* name = call([&]() -> const char* {
		HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		if (!HeapTupleIsValid(tuple))
			return nullptr;
		const auto* form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
		const char* found =
		    form->typtype == TYPTYPE_BASE ? pstrdup(NameStr(form->typname)) : nullptr;
		built_in.collation = form->typcollation;
		built_in.element = get_array_type(form->typelem) == type ? form->typelem : InvalidOid;
		ReleaseSysCache(tuple);
		return found;
	});
	if (name == nullptr || built_in.element >= FirstGenbkiObjectId)
		return std::nullopt;
	built_in.name = name;
	return built_in;
}

std::optional<std::string> built_in_collation(unsigned collation)
{
	if (collation >= FirstGenbkiObjectId)
		return std::nullopt;
	const char* name = call([&] { return get_collation_name(collation); });
	return name == nullptr ? std::nullopt : std::optional<std::string>(name);
}

unsigned array_type_of(unsigned type)
{
	return call([&] { return get_array_type(type); });
}

std::string type_text(unsigned type, int typmod)
{
	const char* text = call([&] {
		char* printed = format_type_extended(type, typmod,
		                                     FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
		Oid parsed = InvalidOid;
		int32 parsed_typmod = -1;
		if (!parse_type(printed, &parsed, &parsed_typmod) || parsed != type ||
		    parsed_typmod != typmod)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			                errmsg("invalid type modifier %d for type %s", typmod,
			                       format_type_be_qualified(type))));
		return printed;
	});
	return text;
}

std::string format_type(unsigned type, int typmod)
{
	return call([&] {
		return format_type_extended(type, typmod,
		                            FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	});
}

std::string quote_qualified(const std::string& schema, const std::string& name)
{
	return call([&] { return quote_qualified_identifier(schema.c_str(), name.c_str()); });
}

std::optional<std::string> collation_text(const std::string& schema, const std::string& name)
{
	const bool found = call([&] {
		List* names =
		    list_make2(makeString(pstrdup(schema.c_str())), makeString(pstrdup(name.c_str())));
		return OidIsValid(get_namespace_oid(schema.c_str(), true)) &&
		       OidIsValid(get_collation_oid(names, true));
	});
	return found ? std::optional<std::string>(quote_qualified(schema, name)) : std::nullopt;
}

std::string own_collation_text(unsigned type, unsigned collation)
{
	return call([&]() -> const char* {
		if (!OidIsValid(collation) || collation == get_typcollation(type))
			return "";
		HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for collation %u", collation);
		const auto* form = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
		const char* text = quote_qualified_identifier(get_namespace_name(form->collnamespace),
		                                              NameStr(form->collname));
		ReleaseSysCache(tuple);
		return text;
	});
}

bool is_system_column(const std::string& name)
{
	return call([&] { return SystemAttributeByName(name.c_str()) != nullptr; });
}

std::string clip_name(const std::string& name)
{
	if (name.size() < NAMEDATALEN)
		return name;
	const int length = call(
	    [&] { return pg_mbcliplen(name.c_str(), static_cast<int>(name.size()), NAMEDATALEN - 1); });
	return name.substr(0, static_cast<size_t>(length));
}

bool is_valid_text(std::string_view candidate)
{
	/* Plain ASCII, and most is, is valid in every encoding of a server. */
	if (std::all_of(candidate.begin(), candidate.end(),
	                [](char byte) { return static_cast<unsigned char>(byte) < 0x80; }))
		return true;
	return call(
	    [&] { return pg_verifymbstr(candidate.data(), static_cast<int>(candidate.size()), true); });
}

int server_version()
{
	return PG_VERSION_NUM;
}

std::string database_encoding()
{
	return call([] { return pg_encoding_to_char(GetDatabaseEncoding()); });
}

} // namespace datalinks::pg
