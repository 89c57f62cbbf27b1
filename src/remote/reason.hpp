/*
 * Why a connection failed, read out of libpq's text: until it stands, libpq gives nothing else.
 *
 * Pure C++: nothing of the server. Only std::bad_alloc leaves this file.
 */
#pragma once

#include <string>

namespace datalinks::remote
{

struct Reason
{
	std::string text;     /* as libpq gives it at its default verbosity */
	std::string sqlstate; /* of the last error that the remote sent; empty: it sent none */
	bool refused;         /* every address refused the connection */
};

/*
 * Takes the message of a connection with PQERRORS_VERBOSE, where the remote's errors read
 * "FATAL:  28P01: text" and end in a line that tells the place in its source: what stands before
 * the code is translated, the code is not.
 */
Reason read_reason(const std::string& message);

} // namespace datalinks::remote
