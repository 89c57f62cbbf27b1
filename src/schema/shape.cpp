/*
 * The shapes of types: see shape.hpp.
 */
#include "schema/shape.hpp"

#include <algorithm>
#include <set>

#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::schema
{

namespace
{

bool same_type(const Column& a, const Column& b)
{
	return a.type == b.type && a.collation == b.collation;
}

bool same_attributes(const std::vector<Column>& a, const std::vector<Column>& b)
{
	return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Column& x, const Column& y) {
		return x.name == y.name && same_type(x, y);
	});
}

/* Whether the labels that both have stand in the same order. */
bool same_order(const std::vector<std::string>& remote, const std::vector<std::string>& local)
{
	const std::set<std::string> there(remote.begin(), remote.end());
	const std::set<std::string> here(local.begin(), local.end());
	std::vector<std::string> a, b;
	std::copy_if(remote.begin(), remote.end(), std::back_inserter(a),
	             [&](const std::string& label) { return here.contains(label); });
	std::copy_if(local.begin(), local.end(), std::back_inserter(b),
	             [&](const std::string& label) { return there.contains(label); });
	return a == b;
}

/*
 * Attributes cannot be moved, nor retyped where a column is of the type, and new ones come last:
 * the remote's first ones, as far as they stand here in that order, are kept, the others are made
 * anew.
 */
TypeAlteration alteration_between(const std::vector<Column>& local,
                                  const std::vector<Column>& remote)
{
	TypeAlteration alteration;
	auto here = local.begin();
	auto there = remote.begin();
	for (; there != remote.end(); ++there)
	{
		const auto kept = std::find_if(here, local.end(), [&](const Column& column) {
			return column.name == there->name && same_type(column, *there);
		});
		if (kept == local.end())
			break;
		alteration.dropped.insert(alteration.dropped.end(), here, kept);
		here = kept + 1;
	}
	alteration.dropped.insert(alteration.dropped.end(), here, local.end());
	alteration.added.assign(there, remote.end());
	return alteration;
}

Change change_of(Change::Kind kind, const Shape& remote, const Shape& local)
{
	Change change{};
	change.kind = kind;
	change.name = local.type;
	change.old_value = shape_text(local);
	change.new_value = shape_text(remote);
	if (!local.made_by_link)
		change.obstacle = compose("type %1%, which this link did not make", local.type);
	else if (kind == Change::type_unfit)
		change.obstacle = compose("type %1%, which cannot be altered in place", local.type);
	change.applicable = change.obstacle.empty();
	return change;
}

/* A type that both sides have. */
void diff_shape(Changes& changes, const Shape& remote, const Shape& local)
{
	if (remote.kind != local.kind || !same_order(remote.labels, local.labels))
	{
		changes.push_back(change_of(Change::type_unfit, remote, local));
		return;
	}
	if (remote.kind == TypeDefinition::enumeration)
	{
		const Enumeration there{remote.type, remote.labels, false};
		const Enumeration here{local.type, local.labels, local.made_by_link};
		for (Change& change : diff(Enumerations{there}, Enumerations{here}))
			changes.push_back(std::move(change));
		return;
	}
	if (same_attributes(remote.attributes, local.attributes))
		return;
	const bool alterable = local.kind == TypeDefinition::composite && !local.row_type;
	changes.push_back(
	    change_of(alterable ? Change::type_altered : Change::type_unfit, remote, local));
	if (alterable)
		changes.back().alteration = alteration_between(local.attributes, remote.attributes);
}

} // namespace

Shape shape_of(const TypeDefinition& type, const std::string& identity,
               const std::function<Column(const TypeUse&)>& type_of)
{
	Shape shape;
	shape.type = identity;
	shape.kind = type.kind;
	shape.labels = type.labels;
	shape.row_type = type.row_type;
	for (const Attribute& attribute : type.attributes)
	{
		Column column = type_of(attribute.use);
		column.name = attribute.name;
		shape.attributes.push_back(std::move(column));
	}
	if (type.kind == TypeDefinition::range || type.kind == TypeDefinition::multirange)
		shape.attributes.push_back(type_of(type.of));
	return shape;
}

std::string shape_text(const Shape& shape)
{
	std::vector<std::string> parts;
	for (const std::string& label : shape.labels)
		parts.push_back(quote_literal(label));
	for (const Column& attribute : shape.attributes)
	{
		const std::string name = attribute.name.empty() ? "" : quote_where_needed(attribute.name);
		parts.push_back(name.empty() ? type_text(attribute) : name + " " + type_text(attribute));
	}
	const std::string joined = join(parts, ", ");
	switch (shape.kind)
	{
	case TypeDefinition::enumeration:
		return compose("enum (%1%)", joined);
	case TypeDefinition::composite:
		return compose("(%1%)", joined);
	case TypeDefinition::range:
		return "range over " + joined;
	case TypeDefinition::multirange:
		return "multirange of " + joined;
	case TypeDefinition::domain:
		return "a domain";
	default:
		return "a base type";
	}
}

Changes diff(const Shapes& remote, const Shapes& local)
{
	Changes changes;
	std::map<std::string, const Shape*> here;
	for (const Shape& shape : local)
		here.emplace(shape.type, &shape);
	for (const Shape& shape : remote)
		if (const auto found = here.find(shape.type); found != here.end())
			diff_shape(changes, shape, *found->second);
	return changes;
}

} // namespace datalinks::schema
