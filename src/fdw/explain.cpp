/*
 * EXPLAIN of scans and modifications: see explain.hpp.
 */
#include "fdw/postgres_fdw.hpp"

#include "fdw/explain.hpp"
#include "fdw/read_state.hpp"
#include "fdw/write_state.hpp"

namespace datalinks::fdw
{

namespace
{

/* Server code, as all of this. */
void explain_received(const executor::Traffic& traffic, ExplainState* explain)
{
	ExplainPropertyInteger("Remote Round Trips", nullptr, traffic.round_trips, explain);
	ExplainPropertyInteger("Remote Rows", nullptr, traffic.rows, explain);
	ExplainPropertyInteger("Remote Bytes", nullptr, traffic.bytes, explain);
	if (!explain->timing || !traffic.first_row)
		return;
	const std::chrono::duration<double, std::milli> time = *traffic.first_row;
	ExplainPropertyFloat("Remote First Row", "ms", time.count(), 3, explain);
}

void explain_sent(const executor::Traffic& traffic, ExplainState* explain)
{
	ExplainPropertyInteger("Remote Rows Sent", nullptr, traffic.rows_sent, explain);
	ExplainPropertyInteger("Remote Bytes Sent", nullptr, traffic.bytes_sent, explain);
}

} // namespace

void explain_foreign_scan(ForeignScanState* node, ExplainState* explain)
{
	postgres_fdw().ExplainForeignScan(node, explain);
	if (!explain->analyze || node->fdw_state == nullptr)
		return;
	const Read& read = read_of(node);
	executor::Traffic traffic = read.scan->traffic();
	if (read.batch)
		traffic += read.batch->scan().traffic();
	explain_received(traffic, explain);
}

void explain_direct_modify(ForeignScanState* node, ExplainState* explain)
{
	postgres_fdw().ExplainDirectModify(node, explain);
	if (!explain->analyze || node->fdw_state == nullptr)
		return;
	explain_received(traffic_of_direct_modify(node), explain);
	ExplainPropertyInteger("Remote Bytes Sent", nullptr, traffic_of_direct_modify(node).bytes_sent,
	                       explain);
}

/* The rows of all kinds have been settled when a statement that ran is explained. */
void explain_foreign_modify(ModifyTableState* state, ResultRelInfo* relation, List* fdw_private,
                            int subplan_index, ExplainState* explain)
{
	postgres_fdw().ExplainForeignModify(state, relation, fdw_private, subplan_index, explain);
	const Write* write = write_of(relation);
	if (!explain->analyze || write == nullptr || !write->writer)
		return;
	explain_received(write->writer->traffic(), explain);
	explain_sent(write->writer->traffic(), explain);
}

} // namespace datalinks::fdw
