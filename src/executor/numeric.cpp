/*
 * Numbers of type numeric from their binary form (numeric_send): a digit there is one of base
 * 10,000, as it is in memory, so that a frequent number takes no more than copying. numeric_recv
 * takes three times as long: it reads each digit by a call, and builds a variable in between.
 */
#include <cstring>

#include "executor/numeric.hpp"

namespace datalinks::executor
{

namespace
{

constexpr int decimals_a_digit = 4;
constexpr int base = 10000;
constexpr int most_digits = 256;

/* The short form of the server's NumericData (numeric.c), which is what stands in tables, too. */
constexpr uint16 short_form = 0x8000;
constexpr uint16 short_negative = 0x2000;
constexpr int short_scale_shift = 7;
constexpr int short_most_scale = 0x3F;
constexpr uint16 short_weight_mask = 0x7F;
constexpr int short_least_weight = -64;
constexpr int short_most_weight = 63;

struct Header
{
	int digits, weight, scale;
	bool negative;
};

int read_at(const char* bytes, int place)
{
	uint16 value;
	memcpy(&value, bytes + place * static_cast<int>(sizeof(value)), sizeof(value));
	return pg_ntoh16(value);
}

constexpr int header_places = 4;

/* Of a number that the short form holds, and with as many bytes as it says. */
bool read_header(const char* bytes, int length, Header& header)
{
	constexpr int negative = 0x4000;
	if (length < header_places * 2)
		return false;
	const int sign = read_at(bytes, 2);
	header = {read_at(bytes, 0), static_cast<int16>(read_at(bytes, 1)), read_at(bytes, 3),
	          sign == negative};
	return (sign == 0 || sign == negative) && header.digits <= most_digits &&
	       length == (header_places + header.digits) * 2 && header.scale <= short_most_scale &&
	       header.weight >= short_least_weight && header.weight <= short_most_weight;
}

/* Decimals of the last digit that the scale does not show: powers of ten. */
int hidden_part(int digit, int hidden)
{
	constexpr int powers[] = {1, 10, 100, 1000};
	return hidden > 0 ? digit % powers[hidden] : 0;
}

/* Neither leading nor trailing zeros, nor decimals beyond the scale. */
bool is_shortest(const char* bytes, const Header& header)
{
	if (header.digits == 0)
		return header.weight == 0 && !header.negative;
	const int first = read_at(bytes, header_places);
	const int last = read_at(bytes, header_places + header.digits - 1);
	const int hidden = (header.digits - 1 - header.weight) * decimals_a_digit - header.scale;
	return first != 0 && last != 0 && hidden < decimals_a_digit && hidden_part(last, hidden) == 0;
}

/* Whether the typmod (numeric.c: precision and scale) would leave it as it is. */
bool fits(const char* bytes, const Header& header, int32 typmod)
{
	if (typmod < static_cast<int32>(VARHDRSZ))
		return true;
	const int packed = typmod - static_cast<int32>(VARHDRSZ);
	const int precision = packed >> 16 & 0xFFFF;
	const int scale = packed & 0x7FF; /* a negative one looks larger than any */
	if (header.scale != scale)
		return false;
	int integral = 0; /* decimal digits before the point */
	if (header.digits > 0 && header.weight >= 0)
	{
		integral = header.weight * decimals_a_digit;
		for (int first = read_at(bytes, header_places); first > 0; first /= 10)
			++integral;
	}
	return integral <= precision - scale;
}

} // namespace

Numeric decode_numeric(const char* bytes, int length, int32 typmod)
{
	Header header;
	if (!read_header(bytes, length, header) || !is_shortest(bytes, header) ||
	    !fits(bytes, header, typmod))
		return nullptr;
	const auto size = VARHDRSZ + sizeof(uint16) + static_cast<size_t>(header.digits) * 2;
	auto* made = static_cast<char*>(palloc(size));
	SET_VARSIZE(made, size);
	const auto head = static_cast<uint16>(short_form | (header.negative ? short_negative : 0) |
	                                      header.scale << short_scale_shift |
	                                      (header.weight & short_weight_mask));
	memcpy(made + VARHDRSZ, &head, sizeof(head));
	char* to = made + VARHDRSZ + sizeof(head);
	for (int i = 0; i < header.digits; ++i, to += sizeof(uint16))
	{
		const auto digit = static_cast<uint16>(read_at(bytes, header_places + i));
		if (digit >= base)
			return nullptr;
		memcpy(to, &digit, sizeof(digit));
	}
	return reinterpret_cast<Numeric>(made);
}

} // namespace datalinks::executor
