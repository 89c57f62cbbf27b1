/*
 * Statistics of a remote's column: see statistics.hpp.
 */
#include "schema/statistics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "schema/array.hpp"

namespace datalinks::schema
{

namespace
{

using pg::ColumnStatistics;
using Text = StatisticsTexts::Text;

/* Frequencies are rounded when they are stored. */
constexpr double rounding = 0.001;

/* Wider values stand elsewhere; a row of 1,600 such columns is still no overflow. */
constexpr double widest = 1 << 20;

/* What is wrong, for the reader of DEBUG1. */
struct Objection
{
	const char* text;
};

[[noreturn]] void object(const char* text)
{
	throw Objection{text};
}

double number_within(const Text& text, double least, double most, const char* objection)
{
	const auto number = text ? read_number(*text) : std::nullopt;
	if (!number || *number < least || *number > most)
		object(objection);
	return *number;
}

std::vector<std::string> values_of(const Text& text, const char* objection)
{
	if (!text)
		return {};
	auto values = parse_array(*text);
	if (!values || values->size() > most_statistics_values)
		object(objection);
	return std::move(*values);
}

/* All finite and within these limits. */
std::vector<float> numbers_of(const Text& text, double most, const char* objection)
{
	std::vector<float> numbers;
	for (const std::string& value : values_of(text, objection))
		numbers.push_back(static_cast<float>(number_within(value, 0, most, objection)));
	return numbers;
}

pg::Frequencies common_of(const StatisticsTexts& texts, float null_fraction)
{
	const char* unlike = "its most common values and their frequencies are not alike";
	pg::Frequencies common;
	common.values = values_of(texts.common_values, "its most common values are no list");
	common.numbers = numbers_of(texts.common_numbers, 1, "a frequency is none");
	if (common.values.size() != common.numbers.size())
		object(unlike);
	double sum = static_cast<double>(null_fraction);
	for (const float number : common.numbers)
		sum += static_cast<double>(number);
	if (sum > 1 + rounding)
		object("its frequencies are more than the whole");
	return common;
}

pg::Frequencies elements_of(const StatisticsTexts& texts)
{
	pg::Frequencies elements;
	elements.values = values_of(texts.elements, "its most common elements are no list");
	elements.numbers = numbers_of(texts.element_numbers, 1, "an element's frequency is none");
	const size_t bounds = elements.numbers.size() - elements.values.size();
	if (elements.values.empty() ? !elements.numbers.empty() : bounds != 2 && bounds != 3)
		object("its most common elements and their frequencies are not alike");
	return elements;
}

std::vector<float> counts_of(const Text& text)
{
	const char* objection = "its histogram of element counts is none";
	constexpr double most_elements = 1 << 30;
	std::vector<float> counts = numbers_of(text, most_elements, objection);
	if (!counts.empty() && (counts.size() < 3 || !std::is_sorted(counts.begin(), counts.end() - 1)))
		object(objection);
	return counts;
}

ColumnStatistics statistics_of(const StatisticsTexts& texts)
{
	constexpr double most_rows = 1e30;
	ColumnStatistics statistics;
	statistics.null_fraction =
	    static_cast<float>(number_within(texts.null_fraction, 0, 1, "its share of NULLs is none"));
	double width = number_within(texts.width, 0, most_rows, "its width is none");
	if (texts.outside)
		width += number_within(texts.outside, 0, most_rows, "what is outside of its rows is none");
	statistics.width = static_cast<int>(std::min(width, widest));
	statistics.distinct = static_cast<float>(
	    number_within(texts.distinct, -1, most_rows, "its number of distinct values is none"));
	statistics.common = common_of(texts, statistics.null_fraction);
	statistics.bounds = values_of(texts.bounds, "its histogram is no list");
	if (texts.bounds && statistics.bounds.size() < 2)
		object("its histogram has fewer than two bounds");
	if (texts.correlation)
		statistics.correlation = static_cast<float>(number_within(
		    texts.correlation, -1 - rounding, 1 + rounding, "its correlation is none"));
	statistics.elements = elements_of(texts);
	statistics.counts = counts_of(texts.counts);
	return statistics;
}

} // namespace

std::optional<double> read_number(std::string_view text)
{
	double number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
		return std::nullopt;
	return number;
}

std::optional<ColumnStatistics> read_statistics(const StatisticsTexts& texts,
                                                std::string& objection)
{
	try
	{
		return statistics_of(texts);
	}
	catch (const Objection& found)
	{
		objection = found.text;
		return std::nullopt;
	}
}

} // namespace datalinks::schema
