/*
 * An INSERT into a remote's table, as text: deparseInsertSql of postgres_fdw.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <string>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

struct InsertText
{
	std::string sql;
	List* sent; /* the attributes that are parameters, in their order */
};

/*
 * For one row that names these attributes; generated columns are computed by the remote. `nothing`:
 * ON CONFLICT DO NOTHING. `returned`: attributes that come back.
 */
InsertText insert_text(Relation relation, const List* named, bool nothing, const List* returned);

} // namespace datalinks::fdw
