/*
 * Options of servers, mappings, tables and columns, as the catalogs hold them.
 */
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "postgres/option.hpp"

struct List;

namespace datalinks::pg
{

/* A list of DefElem as values. */
Options copy_options(const List* options);

/* The text of an option in a list of DefElem; nullptr where it has none. Server code. */
const char* option_text(const List* options, const char* keyword);

/* Whether a text means true, as the server reads options of type boolean; false for any other. */
bool is_true(const std::string& text);
/* Whether it means true or false. */
bool is_boolean(const std::string& text);

/* The most bytes that the options of one server may take: the lists of a link of 60,000 tables. */
constexpr size_t max_options_size = 4 << 20;

/*
 * Takes apart a catalog's array of options, "keyword=value" each; false for one that no OPTIONS (…)
 * that our validator has seen can have made. Copies no value. Server code.
 */
bool read_options(unsigned long options, unsigned long** elements, int* count);

/* One option of an ALTER … OPTIONS (…). */
struct OptionChange
{
	enum Action
	{
		add,
		set,
		drop
	};
	Action action;
	std::string keyword;
	std::string value;
};

using OptionChanges = std::vector<OptionChange>;

} // namespace datalinks::pg
