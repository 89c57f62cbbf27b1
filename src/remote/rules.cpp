/*
 * What only superusers may have the server do when it connects: see rules.hpp.
 */
#include "remote/rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "remote/hosts.hpp"
#include "remote/parameters.hpp"
#include "remote/url_error.hpp"

namespace datalinks::remote
{

namespace
{

/* Settings that run nothing, load nothing and change no rights when a session begins with them. */
constexpr std::array<std::string_view, 44> harmless{"application_name",
                                                    "bytea_output",
                                                    "client_min_messages",
                                                    "constraint_exclusion",
                                                    "cursor_tuple_fraction",
                                                    "datestyle",
                                                    "deadlock_timeout",
                                                    "default_statistics_target",
                                                    "default_transaction_deferrable",
                                                    "default_transaction_isolation",
                                                    "default_transaction_read_only",
                                                    "effective_cache_size",
                                                    "effective_io_concurrency",
                                                    "enable_hashjoin",
                                                    "enable_indexscan",
                                                    "enable_mergejoin",
                                                    "enable_nestloop",
                                                    "enable_partitionwise_aggregate",
                                                    "enable_partitionwise_join",
                                                    "enable_seqscan",
                                                    "enable_sort",
                                                    "extra_float_digits",
                                                    "from_collapse_limit",
                                                    "geqo",
                                                    "geqo_threshold",
                                                    "hash_mem_multiplier",
                                                    "idle_in_transaction_session_timeout",
                                                    "idle_session_timeout",
                                                    "intervalstyle",
                                                    "jit",
                                                    "join_collapse_limit",
                                                    "lc_messages",
                                                    "lock_timeout",
                                                    "max_parallel_workers_per_gather",
                                                    "plan_cache_mode",
                                                    "random_page_cost",
                                                    "search_path",
                                                    "seq_page_cost",
                                                    "statement_timeout",
                                                    "synchronous_commit",
                                                    "tcp_keepalives_idle",
                                                    "timezone",
                                                    "transaction_timeout",
                                                    "work_mem"};

template <typename List>
bool contains(const List& list, std::string_view element)
{
	return std::find(list.begin(), list.end(), element) != list.end();
}

/* The words of `options` as the remote's pg_split_opts finds them; printable ASCII alone. */
std::vector<std::string> split_words(const std::string& options)
{
	std::vector<std::string> words;
	bool in_word = false;
	for (size_t i = 0; i < options.size(); ++i)
	{
		char c = options[i];
		if (c == ' ')
		{
			in_word = false;
			continue;
		}
		if (!in_word)
			words.emplace_back();
		in_word = true;
		if (c == '\\')
		{
			if (i + 1 == options.size())
				break;
			c = options[++i];
		}
		words.back() += c;
	}
	return words;
}

/* A setting's name as the remote reads it: any case, "-" for "_". */
std::string setting_name(std::string_view assignment)
{
	const auto equals = assignment.find('=');
	std::string name(assignment.substr(0, equals));
	for (char& c : name)
		c = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
	return equals == assignment.npos ? std::string() : name;
}

constexpr std::array<std::string_view, 3> password_methods{"password", "md5", "scram-sha-256"};

} // namespace

std::optional<std::string> harmful_setting(const std::string& options)
{
	/* What counts as a space may depend on the remote's locale. */
	if (std::any_of(options.begin(), options.end(), [](char c) { return c < ' ' || c > '~'; }))
		return "characters other than ASCII's";
	const auto words = split_words(options);
	for (size_t i = 0; i < words.size(); ++i)
	{
		std::string_view assignment;
		if (words[i] == "-c" && i + 1 < words.size())
			assignment = words[++i];
		else if (words[i].starts_with("--") || (words[i].starts_with("-c") && words[i] != "-c"))
			assignment = std::string_view(words[i]).substr(2);
		const std::string name = setting_name(assignment);
		if (!contains(harmless, name))
			return name.empty() ? words[i] : name;
	}
	return std::nullopt;
}

namespace
{

/* Why this value of a parameter that libpq knows is a superuser's to give; empty where it is not.
 */
std::string objection_to(const Option& option)
{
	const ParameterRule* rule = rule_of(option.keyword);
	if (rule == nullptr)
		return "Only a superuser may use a connection parameter that is newer than the extension.";
	if (rule->giver == Giver::anybody)
		return {};
	if (option.keyword == "options")
	{
		const auto setting = harmful_setting(option.value);
		return setting ? "Only a superuser may begin remote sessions with \"" + *setting + "\"."
		               : std::string();
	}
	const bool harmless_value = (option.keyword == "gssencmode" && option.value != "require") ||
	                            (option.keyword == "sslcertmode" && option.value == "disable");
	return harmless_value ? std::string() : std::string(rule->reason);
}

} // namespace

std::optional<Refusal> refused_parameter(const Options& options)
{
	for (const Option& option : options)
	{
		if (rule_of(option.keyword) == nullptr && !knows_parameter(option.keyword))
			continue;
		if (const std::string objection = objection_to(option); !objection.empty())
			return Refusal{option.keyword, objection};
	}
	return std::nullopt;
}

namespace
{

bool is_socket(const std::string& host)
{
	return host.starts_with('/') || host.starts_with('@');
}

} // namespace

bool names_socket(const Options& connection)
{
	const auto hosts = split_list(value_of(connection, "host"));
	return std::any_of(hosts.begin(), hosts.end(), is_socket);
}

bool may_use_socket(const Options& connection)
{
	const auto attempts = split_hosts(connection);
	return std::any_of(attempts.begin(), attempts.end(), [](const Options& one) {
		const std::string host = value_of(one, "host");
		return value_of(one, "hostaddr").empty() && (host.empty() || is_socket(host));
	});
}

std::string required_methods(const Options& connection)
{
	const std::string given = value_of(connection, "require_auth");
	const auto elements = split_list(given);
	const bool negative = given.starts_with('!');
	std::string methods;
	for (const std::string_view method : password_methods)
	{
		const bool listed = contains(elements, (negative ? "!" : "") + std::string(method));
		if (given.empty() || listed != negative)
			(methods += methods.empty() ? "" : ",") += method;
	}
	return methods;
}

Options password_parameters(const Options& connection)
{
	Options parameters{{"passfile", "/dev/null"}};
	/* Else libpq shows the certificate that it finds in the home of the server's user. */
	if (value_of(connection, "sslcert").empty())
	{
		if (knows_parameter("sslcertmode"))
			parameters.push_back({"sslcertmode", "disable"});
		else
			parameters.push_back({"sslcert", "/dev/null/none"});
	}
	if (knows_parameter("gssencmode"))
		parameters.push_back({"gssencmode", "disable"});
	if (knows_parameter("gssdelegation"))
		parameters.push_back({"gssdelegation", "0"});
	if (knows_parameter("require_auth"))
		parameters.push_back({"require_auth", required_methods(connection)});
	return parameters;
}

std::optional<Refusal> unreadable_file(const Options& connection)
{
	constexpr off_t largest = 16 << 20;
	for (const char* keyword : {"sslrootcert", "sslcrl"})
	{
		const std::string path = value_of(connection, keyword);
		struct stat file = {};
		if (path.empty() || stat(path.c_str(), &file) != 0)
			continue;
		if (!S_ISREG(file.st_mode) || file.st_size == 0 || file.st_size > largest)
			return Refusal{keyword,
			               std::string(keyword) + " must name a regular file of 1 byte to 16 MB."};
	}
	return std::nullopt;
}

std::optional<Refusal> oversized_value(const Options& connection)
{
	constexpr size_t longest = 8192;
	for (const Option& option : libpq_options(connection))
		if (option.value.size() > longest)
			return Refusal{option.keyword, "A connection parameter may have up to 8192 bytes."};
	return std::nullopt;
}

} // namespace datalinks::remote
