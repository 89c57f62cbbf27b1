/*
 * From a remote's rows to datums: see decoder.hpp.
 */
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "executor/decoder.hpp"
#include "executor/numeric.hpp"

namespace datalinks::executor
{

namespace
{

/* Built-in types whose binary form is the same in every server from 10 on. */
constexpr std::array<Oid, 34> binary_scalars{
    BOOLOID,     BYTEAOID,  CHAROID,    NAMEOID,   INT8OID,    INT2OID,      INT4OID,
    TEXTOID,     OIDOID,    TIDOID,     XIDOID,    CIDOID,     JSONOID,      POINTOID,
    LSEGOID,     BOXOID,    FLOAT4OID,  FLOAT8OID, CIRCLEOID,  MACADDROID,   INETOID,
    CIDROID,     BPCHAROID, VARCHAROID, DATEOID,   TIMEOID,    TIMESTAMPOID, TIMESTAMPTZOID,
    INTERVALOID, TIMETZOID, BITOID,     VARBITOID, NUMERICOID, UUIDOID};

bool is_binary_scalar(Oid type)
{
	return type == JSONBOID ||
	       std::find(binary_scalars.begin(), binary_scalars.end(), type) != binary_scalars.end();
}

/*
 * A send function takes a kilobyte, however short its value, until the whole row is sent: of more
 * columns, rows make the remote get memory from its system and give it back, each of them, which
 * costs it more than the texts do.
 */
constexpr int most_binary_columns = 110;

/* The receive functions of these convert from the encoding of this server's own client. */
bool is_textual(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == NAMEOID ||
	       type == JSONOID || type == JSONBOID;
}

/* The type that a value is made of, as far as its binary form is concerned; 0: of none known. */
Oid binary_element(Oid type)
{
	if (is_binary_scalar(type))
		return type;
	Oid element = get_element_type(type);
	if (!OidIsValid(element) && type < FirstUnpinnedObjectId)
		element = get_range_subtype(type);
	return OidIsValid(element) && is_binary_scalar(element) ? element : InvalidOid;
}

bool client_speaks_our_encoding()
{
	return pg_get_client_encoding() == GetDatabaseEncoding();
}

[[noreturn]] void fail_form()
{
	throw pg::Failure(pg::sqlstate::protocol_violation,
	                  "the remote's answer holds a value that is not in the form of its type");
}

uint16 read16(const char* bytes)
{
	uint16 value;
	memcpy(&value, bytes, sizeof(value));
	return pg_ntoh16(value);
}

uint32 read32(const char* bytes)
{
	uint32 value;
	memcpy(&value, bytes, sizeof(value));
	return pg_ntoh32(value);
}

uint64 read64(const char* bytes)
{
	uint64 value;
	memcpy(&value, bytes, sizeof(value));
	return pg_ntoh64(value);
}

void require_length(int length, int wanted)
{
	if (length != wanted)
		fail_form();
}

void require_valid(const char* text, int length)
{
	if (!pg_verifymbstr(text, length, true) || memchr(text, '\0', static_cast<size_t>(length)))
		fail_form();
}

Datum receive(ResultColumn& column, const char* bytes, int length)
{
	if (column.textual && !client_speaks_our_encoding())
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  "client_encoding was changed while a data link was being read");
	StringInfoData buffer;
	buffer.data = const_cast<char*>(bytes);
	buffer.len = length;
	buffer.maxlen = length + 1; /* libpq ends every value with a zero */
	buffer.cursor = 0;
	const Datum value =
	    ReceiveFunctionCall(&column.receive, &buffer, column.receive_parameter, column.typmod);
	if (buffer.cursor != buffer.len)
		fail_form();
	return value;
}

/* Whether a value of the column's type is its text, as it is. */
bool is_plain_text(const ResultColumn& column)
{
	return column.type == TEXTOID || (column.type == VARCHAROID && column.typmod < 0);
}

Datum from_text(ResultColumn& column, const char* text)
{
	return InputFunctionCall(&column.input, const_cast<char*>(text), column.input_parameter,
	                         column.typmod);
}

Datum decode_date(const char* bytes)
{
	const auto date = static_cast<DateADT>(read32(bytes));
	if (!DATE_NOT_FINITE(date) && !IS_VALID_DATE(date))
		fail_form();
	return DateADTGetDatum(date);
}

Datum decode_timestamp(const char* bytes)
{
	const auto time = static_cast<Timestamp>(read64(bytes));
	if (!TIMESTAMP_NOT_FINITE(time) && !IS_VALID_TIMESTAMP(time))
		fail_form();
	return TimestampGetDatum(time);
}

/* The binary form of text is the text, in the encoding that the session asked for: ours. */
Datum decode_textual(ResultColumn& column, const char* bytes, int length)
{
	if (column.type == JSONBOID)
	{
		if (length < 1 || bytes[0] != 1)
			fail_form();
		++bytes;
		--length;
	}
	require_valid(bytes, length);
	if (is_plain_text(column))
		return PointerGetDatum(cstring_to_text_with_len(bytes, length));
	return from_text(column, bytes);
}

Datum from_binary(ResultColumn& column, const char* bytes, int length)
{
	switch (column.type)
	{
	case INT4OID:
		require_length(length, 4);
		return Int32GetDatum(static_cast<int32>(read32(bytes)));
	case INT8OID:
		require_length(length, 8);
		return Int64GetDatum(static_cast<int64>(read64(bytes)));
	case INT2OID:
		require_length(length, 2);
		return Int16GetDatum(static_cast<int16>(read16(bytes)));
	case FLOAT8OID:
	{
		require_length(length, 8);
		const uint64 bits = read64(bytes);
		float8 value;
		memcpy(&value, &bits, sizeof(value));
		return Float8GetDatum(value);
	}
	case BOOLOID:
		require_length(length, 1);
		return BoolGetDatum(bytes[0] != 0);
	case DATEOID:
		require_length(length, 4);
		return decode_date(bytes);
	case TIMESTAMPOID:
	case TIMESTAMPTZOID:
		if (column.typmod >= 0)
			break;
		require_length(length, 8);
		return decode_timestamp(bytes);
	case NUMERICOID:
	{
		const Numeric value = decode_numeric(bytes, length, column.typmod);
		if (value == nullptr)
			break;
		return NumericGetDatum(value);
	}
	case TEXTOID:
	case VARCHAROID:
	case BPCHAROID:
	case NAMEOID:
	case JSONOID:
	case JSONBOID:
		return decode_textual(column, bytes, length);
	default:
		break;
	}
	return receive(column, bytes, length);
}

/* Of the system columns that are retrieved. */
Oid system_type(int number)
{
	return number == TableOidAttributeNumber ? OIDOID : TIDOID;
}

} // namespace

Decoder* make_decoder(TupleDesc descriptor, const List* attributes, bool binary)
{
	auto* decoder = static_cast<Decoder*>(palloc0(sizeof(Decoder)));
	decoder->descriptor = descriptor;
	decoder->count = list_length(attributes);
	decoder->current = -1;
	decoder->columns = static_cast<ResultColumn*>(
	    palloc0(sizeof(ResultColumn) * static_cast<size_t>(decoder->count + 1)));
	const ListCell* cell;
	foreach (cell, attributes)
	{
		ResultColumn& column = decoder->columns[foreach_current_index(cell)];
		column.number = static_cast<AttrNumber>(lfirst_int(cell));
		column.type = system_type(column.number);
		column.typmod = -1;
		if (column.number > 0)
		{
			const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, column.number - 1);
			column.type = attribute->atttypid;
			column.typmod = attribute->atttypmod;
		}
		Oid function;
		getTypeInputInfo(column.type, &function, &column.input_parameter);
		fmgr_info(function, &column.input);
		if (!binary)
			continue;
		getTypeBinaryInputInfo(column.type, &function, &column.receive_parameter);
		fmgr_info(function, &column.receive);
		column.textual = is_textual(binary_element(column.type));
	}
	return decoder;
}

std::vector<unsigned> binary_types(TupleDesc descriptor, const List* attributes)
{
	std::vector<unsigned> types;
	const ListCell* cell;
	foreach (cell, attributes)
	{
		const int number = lfirst_int(cell);
		const Oid type =
		    number > 0 ? TupleDescAttr(descriptor, number - 1)->atttypid : system_type(number);
		const Oid element = pg::call([&] { return binary_element(type); });
		if (!OidIsValid(element) ||
		    (element != type && is_textual(element) && !client_speaks_our_encoding()))
			return {};
		types.push_back(type);
	}
	return types;
}

std::vector<unsigned> types_to_read(TupleDesc descriptor, const List* attributes)
{
	if (list_length(attributes) > most_binary_columns)
		return {};
	return binary_types(descriptor, attributes);
}

ItemPointer decode(Decoder* decoder, const pg_result* rows, int row, Format format, Datum* values,
                   bool* nulls)
{
	ItemPointer ctid = nullptr;
	if (PQnfields(rows) < decoder->count)
		fail_form();
	for (int i = 0; i < decoder->count; ++i)
	{
		ResultColumn& column = decoder->columns[i];
		const int length = PQgetlength(rows, row, i);
		const bool null = length == 0 && PQgetisnull(rows, row, i) != 0;
		const char* bytes = PQgetvalue(rows, row, i);
		decoder->current = i;
		if (column.number <= 0 && null)
			continue;
		Datum value = 0;
		if (!null && format == Format::binary)
			value = from_binary(column, bytes, length);
		else if (format == Format::text)
		{
			require_valid(bytes, length);
			/* A domain's input function looks at NULLs, too. */
			value = !null && is_plain_text(column)
			            ? PointerGetDatum(cstring_to_text_with_len(bytes, length))
			            : from_text(column, null ? nullptr : bytes);
		}
		if (column.number == SelfItemPointerAttributeNumber)
			ctid = reinterpret_cast<ItemPointer>(DatumGetPointer(value));
		else if (column.number == TableOidAttributeNumber)
			decoder->table = DatumGetObjectId(value);
		else if (column.number > 0)
		{
			values[column.number - 1] = value;
			nulls[column.number - 1] = null;
		}
	}
	decoder->current = -1;
	return ctid;
}

HeapTuple form_tuple(TupleDesc descriptor, const Datum* values, const bool* nulls, ItemPointer ctid)
{
	HeapTuple tuple =
	    heap_form_tuple(descriptor, const_cast<Datum*>(values), const_cast<bool*>(nulls));
	if (ctid != nullptr)
		tuple->t_self = tuple->t_data->t_ctid = *ctid;
	HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetXmin(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetCmin(tuple->t_data, InvalidTransactionId);
	return tuple;
}

HeapTuple decode_tuple(Decoder* decoder, const pg_result* rows, int row, Format format,
                       MemoryContext memory)
{
	MemoryContext before = MemoryContextSwitchTo(memory);
	const auto count = static_cast<size_t>(decoder->descriptor->natts);
	auto* values = static_cast<Datum*>(palloc0(sizeof(Datum) * (count + 1)));
	auto* nulls = static_cast<bool*>(palloc(sizeof(bool) * (count + 1)));
	memset(nulls, true, count);
	const ItemPointer ctid =
	    pg::entry([&] { return decode(decoder, rows, row, format, values, nulls); });
	MemoryContextSwitchTo(before);
	return form_tuple(decoder->descriptor, values, nulls, ctid);
}

} // namespace datalinks::executor
