/*
 * What the local transaction has done on remotes, as far as reading depends on it; and the end of
 * it.
 */
#pragma once

namespace datalinks::executor
{

/*
 * Notes that the transaction writes to the server, or locks rows there: from then on it must read
 * what it has written, over the connection that wrote. Holds to the transaction's end, whatever is
 * rolled back meanwhile.
 */
void note_write(unsigned server);

bool has_written(unsigned server);

/* Has the server call us at the ends of transactions, and when servers and mappings change. */
void watch_transactions();

} // namespace datalinks::executor
