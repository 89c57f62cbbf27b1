/*
 * Which relations of a remote are linked: see selection.hpp.
 */
#include "remote/selection.hpp"

#include "schema/text.hpp"

namespace datalinks::remote
{

using schema::compose;

namespace
{

/* Whether the list holds this text. */
std::string holds(const std::string& text, const char* list)
{
	return compose("%1% IN (SELECT unnest(%2%::text[]))", text, list);
}

constexpr const char* relation_text = "c.relname::text";
constexpr const char* qualified = "concat(n.nspname, '.', c.relname)";
constexpr const char* whole_schema = "concat(n.nspname, '.*')";

} // namespace

std::string is_among_only(const Selection& selection, const char* only)
{
	std::string named = holds(relation_text, only);
	if (selection.all())
		named += " OR " + holds(qualified, only) + " OR NOT c.relispartition AND " +
		         holds(whole_schema, only);
	return compose("CASE WHEN %1%::text[] = '{}' THEN NOT c.relispartition ELSE %2% END", only,
	               named);
}

std::string is_excepted(const Selection& selection, const char* except)
{
	const std::string named = holds(relation_text, except);
	if (!selection.all())
		return named;
	return "(" + named + " OR " + holds(qualified, except) + " OR " + holds(whole_schema, except) +
	       ")";
}

NameList::NameList(const Selection& selection, const std::vector<std::string>& names)
    : all_(selection.all()), names_(names.begin(), names.end())
{
}

bool NameList::holds_relation(const std::string& schema, const std::string& relation) const
{
	if (names_.empty())
		return false;
	return names_.contains(relation) ||
	       (all_ && (names_.contains(schema + "." + relation) || holds_schema(schema)));
}

bool NameList::holds_schema(const std::string& schema) const
{
	return all_ && names_.contains(schema + ".*");
}

} // namespace datalinks::remote
