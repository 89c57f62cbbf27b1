/*
 * Values of SQL: see values.hpp.
 */
#include "postgres/values.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

Row nullable_texts_of(unsigned long array)
{
	Datum* elements = nullptr;
	bool* nulls = nullptr;
	int count = 0;
	call([&] {
		deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements,
		                  &nulls, &count);
		for (int i = 0; i < count; ++i)
			if (!nulls[i])
				elements[i] = PointerGetDatum(TextDatumGetCString(elements[i]));
	});
	Row texts;
	texts.reserve(static_cast<size_t>(count));
	for (int i = 0; i < count; ++i)
		texts.push_back(nulls[i] ? std::nullopt
		                         : std::optional<std::string>(DatumGetCString(elements[i])));
	return texts;
}

std::vector<std::string> texts_of(unsigned long array)
{
	std::vector<std::string> texts;
	for (Value& text : nullable_texts_of(array))
	{
		if (!text)
			throw Failure(sqlstate::null_value_not_allowed,
			              "a list of names must not contain NULL");
		texts.push_back(std::move(*text));
	}
	return texts;
}

std::vector<std::string> parse_text_array(const std::string& literal)
{
	return texts_of(call(
	    [&] { return OidInputFunctionCall(F_ARRAY_IN, pstrdup(literal.c_str()), TEXTOID, -1); }));
}

std::string transaction_time()
{
	return time_text(GetCurrentTransactionStartTimestamp());
}

std::string time_text(int64_t time)
{
	pg_tm fields{};
	fsec_t microseconds = 0;
	char text[MAXDATELEN + 1];
	if (timestamp2tm(time, nullptr, &fields, &microseconds, nullptr, nullptr) != 0)
		return "infinity";
	EncodeDateTime(&fields, microseconds, false, 0, nullptr, USE_XSD_DATES, text);
	return std::string(text) + "Z";
}

void require_time(const std::string& literal)
{
	call([&] {
		(void)OidInputFunctionCall(F_TIMESTAMPTZ_IN, pstrdup(literal.c_str()), InvalidOid, -1);
	});
}

std::vector<std::string> parse_identifiers(const std::string& text)
{
	List* names = NIL;
	const bool well_formed =
	    call([&] { return SplitIdentifierString(pstrdup(text.c_str()), ',', &names); });
	std::vector<std::string> identifiers;
	const ListCell* cell;
	if (well_formed)
		foreach (cell, names)
			identifiers.emplace_back(static_cast<const char*>(lfirst(cell)));
	return identifiers;
}

} // namespace datalinks::pg
