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

/* One thing that differs, and what is to be done about it. */
struct Change
{
	enum Kind
	{
		table_added,
		table_removed,
		option_changed, /* an option that the link sets, kind_option among them */
		column_added,
		column_removed,
		column_retyped,  /* type, typmod or collation */
		column_replaced, /* became computed, or is and was retyped: it must be made anew */
		column_released, /* is no longer computed by the remote */
		not_null_changed,
		label_added,
		type_altered, /* a composite type's attributes */
		type_unfit,   /* a type that no statement can give the remote's shape */
		/* Remarks: nothing is to be done about them. */
		column_renamed, /* a guess, beside the removal and the addition that it stands for */
		table_renamed,  /* the same; new_value is the remote's new name */
		type_made,      /* done already, by reading what the remote offers */
		schema_unusable /* to the remote's role; new_value is what mends it there */
	};

	Kind kind;
	Relation relation;                /* the local table; for table_added, as it is to be */
	Column before;                    /* of a column: as it is here */
	Column after;                     /* of a column: as it is to be */
	std::string name;                 /* the option; the type */
	std::string old_value, new_value; /* of the option; of a label: its neighbour's and its own;
	                                     of a type: its shapes */
	bool after_neighbour = true;      /* of a label: after the neighbour, not before it */
	bool applicable = true;           /* false where it is not the link's to do */
	std::string obstacle;             /* why it is not applicable */
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

/* The remark that a type was made. */
Change made(const std::string& type);

/* The remark that the remote's role may not use its schema until this statement is run there. */
Change unusable(const std::string& remedy);

/* Whether the change alters or drops a table that stands here. */
bool touches_table(const Change& change);

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
