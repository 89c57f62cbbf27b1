/*
 * Unions of data links, and their settings in one table: see union.hpp.
 */
#include "link/union.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

#include "link/memory.hpp"
#include "link/options.hpp"
#include "link/rights.hpp"
#include "link/schemas.hpp"
#include "postgres/guard.hpp"
#include "postgres/schemas.hpp"
#include "postgres/spi.hpp"
#include "schema/array.hpp"
#include "schema/name.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

namespace sqlstate = pg::sqlstate;
using remote::value_of;
using schema::compose;
using List = std::vector<std::string>;

struct UnionSetting
{
	const char* option; /* and the argument's name */
	std::variant<std::string UnionSettings::*, List UnionSettings::*, bool UnionSettings::*> member;
	const char* set = "true"; /* what it holds where it is a boolean that is set */
	bool given = true;        /* by the caller of datalink_union() */
};

constexpr UnionSetting table[] = {
    {"links", &UnionSettings::links},
    {"source_column", &UnionSettings::source_column},
    {"only_tables", &UnionSettings::only_tables},
    {"except_tables", &UnionSettings::except_tables},
    {"skip_conflicts", &UnionSettings::skip_conflicts},
    {"on_unreachable", &UnionSettings::skip_unreachable, "skip"},
    {"views", &UnionSettings::views, "true", false},
};

const UnionSetting* find_setting(std::string_view keyword)
{
	const auto* found = std::find_if(std::begin(table), std::end(table), [&](const auto& setting) {
		return setting.option == keyword;
	});
	return found == std::end(table) ? nullptr : found;
}

/* The member as an option has it; nothing where there is nothing to say. */
struct Text
{
	const UnionSetting& setting;
	const UnionSettings& settings;

	std::optional<std::string> operator()(std::string UnionSettings::*member) const
	{
		return settings.*member;
	}
	std::optional<std::string> operator()(List UnionSettings::*member) const
	{
		const List& list = settings.*member;
		return list.empty() ? std::nullopt : std::optional(schema::array_literal(list));
	}
	std::optional<std::string> operator()(bool UnionSettings::*member) const
	{
		return settings.*member ? std::optional<std::string>(setting.set) : std::nullopt;
	}
};

/* Sets the member from an option's value; false where that cannot be read. */
struct Reader
{
	const UnionSetting& setting;
	UnionSettings& settings;
	const std::string& text;

	bool operator()(std::string UnionSettings::*member) const
	{
		settings.*member = text;
		return true;
	}
	bool operator()(List UnionSettings::*member) const
	{
		auto elements = schema::parse_array(text);
		if (elements)
			settings.*member = std::move(*elements);
		return elements.has_value();
	}
	bool operator()(bool UnionSettings::*member) const
	{
		settings.*member = text == setting.set;
		return true;
	}
};

struct Objection
{
	const UnionSetting& setting;
	const std::string& text;

	const char* operator()(std::string UnionSettings::*) const
	{
		return text.empty() || text.size() > 63 ? "A column's name has 1 to 63 bytes." : nullptr;
	}
	const char* operator()(List UnionSettings::*) const
	{
		return schema::parse_array(text) ? nullptr
		                                 : "It is a list of names without NULL, as in {a,b}.";
	}
	const char* operator()(bool UnionSettings::*) const
	{
		if (text == setting.set)
			return nullptr;
		return setting.option == std::string_view("on_unreachable") ? "The only value is \"skip\"."
		                                                            : "The only value is \"true\".";
	}
};

/* Like a link, it must be readable whole: nobody's command may fail because of another's server. */
std::optional<Union> union_of(const pg::ForeignServer& server)
{
	const std::string name = value_of(server.options, union_option);
	if (name.empty())
		return std::nullopt;
	UnionSettings settings;
	for (const pg::Option& option : server.options)
		if (const UnionSetting* setting = find_setting(option.keyword))
			if (!std::visit(Reader{*setting, settings, option.value}, setting->member))
				return std::nullopt;
	if (settings.source_column.empty())
		return std::nullopt;
	return Union{
	    name,    server.oid, server.name, server.owner, value_of(server.options, "created_at"),
	    settings};
}

std::vector<Union> unions_of(const std::vector<pg::ForeignServer>& servers)
{
	std::vector<Union> unions;
	for (const pg::ForeignServer& server : servers)
		if (auto unified = union_of(server))
			unions.push_back(std::move(*unified));
	std::sort(unions.begin(), unions.end(), [](const Union& a, const Union& b) {
		return std::tie(a.name, a.server) < std::tie(b.name, b.server);
	});
	return unions;
}

std::vector<Union> unions_named(const std::string& name)
{
	std::vector<Union> unions = all_unions();
	std::erase_if(unions, [&](const Union& unified) { return unified.name != name; });
	return unions;
}

/* The first of the union's views that is missing in its schema. */
std::optional<std::string> missing_view(const Union& unified, unsigned schema)
{
	const auto rows = spi::query_now(
	    "SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) name"
	    " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = name"
	    "  AND relnamespace = $2::oid AND relkind = 'v') ORDER BY name COLLATE \"C\" LIMIT 1",
	    {schema::array_literal(unified.settings.views), std::to_string(schema)});
	return rows.empty() ? std::nullopt : rows[0][0];
}

bool holds_view_of(unsigned schema, const Union& unified)
{
	return !spi::query_now("SELECT FROM pg_catalog.pg_class WHERE relnamespace = $1::oid"
	                       " AND relkind = 'v' AND relname = ANY ($2::pg_catalog.text[]) LIMIT 1",
	                       {std::to_string(schema), schema::array_literal(unified.settings.views)})
	            .empty();
}

} // namespace

std::vector<Union> all_unions()
{
	return unions_of(pg::foreign_servers());
}

std::optional<Union> find_union(const std::string& name)
{
	std::optional<Union> found;
	int found_rank = 0;
	for (Union& unified : unions_named(name))
	{
		const int standing = own_schema_of(unified) != 0       ? 4
		                     : pg::owns_server(unified.server) ? 2
		                                                       : 0;
		const int rank = standing + (unified.server_name == name ? 2 : 1);
		if (rank > found_rank)
		{
			found = std::move(unified);
			found_rank = rank;
		}
	}
	return found;
}

std::optional<Union> find_mere_union(const std::string& name)
{
	auto unified = find_union(name);
	if (!unified || own_schema_of(*unified) != 0)
		return unified;
	/* Anybody may claim the name of a link. */
	const auto link = find_link(name);
	const bool links_own = link && (own_schema_of(*link) != 0 || pg::owns_server(link->server));
	const bool mine = pg::owns_server(unified->server);
	return links_own || (!mine && (link || find_invalid_link(name))) ? std::nullopt : unified;
}

Union union_on(unsigned server, const std::string& name)
{
	for (Union& unified : unions_named(name))
		if (unified.server == server)
			return std::move(unified);
	fail_unknown_union(name);
}

unsigned own_schema_of(const Union& unified)
{
	const unsigned schema = pg::find_schema(unified.name);
	if (schema == 0 || pg::schema_owner(schema) != unified.owner)
		return 0;
	return pg::is_empty_schema(schema) || holds_view_of(schema, unified) ? schema : 0;
}

Invalidity absence_of(const std::string& name)
{
	const auto link = find_link(name);
	const auto invalid = find_invalid_link(name);
	if (!link || (invalid && merely_claims(*link, *invalid)))
		return invalid ? compose("data link \"%1%\" is invalid: %2%", name, invalid->reason)
		               : compose("data link \"%1%\" does not exist", name);
	if (const auto reason = invalidity_of(*link))
		return compose("data link \"%1%\" is invalid: %2%", name, *reason);
	return std::nullopt;
}

namespace
{

/* Why it has no schema of its own. */
Invalidity schema_trouble(const Union& unified)
{
	const unsigned schema = pg::find_schema(unified.name);
	if (schema == 0)
		return "its schema is gone";
	if (pg::schema_owner(schema) != unified.owner)
		return "the schema of its name belongs to another role";
	if (own_schema_of(unified) == 0)
		return "the schema of its name holds other objects and none of its views";
	return std::nullopt;
}

} // namespace

void require_own_schema(const Union& unified)
{
	if (const auto reason = schema_trouble(unified))
		throw pg::Failure(sqlstate::object_not_in_prerequisite_state,
		                  compose("data link union \"%1%\" is invalid", unified.name))
		    .detail("Reason: " + *reason + ".")
		    .hint("datalink_refresh() makes a schema that is gone anew; datalink_drop() drops the "
		          "union.");
}

Invalidity invalidity_of(const Union& unified)
{
	if (auto trouble = schema_trouble(unified))
		return trouble;
	for (const std::string& link : unified.settings.links)
		if (auto absence = absence_of(link))
			return absence;
	if (const auto view = missing_view(unified, pg::find_schema(unified.name)))
		return compose("its view \"%1%\" is gone", *view);
	return std::nullopt;
}

void require_owned_union(const Union& unified)
{
	if (!pg::owns_server(unified.server))
		throw pg::Failure(sqlstate::insufficient_privilege,
		                  compose("must be owner of data link union \"%1%\"", unified.name));
}

Union lock_owned_union(const std::string& name)
{
	for (unsigned locked = 0;;)
	{
		auto unified = find_union(name);
		if (!unified)
			fail_unknown_union(name);
		require_owned_union(*unified);
		/* Another session may have put another union in its place while we waited. */
		if (unified->server == locked)
			return std::move(*unified);
		pg::lock_server_against_changes(unified->server);
		locked = unified->server;
	}
}

void fail_unknown_union(const std::string& name)
{
	require_link_name(name);
	throw pg::Failure(sqlstate::undefined_object,
	                  compose("data link union \"%1%\" does not exist", name))
	    .hint("datalink_list() shows the links and unions of this database.");
}

pg::Options union_options(const UnionSettings& settings)
{
	pg::Options options;
	for (const UnionSetting& setting : table)
		if (const auto text = std::visit(Text{setting, settings}, setting.member))
			options.push_back({setting.option, *text});
	return options;
}

void alter_union(const Union& unified, const UnionSettings& settings)
{
	const pg::OptionChanges changes =
	    changes_between(union_options(unified.settings), union_options(settings));
	if (!changes.empty())
		spi::execute(compose("ALTER SERVER %1% OPTIONS (%2%)",
		                     schema::quote_identifier(unified.server_name),
		                     option_actions(changes)));
}

bool is_union_option(std::string_view keyword)
{
	return keyword == union_option || keyword == "created_at" || find_setting(keyword) != nullptr;
}

const char* objection_to_union(std::string_view keyword, const std::string& value)
{
	const UnionSetting* setting = find_setting(keyword);
	return setting == nullptr ? nullptr : std::visit(Objection{*setting, value}, setting->member);
}

std::vector<std::string> differences(const UnionSettings& a, const UnionSettings& b)
{
	std::vector<std::string> names;
	for (const UnionSetting& setting : table)
		if (setting.given &&
		    !std::visit([&](auto member) { return a.*member == b.*member; }, setting.member))
			names.emplace_back(setting.option);
	return names;
}

Link require_member(const std::string& name)
{
	Link link = require_link(name);
	require_valid(link);
	if (has_all_schemas(link.settings))
		throw pg::Failure(pg::sqlstate::feature_not_supported,
		                  compose("data link \"%1%\" cannot be in a union", name))
		    .detail("It is a link to all schemas of its remote.")
		    .hint("Link the schemas by themselves, with remote_schema => 'name'.");
	return link;
}

} // namespace datalinks::link
