// bare URL TIMES FROM SQL: what libpq alone takes for a query, prepared once and read row by row in
// binary form, TIMES times; where FROM is a number, a bigint that counts up from there is its
// parameter. Runs once for each line that it reads, and answers with the milliseconds that took.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <endian.h>
#include <libpq-fe.h>

namespace
{
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

[[noreturn]] void fail(PGconn* connection)
{
	fprintf(stderr, "bare: %s", PQerrorMessage(connection));
	exit(1);
}

// Looks at every value, as whoever wants rows does.
long read_rows(PGconn* connection)
{
	long bytes = 0;
	while (const Result result{PQgetResult(connection), PQclear})
	{
		if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
			fail(connection);
		for (int row = 0; row < PQntuples(result.get()); ++row)
			for (int column = 0; column < PQnfields(result.get()); ++column)
				bytes += PQgetlength(result.get(), row, column);
	}
	return bytes;
}

void run(PGconn* connection, bool with_key, std::int64_t key)
{
	const std::uint64_t sent = htobe64(static_cast<std::uint64_t>(key));
	const char* const values[] = {reinterpret_cast<const char*>(&sent)};
	const int lengths[] = {sizeof(sent)}, formats[] = {1};
	if (!PQsendQueryPrepared(connection, "bare", with_key, values, lengths, formats, 1) ||
	    !PQsetSingleRowMode(connection))
		fail(connection);
	read_rows(connection);
}
} // namespace

int main(int argc, char** argv)
{
	if (argc != 5)
		return 2;
	using Clock = std::chrono::steady_clock;
	const int times = atoi(argv[2]);
	const bool with_key = *argv[3] != '-';
	PGconn* connection = PQconnectdb(argv[1]);
	const Result prepared{PQprepare(connection, "bare", argv[4], 0, nullptr), PQclear};
	if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK)
		fail(connection);
	while (getchar() == '\n')
	{
		const auto start = Clock::now();
		for (int i = 0; i < times; ++i)
			run(connection, with_key, atol(argv[3]) + i);
		const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
		printf("%.3f\n", taken.count());
		fflush(stdout);
	}
	PQfinish(connection);
	return 0;
}
