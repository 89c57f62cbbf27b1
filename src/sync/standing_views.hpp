/*
 * The reader of a union's schema: its views as they stand here.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "link/union.hpp"
#include "postgres/views.hpp"

namespace datalinks::sync
{

struct StandingView
{
	std::string described; /* "view shops.orders", whatever it is */
	bool own = false;      /* a view that the union has made */
	std::string query;     /* as the server prints it; of its own views */
	std::string options;   /* as in WITH (…); empty: none */
	std::vector<pg::ResultColumn> columns;
	std::vector<std::string> links; /* schemas of foreign tables that it reads, ordered */
};

/* The relations of the union's schema, by name. */
std::map<std::string, StandingView> standing_views(const link::Union& unified);

/*
 * Statements that give back to a view what others put on it: privileges on it and on its columns,
 * comments and triggers; for a view that is about to be dropped and made anew with these columns.
 */
std::vector<std::string> restoring_statements(const link::Union& unified, const std::string& view,
                                              const std::vector<pg::ResultColumn>& columns);

/* Statements that take away what default privileges gave others on a view that was made just now.
 */
std::vector<std::string> revoking_statements(const link::Union& unified, const std::string& view);

} // namespace datalinks::sync
