/*
 * Many probes at once, in one wait loop.
 */
#pragma once

#include <vector>

#include "remote/probe.hpp"

namespace datalinks::remote
{

/*
 * Runs all of them until each has its answer. Where descriptors are too few for all, they go in
 * groups: one that ends makes room for one that waits, whose time begins only then. Throws
 * pg::Failure 53000 where there is none to be had at all, pg::Error when cancelled.
 */
void run(std::vector<Probe>& probes);

} // namespace datalinks::remote
