/*
 * Queries as views hold them: see views.hpp.
 */
#include "postgres/views.hpp"

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

std::optional<ValueType> common_type(const std::vector<ValueType>& types)
{
	ValueType common{InvalidOid, -1, InvalidOid};
	call([&] {
		List* values = NIL;
		for (const ValueType& type : types)
			values = lappend(values, makeNullConst(type.type, type.typmod, type.collation));
		/* Without a context it answers instead of raising an error. */
		const Oid type = select_common_type(nullptr, values, nullptr, nullptr);
		if (!OidIsValid(type) || !verify_common_type(type, values))
			return;
		common.type = type;
		common.typmod = select_common_typmod(nullptr, values, type);
	});
	return OidIsValid(common.type) ? std::optional(common) : std::nullopt;
}

bool collations_conflict(const std::vector<ValueType>& types)
{
	unsigned first = InvalidOid;
	for (const ValueType& type : types)
	{
		if (!OidIsValid(type.collation) || type.collation == DEFAULT_COLLATION_OID)
			continue;
		if (OidIsValid(first) && type.collation != first)
			return true;
		first = type.collation;
	}
	return false;
}

AnalyzedQuery analyze_query(const std::string& sql)
{
	Query* query = nullptr;
	const char* text = call([&] {
		const List* parsed = pg_parse_query(sql.c_str());
		query = linitial_node(Query,
		                      pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, parsed),
		                                                         sql.c_str(), nullptr, 0, nullptr));
		return pg_get_querydef(query, false);
	});
	AnalyzedQuery analyzed{text, {}};
	const ListCell* cell;
	foreach (cell, query->targetList)
	{
		const auto* target = static_cast<const TargetEntry*>(lfirst(cell));
		/* What ORDER BY alone needs has no name. */
		if (target->resjunk)
			continue;
		const auto* value = reinterpret_cast<const Node*>(target->expr);
		ResultColumn column;
		column.name = target->resname;
		column.type.type = call([&] { return exprType(value); });
		column.type.typmod = call([&] { return exprTypmod(value); });
		column.type.collation = call([&] { return exprCollation(value); });
		analyzed.columns.push_back(std::move(column));
	}
	return analyzed;
}

} // namespace datalinks::pg
