/*
 * SQL from inside the server: see spi.hpp.
 */
#include "postgres/spi.hpp"

#include "postgres/pg.hpp"

namespace datalinks::spi
{

namespace
{

void check(int result)
{
	if (result < 0)
		elog(ERROR, "SPI failed: %s", SPI_result_code_string(result));
}

/* Appends the rows that SPI holds. Nothing with a destructor is alive while the server is called.
 */
void copy_rows(pg::Rows& rows)
{
	if (SPI_tuptable == nullptr)
		return;
	TupleDesc descriptor = SPI_tuptable->tupdesc;
	rows.reserve(SPI_processed);
	for (uint64 i = 0; i < SPI_processed; ++i)
	{
		pg::Row& row = rows.emplace_back();
		row.reserve(static_cast<size_t>(descriptor->natts));
		for (int column = 1; column <= descriptor->natts; ++column)
		{
			const char* text = SPI_getvalue(SPI_tuptable->vals[i], descriptor, column);
			if (text == nullptr)
				row.emplace_back();
			else
				row.emplace_back(text);
		}
	}
}

/* `latest`: under a snapshot taken now, not under the transaction's. */
pg::Rows run(const std::string& sql, const std::vector<pg::Value>& parameters, bool latest)
{
	pg::Rows rows;
	const auto count = parameters.size();
	pg::call([&] {
		check(SPI_connect());
		auto* types = static_cast<Oid*>(palloc(sizeof(Oid) * (count + 1)));
		auto* values = static_cast<Datum*>(palloc0(sizeof(Datum) * (count + 1)));
		auto* nulls = static_cast<char*>(palloc(count + 1));
		for (size_t i = 0; i < count; ++i)
		{
			types[i] = TEXTOID;
			nulls[i] = parameters[i] ? ' ' : 'n';
			if (parameters[i])
				values[i] = CStringGetTextDatum(parameters[i]->c_str());
		}
		if (latest)
		{
			SPIPlanPtr plan = SPI_prepare(sql.c_str(), static_cast<int>(count), types);
			check(plan == nullptr ? SPI_result : 0);
			check(SPI_execute_snapshot(plan, values, nulls, GetLatestSnapshot(), InvalidSnapshot,
			                           false, false, 0));
		}
		else
			check(SPI_execute_with_args(sql.c_str(), static_cast<int>(count), types, values, nulls,
			                            false, 0));
		copy_rows(rows);
		check(SPI_finish());
	});
	return rows;
}

} // namespace

pg::Rows query(const std::string& sql, const std::vector<pg::Value>& parameters)
{
	return run(sql, parameters, false);
}

pg::Rows query_now(const std::string& sql, const std::vector<pg::Value>& parameters)
{
	return run(sql, parameters, true);
}

void execute(const std::string& sql)
{
	pg::call([&] {
		check(SPI_connect());
		check(SPI_execute(sql.c_str(), false, 0));
		check(SPI_finish());
	});
}

} // namespace datalinks::spi
