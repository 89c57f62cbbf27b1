/*
 * From datums to what a remote is sent: parameters as text, and the rows of a COPY.
 *
 * Server code but for append_row(): it allocates in the current memory context, and holds nothing
 * with a destructor. It holds the server's headers: include it last.
 */
#pragma once

#include <string>

#include "executor/session.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

/* A value in the form that is sent; no bytes for NULL. */
struct Sent
{
	const char* bytes;
	int length;
};

struct SentColumn
{
	AttrNumber number; /* of the attribute of the row */
	Oid type;
	FmgrInfo output, send;
};

struct Encoder
{
	SentColumn* columns;
	int count;
	Sent* row; /* the row that was encoded last */
};

/* For these attributes of the descriptor, in this order; allocated in the current context. */
Encoder* make_encoder(TupleDesc descriptor, const List* attributes);

/* The row in the slot, into encoder's row: as zero-terminated text, or in the binary form. */
void encode(Encoder* encoder, TupleTableSlot* slot, Format format);

/* Appends the row that was encoded last, as a row of COPY in the same format. */
void append_row(const Encoder& encoder, Format format, std::string& to);

} // namespace datalinks::executor
