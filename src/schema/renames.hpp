/*
 * Guessing what the remote has renamed: its catalogs do not tell.
 */
#pragma once

#include <utility>
#include <vector>

#include "schema/relation.hpp"

namespace datalinks::schema
{

/* What is here, and what it may be called on the remote now. */
using RenamedColumns = std::vector<std::pair<const Column*, const Column*>>;
using RenamedRelations = std::vector<std::pair<const Relation*, const Relation*>>;

/*
 * Columns that one side lacks, paired where as many are gone as are new after the same column, and
 * those in the same position are of the same type.
 */
RenamedColumns renamed_columns(const Relation& remote, const Relation& local);

/* Relations that one side lacks, where one alone is gone and one alone new with these columns. */
RenamedRelations renamed_relations(const Relations& remote, const Relations& local);

} // namespace datalinks::schema
