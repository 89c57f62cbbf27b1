/*
 * Values on their way to a remote, as text that means the same there whatever is set here.
 *
 * It holds the server's headers: include it last.
 */
#pragma once

#include <optional>
#include <vector>

#include "postgres/scope.hpp"

#include "postgres/pg.hpp"

namespace datalinks::fdw
{

/* While it stands, output functions write what the remote must read as we mean it. */
class TransmissionSettings
{
public:
	/* Changes nothing where they are not needed: it costs. */
	explicit TransmissionSettings(bool needed);

private:
	std::optional<pg::SettingScope> scope_;
};

/* Whether a type's text depends on settings. */
bool depends_on_settings(Oid type);

/* The output function of a type. Server code. */
FmgrInfo output_of(Oid type);

/* Whether a value comes from elsewhere in the statement. A walker, of no context. Server code. */
bool has_inner_parameter(Node* node, void* nothing);

/* The parameters of a remote's query. */
struct Parameters
{
	List* states;
	FmgrInfo* outputs;
	bool need_settings;
};

/* Of expressions of a node, in the current memory context. Server code. */
Parameters make_parameters(List* expressions, PlanState* node);

/* Their present values, nullptr for NULL, in the memory of the current row of the context. */
std::vector<const char*> texts_of(const Parameters& parameters, ExprContext* context);

} // namespace datalinks::fdw
