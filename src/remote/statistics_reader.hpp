/*
 * The reader of a remote's statistics: of whole schemas in one round trip. What it returns is data
 * from a stranger; only its shape has been looked at.
 */
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "remote/reader.hpp"
#include "remote/session.hpp"
#include "schema/statistics.hpp"

namespace datalinks::remote
{

/* A relation's size, and what is known of one of its columns. */
struct Statistics
{
	std::string schema, relation;
	std::optional<double> rows, pages; /* nothing where it was never analysed or written to */
	std::string column;                /* empty where nothing is known of any, or may be seen */
	unsigned type = 0; /* the column's, of a domain what is under it; its OID there */
	schema::StatisticsTexts texts;
};

class StatisticsReader
{
public:
	/*
	 * Asks for the statistics of the selected relations, of all schemas in those that are linked.
	 * Nothing else may be asked of the session until they are read.
	 */
	StatisticsReader(Session& session, const Selection& selection);

	/*
	 * Reads them, in no order but relation by relation's columns: each column comes once. Throws
	 * what Session::read() does.
	 */
	void read(const std::function<void(const Statistics&)>& take);

private:
	Session& session_;
	std::string sql_;
};

} // namespace datalinks::remote
