/*
 * Rows that go to a remote many at a time: see chunk.hpp.
 */
#include "executor/chunk.hpp"

#include "postgres/pg.hpp"

namespace datalinks::executor
{

namespace
{

constexpr size_t most_rows = 1000;
constexpr size_t most_bytes = 256 << 10;

} // namespace

void append_element(std::string& array, const char* value)
{
	array += array.empty() ? '{' : ',';
	if (value == nullptr)
	{
		array += "NULL";
		return;
	}
	array += '"';
	for (; *value != '\0'; ++value)
	{
		if (*value == '"' || *value == '\\')
			array += '\\';
		array += *value;
	}
	array += '"';
}

/* As of a Writer: a transaction that is being aborted has no occupant any more. */
Chunk::~Chunk()
{
	if (IsTransactionState())
		transaction_.leave(this);
}

void Chunk::add(std::string key, const std::vector<const char*>& parameters)
{
	if (keys_.empty())
	{
		/* Now, for it is the present subtransaction whose rows they are. */
		(void)transaction_.use(this);
		transaction_.note_write();
		transaction_.occupy(this);
	}
	if (!keys_.insert(std::move(key)).second)
	{
		writer_.note_idle();
		return;
	}
	for (size_t i = 0; i < arrays_.size(); ++i)
	{
		bytes_ -= arrays_[i].size();
		append_element(arrays_[i], parameters[i]);
		bytes_ += arrays_[i].size();
	}
	if (keys_.size() >= most_rows || bytes_ >= most_bytes)
		flush();
}

void Chunk::flush()
{
	if (keys_.empty())
		return;
	transaction_.leave(this);
	const auto rows = static_cast<long>(keys_.size());
	keys_.clear();
	bytes_ = 0;
	std::vector<std::string> arrays(arrays_.size());
	arrays.swap(arrays_);
	std::vector<const char*> parameters;
	for (std::string& array : arrays)
	{
		array += '}';
		parameters.push_back(array.c_str());
	}
	writer_.send_chunk(parameters, rows);
}

void Chunk::make_way()
{
	flush();
}

} // namespace datalinks::executor
