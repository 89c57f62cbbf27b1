/*
 * The parameters of an ON CONFLICT clause that was sent to the remote (upsert.hpp), when it runs.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* What the name of an entry of the plan says: the mark's name or value, set when it runs. */
constexpr char name_of_mark[] = "mark";

/* The same for all rows of the statement. */
class ConflictParameters
{
public:
	/* Whether the statement's clause has any. Server code. */
	static bool are_in(const ModifyTableState* state);

	/* Server code. */
	explicit ConflictParameters(ModifyTableState* state);
	~ConflictParameters();
	ConflictParameters(const ConflictParameters&) = delete;
	ConflictParameters& operator=(const ConflictParameters&) = delete;

	/* Whether a row that the statement affects twice is an error (21000). */
	bool once() const
	{
		return once_;
	}

	/* Appends them. Computes them at the first row; throws what their expressions raise. */
	void append_to(std::vector<const char*>& texts);

private:
	void compute();
	void set_mark();

	ModifyTableState* state_;
	List* expressions_ = NIL;
	bool once_ = false;
	bool computed_ = false;
	std::optional<size_t> place_; /* of the mark, among those that are in use */
	std::string name_, value_;
	std::vector<const char*> texts_;
};

} // namespace datalinks::fdw
