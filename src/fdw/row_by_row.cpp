/*
 * UPDATE and DELETE row by row: see row_by_row.hpp.
 */
#include <string>

#include "postgres/guard.hpp"
#include "schema/text.hpp"

#include "fdw/refusals.hpp"
#include "fdw/remote_names.hpp"
#include "fdw/row_by_row.hpp"
#include "fdw/sql_text.hpp"

namespace datalinks::fdw
{

namespace
{

using schema::compose;
using schema::join;

constexpr long rows_before_chunks = 100; /* of an ordinary table: for few, asking does not pay */

constexpr const char* refresh = "Bring the link up to date with datalink_refresh().";

/*
 * Of a table: its kind, a foreign table among its partitions or heirs, and whether the server finds
 * the rows of a chunk by their ctids, without reading the whole table, as those do since 12.
 */
constexpr char table_question[] =
    "SELECT c.relkind, (WITH RECURSIVE tree (oid) AS (SELECT c.oid UNION"
    " SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid)"
    " SELECT pg_catalog.min(m.relname::pg_catalog.text) FROM tree"
    " JOIN pg_catalog.pg_class m ON m.oid = tree.oid WHERE m.relkind = 'f'),"
    " pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 120000%2%"
    " FROM pg_catalog.pg_class c WHERE c.oid = %1%::pg_catalog.regclass";

/*
 * Of each column that is sent: the type of an array of its values, where an array can hold them as
 * they are, and its own.
 */
constexpr char type_question[] =
    ", (SELECT CASE WHEN t.typarray <> 0 AND t.typcategory <> 'A' AND t.typdelim = ','"
    " THEN pg_catalog.format_type(t.typarray, -1) END%1%"
    ", (SELECT pg_catalog.format_type(t.oid, -1)%1%";
constexpr char type_of_column[] =
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " WHERE a.attrelid = c.oid AND a.attname = %1%)";

/* Of a table that is thought to be an ordinary one: whether it is. */
constexpr char ordinary_question[] =
    "SELECT c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i"
    " WHERE c.relhassubclass AND i.inhparent = c.oid)"
    " FROM pg_catalog.pg_class c WHERE c.oid = %1%::pg_catalog.regclass";

enum TableAnswer
{
	table_kind,
	table_foreign,
	table_takes_chunks,
	table_types
};

std::string table_literal(Oid table)
{
	return pg::call([&] { return quote_literal_cstr(remote_table(table)); });
}

std::string types_question(const Write& write, Oid table)
{
	std::string question;
	for (int i = 0; write.operation == CMD_UPDATE && i < write.encoder->count; ++i)
	{
		const std::string name = pg::call([&] {
			return quote_literal_cstr(remote_column_name(table, write.encoder->columns[i].number));
		});
		question += compose(type_question, compose(type_of_column, name));
	}
	return question;
}

/* The value of the only row; empty where it is NULL. */
std::string value_of(const executor::Result& answer, int column)
{
	return PQgetvalue(answer.get(), 0, column);
}

/* An array that has the name in a chunk's rows. How many elements it has is not to be planned for.
 */
void add_array(std::vector<std::string>& arrays, const Write& write, const std::string& type)
{
	const auto array = compose("$%1%::%2%", arrays.size() + 1, type);
	arrays.push_back(AttributeNumberIsValid(write.table_key) ? array : "(SELECT " + array + ")");
}

/* The statement for many rows; empty where one cannot be written. */
std::string chunk_text(const Write& write, Oid table, const executor::Result& answer)
{
	std::vector<std::string> arrays, names{"k"}, values;
	add_array(arrays, write, "pg_catalog.tid[]");
	const int columns = write.operation == CMD_UPDATE ? write.encoder->count : 0;
	for (int i = 0; i < columns; ++i)
	{
		const std::string array = value_of(answer, table_types + 2 * i);
		const std::string type = value_of(answer, table_types + 2 * i + 1);
		if (type.empty())
			return {};
		add_array(arrays, write, array.empty() ? "pg_catalog.text[]" : array);
		names.push_back(compose("c%1%", i));
		const std::string column =
		    pg::call([&] { return remote_column(table, write.encoder->columns[i].number); });
		values.push_back(compose("%1% = v.c%2%%3%", column, i, array.empty() ? "::" + type : ""));
	}
	std::string where = "t.ctid = v.k";
	if (AttributeNumberIsValid(write.table_key))
	{
		add_array(arrays, write, "pg_catalog.oid[]");
		names.emplace_back("o");
		where += " AND t.tableoid = v.o";
	}
	const std::string name = pg::call([&] { return remote_table(table); });
	const std::string from =
	    compose("unnest(%1%) AS v (%2%) WHERE %3%", join(arrays, ", "), join(names, ", "), where);
	if (write.operation == CMD_DELETE)
		return compose("DELETE FROM %1% AS t USING %2%", name, from);
	return values.empty()
	           ? ""
	           : compose("UPDATE %1% AS t SET %2% FROM %3%", name, join(values, ", "), from);
}

executor::Result ask_of_table(Write& write, Oid table)
{
	executor::Result answer = write.writer->ask(
	    compose(table_question, table_literal(table), types_question(write, table)));
	if (PQntuples(answer.get()) != 1)
		throw pg::Failure(pg::sqlstate::protocol_violation,
		                  "the remote's answer about a table is not as expected");
	return answer;
}

/* A column that is left to its default has no parameter, and so no place in a chunk's rows. */
bool leaves_columns(const Write& write)
{
	return write.shapes || find_words(write.writer->statement(), " = DEFAULT") != std::string::npos;
}

void begin_chunks(Write& write, Oid table, const executor::Result& answer)
{
	if (leaves_columns(write))
		return;
	std::string sql =
	    value_of(answer, table_takes_chunks) == "t" ? chunk_text(write, table, answer) : "";
	if (sql.empty())
		return;
	write.writer->set_statement(std::make_shared<const std::string>(std::move(sql)));
	write.chunk = std::make_unique<executor::Chunk>(
	    *write.writer,
	    1 + static_cast<size_t>(write.operation == CMD_UPDATE ? write.encoder->count : 0) +
	        (AttributeNumberIsValid(write.table_key) ? 1 : 0));
}

void begin_tree(Write& write, const ResultRelInfo* relation)
{
	const Oid table = RelationGetRelid(relation->ri_RelationDesc);
	const executor::Result answer = ask_of_table(write, table);
	const std::string kind = value_of(answer, table_kind);
	const std::string foreign = value_of(answer, table_foreign);
	if (!foreign.empty())
		refuse_rows(relation, write.operation,
		            compose("Of the remote's table, \"%1%\" is a foreign table, whose rows may "
		                    "have their ctid in common.",
		                    foreign),
		            "Link the partitions themselves (only_tables), or leave a statement that the "
		            "remote can run whole, as EXPLAIN VERBOSE shows it.");
	if (kind != "p" && kind != "r")
		refuse_rows(relation, write.operation,
		            "What it stands for was a table when the link was brought up to date last.",
		            refresh);
	if (!write.waits)
		begin_chunks(write, table, answer);
}

} // namespace

void begin_rows(Write& write, const ResultRelInfo* relation, CmdType operation)
{
	write.asked = true;
	write.operation = operation;
	write.relation = relation;
	if (pg::call([&] { return is_foreign_there(relation); }))
		refuse_rows(relation, operation);
	if (AttributeNumberIsValid(write.table_key))
		begin_tree(write, relation);
	else
		write.writer->send_question(
		    compose(ordinary_question, table_literal(RelationGetRelid(relation->ri_RelationDesc))));
}

void go_on_with_rows(Write& write)
{
	if (write.chunk || write.waits || AttributeNumberIsValid(write.table_key) ||
	    write.writer->sent() != rows_before_chunks)
		return;
	check_ordinary(write);
	const Oid table = RelationGetRelid(write.relation->ri_RelationDesc);
	begin_chunks(write, table, ask_of_table(write, table));
}

void check_ordinary(Write& write)
{
	if (!write.writer->has_question())
		return;
	const executor::Result answer = write.writer->take_answer();
	if (PQntuples(answer.get()) == 1 && value_of(answer, 0) != "t")
		refuse_rows(write.relation, write.operation,
		            "What it stands for was an ordinary table when the link was brought up to date "
		            "last, and is none now: the ctid does not tell its rows apart.",
		            refresh);
}

} // namespace datalinks::fdw
