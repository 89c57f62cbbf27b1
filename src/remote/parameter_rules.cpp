/*
 * What we know of each parameter of libpq 15 to 18: where postgres_fdw keeps it, as
 * InitPgFdwOptions in contrib/postgres_fdw/option.c has it, and who may give it. What is not here
 * is for superusers: a libpq that is newer than this list may let a parameter do anything.
 */
#include <algorithm>
#include <array>

#include "remote/parameters.hpp"

namespace datalinks::remote
{

namespace
{

constexpr auto server = Place::server;
constexpr auto mapping = Place::mapping;
constexpr auto nowhere = Place::nowhere;
constexpr auto anybody = Giver::anybody;
constexpr auto superuser = Giver::superuser;
constexpr auto by_value = Giver::by_value;

constexpr std::string_view files = "Only a superuser may have the server use files or an identity "
                                   "of its own to connect to a remote.";
constexpr std::string_view directory =
    "Only a superuser may have the server look for files in a directory.";
constexpr std::string_view kerberos =
    "Only a superuser may have the server use its own Kerberos identity to connect to a remote.";
constexpr std::string_view oauth =
    "Only a superuser may have the server ask an OAuth issuer, which is one more host.";
constexpr std::string_view settings =
    "Only a superuser may begin remote sessions with any setting.";
constexpr std::string_view ours = "It is set by the extension itself.";
constexpr std::string_view debugging = "It is none that a foreign server can have.";

constexpr std::array<ParameterRule, 51> rules{{
    {"service", 15, server, superuser, files},
    {"user", 15, mapping, anybody, ""},
    {"password", 15, mapping, anybody, ""},
    {"passfile", 15, server, superuser, files},
    {"channel_binding", 15, server, anybody, ""},
    {"connect_timeout", 15, server, anybody, ""},
    {"dbname", 15, server, anybody, ""},
    {"host", 15, server, anybody, ""},
    {"hostaddr", 15, server, anybody, ""},
    {"port", 15, server, anybody, ""},
    {"client_encoding", 15, nowhere, superuser, ours},
    {"options", 15, server, by_value, settings},
    {"application_name", 15, server, anybody, ""},
    {"fallback_application_name", 15, nowhere, superuser, ours},
    {"keepalives", 15, server, anybody, ""},
    {"keepalives_idle", 15, server, anybody, ""},
    {"keepalives_interval", 15, server, anybody, ""},
    {"keepalives_count", 15, server, anybody, ""},
    {"tcp_user_timeout", 15, server, anybody, ""},
    {"sslmode", 15, server, anybody, ""},
    {"sslcompression", 15, server, anybody, ""},
    {"sslcert", 15, server, superuser, files},
    {"sslkey", 15, server, superuser, files},
    /* Without sslkey it opens nothing. */
    {"sslpassword", 15, mapping, anybody, ""},
    /* Certificates to trust are no secret, and verify-full needs them; see unreadable_file. */
    {"sslrootcert", 15, server, anybody, ""},
    {"sslcrl", 15, server, anybody, ""},
    {"sslcrldir", 15, server, superuser, directory},
    {"sslsni", 15, server, anybody, ""},
    {"requirepeer", 15, server, anybody, ""},
    {"ssl_min_protocol_version", 15, server, anybody, ""},
    {"ssl_max_protocol_version", 15, server, anybody, ""},
    {"gssencmode", 15, server, by_value, kerberos},
    {"krbsrvname", 15, server, superuser, files},
    {"gsslib", 15, server, superuser, files},
    {"replication", 15, nowhere, superuser, debugging},
    {"target_session_attrs", 15, server, anybody, ""},
    {"sslcertmode", 16, server, by_value, files},
    /* Whoever must give a password narrows the methods with it, and never widens them. */
    {"require_auth", 16, server, anybody, ""},
    {"gssdelegation", 16, server, superuser, files},
    {"load_balance_hosts", 16, server, anybody, ""},
    {"sslnegotiation", 17, server, anybody, ""},
    {"min_protocol_version", 18, server, anybody, ""},
    {"max_protocol_version", 18, server, anybody, ""},
    {"scram_client_key", 18, nowhere, superuser, debugging},
    {"scram_server_key", 18, nowhere, superuser, debugging},
    {"oauth_issuer", 18, server, superuser, oauth},
    {"oauth_client_id", 18, server, superuser, oauth},
    {"oauth_client_secret", 18, mapping, superuser, oauth},
    {"oauth_scope", 18, server, superuser, oauth},
    {"sslkeylogfile", 18, nowhere, superuser, files},
    {"servicefile", 19, server, superuser, files},
}};

} // namespace

std::span<const ParameterRule> parameter_rules()
{
	return rules;
}

const ParameterRule* rule_of(std::string_view keyword)
{
	const auto* found = std::find_if(rules.begin(), rules.end(), [&](const ParameterRule& rule) {
		return rule.keyword == keyword;
	});
	return found == rules.end() ? nullptr : found;
}

} // namespace datalinks::remote
