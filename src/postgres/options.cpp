/*
 * Options as the catalogs hold them: see options.hpp.
 */
#include "postgres/options.hpp"

#include <cstring>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

Options copy_options(const List* options)
{
	Options copied;
	const ListCell* cell;
	foreach (cell, options)
	{
		auto* option = static_cast<DefElem*>(lfirst(cell));
		/* Anybody can call the validator, with an array in which an option has no "=". */
		if (option->arg == nullptr)
			throw Failure(sqlstate::syntax_error,
			              std::string("option \"") + option->defname + "\" requires a value");
		copied.push_back({option->defname, strVal(option->arg)});
	}
	return copied;
}

bool is_true(const std::string& text)
{
	bool value = false;
	return parse_bool(text.c_str(), &value) && value;
}

bool is_boolean(const std::string& text)
{
	bool value = false;
	return parse_bool(text.c_str(), &value);
}

const char* option_text(const List* options, const char* keyword)
{
	const ListCell* cell;
	foreach (cell, options)
	{
		auto* option = static_cast<DefElem*>(lfirst(cell));
		if (strcmp(option->defname, keyword) == 0)
			return defGetString(option);
	}
	return nullptr;
}

bool read_options(Datum options, Datum** elements, int* count)
{
	if (toast_raw_datum_size(options) > max_options_size)
		return false;
	bool* nulls = nullptr;
	deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT, elements,
	                  &nulls, count);
	for (int i = 0; i < *count; ++i)
	{
		const auto* option = reinterpret_cast<const struct varlena*>((*elements)[i]);
		if (nulls[i] || memchr(VARDATA_ANY(option), '=', VARSIZE_ANY_EXHDR(option)) == nullptr)
			return false;
	}
	return true;
}

} // namespace datalinks::pg
