/*
 * Which user mapping a role uses: see mappings.hpp.
 */
#include "postgres/mappings.hpp"

#include <utility>

#include "postgres/guard.hpp"

#include "postgres/pg.hpp"

namespace datalinks::pg
{

namespace
{

/* A row of pg_user_mapping; server memory, no destructors. */
struct MappingRow
{
	Oid server;
	Mapping mapping;
	MappingRow* next;
};

bool is_set(const List* options, const char* keyword, const char* value)
{
	const char* text = option_text(options, keyword);
	return text != nullptr && strcmp(text, value) == 0;
}

/* What the row says; one whose options cannot be read lends nothing. */
Mapping mapping_in(HeapTuple tuple, TupleDesc descriptor)
{
	const auto* form = reinterpret_cast<Form_pg_user_mapping>(GETSTRUCT(tuple));
	bool null = false;
	const Datum value = heap_getattr(tuple, Anum_pg_user_mapping_umoptions, descriptor, &null);
	Datum* elements = nullptr;
	int count = 0;
	if (null || !read_options(value, &elements, &count))
		return {form->oid, form->umuser, false, false};
	const List* options = untransformRelOptions(value);
	const char* read_only = option_text(options, read_only_option);
	return {form->oid, form->umuser, is_set(options, credentials_option, owners_credentials),
	        read_only != nullptr && is_true(read_only)};
}

MappingRow* read_mappings()
{
	MappingRow* rows = nullptr;
	Relation catalog = table_open(UserMappingRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, nullptr, 0, nullptr);
	for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
	     tuple = systable_getnext(scan))
	{
		auto* row = static_cast<MappingRow*>(palloc(sizeof(MappingRow)));
		row->server = reinterpret_cast<Form_pg_user_mapping>(GETSTRUCT(tuple))->umserver;
		row->mapping = mapping_in(tuple, RelationGetDescr(catalog));
		row->next = rows;
		rows = row;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return rows;
}

/* By membership alone, a superuser's too: who may do everything uses his own mapping. */
bool inherits(Oid role, Oid of)
{
	return is_member_of_role_nosuper(role, of) && has_privs_of_role(role, of);
}

/* The role that lends, and lets write if any does; of several the eldest. Server code. */
Oid find_lender(Oid server, Oid role)
{
	const Mapping* found = nullptr;
	for (const MappingRow* row = read_mappings(); row != nullptr; row = row->next)
	{
		const Mapping& mapping = row->mapping;
		if (row->server != server || !mapping.lends || !OidIsValid(mapping.holder) ||
		    !inherits(role, mapping.holder))
			continue;
		if (found == nullptr || std::pair(mapping.read_only, mapping.holder) <
		                            std::pair(found->read_only, found->holder))
			found = &mapping;
	}
	return found != nullptr ? found->holder : InvalidOid;
}

bool has_own(Oid server, Oid role)
{
	return SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(role),
	                             ObjectIdGetDatum(server));
}

Oid owner_of(Oid server)
{
	HeapTuple tuple = SearchSysCache1(FOREIGNSERVEROID, ObjectIdGetDatum(server));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	const Oid owner = reinterpret_cast<Form_pg_foreign_server>(GETSTRUCT(tuple))->srvowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* By server and role, until mappings or memberships change: the role that lends; 0: none does. */
using Lenders = std::map<std::pair<Oid, Oid>, Oid>;
Lenders* lenders = nullptr;
unsigned long changes_seen = 0;

void forget_lenders(Datum, int, uint32)
{
	++changes_seen;
	lenders->clear();
}

Lenders& known_lenders()
{
	if (lenders == nullptr)
	{
		lenders = new Lenders;
		call([] {
			for (const int cache : {USERMAPPINGOID, AUTHOID, AUTHMEMROLEMEM})
				CacheRegisterSyscacheCallback(cache, forget_lenders, 0);
		});
	}
	return *lenders;
}

Oid lender_of(Oid server, Oid role)
{
	const std::pair key(server, role);
	if (const auto known = known_lenders().find(key); known != known_lenders().end())
		return known->second;
	const unsigned long seen = changes_seen;
	const Oid lender = call([&] { return find_lender(server, role); });
	/* Of what changes while we look, the callback comes before the answer. */
	if (seen == changes_seen)
		known_lenders()[key] = lender;
	return lender;
}

} // namespace

std::optional<unsigned> mapping_holder(unsigned server, unsigned role)
{
	if (call([&] { return has_own(server, role); }))
		return role;
	/* What is lent is the owner's: he does not borrow it, and is not bound by how it is lent. */
	if (call([&] { return owner_of(server); }) == role)
	{
		const auto of_public = own_mapping_options(server, ACL_ID_PUBLIC);
		return of_public && !lends(*of_public) ? std::optional<unsigned>(ACL_ID_PUBLIC)
		                                       : std::nullopt;
	}
	if (const Oid lender = lender_of(server, role); OidIsValid(lender))
		return lender;
	return call([&] { return has_own(server, ACL_ID_PUBLIC); })
	           ? std::optional<unsigned>(ACL_ID_PUBLIC)
	           : std::nullopt;
}

unsigned mapping_used(unsigned server, unsigned role)
{
	const auto holder = mapping_holder(server, role);
	return call([&] { return GetUserMapping(holder.value_or(role), server)->umid; });
}

std::multimap<unsigned, Mapping> mappings_of(const std::set<unsigned>& servers)
{
	std::multimap<unsigned, Mapping> mappings;
	if (servers.empty())
		return mappings;
	for (const MappingRow* row = call(read_mappings); row != nullptr; row = row->next)
		if (servers.contains(row->server))
			mappings.emplace(row->server, row->mapping);
	return mappings;
}

} // namespace datalinks::pg
