/*
 * The scans below a nested loop that look for rows by values of its outer side.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

class KeyedScan
{
public:
	/* The scan has been given a batch. `remembered`: what it found by a key is kept above it. */
	KeyedScan(ForeignScanState* node, bool remembered) : node_(node), remembered_(remembered) {}

	/* One more row of the outer side; its values are those that the parameters have now. */
	void add();
	/* Sends the keys of the rows that were added. */
	void send();
	/* The scan is to look for the next of these rows. */
	void turn();
	/* The next row is looked for by itself. */
	void turn_away();
	/* Forgets the rows; all that it knows, too. */
	void clear() noexcept;
	void forget() noexcept;

	/* Bytes of keys that were added; how many it takes at once. */
	size_t bytes() const;
	size_t most_keys() const;

private:
	ForeignScanState* node_;
	bool remembered_;
	std::deque<int> keys_;                  /* their numbers; 0: of a row whose key is not sent */
	std::unordered_set<std::string> known_; /* keys that were sent before */
};

/* Gives those that can have it a batch. `all_wanted`: no row of the loop is read in vain. */
std::vector<KeyedScan> keyed_scans(const NestLoopState* join, bool all_wanted);

} // namespace datalinks::fdw
