/*
 * Paths by keys: see key_paths.hpp.
 *
 * The join that is above such a path sends its keys many at a time (outer_rows.hpp): a key costs
 * no round trip, and the remote may well read its table but once for all of them.
 */
#include "postgres/nodes.hpp"
#include "postgres/options.hpp"

#include "fdw/key_paths.hpp"
#include "fdw/parameters.hpp"
#include "fdw/path_costs.hpp"
#include "fdw/prefilter_text.hpp"
#include "fdw/row_cost.hpp"

namespace datalinks::fdw
{

namespace
{

/* Of a key among others: its way there, and the look-up. */
constexpr Cost cost_of_key = 2;
/* Of a key that goes alone, as a subquery in a select list has it: of a few milliseconds. */
constexpr Cost cost_of_trip = 100;
/* Beside a row's way here: it is found by itself, and put in the order of the keys. */
constexpr Cost cost_of_found_row = 0.05;

/* What generate_implied_equalities_for_column() is to look at. */
struct Wanted
{
	const Expr* current; /* the expression on the table's columns that it is looking at */
	List* used;          /* those that it has looked at */
};

bool is_wanted(PlannerInfo*, RelOptInfo* relation, EquivalenceClass*, EquivalenceMember* member,
               void* argument)
{
	auto* wanted = static_cast<Wanted*>(argument);
	const Expr* expression = member->em_expr;
	if (!bms_equal(member->em_relids, relation->relids))
		return false;
	if (wanted->current != nullptr)
		return equal(expression, wanted->current);
	if (list_member(wanted->used, expression))
		return false;
	wanted->current = expression;
	return true;
}

bool all_fit(const List* expressions)
{
	const ListCell* cell;
	foreach (cell, expressions)
		if (!fits_array(exprType(static_cast<const Node*>(lfirst(cell)))))
			return false;
	return true;
}

/* postgres_fdw sends the columns of others, where it sends the condition; we, expressions. */
bool has_fitting_keys(const RelOptInfo* relation, Node* condition, const List* expressions)
{
	const ListCell* cell;
	foreach (cell, pull_var_clause(condition, PVC_INCLUDE_PLACEHOLDERS))
	{
		const auto* node = static_cast<const Node*>(lfirst(cell));
		if (!IsA(node, Var))
			return false;
		const auto* var = reinterpret_cast<const Var*>(node);
		if (!bms_is_member(static_cast<int>(var->varno), relation->relids) &&
		    !fits_array(getBaseType(var->vartype)))
			return false;
	}
	return expressions != NIL && all_fit(expressions);
}

class KeyPaths
{
public:
	KeyPaths(PlannerInfo* root, RelOptInfo* relation, Oid table)
	    : root_(root), relation_(relation), table_(table)
	{
	}

	void collect()
	{
		take(relation_->joininfo);
		if (!relation_->has_eclass_joins)
			return;
		for (Wanted wanted{nullptr, NIL};;)
		{
			wanted.current = nullptr;
			List* conditions = generate_implied_equalities_for_column(
			    root_, relation_, is_wanted, &wanted, relation_->lateral_referencers);
			if (wanted.current == nullptr)
				return;
			take(conditions);
			wanted.used = lappend(wanted.used, const_cast<Expr*>(wanted.current));
		}
	}

	/*
	 * A scan in a subquery, by values of the query around it: it costs a round trip each time, but
	 * does not read the table.
	 */
	void limit_look_ups() const
	{
		const ListCell* cell;
		foreach (cell, relation_->baserestrictinfo)
		{
			const auto* condition = static_cast<const RestrictInfo*>(lfirst(cell));
			auto* clause = reinterpret_cast<Node*>(condition->clause);
			if (!has_inner_parameter(clause, nullptr) || !is_sent(condition))
				continue;
			const Path* scan = cheapest_remote(relation_);
			if (scan != nullptr)
				limit_remote_costs(relation_, scan->startup_cost + cost_of_trip +
				                                  relation_->rows * cost_of_found());
			return;
		}
	}

	void add() const
	{
		const Cost row = cost_of_found();
		const ListCell* cell;
		foreach (cell, others_)
		{
			auto* others = static_cast<ParamPathInfo*>(lfirst(cell));
			add_path(relation_, pg::scan_by_parameters(root_, relation_, others, cost_of_key,
			                                           cost_of_key + others->ppi_rows * row));
		}
	}

private:
	Cost cost_of_found() const
	{
		return cost_of_row(table_) + cost_of_found_row;
	}

	bool is_sent(const RestrictInfo* condition) const
	{
		PrefilterText text{root_, relation_->relid, table_, {}, NIL};
		initStringInfo(&text.sql);
		auto* clause = reinterpret_cast<Node*>(condition->clause);
		return append_condition(text, clause) &&
		       has_fitting_keys(relation_, clause, text.expressions);
	}

	void take(const List* conditions)
	{
		const ListCell* cell;
		foreach (cell, conditions)
		{
			auto* condition = static_cast<RestrictInfo*>(lfirst(cell));
			if (!join_clause_is_movable_to(condition, relation_) || !is_sent(condition))
				continue;
			Relids others = bms_union(condition->clause_relids, relation_->lateral_relids);
			others = bms_del_member(others, static_cast<int>(relation_->relid));
			if (!bms_is_empty(others))
				others_ = list_append_unique_ptr(
				    others_, get_baserel_parampathinfo(root_, relation_, others));
		}
	}

	PlannerInfo* root_;
	RelOptInfo* relation_;
	Oid table_;
	List* others_ = NIL; /* ParamPathInfo */
};

/* Where no other rows may be locked than those that are wanted, a join here is refused. */
bool has_wait_policy(const PlannerInfo* root, const RelOptInfo* relation)
{
	const PlanRowMark* mark = get_plan_rowmark(root->rowMarks, relation->relid);
	return mark != nullptr && mark->strength != LCS_NONE && mark->waitPolicy != LockWaitBlock;
}

} // namespace

bool fits_array(Oid type)
{
	const Oid array = get_array_type(type);
	if (!OidIsValid(array))
		return false;
	HeapTuple found = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(found))
		return false;
	const auto* facts = reinterpret_cast<const FormData_pg_type*>(GETSTRUCT(found));
	const bool fits = facts->typdelim == ',' && facts->typtype != TYPTYPE_PSEUDO &&
	                  facts->typtype != TYPTYPE_ENUM && facts->typtype != TYPTYPE_DOMAIN;
	ReleaseSysCache(found);
	return fits;
}

void add_key_paths(PlannerInfo* root, RelOptInfo* relation, Oid table)
{
	KeyPaths paths(root, relation, table);
	paths.limit_look_ups();
	if (has_wait_policy(root, relation))
		return;
	paths.collect();
	paths.add();
}

} // namespace datalinks::fdw
