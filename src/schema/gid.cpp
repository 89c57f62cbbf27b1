/*
 * Global transaction identifiers: see gid.hpp.
 */
#include "schema/gid.hpp"

#include <charconv>

#include "schema/text.hpp"

namespace datalinks::schema
{

std::string gid_prefix(std::string_view cluster, unsigned database)
{
	return compose("datalinks_%1%_%2%_", cluster, database);
}

std::string gid(const std::string& prefix, uint64_t transaction, unsigned part)
{
	return compose("%1%%2%_%3%", prefix, transaction, part);
}

std::optional<uint64_t> transaction_of(std::string_view text, const std::string& prefix)
{
	if (!text.starts_with(prefix))
		return std::nullopt;
	const char* end = text.data() + text.size();
	uint64_t transaction = 0;
	unsigned part = 0;
	const auto first = std::from_chars(text.data() + prefix.size(), end, transaction);
	if (first.ec != std::errc() || first.ptr == end)
		return std::nullopt;
	const auto second = std::from_chars(first.ptr + 1, end, part);
	if (second.ec != std::errc() || gid(prefix, transaction, part) != text)
		return std::nullopt;
	return transaction;
}

} // namespace datalinks::schema
