/*
 * Applying changes: see apply.hpp.
 */
#include "sync/apply.hpp"

#include "postgres/function.hpp"
#include "postgres/spi.hpp"
#include "schema/statements.hpp"
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

void apply(const Link& link, const schema::Changes& changes, bool cascade, const std::string& shown,
           const char* unit)
{
	const schema::Place place{link.server_name, link.name, link.settings.remote_schema};
	size_t done = 0;
	for (const schema::Change& change : changes)
	{
		if (done % progress_step == 0)
			pg::report_activity(
			    compose("%1% /* %2% of %3% %4% */", shown, done, changes.size(), unit));
		try
		{
			spi::execute(schema::statement(change, place, cascade));
		}
		catch (pg::Error& error)
		{
			error.set_context(compose("data link \"%1%\", %2%: %3%", link.name,
			                          schema::change_text(change),
			                          schema::object_text(change, link.name)));
			throw;
		}
		++done;
	}
}

} // namespace datalinks::sync
