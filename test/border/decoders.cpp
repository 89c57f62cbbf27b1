/*
 * Values in binary form as a remote sends them, right and wrong ones: what our decoders make of
 * them must be what the type's receive function makes of them.
 */
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "executor/decoder.hpp"

using namespace datalinks;

namespace
{

using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

/* Some bytes changed, cut off, or added; now and then none. */
std::string mutated(std::string bytes, std::mt19937& random)
{
	const auto below = [&](size_t limit) { return static_cast<size_t>(random()) % limit; };
	for (size_t changes = below(4); changes > 0; --changes)
	{
		const size_t kind = below(8);
		if (kind == 0)
			bytes.resize(below(bytes.size() + 1));
		else if (kind == 1)
			bytes.insert(below(bytes.size() + 1), 1, static_cast<char>(below(256)));
		else if (!bytes.empty())
		{
			constexpr char frequent[] = {0, 1, 127, -128, -1, 39, 16};
			bytes[below(bytes.size())] =
			    kind < 5 ? frequent[below(sizeof(frequent))] : static_cast<char>(below(256));
		}
	}
	return bytes;
}

/* An answer of one row and one column. */
Answer answer(const std::string& bytes)
{
	Answer result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK), &PQclear);
	std::string name = "c";
	PGresAttDesc column{};
	column.name = name.data();
	column.format = 1;
	std::string value = bytes;
	if (!result || PQsetResultAttrs(result.get(), 1, &column) == 0 ||
	    PQsetvalue(result.get(), 0, 0, value.data(), static_cast<int>(value.size())) == 0)
		throw std::bad_alloc();
	return result;
}

/* As text; nothing where it was refused. */
template <typename F>
std::optional<std::string> printed(Oid type, F&& value)
{
	try
	{
		return pg::call([&] {
			Oid output;
			bool varlena;
			getTypeOutputInfo(type, &output, &varlena);
			return std::string(OidOutputFunctionCall(output, value()));
		});
	}
	catch (const pg::Failure&)
	{
	}
	catch (const pg::Error&)
	{
	}
	return std::nullopt;
}

Datum received(executor::ResultColumn& column, const std::string& bytes)
{
	StringInfoData buffer;
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, bytes.data(), static_cast<int>(bytes.size()));
	const Datum value =
	    ReceiveFunctionCall(&column.receive, &buffer, column.receive_parameter, column.typmod);
	if (buffer.cursor != buffer.len)
		throw pg::Failure(pg::sqlstate::protocol_violation, "bytes are left over");
	return value;
}

std::string hexadecimal(const std::string& bytes)
{
	std::string digits;
	for (const char byte : bytes)
	{
		constexpr const char* all = "0123456789abcdef";
		digits += all[static_cast<unsigned char>(byte) >> 4U];
		digits += all[static_cast<unsigned char>(byte) & 15U];
	}
	return digits;
}

/* A decoder of one column. */
executor::Decoder* decoder_of(Oid type, int32 typmod)
{
	TupleDesc descriptor = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(descriptor, 1, "c", type, typmod, 0);
	return executor::make_decoder(descriptor, list_make1_int(1), true);
}

} // namespace

extern "C"
{
SQL_FUNCTION(border_decode);
}

/*
 * (type, typmod, sample, seed, runs) → how many of so many changed samples were taken; an error for
 * the first of which we make something else than the type does.
 */
Datum border_decode(PG_FUNCTION_ARGS)
{
	return pg::entry([&] {
		const Oid type = PG_GETARG_OID(0);
		executor::Decoder* decoder = pg::call([&] { return decoder_of(type, PG_GETARG_INT32(1)); });
		const std::string sample = pg::call([&] {
			const bytea* bytes = PG_GETARG_BYTEA_PP(2);
			return std::string(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
		});
		std::mt19937 random(static_cast<unsigned>(PG_GETARG_INT32(3)));
		const MemoryContext memory = pg::call([] {
			return AllocSetContextCreate(CurrentMemoryContext, "values", ALLOCSET_DEFAULT_SIZES);
		});
		int32 taken = 0;
		for (int run = 0; run < PG_GETARG_INT32(4); ++run)
		{
			const std::string bytes = mutated(sample, random);
			const Answer rows = answer(bytes);
			const MemoryContext before = MemoryContextSwitchTo(memory);
			const auto ours = printed(type, [&] {
				Datum value = 0;
				bool null = true;
				executor::decode(decoder, rows.get(), 0, executor::Format::binary, &value, &null);
				return value;
			});
			const auto theirs = printed(type, [&] { return received(decoder->columns[0], bytes); });
			MemoryContextSwitchTo(before);
			pg::call([&] { MemoryContextReset(memory); });
			if (ours != theirs)
				throw pg::Failure(pg::sqlstate::protocol_violation,
				                  "decoded " + hexadecimal(bytes) + " to " +
				                      ours.value_or("an error") + " instead of " +
				                      theirs.value_or("an error"));
			taken += ours.has_value();
		}
		return Int32GetDatum(taken);
	});
}
