/*
 * What means the same on both sides: see shippable.hpp.
 */
#include "fdw/shippable.hpp"

namespace datalinks::fdw
{

bool is_built_in(Oid object)
{
	return object < FirstGenbkiObjectId;
}

bool is_name_of_object(Oid type)
{
	switch (type)
	{
	case REGPROCOID:
	case REGPROCEDUREOID:
	case REGOPEROID:
	case REGOPERATOROID:
	case REGCLASSOID:
	case REGTYPEOID:
	case REGROLEOID:
	case REGNAMESPACEOID:
	case REGCONFIGOID:
	case REGDICTIONARYOID:
	case REGCOLLATIONOID:
		return true;
	default:
		return false;
	}
}

} // namespace datalinks::fdw
