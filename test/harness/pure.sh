# Sourced by unit and fuzz, after scratch.sh: the tests without a server. They run by themselves, or
# as a part of check, which then has made the scratch directory and does the sum.

if [ -z "${PART_OF_CHECK:-}" ]
then
	"$harness/dependencies" build test
	open_scratch
	finish() { total; }
else
	finish() { :; }
fi

make_pure() # TARGET FILE...
{
	make -s --no-print-directory -j"$jobs" -f "$harness/unit.mk" "$1" TESTS="${*:2}" \
		PG_INCLUDE="$("$pg_config" --includedir)" PG_LIB="$("$pg_config" --libdir)" \
		${CXX:+CXX="$CXX"} ${WERROR:+WERROR="$WERROR"}
}
