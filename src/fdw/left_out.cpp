/*
 * Columns that rows leave out: see left_out.hpp.
 */
#include <algorithm>

#include "postgres/guard.hpp"

#include "fdw/left_out.hpp"

namespace datalinks::fdw
{

namespace
{

constexpr char element_name[] = "datalinks_left_out";

List* list_of(const std::vector<int>& numbers)
{
	List* list = NIL;
	for (const int number : numbers)
		list = pg::call([&] { return lappend_int(list, number); });
	return list;
}

std::vector<int> numbers_of(const List* list)
{
	std::vector<int> numbers;
	numbers.reserve(static_cast<size_t>(list_length(list)));
	const ListCell* cell;
	foreach (cell, list)
		numbers.push_back(lfirst_int(cell));
	return numbers;
}

} // namespace

void LeftOut::add_row(const AttributeSet& set)
{
	auto found = std::find(sets.begin(), sets.end(), set);
	if (found == sets.end())
		found = sets.insert(sets.end(), set);
	rows.push_back(static_cast<int>(found - sets.begin()));
}

List* without(const List* attributes, const AttributeSet& left_out)
{
	AttributeSet left = numbers_of(attributes);
	std::erase_if(left, [&](int number) {
		return std::binary_search(left_out.begin(), left_out.end(), number);
	});
	return list_of(left);
}

/* A plan is copied and written out by the server: it can hold nothing but nodes. */
List* append_left_out(List* plan, const LeftOut& left_out)
{
	List* rows = list_of(left_out.rows);
	List* sets = NIL;
	for (const AttributeSet& set : left_out.sets)
	{
		List* numbers = list_of(set);
		sets = pg::call([&] { return lappend(sets, numbers); });
	}
	return pg::call([&] {
		auto* both = reinterpret_cast<Node*>(list_make2(rows, sets));
		return lappend(plan, makeDefElem(pstrdup(element_name), both, -1));
	});
}

const Node* left_out_in(const List* plan)
{
	const ListCell* cell;
	foreach (cell, plan)
	{
		const auto* node = static_cast<const Node*>(lfirst(cell));
		if (node == nullptr || !IsA(node, DefElem))
			continue;
		const auto* element = reinterpret_cast<const DefElem*>(node);
		if (strcmp(element->defname, element_name) == 0)
			return element->arg;
	}
	return nullptr;
}

LeftOut left_out_from(const Node* element)
{
	const auto* both = reinterpret_cast<const List*>(element);
	LeftOut left_out;
	left_out.rows = numbers_of(static_cast<const List*>(linitial(both)));
	const ListCell* cell;
	foreach (cell, static_cast<const List*>(lsecond(both)))
		left_out.sets.push_back(numbers_of(static_cast<const List*>(lfirst(cell))));
	return left_out;
}

} // namespace datalinks::fdw
