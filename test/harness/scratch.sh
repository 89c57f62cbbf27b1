# Sourced by the scripts beside it: where things stand, and one scratch directory for the run.
#
# The server installation that PG_CONFIG names is never touched. It is copied into the scratch
# directory (the programs copied, libraries and data files linked) with the extension added:
# PostgreSQL finds both by where its programs stand. Servers refuse to run as root, so when root
# runs us, what runs them is started as another user, on a copy of the tests which that user can
# read.

set -euo pipefail
umask 022
unset MAKEFLAGS MFLAGS MAKELEVEL
export LANG=C.UTF-8 LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
harness=$root/test/harness
pg_config=${PG_CONFIG:-pg_config}
jobs=$(nproc)
cd "$root"

die()
{
	echo "$*" >&2
	exit 1
}

# release: the version of this tree, as 1.0.0.
release()
{
	sed -nE 's/^\t"version": "([^"]*)",$/\1/p' META.json
}

# make_extension TARGET...: the ordinary build, in the working tree; says only what is wrong.
make_extension()
{
	make -s --no-print-directory -j"$jobs" PG_CONFIG="$pg_config" ${CXX:+CXX="$CXX"} \
		${WERROR:+WERROR="$WERROR"} "$@"
}

# choose_user: who may run servers: ourselves, or when we are root the one that PostgreSQL's package has
# made, which may have been installed just now.
choose_user()
{
	unprivileged=()
	[ "$(id -u)" = 0 ] || return 0
	for user in postgres nobody
	do
		id "$user" >/dev/null 2>&1 || continue
		unprivileged=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups)
		break
	done
}

as_user()
{
	"${unprivileged[@]}" env HOME="$SCRATCH" "$@"
}

# open_scratch: makes the directory, and sees to it that neither it nor a server outlives us. What has to
# be installed stands by then.
open_scratch()
{
	SCRATCH=$(mktemp -d /tmp/datalinks.XXXXXX)
	export SCRATCH
	choose_user
	# Before it is given to whoever runs the servers: root counts beside him, and may write to his.
	: >"$SCRATCH/counts"
	inner=""
	beside=""
	trap close_scratch EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

close_scratch()
{
	local pid_file group
	trap '' INT TERM HUP
	for group in $inner $beside
	do
		kill -TERM -- "-$group" 2>/dev/null || continue
		timeout 20 bash -c "while kill -0 -- -$group 2>/dev/null; do sleep 0.1; done" ||
			kill -KILL -- "-$group" 2>/dev/null || true
	done
	find "$SCRATCH" -name postmaster.pid 2>/dev/null | while read -r pid_file
	do
		as_user "$PRIVATE_BIN/pg_ctl" -D "$(dirname "$pid_file")" -m immediate -s stop </dev/null || true
	done
	rm -rf "$SCRATCH"
}

# private_installation: fills $SCRATCH/install, and exports PRIVATE_BIN and PGXS_SRC.
private_installation()
{
	local bin lib share at
	bin=$("$pg_config" --bindir)
	lib=$("$pg_config" --pkglibdir)
	share=$("$pg_config" --sharedir)
	at=$SCRATCH/install
	PRIVATE_BIN=$at$bin
	PGXS_SRC=$(cd "$(dirname "$("$pg_config" --pgxs)")/.." && pwd)
	export PRIVATE_BIN PGXS_SRC

	mkdir -p "$at$bin" "$at$lib" "$at$share/extension"
	cp -L "$bin"/* "$at$bin/"
	link_all "$lib" "$at$lib"
	link_all "$share" "$at$share"
	link_all "$share/extension" "$at$share/extension"
	make_extension install DESTDIR="$at" >"$SCRATCH/install.log" 2>&1 || {
		cat "$SCRATCH/install.log"
		return 1
	}

	# Were these paths the system's, the tests would test whatever is installed there.
	[ "$("$at$bin/pg_config" --pkglibdir)" = "$at$lib" ] &&
		[ "$("$at$bin/pg_config" --sharedir)" = "$at$share" ] ||
		die "the server of $pg_config does not look for its files relative to its programs"
}

# border_module: adds the module of test/border, made of objects that make_extension has built.
border_module()
{
	mkdir -p build/border
	make -s --no-print-directory -C build/border -f "$root/test/border/Makefile" \
		OBJECTS="$root/src/postgres" PG_CONFIG="$pg_config" ${CXX:+CXX="$CXX"} \
		${WERROR:+WERROR="$WERROR"} install DESTDIR="$SCRATCH/install" >"$SCRATCH/border.log" 2>&1 || {
		cat "$SCRATCH/border.log"
		return 1
	}
}

# link_all FROM TO: links to all that FROM holds, but for this extension and what TO has already.
link_all()
{
	local file
	for file in "$1"/*
	do
		case ${file##*/} in
			datalinks.* | datalinks--*) continue ;;
		esac
		[ -e "$2/${file##*/}" ] || ln -s "$file" "$2/"
	done
}

# in_scratch SCRIPT [ARGUMENT...]: runs a script of this directory as the unprivileged user, in a
# copy of the tests. It is a process group of its own, so that an interrupt reaches all of it, once.
in_scratch()
{
	local part status=0
	mkdir -p "$SCRATCH/source" "$SCRATCH/tmp"
	for part in expected sql test
	do
		[ ! -d "$part" ] || cp -R "$part" "$SCRATCH/source/"
	done
	[ ${#unprivileged[@]} = 0 ] || chown -Rh "$user" "$SCRATCH"
	cd "$SCRATCH/source"
	set -m
	as_user PATH="$PRIVATE_BIN:$PATH" TMPDIR="$SCRATCH/tmp" bash "test/harness/$1" "${@:2}" \
		</dev/null &
	inner=$!
	set +m
	wait "$inner" || status=$?
	cd "$root"
	[ -z "${RESULTS:-}" ] || keep_results
	return "$status"
}

# keep_results: what the tests printed, for whoever writes the expected outputs.
keep_results()
{
	local part
	for part in results output_iso/results
	do
		[ ! -d "$SCRATCH/source/$part" ] || {
			mkdir -p "$RESULTS/$part"
			cp "$SCRATCH/source/$part"/*.out "$RESULTS/$part/" || true
		}
	done
}

# selected SUFFIX FILE...: those of the files that TESTS asks for, by name or pattern; else all.
selected()
{
	local suffix=$1 file name pattern
	shift
	for file in "$@"
	do
		name=$(basename "$file" "$suffix")
		[ -n "${TESTS:-}" ] || echo "$file"
		# Words and patterns are split here on purpose, but must not turn into file names.
		set -f
		for pattern in ${TESTS:-}
		do
			# shellcheck disable=SC2053
			[[ $name == $pattern ]] && echo "$file" && break
		done
		set +f
	done
}

# count SUITE PASSED FAILED: for the sum at the end.
count()
{
	printf '%-10s %4d passed, %d failed\n' "$1" "$2" "$3"
	echo "$2 $3" >>"$SCRATCH/counts"
}

# total: the closing line; fails where anything failed, or where nothing ran at all.
total()
{
	awk '{ passed += $1; failed += $2 }
		END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }' \
		"$SCRATCH/counts"
}
