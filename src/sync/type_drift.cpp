/*
 * The types of a link's columns: see type_drift.hpp.
 */
#include "sync/type_drift.hpp"

#include <algorithm>

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"
#include "postgres/types.hpp"
#include "postgres/wait.hpp"
#include "schema/statements.hpp"
#include "schema/text.hpp"
#include "sync/local_tables.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using schema::Change;
using schema::compose;
using schema::TypeDefinition;

bool is_trusted(const TypeDefinition& type, const Link& link)
{
	return type.schema == "pg_catalog" || !type.extension.empty() || type.owner == link.owner ||
	       pg::is_superuser(type.owner);
}

Change refusal_of(const TypeDefinition& type)
{
	Change change{};
	change.kind = Change::type_unfit;
	change.name = pg::format_type(type.oid, -1);
	change.old_value =
	    compose("it belongs to role %1%, who is neither a superuser nor the data link's owner",
	            pg::role_name(type.owner));
	change.applicable = false;
	change.obstacle = compose("type %1%, which belongs to another role", change.name);
	return change;
}

/* Adds those of the link's types and their parts that belong to somebody else. */
void add_refusals(schema::Changes& changes, const Link& link, const LocalTypes& local,
                  const std::set<unsigned>& types)
{
	for (const TypeDefinition* type : schema::parts_of(local.catalog, types))
		if (type->kind != TypeDefinition::array && !is_trusted(*type, link))
			changes.push_back(refusal_of(*type));
}

/* Why a type must not come into use: the first obstacle in any of its parts; empty: none. */
std::string obstacle_in(const LocalTypes& local, unsigned type,
                        const std::map<std::string, std::string>& obstacles)
{
	pg::check_interrupts();
	for (const TypeDefinition* part : schema::parts_of(local.catalog, {type}))
	{
		const auto found = obstacles.find(pg::format_type(part->oid, -1));
		if (found != obstacles.end())
			return found->second;
	}
	return {};
}

} // namespace

TypeDrift find_type_drift(const Link& link, const Offer& offer)
{
	TypeDrift drift;
	const LocalTypes local = read_local_types(link, offer.types);
	add_refusals(drift.changes, link, local, offer.types);
	for (Change& change : schema::diff(offer.shapes, local.shapes))
		drift.changes.push_back(std::move(change));

	std::map<std::string, std::string> obstacles;
	for (const Change& change : drift.changes)
		if (!change.applicable && change.kind != Change::label_added)
			obstacles.emplace(change.name, change.obstacle);
	if (!obstacles.empty())
		for (const auto& [text, type] : offer.users)
			if (std::string obstacle = obstacle_in(local, type, obstacles); !obstacle.empty())
				drift.unfit.emplace(text, std::move(obstacle));
	return drift;
}

std::string advice_on(const schema::Changes& changes)
{
	std::vector<std::string> statements;
	for (const Change& change : changes)
		if (!change.applicable &&
		    (change.kind == Change::label_added || change.kind == Change::type_altered))
			statements.push_back(schema::statement(change, {}, false) + ";");
	return schema::join(statements, "\n");
}

namespace
{

std::string misfit_text(const Change& change)
{
	if (change.kind == Change::label_added)
		return compose("type %1% lacks the label %2%", change.name, schema::detail_text(change));
	if (change.new_value.empty())
		return compose("type %1%: %2%", change.name, change.old_value);
	return compose("type %1% is %2% here and %3% on the remote", change.name, change.old_value,
	               change.new_value);
}

} // namespace

void require_fit(const schema::Changes& changes)
{
	std::vector<std::string> lines;
	for (const Change& change : changes)
		if (!change.applicable)
			lines.push_back(misfit_text(change));
	if (lines.empty())
		return;
	const std::string statements = advice_on(changes);
	throw pg::Failure(pg::sqlstate::datatype_mismatch,
	                  "types of this database do not fit those of the remote")
	    .detail(schema::join(lines, ";\n") + ".")
	    .hint(statements.empty()
	              ? "Rename or drop them here, or leave the tables that use them out with "
	                "except_tables."
	              : "Bring them up with:\n" + statements);
}

void hold_back(Change& change, const std::map<std::string, std::string>& unfit)
{
	if (unfit.empty())
		return;
	std::vector<schema::Column> columns = change.relation.columns;
	if (change.kind == Change::column_added || change.kind == Change::column_retyped ||
	    change.kind == Change::column_replaced)
		columns = {change.after};
	for (const schema::Column& column : columns)
		if (const auto found = unfit.find(column.type); found != unfit.end())
		{
			change.applicable = false;
			change.obstacle = found->second;
		}
}

} // namespace datalinks::sync
