/*
 * Scans by many keys: see key_batch.hpp.
 */
#include <algorithm>
#include <cstring>

#include "executor/chunk.hpp"
#include "fdw/sql_text.hpp"
#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/key_batch.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;

/* Names that no column or table of anybody's has. */
constexpr const char* keys = "\"data link keys\"";
constexpr const char* key_number = "\"data link key number\"";

std::string key_name(int parameter)
{
	return compose("\"data link key %1%\"", parameter);
}

/* The rows of the arrays, as an item of FROM. */
std::string rows_of_keys(const std::vector<int>& varying,
                         const std::vector<std::string>& array_types)
{
	std::vector<std::string> arrays;
	std::vector<std::string> names;
	for (size_t i = 0; i < varying.size(); ++i)
	{
		arrays.push_back(compose("unnest($%1%::%2%)", varying[i] + 1, array_types[i]));
		names.push_back(key_name(varying[i] + 1));
	}
	return compose("ROWS FROM (%1%) WITH ORDINALITY AS %2% (%3%, %4%)", schema::join(arrays, ", "),
	               keys, schema::join(names, ", "), key_number);
}

int number_in(const executor::Scan& scan)
{
	const pg_result* rows = scan.rows();
	const int column = PQnfields(rows) - 1;
	const char* bytes = PQgetvalue(rows, scan.row(), column);
	if (scan.format() == executor::Format::text)
		return atoi(bytes);
	uint64 number = 0;
	if (PQgetlength(rows, scan.row(), column) == sizeof(number))
		memcpy(&number, bytes, sizeof(number));
	return static_cast<int>(pg_ntoh64(number));
}

} // namespace

std::optional<std::string> sql_by_keys(const std::string& sql, const std::vector<int>& varying,
                                       const std::vector<std::string>& array_types)
{
	constexpr std::string_view from = " FROM ";
	for (const char* other : {" ORDER BY ", " LIMIT ", " OFFSET ", " GROUP BY "})
		if (find_words(sql, other) != std::string::npos)
			return std::nullopt;
	const size_t place = find_words(sql, from);
	if (place == std::string::npos)
		return std::nullopt;
	const size_t end = std::min(find_words(sql, " FOR "), sql.size());
	const std::string rest =
	    replace_parameters(sql.substr(place + from.size(), end - place - from.size()), [&](int n) {
		    const bool varies = std::find(varying.begin(), varying.end(), n - 1) != varying.end();
		    return varies ? key_name(n) : compose("$%1%", n);
	    });
	return compose("%1%, %2% FROM %3%, %4% ORDER BY %2%%5%", sql.substr(0, place), key_number,
	               rows_of_keys(varying, array_types), rest, sql.substr(end));
}

KeyBatch::KeyBatch(std::shared_ptr<executor::Group> group, std::string sql,
                   std::vector<unsigned> types, int width, std::vector<int> varying)
    : scan_(std::move(group), std::move(sql), std::move(types), executor::Way::whole, false,
            width + static_cast<int>(sizeof(int64))),
      varying_(std::move(varying)), arrays_(varying_.size())
{
}

void KeyBatch::add(const std::vector<const char*>& parameters)
{
	if (added_++ == 0)
	{
		fixed_.clear();
		for (const char* parameter : parameters)
			fixed_.emplace_back(parameter != nullptr ? std::optional<std::string>(parameter)
			                                         : std::nullopt);
	}
	for (size_t i = 0; i < varying_.size(); ++i)
		executor::append_element(arrays_[i], parameters[static_cast<size_t>(varying_[i])]);
}

size_t KeyBatch::bytes() const
{
	size_t bytes = 0;
	for (const std::string& array : arrays_)
		bytes += array.size();
	return bytes;
}

void KeyBatch::send()
{
	std::vector<const char*> parameters;
	for (const auto& parameter : fixed_)
		parameters.push_back(parameter ? parameter->c_str() : nullptr);
	for (size_t i = 0; i < varying_.size(); ++i)
	{
		arrays_[i] += '}';
		parameters[static_cast<size_t>(varying_[i])] = arrays_[i].c_str();
	}
	scan_.open(parameters);
	for (std::string& array : arrays_)
		array.clear();
	sent_ = true;
	ended_ = false;
}

void KeyBatch::clear() noexcept
{
	scan_.close();
	for (std::string& array : arrays_)
		array.clear();
	added_ = number_ = row_number_ = 0;
	sent_ = held_ = false;
}

bool KeyBatch::go_to(int number)
{
	if (!sent_ || number <= number_ || number > added_)
		return false;
	number_ = number;
	return true;
}

bool KeyBatch::next()
{
	for (;;)
	{
		if (!held_)
		{
			if (ended_ || !scan_.next())
			{
				ended_ = true;
				return false;
			}
			row_number_ = number_in(scan_);
		}
		held_ = row_number_ > number_;
		if (row_number_ >= number_)
			return !held_;
	}
}

} // namespace datalinks::fdw
