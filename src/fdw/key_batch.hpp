/*
 * A scan by keys, for many keys at a time: its query is joined with an array of each parameter that
 * comes from other rows, and its rows come in the order of the keys. Whatever the remote does with
 * the one query, it need not be asked for each key.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/scan.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/*
 * The query of a table's scan for arrays in place of these of its parameters (from 0); its rows end
 * with the number of the key. nullopt where it is not of the known shape.
 */
std::optional<std::string> sql_by_keys(const std::string& sql, const std::vector<int>& varying,
                                       const std::vector<std::string>& array_types);

class KeyBatch
{
public:
	/*
	 * Of a scan, by its query for keys. `varying`: the parameters that are arrays there, by their
	 * places; `types`: of the columns in binary form, if they are.
	 */
	KeyBatch(std::shared_ptr<executor::Group> group, std::string sql, std::vector<unsigned> types,
	         int width, std::vector<int> varying);

	/* One more key, the values of all parameters. They have numbers from 1. */
	void add(const std::vector<const char*>& parameters);
	/* Whether there were no keys since the last clear(). */
	bool empty() const
	{
		return added_ == 0;
	}
	int added() const
	{
		return added_;
	}
	/* Bytes of the keys that were added. */
	size_t bytes() const;
	/* Sends the query for the keys that were added. */
	void send();
	/* Forgets keys and rows. */
	void clear() noexcept;

	/* To the rows of this key: false where they have been passed already, or nothing was sent. */
	bool go_to(int number);
	/* The next of its rows; false at their end. Throws what Scan does. */
	bool next();

	executor::Scan& scan()
	{
		return scan_;
	}

private:
	executor::Scan scan_;
	std::vector<int> varying_;
	std::vector<std::string> arrays_; /* literals that are not closed */
	std::vector<std::optional<std::string>> fixed_;
	int added_ = 0;
	bool sent_ = false;
	bool ended_ = false; /* the query's rows */
	int number_ = 0;     /* of the key whose rows are being read */
	int row_number_ = 0; /* of the key of the row that was read last */
	bool held_ = false;  /* that row is a later key's, and is still to be handed on */
};

} // namespace datalinks::fdw
