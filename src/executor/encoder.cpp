/*
 * From datums to what a remote is sent: see encoder.hpp.
 */
#include "executor/encoder.hpp"

namespace datalinks::executor
{

Encoder* make_encoder(TupleDesc descriptor, const List* attributes)
{
	auto* encoder = static_cast<Encoder*>(palloc0(sizeof(Encoder)));
	const auto count = static_cast<size_t>(list_length(attributes));
	encoder->count = static_cast<int>(count);
	encoder->columns = static_cast<SentColumn*>(palloc0(sizeof(SentColumn) * (count + 1)));
	encoder->row = static_cast<Sent*>(palloc0(sizeof(Sent) * (count + 1)));
	const ListCell* cell;
	foreach (cell, attributes)
	{
		SentColumn& column = encoder->columns[foreach_current_index(cell)];
		column.number = static_cast<AttrNumber>(lfirst_int(cell));
		column.type = TupleDescAttr(descriptor, column.number - 1)->atttypid;
		Oid function;
		bool varlena;
		getTypeOutputInfo(column.type, &function, &varlena);
		fmgr_info(function, &column.output);
	}
	return encoder;
}

namespace
{

Sent from_varlena(const varlena* value)
{
	return {VARDATA_ANY(value), static_cast<int>(VARSIZE_ANY_EXHDR(value))};
}

template <typename Integer>
Sent from_integer(Integer value)
{
	auto* bytes = static_cast<char*>(palloc(sizeof(value)));
	memcpy(bytes, &value, sizeof(value));
	return {bytes, static_cast<int>(sizeof(value))};
}

/* The send functions of the types with text in them convert to the encoding of our own client. */
Sent to_binary(SentColumn& column, Datum value)
{
	switch (column.type)
	{
	case INT4OID:
	case DATEOID:
		return from_integer(pg_hton32(static_cast<uint32>(DatumGetInt32(value))));
	case INT8OID:
	case TIMESTAMPOID:
	case TIMESTAMPTZOID:
	case TIMEOID:
		return from_integer(pg_hton64(static_cast<uint64>(DatumGetInt64(value))));
	case TEXTOID:
	case VARCHAROID:
	case BPCHAROID:
	case JSONOID:
	case BYTEAOID:
		return from_varlena(PG_DETOAST_DATUM_PACKED(value));
	default:
		break;
	}
	if (!OidIsValid(column.send.fn_oid))
	{
		Oid function;
		bool varlena;
		getTypeBinaryOutputInfo(column.type, &function, &varlena);
		/* Not with the rows' memory. */
		fmgr_info_cxt(function, &column.send, column.output.fn_mcxt);
	}
	return from_varlena(SendFunctionCall(&column.send, value));
}

Sent to_text(SentColumn& column, Datum value)
{
	const char* text = OutputFunctionCall(&column.output, value);
	return {text, static_cast<int>(strlen(text))};
}

} // namespace

void encode(Encoder* encoder, TupleTableSlot* slot, Format format)
{
	for (int i = 0; i < encoder->count; ++i)
	{
		SentColumn& column = encoder->columns[i];
		bool null;
		const Datum value = slot_getattr(slot, column.number, &null);
		if (null)
			encoder->row[i] = {nullptr, -1};
		else
			encoder->row[i] =
			    format == Format::binary ? to_binary(column, value) : to_text(column, value);
	}
}

namespace
{

template <typename Integer>
void append_integer(Integer value, std::string& to)
{
	to.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void append_escaped(const Sent& value, std::string& to)
{
	for (int i = 0; i < value.length; ++i)
	{
		const char c = value.bytes[i];
		switch (c)
		{
		case '\\':
			to += "\\\\";
			break;
		case '\n':
			to += "\\n";
			break;
		case '\r':
			to += "\\r";
			break;
		case '\t':
			to += "\\t";
			break;
		default:
			to += c;
		}
	}
}

} // namespace

void append_row(const Encoder& encoder, Format format, std::string& to)
{
	if (format == Format::binary)
		append_integer(pg_hton16(static_cast<uint16>(encoder.count)), to);
	for (int i = 0; i < encoder.count; ++i)
	{
		const Sent& value = encoder.row[i];
		if (format == Format::binary)
		{
			append_integer(pg_hton32(static_cast<uint32>(value.length)), to);
			if (value.bytes != nullptr)
				to.append(value.bytes, static_cast<size_t>(value.length));
			continue;
		}
		if (i > 0)
			to += '\t';
		if (value.bytes == nullptr)
			to += "\\N";
		else
			append_escaped(value, to);
	}
	if (format == Format::text)
		to += '\n';
}

} // namespace datalinks::executor
