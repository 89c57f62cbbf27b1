/*
 * What is said about a URL that cannot be used: words of our own, never libpq's, which repeat
 * pieces of the text.
 */
#include "remote/url_error.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "remote/hosts.hpp"

namespace datalinks::remote
{

struct UrlError::Texts
{
	std::string message;
	std::string detail;
	std::string hint;
};

UrlError::UrlError(Kind kind, std::string message, std::string detail, std::string hint)
    : kind_(kind), texts_(std::make_shared<const Texts>(
                       Texts{std::move(message), std::move(detail), std::move(hint)}))
{
}

const char* UrlError::what() const noexcept
{
	return texts_->message.c_str();
}

UrlError::Kind UrlError::kind() const noexcept
{
	return kind_;
}

const std::string& UrlError::message() const noexcept
{
	return texts_->message;
}

const std::string& UrlError::detail() const noexcept
{
	return texts_->detail;
}

const std::string& UrlError::hint() const noexcept
{
	return texts_->hint;
}

namespace
{

bool contains_ignoring_case(std::string_view text, std::string_view lower_word)
{
	const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
	return std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(),
	                   [&](char a, char b) { return lower(a) == b; }) != text.end();
}

/* Whether every ":" among the hosts before_keyword holds introduces a port: else a password may
 * be in a host's place. */
bool hosts_have_ports_only(std::string_view before_keyword)
{
	const auto at = before_keyword.rfind('@');
	const auto hosts =
	    before_keyword.substr(at != before_keyword.npos ? at + 1 : scheme_length(before_keyword));
	bool in_port = false;
	bool in_brackets = false;

	for (const char c : hosts.substr(0, hosts.find_first_of("/?")))
	{
		if (c == '[' || c == ']')
			in_brackets = c == '[';
		else if (in_brackets)
			continue;
		else if (c == ':' || c == ',')
			in_port = c == ':';
		else if (in_port && (c < '0' || c > '9'))
			return false;
	}
	return true;
}

/*
 * Whether a keyword taken from the text can be named without telling a piece of a password that
 * lacks its quotes or percent-encoding.
 */
bool may_name(const std::string& text, const std::string& keyword)
{
	if (keyword.empty() || keyword.size() > 40 ||
	    keyword.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != keyword.npos)
		return false;

	const auto first = text.find(keyword);
	const auto last = text.rfind(keyword);
	if (first == text.npos || text.find('@', first) != text.npos)
		return false;

	const auto before = std::string_view(text).substr(0, last);
	if (contains_ignoring_case(before, "pass") || contains_ignoring_case(before, "secret"))
		return false;

	if (scheme_length(text) > 0)
		return hosts_have_ports_only(before);

	/* Base64 ends in "=", too. */
	const auto equals = text.find('=', last + keyword.size());
	return equals != text.npos && equals + 1 < text.size() && text[equals + 1] != '=';
}

/* A parameter of other clients' URLs, and what stands for it in a data link. */
struct Foreign
{
	std::string_view keyword;
	const char* hint;
};

constexpr const char* no_use_hint =
    "Remove it: it tunes the client that the URL was written for, and means nothing to a data "
    "link.";
constexpr const char* schema_hint =
    "Remove it, and name the remote's schema with remote_schema => 'name'.";
constexpr const char* tls_hint = "Give sslmode instead, for example sslmode=require.";

/* Of Prisma, JDBC, node-postgres, SQLAlchemy, Rails, Django, Npgsql and Go's drivers. */
constexpr std::array foreign_parameters = {
    Foreign{"schema", schema_hint},
    Foreign{"currentSchema", schema_hint},
    Foreign{"search_path", "Remove it, and name the remote's schema with remote_schema => "
                           "'name'; libpq has it as options=-csearch_path%3Dname."},
    Foreign{"ssl", tls_hint},
    Foreign{"sslaccept", tls_hint},
    Foreign{"sslfactory", tls_hint},
    Foreign{"uselibpqcompat", no_use_hint},
    Foreign{"pgbouncer", no_use_hint},
    Foreign{"connection_limit", no_use_hint},
    Foreign{"pool", no_use_hint},
    Foreign{"pool_timeout", no_use_hint},
    Foreign{"pool_size", no_use_hint},
    Foreign{"pool_min_conns", no_use_hint},
    Foreign{"pool_max_conns", no_use_hint},
    Foreign{"max_pool_size", no_use_hint},
    Foreign{"reaping_frequency", no_use_hint},
    Foreign{"checkout_timeout", no_use_hint},
    Foreign{"statement_cache_size", no_use_hint},
    Foreign{"statement_cache_capacity", no_use_hint},
    Foreign{"prepared_statements", no_use_hint},
    Foreign{"prepared_statement_cache_size", no_use_hint},
    Foreign{"prepareThreshold", no_use_hint},
    Foreign{"default_query_exec_mode", no_use_hint},
    Foreign{"binary_parameters", no_use_hint},
    Foreign{"encoding", no_use_hint},
    Foreign{"charset", no_use_hint},
    Foreign{"socket_timeout", "Remove it; statement_timeout bounds what waits for the remote."},
    Foreign{"socketTimeout", "Remove it; statement_timeout bounds what waits for the remote."},
    Foreign{"timeout", "Give connect_timeout, in seconds, instead."},
    Foreign{"connectTimeout", "Give connect_timeout, in seconds, instead."},
    Foreign{"loginTimeout", "Give connect_timeout, in seconds, instead."},
    Foreign{"ApplicationName", "Give application_name instead."},
    Foreign{"username", "Give user instead."},
    Foreign{"database", "Give dbname instead."},
};

/*
 * Where the keyword is one of these, whole, in a URI's query, behind hosts and values that no
 * password hides in: it can then be named even if it stands elsewhere in the text, too.
 */
const Foreign* find_foreign(const std::string& text, const std::string& keyword)
{
	const auto found =
	    std::find_if(foreign_parameters.begin(), foreign_parameters.end(),
	                 [&](const Foreign& foreign) { return foreign.keyword == keyword; });
	const auto at = text.rfind('@');
	const auto query = text.find('?', at != text.npos ? at : 0);
	if (found == foreign_parameters.end() || scheme_length(text) == 0 || query == text.npos)
		return nullptr;

	const auto place =
	    std::min(text.find('?' + keyword + '=', query), text.find('&' + keyword + '=', query));
	if (place == text.npos)
		return nullptr;
	const auto before = std::string_view(text).substr(query, place - query);
	if (contains_ignoring_case(before, "pass") || contains_ignoring_case(before, "secret") ||
	    !hosts_have_ports_only(std::string_view(text).substr(0, query)))
		return nullptr;
	return &*found;
}

struct Reason
{
	std::string_view beginning; /* of libpq's message */
	const char* detail;
};

/* From fe-connect.c, releases 15 to 18. */
constexpr std::array reasons = {
    Reason{"missing \"=\" after", "A keyword in it is not followed by \"=\"."},
    Reason{"unterminated quoted string", "A quoted value in it has no closing quote."},
    Reason{"end of string reached", "An IPv6 address in it has no closing \"]\"."},
    Reason{"IPv6 host address may not be empty", "An IPv6 address in it is empty."},
    Reason{"unexpected character",
           "After an IPv6 address only \":\", \",\", \"/\" or \"?\" can follow."},
    Reason{"extra key/value separator", "A query parameter in it has more than one \"=\"."},
    Reason{"missing key/value separator", "A query parameter in it has no \"=\"."},
    Reason{"invalid percent-encoded token",
           "A \"%\" in it is not followed by two hexadecimal digits."},
    Reason{"forbidden value %00", "It holds %00, and no value can hold a zero byte."},
    Reason{"unexpected spaces", "It holds spaces that are not percent-encoded as \"%20\"."},
};

} // namespace

size_t scheme_length(std::string_view text)
{
	for (const std::string_view scheme : {"postgresql://", "postgres://"})
		if (text.starts_with(scheme))
			return scheme.size();
	return 0;
}

void refuse(const std::string& detail, const std::string& hint)
{
	throw UrlError(UrlError::syntax, "invalid remote URL", detail, hint);
}

void refuse_parameter(UrlError::Kind kind, const std::string& text, const std::string& keyword)
{
	const Foreign* const foreign = find_foreign(text, keyword);
	const bool named = foreign != nullptr || may_name(text, keyword);
	const std::string shown = named ? " \"" + keyword + "\"" : "";
	const char* const encoding_hint = scheme_length(text) > 0 ? percent_hint : quoting_hint;

	if (kind == UrlError::unknown_parameter)
		throw UrlError(
		    kind, "invalid parameter" + shown + " in remote URL",
		    named
		        ? "libpq knows no connection parameter of this name."
		        : "It holds a parameter that libpq does not know; it is not named here because it "
		          "may be part of a password.",
		    foreign != nullptr ? foreign->hint
		    : named            ? "Remove it, or correct its name."
		                       : encoding_hint);
	throw UrlError(
	    kind, "parameter" + shown + " is not allowed in remote URL",
	    "client_encoding and fallback_application_name are set for every connection, and "
	    "libpq's debugging parameters and replication have no use in a data link.",
	    "Remove it.");
}

void explain(const std::string& text, const std::string& error)
{
	for (const std::string_view beginning :
	     {"invalid connection option \"", "invalid URI query parameter: \""})
		if (error.starts_with(beginning))
		{
			const auto end = error.rfind('"');
			refuse_parameter(UrlError::unknown_parameter, text,
			                 error.substr(beginning.size(), end - beginning.size()));
		}

	const char* detail = "libpq cannot read it.";
	for (const Reason& reason : reasons)
		if (error.starts_with(reason.beginning))
			detail = reason.detail;
	refuse(detail, scheme_length(text) > 0 ? percent_hint : quoting_hint);
}

} // namespace datalinks::remote
