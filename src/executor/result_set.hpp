/*
 * Rows of remotes as the set that a SQL function returns, whose columns its caller has named. They
 * come as text, go through the types' input functions, and are kept in memory up to work_mem.
 */
#pragma once

#include <memory>
#include <string>

#include "executor/statement.hpp"

struct FunctionCallInfoBaseData;

namespace datalinks::executor
{

class ResultSet
{
public:
	/*
	 * `names_link`: the first column is the link's name. Throws 42601 where the call has no list of
	 * columns, 0A000 where it stands where no set can.
	 */
	ResultSet(FunctionCallInfoBaseData* call, bool names_link);
	~ResultSet();
	ResultSet(const ResultSet&) = delete;
	ResultSet& operator=(const ResultSet&) = delete;

	/*
	 * Adds the statement's current row. Throws 42804 where it has another number of columns than
	 * the list; for a value that its column's type does not take, as that type words it, with the
	 * names of column and row.
	 */
	void add(const Statement& statement, const std::string& link);

	/* The statement has come to its end. Throws 42804 where it has other columns, or none. */
	void end(const Statement& statement) const;

private:
	struct State;

	void require_columns(const Statement& statement) const;

	std::unique_ptr<State> state_;
};

} // namespace datalinks::executor
