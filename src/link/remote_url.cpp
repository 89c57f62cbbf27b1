/*
 * The URL that a caller gives: see remote_url.hpp.
 */
#include "link/remote_url.hpp"

#include "postgres/guard.hpp"
#include "postgres/types.hpp"
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

} // namespace

remote::Url parse_remote_url(const std::string& url)
{
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
