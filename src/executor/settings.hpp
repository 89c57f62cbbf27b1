/*
 * The settings under which a remote works for us: its texts, and the names in what we send, must
 * not depend on what stands there.
 */
#pragma once

#include <string>
#include <vector>

namespace datalinks::executor
{

/*
 * A query that settles them for the session where its backend is the remote's own (its process is
 * the one that we were told), and returns NULL where a pooler may stand between: nothing may be
 * left there.
 */
std::string session_settings(int process);

/* The same for the length of a transaction, which may be a pooler's backend's. */
const char* transaction_settings();
/*
 * The same behind a statement of a user's own, in the same transaction: all else that it may have
 * set is set back, too, but for what these texts say. The first column is the transaction's ID
 * there, NULL where it has written nothing.
 */
std::vector<std::string> settings_after_statement(const std::string& encoding,
                                                  const std::string& application);

/* The same for one that is a transaction by itself and reads. */
const char* statement_settings();

} // namespace datalinks::executor
