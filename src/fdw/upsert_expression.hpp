/*
 * Expressions of an ON CONFLICT clause, as the remote is to compute them.
 *
 * The remote gets what means the same there: columns of the table and of EXCLUDED, and built-in,
 * immutable functions and operators on them. What does not look at the row (a parameter, now(), a
 * subquery of its own) is computed here, once for the statement, and sent as a parameter.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <string>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* What one clause's expressions share. Its lists are of the current memory context. */
struct Shipping
{
	Oid table;
	int target;       /* the table's place in the range table */
	int excluded;     /* EXCLUDED's; 0 for none */
	int sent;         /* parameters of the statement that come before those of the clause */
	bool bare;        /* the table's columns are written without it, as in the inference clause */
	List* variables;  /* columns that were met */
	List* parameters; /* expressions to be computed here */
	List* untyped;    /* numbers of those whose type the remote finds out, as it has another name */
	const char* obstacle; /* why an expression cannot be sent, as part of a sentence */
};

/* Throws 42P10 as core does for every foreign table, with a hint that says why. */
[[noreturn]] void refuse_upsert(const std::string& why);

/* A condition or a part of one. Throws what refuse_upsert() does where it cannot be sent. */
std::string condition_text(Shipping& shipping, Node* expression);

/* What a column is set to; it may be of any type. */
std::string assigned_text(Shipping& shipping, Node* expression);

/* Appends a parameter; returns its name in the statement. */
std::string add_parameter(Shipping& shipping, Node* expression);

} // namespace datalinks::fdw
