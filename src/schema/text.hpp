/*
 * Text from pieces: patterns to fill, and lists. Boost.Format fills them, in text.cpp alone: it
 * takes more than a second to compile in each file that knows it.
 */
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace datalinks::schema
{

/* What fills a place of a pattern: a whole number, or a text, which must outlive this view of it.
 */
class Filling
{
public:
	Filling(const std::string& text) : value_(std::string_view(text)) {}
	Filling(std::string_view text) : value_(text) {}
	Filling(const char* text) : value_(std::string_view(text)) {}
	template <std::signed_integral Number>
	Filling(Number number) : value_(std::intmax_t{number})
	{
	}
	template <std::unsigned_integral Number>
	Filling(Number number) : value_(std::uintmax_t{number})
	{
	}
	/* Which these would be written as is anybody's guess. */
	Filling(bool) = delete;
	Filling(char) = delete;

	const auto& value() const
	{
		return value_;
	}

private:
	std::variant<std::string_view, std::intmax_t, std::uintmax_t> value_;
};

/*
 * The pattern, a literal of the source, with its places %1%, %2% and so on filled, in the classic
 * locale. Throws boost::io::format_error where there are more or fewer fillings than places.
 */
std::string fill(const char* pattern, std::span<const Filling> fillings);

/*
 * Fills a pattern, which is a literal of the source, never a text that was built. (Not called
 * format: for arguments of std, argument-dependent lookup would find std::format as well.)
 */
template <size_t N, typename... Arguments>
std::string compose(const char (&pattern)[N], const Arguments&... arguments)
{
	const std::array<Filling, sizeof...(Arguments)> fillings{Filling(arguments)...};
	return fill(pattern, fillings);
}

/* The texts with a separator between each two. */
std::string join(const std::vector<std::string>& texts, const char* separator);

} // namespace datalinks::schema
