/*
 * What is known of a column's values, as pg_statistic holds it but for the values, which are texts.
 * Pure C++: rooms that know nothing of the server use it, too.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace datalinks::pg
{

/* Values, or elements of arrays, with how often each of them comes. */
struct Frequencies
{
	std::vector<std::string> values;
	std::vector<float> numbers; /* of elements, two or three more: the bounds of these numbers */
};

struct ColumnStatistics
{
	float null_fraction = 0;
	int width = 0;      /* in bytes, on average */
	float distinct = 0; /* how many; negative: their share of the rows */
	Frequencies common;
	std::vector<std::string> bounds; /* of the histogram */
	std::optional<float> correlation;
	Frequencies elements;      /* of arrays and tsvectors */
	std::vector<float> counts; /* of distinct elements, a histogram and the average behind it */
};

} // namespace datalinks::pg
