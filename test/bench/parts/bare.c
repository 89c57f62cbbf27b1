/*
 * bare URL CASE TIMES SQL [FROM]: what libpq alone takes for a query, prepared once and read row by
 * row in binary form, TIMES times; with FROM, a bigint that counts up from there is its parameter.
 * Prints "CASE MILLISECONDS", without connecting and preparing.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <time.h>

static void fail(PGconn *connection)
{
	fprintf(stderr, "bare: %s", PQerrorMessage(connection));
	exit(1);
}

static double milliseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Looks at every value, as whoever wants rows does. */
static long read_rows(PGconn *connection)
{
	long bytes = 0;
	PGresult *result;
	while ((result = PQgetResult(connection)) != NULL)
	{
		if (PQresultStatus(result) == PGRES_FATAL_ERROR)
			fail(connection);
		for (int row = 0; row < PQntuples(result); ++row)
			for (int column = 0; column < PQnfields(result); ++column)
				bytes += PQgetlength(result, row, column);
		PQclear(result);
	}
	return bytes;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	const int with_key = argc > 5;
	int64_t key = with_key ? atol(argv[5]) : 0;
	PGconn *connection = PQconnectdb(argv[1]);
	PGresult *prepared = PQprepare(connection, "bare", argv[4], 0, NULL);
	if (PQresultStatus(prepared) != PGRES_COMMAND_OK)
		fail(connection);
	PQclear(prepared);
	const double start = milliseconds();
	for (int i = 0; i < atoi(argv[3]); ++i)
	{
		const int64_t sent = (int64_t)htobe64((uint64_t)key++);
		const char *values[] = {(const char *)&sent};
		const int lengths[] = {sizeof(sent)}, formats[] = {1};
		if (!PQsendQueryPrepared(connection, "bare", with_key, values, lengths, formats, 1) ||
		    !PQsetSingleRowMode(connection))
			fail(connection);
		read_rows(connection);
	}
	printf("%s %.3f\n", argv[2], milliseconds() - start);
	PQfinish(connection);
	return 0;
}
