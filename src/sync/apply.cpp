/*
 * Applying changes: see apply.hpp.
 */
#include "sync/apply.hpp"

#include "postgres/function.hpp"
#include "postgres/spi.hpp"
#include "schema/text.hpp"

namespace datalinks::sync
{

namespace
{

using link::Link;
using schema::compose;

/* How often the progress is reported. */
constexpr size_t progress_step = 20;

} // namespace

schema::Place place_of(const Link& link, const schema::Change& change)
{
	const schema::Relation& relation = change.relation;
	const bool known = !relation.schema.empty();
	return {link.server_name, known ? relation.schema : link.name,
	        known ? relation.remote_schema : link.settings.remote_schema};
}

std::string object_text(const schema::Change& change, const Link& link)
{
	return schema::object_text(change, place_of(link, change).schema);
}

void apply(const Link& link, const schema::Changes& changes, bool cascade, const std::string& shown,
           const char* unit)
{
	size_t done = 0;
	for (const schema::Change& change : changes)
	{
		if (done % progress_step == 0)
			pg::report_activity(
			    compose("%1% /* %2% of %3% %4% */", shown, done, changes.size(), unit));
		try
		{
			spi::execute(schema::statement(change, place_of(link, change), cascade));
		}
		catch (pg::Error& error)
		{
			error.set_context(compose("data link \"%1%\", %2%: %3%", link.name,
			                          schema::change_text(change), object_text(change, link)));
			throw;
		}
		++done;
	}
}

} // namespace datalinks::sync
