/*
 * libFuzzer target for what a remote's catalogs answer: arrays, statistics, names of tables and
 * columns, transaction identifiers. What holds for every text: a statement made of it holds it in
 * quotes alone; what is read of statistics is what ANALYZE could have written; an array that was
 * read is written and read as the same.
 */
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "schema/array.hpp"
#include "schema/diff.hpp"
#include "schema/gid.hpp"
#include "schema/name.hpp"
#include "schema/statements.hpp"
#include "schema/statistics.hpp"

using namespace datalinks::schema;

namespace
{

using Texts = std::vector<std::string>;

void require(bool holds, const char* what, const std::string& text)
{
	if (holds)
		return;
	std::cerr << what << "\ntext: " << text << "\n";
	std::abort();
}

/* The texts between zero bytes, which no value of a remote's holds. */
Texts split(std::string_view input)
{
	Texts texts;
	size_t from = 0;
	for (size_t at = input.find('\0'); at != input.npos; at = input.find('\0', from))
	{
		texts.emplace_back(input.substr(from, at - from));
		from = at + 1;
	}
	texts.emplace_back(input.substr(from));
	return texts;
}

/* Where the quoted text that begins here ends; npos: it does not. */
size_t end_of_quoted(const std::string& sql, size_t begin, bool escapes)
{
	const char mark = sql[begin];
	for (size_t at = begin + 1; at < sql.size(); ++at)
	{
		if (escapes && sql[at] == '\\')
			++at;
		else if (sql[at] == mark && at + 1 < sql.size() && sql[at + 1] == mark)
			++at;
		else if (sql[at] == mark)
			return at + 1;
	}
	return sql.npos;
}

/* What stands outside all quotes is our own text. */
void require_quoted(const std::string& sql)
{
	constexpr std::string_view own =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_ .,():";
	for (size_t at = 0; at < sql.size();)
	{
		if (sql[at] == '"' || sql[at] == '\'')
		{
			const bool escapes = sql[at] == '\'' && at > 0 && sql[at - 1] == 'E';
			require(escapes || sql[at] == '"' ||
			            sql.substr(at, end_of_quoted(sql, at, false) - at).find('\\') == sql.npos,
			        "a backslash whose meaning a setting decides", sql);
			at = end_of_quoted(sql, at, escapes);
			require(at != sql.npos, "an open quote", sql);
			continue;
		}
		require(own.find(sql[at]) != own.npos, "a remote's text outside quotes", sql);
		++at;
	}
}

/* Relations of two columns each, of these names. */
Relations relations_of(const Texts& texts, size_t first)
{
	Relations relations;
	for (size_t at = first; at + 2 < texts.size(); at += 3)
	{
		Relation relation;
		relation.name = relation.remote_name = texts[at];
		for (size_t column = at + 1; column <= at + 2; ++column)
		{
			Column made;
			made.name = made.remote_name = texts[column];
			made.type = texts[column].size() % 2 == 0 ? "pg_catalog.int4" : "pg_catalog.text";
			made.not_null = texts[column].size() % 3 == 0;
			made.computed = texts[column].size() % 5 == 0;
			if (made.name.size() > 63)
				made.name.resize(63);
			relation.columns.push_back(made);
		}
		relation.options["remote_kind"] = "view";
		relations.push_back(relation);
	}
	return relations;
}

void check_statements(const Texts& texts)
{
	const Place place{texts[0], texts[0], texts[0]};
	const Relations remote = relations_of(texts, 0);
	const Relations local = relations_of(texts, 3);
	for (const bool cascade : {false, true})
		for (const Change& change : diff(remote, local))
		{
			require_quoted(statement(change, place, cascade));
			static_cast<void>(object_text(change, texts[0]));
			static_cast<void>(change_text(change) + detail_text(change));
		}
}

void check_array(const std::string& text)
{
	const auto elements = parse_array(text);
	if (!elements)
		return;
	const auto again = parse_array(array_literal(*elements));
	require(again && *again == *elements, "an array that is not read as it was written", text);
}

bool within(float number, float least, float most)
{
	return std::isfinite(number) && number >= least && number <= most;
}

void check_statistics(const Texts& texts)
{
	StatisticsTexts given;
	StatisticsTexts::Text* const fields[] = {
	    &given.null_fraction,   &given.width,  &given.distinct,    &given.common_values,
	    &given.common_numbers,  &given.bounds, &given.correlation, &given.elements,
	    &given.element_numbers, &given.counts};
	size_t at = 0;
	for (StatisticsTexts::Text* field : fields)
		if (at < texts.size() && !texts[at++].empty())
			*field = texts[at - 1];

	std::string objection;
	const auto read = read_statistics(given, objection);
	require(read.has_value() == objection.empty(), "an objection without a cause", objection);
	if (!read)
		return;
	float sum = read->null_fraction;
	for (const float number : read->common.numbers)
	{
		require(within(number, 0, 1), "a frequency that is none", texts[0]);
		sum += number;
	}
	require(within(sum, 0, 1.01F), "frequencies of more than the whole", texts[0]);
	require(read->common.values.size() == read->common.numbers.size(), "unlike lists", texts[0]);
	require(read->bounds.size() != 1, "a histogram of one bound", texts[0]);
	require(read->width >= 0 && read->width <= 1 << 20, "a width that is none", texts[0]);
	require(within(read->distinct, -1, 1.1e30F), "a number that is none", texts[0]);
	require(within(read->correlation.value_or(0), -1.01F, 1.01F), "no correlation", texts[0]);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const std::string input(data, data + size);
	const Texts texts = split(input);
	for (const std::string& text : texts)
	{
		check_array(text);
		require(std::isfinite(read_number(text).value_or(0)), "no number", text);
		require_quoted(quote_identifier(text));
		require_quoted(quote_literal(text));
		const std::string prefix = gid_prefix("7000000000000000001", 5);
		const auto transaction = transaction_of(text, prefix);
		require(!transaction ||
		            text.starts_with(gid(prefix, *transaction, 0).substr(0, prefix.size())),
		        "another's transaction", text);
	}
	check_statistics(texts);
	check_statements(texts);
	return 0;
}
