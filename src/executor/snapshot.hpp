/*
 * What two snapshots of a remote, as it prints them, say of what lies between them.
 */
#pragma once

namespace datalinks::executor
{

/*
 * Whether no transaction that was running in the first was at its end in the second: both see the
 * same. "xmin:xmax:xip,xip..."; false where the texts are not of this form, and where it cannot be
 * told because subtransactions have taken numbers.
 */
bool nothing_has_ended(const char* first, const char* second);

} // namespace datalinks::executor
