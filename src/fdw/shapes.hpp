/*
 * The statements of a modification whose rows leave different columns to the remote's defaults: one
 * for each set of columns. A column is left out where the statement leaves it out and it is NULL
 * still: a trigger here may have given it a value.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "executor/encoder.hpp"
#include "fdw/left_out.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

struct Write;

/* The statement for rows that leave some columns out, and the attributes that are its parameters.
 */
struct Shape
{
	std::string sql;
	List* sent;
};

class Shapes
{
public:
	/* What the statement leaves out of the row that its source has made last. */
	using OfRow = std::function<AttributeSet(const TupleTableSlot* row)>;
	using Make = std::function<Shape(const AttributeSet& left_out)>;

	Shapes(Relation relation, const EState* state, OfRow of_row, Make make);
	Shapes(const Shapes&) = delete;
	Shapes& operator=(const Shapes&) = delete;

	/* Turns the write to the statement of this row, which is the source's last. */
	void choose(Write& write, TupleTableSlot* row);

private:
	struct Made
	{
		std::shared_ptr<const std::string> sql;
		executor::Encoder* encoder;
	};

	const Made& made(const AttributeSet& left_out);

	Relation relation_;
	OfRow of_row_;
	Make make_;
	MemoryContext memory_ = nullptr; /* of the encoders */
	std::map<AttributeSet, Made> made_;
};

/*
 * Rows of VALUES, by the place of the row; or all alike. Throws 0A000 where the source of the
 * statement is not those VALUES.
 */
Shapes::OfRow rows_of_source(LeftOut left_out, const ModifyTableState* state);

/* Those of a modification that has a plan of postgres_fdw's; nullptr where its rows are alike. */
std::unique_ptr<Shapes> planned_shapes(const ModifyTableState* state, const ResultRelInfo* relation,
                                       const List* plan);

} // namespace datalinks::fdw
