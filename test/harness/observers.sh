# Sourced by check, sanitize and valgrind, after scratch.sh: what looks for faults in servers while the
# suites run on them.
#
#   SANITIZE=undefined   the extension is built with -fsanitize=..., the servers are the ordinary ones
#   VALGRIND=1           the servers run under valgrind
#
# What they find stands in $SCRATCH/findings, a file a process.

# one_pass: unless SUITES are given, those files that use every function, as it should be and as it
# should not.
one_pass()
{
	[ -n "${SUITES:-}" ] ||
		export SUITES="regress tap" TESTS="${TESTS:-[a-z]* *_null_arguments *_decoders *_session_memory}" \
			SESSION_CYCLES=${SESSION_CYCLES:-1}
}

observe_servers()
{
	[ -n "${SANITIZE:-}${VALGRIND:-}" ] || return 0
	mkdir "$SCRATCH/findings"
	[ -z "${SANITIZE:-}" ] || preload_options
	[ -z "${VALGRIND:-}" ] || servers_under_valgrind
}

# The sanitizer looks for its options when it has something to report, and by then the server has written
# its title over the environment: a library brings them.
preload_options()
{
	local options=print_stacktrace=1:log_path=$SCRATCH/findings/sanitizer
	echo "extern \"C\" const char* __ubsan_default_options() { return \"$options\"; }" |
		"${CXX:-g++}" -shared -fPIC -x c++ -o "$SCRATCH/options.so" -
	export LD_PRELOAD=$SCRATCH/options.so
}

# What initdb runs stays as it is: of ours it runs nothing. A server looks for its files relative to
# its program, which hence keeps its place.
servers_under_valgrind()
{
	mv "$PRIVATE_BIN/postgres" "$PRIVATE_BIN/postgres.bin"
	cat >"$PRIVATE_BIN/postgres" <<-END
		#!/bin/sh
		case "\$1" in
			-D) exec valgrind -q --num-callers=30 \\
				--suppressions="$SCRATCH/source/test/harness/valgrind.supp" \\
				--log-file="$SCRATCH/findings/valgrind.%p" "$PRIVATE_BIN/postgres.bin" "\$@" ;;
			*) exec "$PRIVATE_BIN/postgres.bin" "\$@" ;;
		esac
	END
	chmod 755 "$PRIVATE_BIN/postgres"
}

# count_findings: one failure for each process that found something; shows what it was.
count_findings()
{
	local files=()
	[ -d "$SCRATCH/findings" ] || return 0
	mapfile -t files < <(find "$SCRATCH/findings" -type f -size +0)
	[ ${#files[@]} = 0 ] || head -n 200 "${files[@]:0:20}"
	count findings 0 ${#files[@]}
}
