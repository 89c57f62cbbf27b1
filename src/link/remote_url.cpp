/*
 * The URL that a caller gives: see remote_url.hpp.
 */
#include "link/remote_url.hpp"

#include <string_view>

#include "postgres/guard.hpp"
#include "postgres/types.hpp"
#include "remote/url_file.hpp"
#include "schema/text.hpp"

namespace datalinks::link
{

namespace
{

/* Percent-encoding can name any byte. The value is not repeated: it may be the password. */
void require_valid_texts(const remote::Options& options)
{
	for (const remote::Option& option : options)
		if (!pg::is_valid_text(option.value))
			throw pg::Failure(pg::sqlstate::invalid_parameter_value, "invalid remote URL")
			    .detail(schema::compose(
			        "The value of \"%1%\" is not valid text in this database's encoding.",
			        option.keyword));
}

/*
 * A mapping always names its user, or one that came out of a dump without its options could not be
 * told from it. Only a service may bring a user of its own.
 */
void name_user(remote::Url& url)
{
	if (!remote::value_of(url.mapping, "user").empty() ||
	    !remote::value_of(url.server, "service").empty())
		return;
	const std::string user = remote::default_user();
	if (!user.empty())
		url.mapping.push_back({"user", user});
}

/* Whether there is such a name is known when it connects. It is not repeated: it may be a URL. */
remote::Url named(const std::string& name)
{
	if (!remote::is_url_name(name))
		throw pg::Failure(pg::sqlstate::invalid_parameter_value, "invalid remote URL")
		    .detail("After \"name:\" come 1 to 63 letters, digits, \"_\", \"-\" and \".\".")
		    .hint("A URL is given without \"name:\", which means one in the server's file of named "
		          "URLs.");
	remote::Url url;
	url.server.push_back({remote::url_name_option, name});
	return url;
}

} // namespace

remote::Url parse_remote_url(const std::string& url)
{
	if (url.starts_with(remote::name_scheme))
		return named(url.substr(std::string_view(remote::name_scheme).size()));
	try
	{
		remote::Url parsed = remote::parse_url(url);
		require_valid_texts(parsed.server);
		require_valid_texts(parsed.mapping);
		name_user(parsed);
		return parsed;
	}
	catch (const remote::UrlError& error)
	{
		throw pg::Failure(pg::sqlstate::invalid_parameter_value, error.message())
		    .detail(error.detail())
		    .hint(error.hint());
	}
}

} // namespace datalinks::link
