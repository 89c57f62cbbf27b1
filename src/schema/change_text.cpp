/*
 * Changes in the words of datalink_diff(): see diff.hpp.
 */
#include "schema/diff.hpp"

#include "schema/array.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::schema
{

namespace
{

std::string kind_text(const std::string& value)
{
	return value.empty() ? "table" : value;
}

std::string full_text(const Column& column)
{
	return type_text(column) + (column.computed ? " computed by the remote" : "") +
	       (column.not_null ? " NOT NULL" : "");
}

std::string table_text(const Relation& relation)
{
	const auto kind = relation.options.find(kind_option);
	return compose("%1% of %2% %3%", kind_text(kind == relation.options.end() ? "" : kind->second),
	               relation.columns.size(), relation.columns.size() == 1 ? "column" : "columns");
}

/* A list of columns as people write it. */
std::string key_text(const std::string& value)
{
	const auto columns = parse_array(value);
	return columns && !columns->empty() ? "(" + join(*columns, ", ") + ")" : "none";
}

std::string option_text(const Change& change)
{
	if (change.name == kind_option)
		return compose("from %1% to %2%", kind_text(change.old_value), kind_text(change.new_value));
	if (change.name == key_option && change.old_value.empty())
		return key_text(change.new_value);
	if (change.name == key_option)
		return compose("from %1% to %2%", key_text(change.old_value), key_text(change.new_value));
	if (change.name == selectable_option)
		return change.new_value.empty() ? "its role may SELECT" : "its role may not SELECT";
	return compose("%1% from %2% to %3%", change.name,
	               change.old_value.empty() ? "its default" : change.old_value,
	               change.new_value.empty() ? "its default" : change.new_value);
}

const char* option_change_text(const Change& change)
{
	if (change.name == kind_option)
		return "kind changed";
	if (change.name == key_option)
		return change.old_value.empty() ? "primary key recorded" : "primary key changed";
	return change.name == selectable_option ? "remote privileges changed" : "option changed";
}

std::string label_text(const Change& change)
{
	std::string text = quote_literal(change.new_value);
	if (!change.old_value.empty())
		text += (change.after_neighbour ? " after " : " before ") + quote_literal(change.old_value);
	return text;
}

} // namespace

std::string type_text(const Column& column)
{
	/* The catalog's name is true, and noise. */
	static constexpr std::string_view catalog = "pg_catalog.";
	std::string text = column.type;
	if (text.starts_with(catalog))
		text.erase(0, catalog.size());
	if (!column.collation.empty())
		text += " COLLATE " + column.collation;
	return text;
}

std::string change_text(const Change& change)
{
	switch (change.kind)
	{
	case Change::table_added:
		return "table added";
	case Change::table_removed:
		return "table removed";
	case Change::option_changed:
		return option_change_text(change);
	case Change::column_added:
		return "column added";
	case Change::column_removed:
		return "column removed";
	case Change::column_retyped:
		return "type changed";
	case Change::column_replaced:
	case Change::column_released:
		return "generation changed";
	case Change::not_null_changed:
		return change.after.not_null ? "NOT NULL added" : "NOT NULL dropped";
	case Change::label_added:
		return "enum label added";
	case Change::column_renamed:
		return "column renamed?";
	case Change::table_renamed:
		return "table renamed?";
	case Change::schema_added:
		return "schema added";
	case Change::schema_removed:
		return "schema removed";
	case Change::type_made:
		return "type added";
	case Change::schema_unusable:
		return "schema not usable";
	case Change::type_altered:
	case Change::type_unfit:
		return "type differs";
	}
	return {};
}

std::string detail_text(const Change& change)
{
	switch (change.kind)
	{
	case Change::table_added:
		return table_text(change.relation);
	case Change::table_removed:
		return compose("the remote has no \"%1%\"", change.relation.remote_name);
	case Change::option_changed:
		return option_text(change);
	case Change::column_added:
		return full_text(change.after);
	case Change::column_removed:
		return full_text(change.before);
	case Change::column_retyped:
		return compose("from %1% to %2%", type_text(change.before), type_text(change.after));
	case Change::column_replaced:
	case Change::column_released:
		return compose("from %1% to %2%", full_text(change.before), full_text(change.after));
	case Change::not_null_changed:
		return change.after.not_null ? "the remote forbids NULL" : "the remote allows NULL";
	case Change::label_added:
		return label_text(change);
	case Change::column_renamed:
		return compose("perhaps to %1%", quote_where_needed(change.after.remote_name));
	case Change::table_renamed:
		return compose("perhaps to %1%", quote_where_needed(change.new_value));
	case Change::schema_added:
		return compose("for the remote's %1%", quote_where_needed(change.relation.remote_schema));
	case Change::schema_removed:
		return compose("the remote has no schema %1%",
		               quote_where_needed(change.relation.remote_schema));
	case Change::type_made:
		return "as the remote defines it";
	case Change::schema_unusable:
		return compose("queries fail until the remote runs: %1%", change.new_value);
	case Change::type_altered:
	case Change::type_unfit:
		return change.new_value.empty()
		           ? change.old_value
		           : compose("from %1% to %2%", change.old_value, change.new_value);
	}
	return {};
}

std::string object_text(const Change& change, const std::string& schema)
{
	if (is_of_type(change))
		return change.name;
	if (change.kind == Change::schema_unusable || is_of_schema(change))
		return quote_where_needed(schema);
	std::string text = quote_where_needed(schema) + "." + quote_where_needed(change.relation.name);
	const std::string& column = change.before.name.empty() ? change.after.name : change.before.name;
	return column.empty() ? text : text + "." + quote_where_needed(column);
}

} // namespace datalinks::schema
