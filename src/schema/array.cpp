/*
 * Arrays of text in their text form: see array.hpp. The grammar is that of the server's array_in.
 */
#include "schema/array.hpp"

#include <algorithm>

namespace datalinks::schema
{

namespace
{

constexpr std::string_view space = " \t\n\r\v\f";

bool is_null(std::string_view word)
{
	constexpr std::string_view null = "null";
	return std::equal(word.begin(), word.end(), null.begin(), null.end(), [](char a, char b) {
		return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
	});
}

/* Goes through the text from left to right; each step fails where the text is not what it expects.
 */
class Parser
{
public:
	explicit Parser(std::string_view text) : text_(text) {}

	bool array(std::vector<std::string>& elements)
	{
		skip_space();
		if (!take('{'))
			return false;
		skip_space();
		if (take('}'))
			return at_end();
		do
		{
			if (!element(elements.emplace_back()))
				return false;
		}
		while (take(','));
		return take('}') && at_end();
	}

private:
	void skip_space()
	{
		at_ = std::min(text_.find_first_not_of(space, at_), text_.size());
	}

	bool take(char expected)
	{
		const bool found = at_ < text_.size() && text_[at_] == expected;
		at_ += found;
		return found;
	}

	bool at_end()
	{
		skip_space();
		return at_ == text_.size();
	}

	bool element(std::string& value)
	{
		skip_space();
		const bool well_formed = take('"') ? quoted(value) : word(value);
		skip_space();
		return well_formed;
	}

	/* A character, after a backslash whatever it is. */
	bool character(std::string& value)
	{
		at_ += text_[at_] == '\\';
		if (at_ == text_.size())
			return false;
		value += text_[at_++];
		return true;
	}

	bool quoted(std::string& value)
	{
		while (at_ < text_.size() && text_[at_] != '"')
			if (!character(value))
				return false;
		return take('"');
	}

	/* Space at its end is not part of it, unless after a backslash; NULL is no text. */
	bool word(std::string& value)
	{
		size_t kept = 0;
		bool escaped = false;
		while (at_ < text_.size() &&
		       std::string_view(",{}\"").find(text_[at_]) == std::string_view::npos)
		{
			const bool is_space = space.find(text_[at_]) != std::string_view::npos;
			escaped |= text_[at_] == '\\';
			if (!character(value))
				return false;
			if (!is_space)
				kept = value.size();
		}
		value.resize(kept);
		return kept > 0 && (escaped || !is_null(value));
	}

	std::string_view text_;
	size_t at_ = 0;
};

} // namespace

std::optional<std::vector<std::string>> parse_array(std::string_view text)
{
	std::vector<std::string> elements;
	if (!Parser(text).array(elements))
		return std::nullopt;
	return elements;
}

} // namespace datalinks::schema
