/*
 * The slots of a row of pg_statistic: see statistics_values.hpp. They follow the server's own
 * typanalyze functions: std_typanalyze, array_typanalyze, ts_typanalyze.
 */
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "postgres/statistics_values.hpp"

namespace datalinks::pg
{

namespace
{

using Texts = std::vector<std::string>;

/* A value with how often it comes, where that is known. */
struct Sample
{
	Datum value;
	float number;
};

[[noreturn]] void object(const char* text)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg_internal("%s", text)));
	pg_unreachable();
}

Datum array_of_numbers(const float* numbers, size_t count)
{
	auto* elements = static_cast<Datum*>(palloc(sizeof(Datum) * (count + 1)));
	for (size_t i = 0; i < count; ++i)
		elements[i] = Float4GetDatum(numbers[i]);
	return PointerGetDatum(construct_array(elements, static_cast<int>(count), FLOAT4OID,
	                                       sizeof(float4), true, TYPALIGN_INT));
}

Sample* read_values(ValueKind* kind, const Texts& texts, const std::vector<float>& numbers)
{
	auto* samples = static_cast<Sample*>(palloc(sizeof(Sample) * texts.size()));
	for (size_t i = 0; i < texts.size(); ++i)
		samples[i] = {InputFunctionCall(&kind->input, const_cast<char*>(texts[i].c_str()),
		                                kind->input_parameter, -1),
		              i < numbers.size() ? numbers[i] : 0};
	return samples;
}

Datum array_of_values(const ValueKind* kind, const Sample* samples, size_t count)
{
	auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * count));
	for (size_t i = 0; i < count; ++i)
		values[i] = samples[i].value;
	return PointerGetDatum(construct_array(values, static_cast<int>(count), kind->type,
	                                       kind->length, kind->by_value, kind->alignment));
}

int compare_samples(const void* a, const void* b, void* order)
{
	return ApplySortComparator(static_cast<const Sample*>(a)->value, false,
	                           static_cast<const Sample*>(b)->value, false,
	                           static_cast<SortSupport>(order));
}

/* Only the order of a type with collations may be another on the remote. */
void put_in_order(ValueKind* kind, Sample* samples, size_t count)
{
	if (!OidIsValid(kind->less))
		object("its type has no order here");
	for (size_t i = 1; i < count; ++i)
	{
		if (compare_samples(&samples[i - 1], &samples[i], &kind->order) <= 0)
			continue;
		if (!OidIsValid(kind->collation))
			object("its values are not in order");
		qsort_arg(samples, count, sizeof(Sample), compare_samples, &kind->order);
		return;
	}
}

/* The planner looks for a lexeme by length, then by its bytes. */
void require_lexeme_order(const Texts& texts)
{
	for (size_t i = 1; i < texts.size(); ++i)
		if (texts[i - 1].size() > texts[i].size() ||
		    (texts[i - 1].size() == texts[i].size() && texts[i - 1] > texts[i]))
			object("its elements are not in order");
}

void add_common(StatisticsSlots& slots, const Frequencies& common, ValueKind* kind, Oid collation)
{
	const size_t count = common.values.size();
	if (!OidIsValid(kind->equal))
		object("its type has no equality here");
	const Sample* samples = read_values(kind, common.values, common.numbers);
	slots.slots[slots.count++] = {STATISTIC_KIND_MCV, kind->equal, collation,
	                              array_of_numbers(common.numbers.data(), count),
	                              array_of_values(kind, samples, count)};
}

void add_bounds(StatisticsSlots& slots, const Texts& bounds, ValueKind* kind, Oid collation)
{
	Sample* samples = read_values(kind, bounds, {});
	put_in_order(kind, samples, bounds.size());
	slots.slots[slots.count++] = {STATISTIC_KIND_HISTOGRAM, kind->less, collation, 0,
	                              array_of_values(kind, samples, bounds.size())};
}

/* Behind the frequencies stand their least and greatest; of arrays, the share with a NULL, too. */
void add_elements(StatisticsSlots& slots, const Frequencies& elements, ValueKind* kind,
                  Oid collation, bool lexemes)
{
	const size_t count = elements.values.size();
	if (elements.numbers.size() != count + (lexemes ? 2 : 3) || !OidIsValid(kind->equal))
		object("its most common elements are not those of its type");
	Sample* samples = read_values(kind, elements.values, elements.numbers);
	if (lexemes)
		require_lexeme_order(elements.values);
	else
		put_in_order(kind, samples, count);
	auto* numbers = static_cast<float*>(palloc(sizeof(float) * elements.numbers.size()));
	for (size_t i = 0; i < elements.numbers.size(); ++i)
		numbers[i] = i < count ? samples[i].number : elements.numbers[i];
	slots.slots[slots.count++] = {STATISTIC_KIND_MCELEM, kind->equal, collation,
	                              array_of_numbers(numbers, elements.numbers.size()),
	                              array_of_values(kind, samples, count)};
}

} // namespace

void look_up(ValueKind* kind, Oid type, Oid collation, MemoryContext memory)
{
	Oid input = InvalidOid;
	*kind = {};
	kind->type = type;
	getTypeInputInfo(type, &input, &kind->input_parameter);
	fmgr_info_cxt(input, &kind->input, memory);
	get_typlenbyvalalign(type, &kind->length, &kind->by_value, &kind->alignment);
	get_sort_group_operators(type, false, false, false, &kind->less, &kind->equal, nullptr,
	                         nullptr);
	kind->collation = collation;
	if (!OidIsValid(kind->less))
		return;
	kind->order.ssup_cxt = memory;
	kind->order.ssup_collation = collation;
	PrepareSortSupportFromOrderingOp(kind->less, &kind->order);
}

StatisticsSlots make_slots(const ColumnStatistics& statistics, const ColumnKinds& kinds,
                           Oid collation)
{
	StatisticsSlots slots;
	ValueKind* value = kinds.value;
	if (value != nullptr && !statistics.common.values.empty())
		add_common(slots, statistics.common, value, collation);
	if (value != nullptr && !statistics.bounds.empty())
		add_bounds(slots, statistics.bounds, value, collation);
	if (value != nullptr && statistics.correlation && OidIsValid(value->less))
		slots.slots[slots.count++] = {STATISTIC_KIND_CORRELATION, value->less, collation,
		                              array_of_numbers(&*statistics.correlation, 1), 0};
	if (kinds.element == nullptr)
		return slots;
	const bool lexemes = value != nullptr && value->type == TSVECTOROID;
	/* ts_typanalyze() has a collation of its own. */
	if (!statistics.elements.values.empty())
		add_elements(slots, statistics.elements, kinds.element,
		             lexemes ? DEFAULT_COLLATION_OID : collation, lexemes);
	if (!lexemes && !statistics.counts.empty() && OidIsValid(kinds.element->equal))
		slots.slots[slots.count++] = {
		    STATISTIC_KIND_DECHIST, kinds.element->equal, collation,
		    array_of_numbers(statistics.counts.data(), statistics.counts.size()), 0};
	return slots;
}

} // namespace datalinks::pg
