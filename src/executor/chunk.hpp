/*
 * Rows of an UPDATE or DELETE that go to a remote many at a time: one statement takes an array for
 * each parameter that a row has.
 *
 * Rows wait here until they are enough; should anybody else use the session, they go before, so
 * that what he reads there is what he would read had they gone one by one.
 */
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "executor/writer.hpp"

namespace datalinks::executor
{

/* Adds an element, nullptr for NULL, to an array's text, which has no closing brace yet. */
void append_element(std::string& array, const char* value);

class Chunk : public Occupant
{
public:
	/* The writer's statement takes the arrays, of so many parameters. */
	Chunk(Writer& writer, size_t parameters)
	    : transaction_(writer.transaction()), writer_(writer), arrays_(parameters)
	{
	}
	~Chunk() override;
	Chunk(const Chunk&) = delete;
	Chunk& operator=(const Chunk&) = delete;

	/*
	 * A row, as text, nullptr for NULL. `key` is what tells it from others: of several with one
	 * key, the first counts. Throws what Writer::send() throws.
	 */
	void add(std::string key, const std::vector<const char*>& parameters);

	/* Sends what is here. Throws the same. */
	void flush();

	void make_way() override;

private:
	Transaction& transaction_;
	Writer& writer_;
	std::vector<std::string> arrays_; /* array literals that are not closed */
	std::unordered_set<std::string> keys_;
	size_t bytes_ = 0;
};

} // namespace datalinks::executor
