/*
 * Event triggers: see event.hpp.
 */
#include "postgres/event.hpp"

#include "postgres/guard.hpp"
#include "postgres/spi.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* The names of the schemas in DROP SCHEMA a, b. */
std::vector<std::string> schemas_named_by(const DropStmt* statement)
{
	std::vector<std::string> names;
	if (statement->removeType != OBJECT_SCHEMA)
		return names;
	const ListCell* cell;
	foreach (cell, statement->objects)
		names.emplace_back(strVal(lfirst(cell)));
	return names;
}

/* The mapping that a CREATE or ALTER USER MAPPING has written. */
std::optional<std::pair<std::string, unsigned>> mapping_named_by(const Node* statement)
{
	const RoleSpec* user = nullptr;
	const char* server = nullptr;
	if (IsA(statement, CreateUserMappingStmt))
	{
		user = reinterpret_cast<const CreateUserMappingStmt*>(statement)->user;
		server = reinterpret_cast<const CreateUserMappingStmt*>(statement)->servername;
	}
	if (IsA(statement, AlterUserMappingStmt))
	{
		user = reinterpret_cast<const AlterUserMappingStmt*>(statement)->user;
		server = reinterpret_cast<const AlterUserMappingStmt*>(statement)->servername;
	}
	if (server == nullptr)
		return std::nullopt;
	const Oid role = user->roletype == ROLESPEC_PUBLIC
	                     ? ACL_ID_PUBLIC
	                     : call([&] { return get_rolespec_oid(user, false); });
	return std::pair<std::string, unsigned>(server, role);
}

} // namespace

Command command_of(FunctionCallInfoBaseData* fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		throw Failure(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED,
		              "must be called as an event trigger");
	const auto* data = reinterpret_cast<EventTriggerData*>(fcinfo->context);
	Command command{
	    data->parsetree, call([&] { return GetCommandTagName(data->tag); }), {}, {}, {}};
	if (IsA(data->parsetree, DropStmt))
		command.dropped_schemas =
		    schemas_named_by(reinterpret_cast<const DropStmt*>(data->parsetree));
	if (IsA(data->parsetree, RenameStmt))
	{
		const auto* rename = reinterpret_cast<const RenameStmt*>(data->parsetree);
		if (rename->renameType == OBJECT_SCHEMA)
			command.schema_rename.emplace(rename->subname, rename->newname);
	}
	command.mapping = mapping_named_by(data->parsetree);
	return command;
}

Dropped dropped_objects()
{
	Dropped dropped;
	for (const auto& row :
	     spi::query("SELECT objid, object_name, classid = 'pg_catalog.pg_namespace'::regclass"
	                " FROM pg_catalog.pg_event_trigger_dropped_objects()"
	                " WHERE classid IN ('pg_catalog.pg_namespace'::regclass,"
	                "  'pg_catalog.pg_foreign_server'::regclass)"))
	{
		const auto oid = static_cast<unsigned>(std::stoul(*row[0]));
		if (*row[2] == "t")
			dropped.schemas.emplace(oid, row[1].value_or(""));
		else
			dropped.servers.insert(oid);
	}
	return dropped;
}

unsigned long transaction_number()
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

unsigned current_subtransaction()
{
	return GetCurrentSubTransactionId();
}

bool is_active_subtransaction(unsigned subtransaction)
{
	return SubTransactionIsActive(subtransaction);
}

} // namespace datalinks::pg
