/*
 * Values in the answers of a remote. Its catalogs promise a shape; a stranger need not keep it.
 * Whatever does not fit is a protocol violation (08P01).
 */
#pragma once

#include <charconv>
#include <string>

#include "postgres/guard.hpp"
#include "remote/session.hpp"

namespace datalinks::remote
{

/* A value that the catalogs never leave out. */
inline const std::string& required(const Value& value)
{
	if (!value)
		throw pg::Failure(pg::sqlstate::protocol_violation,
		                  "the remote's answer lacks a value that its catalogs must hold");
	return *value;
}

template <typename Number>
Number number(const Value& value)
{
	const std::string& text = required(value);
	Number result{};
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
	if (error != std::errc() || end != text.data() + text.size())
		throw pg::Failure(pg::sqlstate::protocol_violation,
		                  "the remote's answer holds a text where a number was asked for");
	return result;
}

inline bool boolean(const Value& value)
{
	return required(value) == "t";
}

} // namespace datalinks::remote
