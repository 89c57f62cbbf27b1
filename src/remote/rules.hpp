/*
 * What a role that is not a superuser may not have the server do when it connects: read the
 * server's files, use the server's own identity, run code with startup options before anybody has
 * looked at the password.
 *
 * Pure C++ over libpq: nothing of the server. Besides std::bad_alloc, only UrlError leaves it.
 */
#pragma once

#include <optional>
#include <string>

#include "remote/url.hpp"

namespace datalinks::remote
{

/* A parameter that was refused, and why: a sentence. */
struct Refusal
{
	std::string keyword;
	std::string detail;
};

/*
 * The first of the parameters that only a superuser may give: all that libpq knows but those that
 * parameter_rules() lets anybody give, and `options` with anything but settings known to be
 * harmless. What libpq does not know (postgres_fdw's options, our own) is passed over.
 */
std::optional<Refusal> refused_parameter(const Options& options);

/*
 * The first setting in libpq's `options` that is not known to be harmless, else nothing. Only
 * "-c name=value", "-cname=value" and "--name=value" are settings; what is neither is not harmless.
 */
std::optional<std::string> harmful_setting(const std::string& options);

inline constexpr const char* socket_detail =
    "A role that is not a superuser cannot connect through a socket of the local server, which may "
    "let the server's own user in without a password.";

/* Whether a host that is given is a socket: a directory, or an abstract name. */
bool names_socket(const Options& connection);

/*
 * Whether any host may be reached through a socket: one that is, no host at all (the default
 * socket), a service that may name one.
 */
bool may_use_socket(const Options& connection);

/*
 * The value of require_auth that takes a password for certain, within what the connection's own
 * value allows; empty where that leaves none.
 */
std::string required_methods(const Options& connection);

/*
 * The parameters that hold for whoever must give a password, over what the connection has: a
 * password that was used, no password file, not the server's own certificate and Kerberos identity.
 */
Options password_parameters(const Options& connection);

/*
 * The first file of certificates that libpq could not read to its end: a device, a pipe, one
 * without an end (as /proc has them), a very large one. Nothing where the file does not exist,
 * which libpq reports itself.
 */
std::optional<Refusal> unreadable_file(const Options& connection);

/*
 * The first value that is too long to be sent before the remote reads: libpq would wait for that
 * without an end. The remote takes 10,000 bytes of all of them.
 */
std::optional<Refusal> oversized_value(const Options& connection);

} // namespace datalinks::remote
