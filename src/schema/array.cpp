/*
 * Arrays of text in their text form: see array.hpp. The grammar is that of the server's array_in.
 */
#include "schema/array.hpp"

#include <algorithm>

namespace datalinks::schema
{

namespace
{

bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ends_word(char c)
{
	return c == ',' || c == '{' || c == '}' || c == '"';
}

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
		elements.reserve(1 + static_cast<size_t>(std::count(text_.begin(), text_.end(), ',')));
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
		while (at_ < text_.size() && is_space(text_[at_]))
			++at_;
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

	/* All that stands before what ends it or a backslash: of most elements, all. */
	template <typename F>
	void plain(std::string& value, F&& ends)
	{
		const size_t from = at_;
		while (at_ < text_.size() && text_[at_] != '\\' && !ends(text_[at_]))
			++at_;
		value = text_.substr(from, at_ - from);
	}

	bool quoted(std::string& value)
	{
		plain(value, [](char c) { return c == '"'; });
		while (at_ < text_.size() && text_[at_] != '"')
			if (!character(value))
				return false;
		return take('"');
	}

	/* Space at its end is not part of it, unless after a backslash; NULL is no text. */
	bool word(std::string& value)
	{
		plain(value, [](char c) { return ends_word(c) || is_space(c); });
		size_t kept = value.size();
		bool escaped = false;
		while (at_ < text_.size() && !ends_word(text_[at_]))
		{
			const bool plain_space = is_space(text_[at_]);
			escaped |= text_[at_] == '\\';
			if (!character(value))
				return false;
			if (!plain_space)
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
