/*
 * From a remote's rows to datums: values in text form by the types' input functions, in binary form
 * by decoders of our own for the frequent types and by receive functions for others.
 *
 * Server code: it allocates in the current memory context, and holds nothing with a destructor. It
 * holds the server's headers: include it last.
 */
#pragma once

#include <vector>

#include "executor/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

/* A column of the remote's result. */
struct ResultColumn
{
	AttrNumber number; /* of the attribute that it is; of a system column, for ctid and tableoid */
	Oid type;
	int32 typmod;
	FmgrInfo input, receive;
	Oid input_parameter, receive_parameter;
	bool textual; /* an array or the like with text in it: its receive function converts */
};

struct Decoder
{
	TupleDesc descriptor;
	ResultColumn* columns;
	int count;
	/* The column that is being decoded, for an error's context; -1: none. */
	int current;
	/* The remote's tableoid of the row that was decoded last, where it is retrieved. */
	Oid table;
};

/*
 * For the attributes of the descriptor that the query retrieves, in its order; allocated in the
 * current context. `binary`: the receive functions are looked up, too.
 */
Decoder* make_decoder(TupleDesc descriptor, const List* attributes, bool binary);

/*
 * The types of the columns where all of them have a binary form that this server may take from
 * another; else none.
 */
std::vector<unsigned> binary_types(TupleDesc descriptor, const List* attributes);

/* The same for rows that are read: none, too, where the remote is faster with their texts. */
std::vector<unsigned> types_to_read(TupleDesc descriptor, const List* attributes);

/*
 * Decodes one row into values and nulls, which have a place for each attribute of the descriptor
 * and are left as they are for those that are not retrieved. Returns the row's ctid, where it is
 * retrieved. Throws pg::Failure 08P01 for what is not in the form of its type.
 */
ItemPointer decode(Decoder* decoder, const pg_result* rows, int row, Format format, Datum* values,
                   bool* nulls);

/* A tuple of these values, with the fields that the executor reads as a stored tuple's. */
HeapTuple form_tuple(TupleDesc descriptor, const Datum* values, const bool* nulls,
                     ItemPointer ctid);

/*
 * Decodes one row into a tuple of the descriptor in the current context; values are made in the
 * memory given. What is not retrieved is NULL.
 */
HeapTuple decode_tuple(Decoder* decoder, const pg_result* rows, int row, Format format,
                       MemoryContext memory);

} // namespace datalinks::executor
