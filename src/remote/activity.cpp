/*
 * What this session does with the remotes: see activity.hpp.
 */
#include "remote/activity.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "postgres/servers.hpp"
#include "remote/shared_activity.hpp"

#include "postgres/pg.hpp"

namespace datalinks::remote
{

bool Activity::any_touched_ = false;

Counts& Counts::operator+=(const Counts& other)
{
	queries += other.queries;
	round_trips += other.round_trips;
	rows_received += other.rows_received;
	bytes_received += other.bytes_received;
	rows_sent += other.rows_sent;
	bytes_sent += other.bytes_sent;
	waited += other.waited;
	connects += other.connects;
	reconnects += other.reconnects;
	errors += other.errors;
	return *this;
}

Counts& Counts::operator-=(const Counts& other)
{
	queries -= other.queries;
	round_trips -= other.round_trips;
	rows_received -= other.rows_received;
	bytes_received -= other.bytes_received;
	rows_sent -= other.rows_sent;
	bytes_sent -= other.bytes_sent;
	waited -= other.waited;
	connects -= other.connects;
	reconnects -= other.reconnects;
	errors -= other.errors;
	return *this;
}

namespace
{

using Activities = std::map<unsigned, std::shared_ptr<Activity>>;

/* No constructor may run when the library is loaded: made at the first use. */
Activities& kept_activities()
{
	static Activities* kept = nullptr;
	if (kept == nullptr)
		kept = new Activities;
	return *kept;
}

void forget_dropped()
{
	std::erase_if(kept_activities(),
	              [](const auto& entry) { return !pg::server_stands(entry.first); });
}

/*
 * By class of SQLSTATE: the connection, constraints, the transaction, names and privileges, what is
 * short or in no state, what an operator or the system did.
 */
bool is_told(const pg::Failure& failure)
{
	constexpr const char* told[] = {"08", "23", "25", "26", "2F", "40",
	                                "42", "53", "54", "55", "57", "58"};
	const std::string_view code(unpack_sql_state(failure.code()), 5);
	/* Where the remote has given a context, a function raised it, or a row was being read. */
	const std::string& context = failure.context();
	return (context.empty() || context.starts_with("remote SQL command")) &&
	       failure.code() != pg::sqlstate::syntax_error &&
	       std::any_of(std::begin(told), std::end(told),
	                   [&](const char* one) { return code.starts_with(one); });
}

} // namespace

Activity::Activity(unsigned server) : server_(server), since_(GetCurrentTimestamp()) {}

void Activity::reset() noexcept
{
	counts_ = shared_ = Counts();
	last_error_ = LastError();
	error_is_shared_ = true;
	since_ = GetCurrentTimestamp();
}

void Activity::count_result(const pg_result* result) noexcept
{
	const int rows = PQntuples(result);
	if (rows == 0)
		return;
	counts().rows_received += rows;
	counts().bytes_received += size_of(result);
}

long Activity::count_command(const std::string& sql,
                             const std::vector<const char*>& parameters) noexcept
{
	size_t bytes = sql.size();
	for (const char* parameter : parameters)
		bytes += parameter == nullptr ? 0 : strlen(parameter);
	++counts().queries;
	counts().bytes_sent += static_cast<int64_t>(bytes);
	return static_cast<long>(bytes);
}

void Activity::note_error(const pg::Failure& failure) noexcept
{
	++counts().errors;
	last_error_ = LastError();
	last_error_.code = failure.code();
	last_error_.at = GetCurrentTimestamp();
	error_is_shared_ = false;
	if (!is_told(failure))
		return;
	const auto length = static_cast<int>(strlen(failure.what()));
	constexpr int most = sizeof(last_error_.message) - 1;
	const int fitting = pg_mbcliplen(failure.what(), length, most);
	memcpy(last_error_.message, failure.what(), static_cast<size_t>(fitting));
}

void Activity::note_connection() noexcept
{
	++counts().connects;
	if (std::exchange(lost_, false))
		++counts().reconnects;
}

std::shared_ptr<Activity> activity_with(unsigned server)
{
	constexpr size_t many = 1024;
	if (server == 0)
		return std::make_shared<Activity>(server);
	const auto found = kept_activities().find(server);
	if (found != kept_activities().end())
		return found->second;
	if (kept_activities().size() % many == many - 1)
		forget_dropped();
	return kept_activities()[server] = std::make_shared<Activity>(server);
}

std::vector<std::pair<unsigned, std::shared_ptr<Activity>>> activities()
{
	return {kept_activities().begin(), kept_activities().end()};
}

void share_activities() noexcept
{
	if (!Activity::any_touched_ || !has_shared_activities())
		return;
	for (const auto& [server, activity] : kept_activities())
	{
		if (!std::exchange(activity->touched_, false))
			continue;
		Counts fresh = activity->counts_;
		fresh -= activity->shared_;
		add_to_shared(server, fresh,
		              activity->error_is_shared_ ? LastError() : activity->last_error_);
		activity->shared_ = activity->counts_;
		activity->error_is_shared_ = true;
	}
	Activity::any_touched_ = false;
}

/* A row's message has 7 bytes, and 4 for each value. */
long size_of(const pg_result* result) noexcept
{
	constexpr int few = 256; /* values */
	const long rows = PQntuples(result);
	const int columns = PQnfields(result);
	if (rows * columns > few)
	{
		/* libpq keeps a pointer for each row, and for each value its length and a pointer. */
		const long beside = rows * (8 + 16 * columns);
		const auto memory = static_cast<long>(PQresultMemorySize(result));
		return std::max(memory - beside, rows * (7 + 4 * columns));
	}
	long bytes = rows * (7 + 4 * columns);
	for (int row = 0; row < rows; ++row)
		for (int column = 0; column < columns; ++column)
			bytes += PQgetlength(result, row, column);
	return bytes;
}

} // namespace datalinks::remote
