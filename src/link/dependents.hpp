/*
 * What was built on a link's tables outside its schema, and would go with them.
 */
#pragma once

#include <string>
#include <vector>

#include "link/link.hpp"

namespace datalinks::link
{

/*
 * Objects outside the link's schema that depend, directly or not, on its server or on anything in
 * its schema, each as the server describes it ("view public.v"), ordered.
 */
std::vector<std::string> dependents_outside(const Link& link);

} // namespace datalinks::link
