/*
 * The difference between what a remote offers and what a link's schema holds.
 */
#pragma once

#include <string>
#include <vector>

#include "schema/relation.hpp"

namespace datalinks::schema
{

/* What is to happen to a composite type's attributes, in this order. */
struct TypeAlteration
{
	std::vector<Column> dropped;
	std::vector<Column> added;
};

/*
 * One thing that differs, and what is to be done about it. Beside its kind are the fields that the
 * kind has, besides `relation`, which all have that are of a table; no other is set. Every switch
 * over the kinds names them all, so that the compiler finds where a new one is to be dealt with.
 */
struct Change
{
	enum Kind
	{
		table_added,      /* relation: whole, as it is to be */
		table_removed,    /* relation: whole, as it is here */
		option_changed,   /* name (kind_option, say), old_value, new_value: empty for none */
		column_added,     /* after */
		column_removed,   /* before */
		column_retyped,   /* before, after: in type, typmod or collation */
		column_replaced,  /* before, after: became computed, or is and was retyped: made anew */
		column_released,  /* before, after: is no longer computed by the remote */
		not_null_changed, /* before, after */
		label_added,      /* name: the type's; new_value: the label; old_value: its neighbour, which
		                     after_neighbour tells the side of */
		type_altered,   /* name; old_value, new_value: its shapes; alteration: of its attributes */
		type_unfit,     /* name; old_value, new_value: its shapes, which no statement can make one;
		                   without a new_value, what else is wrong */
		schema_added,   /* relation: its schema and remote_schema alone */
		schema_removed, /* likewise */
		/* Remarks: nothing is to be done about them. */
		column_renamed, /* before, after; a guess, beside what it explains */
		table_renamed,  /* new_value: the remote's new name; a guess, likewise */
		type_made,      /* name; done already, by reading what the remote offers */
		schema_unusable /* new_value: what mends it on the remote */
	};

	Kind kind;
	Relation relation; /* the local table; without its columns where it stays */
	Column before;     /* as it is here */
	Column after;      /* as it is to be */
	std::string name;
	std::string old_value, new_value;
	bool after_neighbour = true;
	bool applicable = true; /* false where it is not the link's to do */
	std::string obstacle;   /* why it is not applicable */
	TypeAlteration alteration;
};

using Changes = std::vector<Change>;

/*
 * What would make `local` equal to `remote`, ordered by relation, then by the remote's columns.
 * Both are ordered by remote_name; of several local tables for one remote table the first counts
 * until the remote has none, and then they all go. What is gone on one side and new on the other,
 * in the same place and of the same type, is guessed to be renamed: a remark, before the two.
 */
Changes diff(const Relations& remote, const Relations& local);

/*
 * Labels that the remote's enums have and the local ones lack, each placed beside a label that is
 * there by then. Labels that only the local type has are left: no server can drop them.
 */
Changes diff(const Enumerations& remote, const Enumerations& local);

/* Whether there is nothing to apply, and whether it is because that would be the user's wish. */
bool is_remark(const Change& change);
bool is_guess(const Change& change);

/* That a local schema is to be made, or dropped, for a remote one. */
Change of_schema(Change::Kind kind, const std::string& schema, const std::string& remote_schema);

/* The remark that a type was made. */
Change made(const std::string& type);

/* The remark that the remote's role may not use its schema until this statement is run there. */
Change unusable(const std::string& remedy);

/* Whether the change alters or drops a table that stands here. */
bool touches_table(const Change& change);

/* Whether the change makes or drops a local schema. */
bool is_of_schema(const Change& change);

/* Whether it is a type that changes, not a table. */
bool is_of_type(const Change& change);

/* Whether the change drops or retypes something that others may have built upon. */
bool is_destructive(const Change& change);

/* The column's type with its collation, as people read it. */
std::string type_text(const Column& column);

/* What changed, as datalink_diff() says it: "column added". */
std::string change_text(const Change& change);

/* From what to what. */
std::string detail_text(const Change& change);

/* The local identity of what changed, within a schema: music.artist.name. */
std::string object_text(const Change& change, const std::string& schema);

} // namespace datalinks::schema
