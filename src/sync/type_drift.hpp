/*
 * The types of a link's columns: whether they are what the remote's are, and may be used at all.
 */
#pragma once

#include <map>
#include <string>

#include "link/link.hpp"
#include "schema/diff.hpp"
#include "sync/offer.hpp"

namespace datalinks::sync
{

struct TypeDrift
{
	schema::Changes changes; /* of types, each after what it is made of */
	/* Types of columns, as they are printed, that no new column may have, and why. */
	std::map<std::string, std::string> unfit;
};

/*
 * What the types here lack of the shapes that the offer's have; and which of them, or of what they
 * are made of, belong to somebody who is neither a superuser nor the link's owner: a domain's CHECK
 * or a range's functions would run as whoever reads the table. What the link made can be altered.
 */
TypeDrift find_type_drift(const link::Link& link, const Offer& offer);

/* Throws one 42804 that names every type that does not fit and cannot be altered, both shapes. */
void require_fit(const schema::Changes& changes);

/* A table or a column that would bring an unfit type into use is not to be made. */
void hold_back(schema::Change& change, const std::map<std::string, std::string>& unfit);

/* The statements with which the user would bring up what the link may not; empty: none. */
std::string advice_on(const schema::Changes& changes);

} // namespace datalinks::sync
