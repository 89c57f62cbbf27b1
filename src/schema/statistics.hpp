/*
 * Statistics of a remote's column: from texts to values. Pure C++.
 *
 * What the planner reads, it believes: a number that is none makes every estimate nonsense, a NULL
 * among the values makes every query of the column fail. So nothing is taken over that ANALYZE
 * could not have written.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgres/column_statistics.hpp"

namespace datalinks::schema
{

/* A column's row of pg_stats, and more; nothing for NULL. Arrays as the server prints them. */
struct StatisticsTexts
{
	using Text = std::optional<std::string>;
	Text null_fraction, width, distinct;
	Text outside; /* bytes of a value that do not stand in its row, which the width leaves out */
	Text common_values, common_numbers;
	Text bounds;
	Text correlation;
	Text elements, element_numbers;
	Text counts;
};

/* More of them than any statistics target makes ANALYZE keep. */
constexpr size_t most_statistics_values = 10000;

/*
 * The statistics in these texts; nothing where they cannot be ANALYZE's, with the reason, a
 * half-sentence, in `objection`. Whether the values are values of the column's type, and in order,
 * is not looked at.
 */
std::optional<pg::ColumnStatistics> read_statistics(const StatisticsTexts& texts,
                                                    std::string& objection);

/* The finite number that all of the text is; nothing for any other text. */
std::optional<double> read_number(std::string_view text);

} // namespace datalinks::schema
