# Sourced after scratch.sh by what runs in chroots of other releases: how they are made, kept in
# DATALINKS_CHROOTS (/var/cache/datalinks-chroots), copied and entered. It takes root.
#
# Mounts, processes and all that a run in one leaves end with its namespace, however it ends.
# in_time's limit is the second of the run in $deadline, if that is set.

chroots=${DATALINKS_CHROOTS:-/var/cache/datalinks-chroots}
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
deadline=
running=''
machines=()

out_of_time()
{
	[ -n "$deadline" ] && [ "$SECONDS" -ge "$deadline" ]
}

# in_time COMMAND...: killed when the time is over. In the background, and a process group of its
# own (timeout sees to that), so that an interrupt need not wait and can end all of it.
in_time()
{
	local left=infinity status=0
	[ -z "$deadline" ] || left=$((deadline - SECONDS))
	! out_of_time || return
	timeout --signal=KILL "$left" "$@" </dev/null &
	running=$!
	wait "$running" 2>/dev/null || status=$?
	running=
	return "$status"
}

# contained COMMAND...: in namespaces of its own, which take its mounts and processes along.
contained()
{
	in_time unshare --mount --pid --fork --kill-child "$@"
}

# inside CHROOT COMMAND...: systemd's postinst wants /proc, and the server wants /dev/shm.
inside()
{
	# shellcheck disable=SC2016
	contained bash -c 'mount -t proc proc "$1/proc" &&
		mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" && exec chroot "$@"' bash "$@"
}

# bootstrap DIRECTORY SUITE SCRIPT COMPONENTS KEYRING PACKAGES: a minimal system. A mirror may lag
# behind, by more than the week for which lists of a distribution in the making are valid; their
# signatures are checked.
bootstrap()
{
	contained debootstrap --variant=minbase --components="$4" --keyring="$5" --force-check-gpg \
		--include="$6" "$2" "$1" "" "/usr/share/debootstrap/scripts/$3" &&
		echo 'Acquire::Check-Valid-Until "false";' >"$1/etc/apt/apt.conf.d/90mirror" &&
		inside "$1" apt-get -q update
}

# machine RELEASE: a new machine of Debian RELEASE, in $machine: minimal, with ca-certificates, git,
# make and sudo, and the user dba, who may use sudo. One such is kept to copy.
machine()
{
	local base=$chroots/bare-$1
	mkdir -p "$chroots"
	exec 9>"$chroots/bare-$1.lock"
	flock 9
	if [ ! -d "$base" ]
	then
		rm -rf "$base.new"
		bootstrap "$base.new" "$1" sid main "$debian_keyring" ca-certificates,git,make,sudo \
			>"$SCRATCH/bootstrap.log" 2>&1 || {
			tail -n 5 "$SCRATCH/bootstrap.log"
			return 1
		}
		mv "$base.new" "$base"
	fi
	exec 9>&-
	machine=$(mktemp -d "$chroots/machine.XXXXXX")
	machines+=("$machine")
	chmod 755 "$machine"
	cp -a --reflink=auto "$base/." "$machine/"
	echo force-unsafe-io >"$machine/etc/dpkg/dpkg.cfg.d/machine"
	echo "127.0.0.1 localhost $(uname -n)" >"$machine/etc/hosts"
	chroot "$machine" useradd --create-home --shell /bin/bash dba
	echo 'dba ALL=(ALL) NOPASSWD: ALL' >"$machine/etc/sudoers.d/dba"
}

# on_machine USER COMMAND...: on the last one made, in the user's home, with an environment as new.
on_machine()
{
	local home=/home/$1
	[ "$1" != root ] || home=/root
	# shellcheck disable=SC2016
	inside "$machine" setpriv --reuid="$1" --regid="$1" --init-groups env -i HOME="$home" \
		USER="$1" TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		bash -c 'cd && "$@"' bash "${@:2}"
}

# clone_to_machine USER: what is committed here, as that user would clone it; in the home, datalinks.
clone_to_machine()
{
	rm -rf "$machine/srv/datalinks.git"
	git clone -q --bare --no-hardlinks "$root" "$machine/srv/datalinks.git"
	chroot "$machine" chown -R "$1:" /srv/datalinks.git
	on_machine "$1" git clone -q /srv/datalinks.git datalinks
}

# scrap_machines: takes away those made, and what still runs in them. What was killed there may take
# a moment to end; and whatever is wrong, the rest of a trap must follow.
scrap_machines()
{
	[ -z "$running" ] || kill -KILL -- "-$running" 2>/dev/null || true
	running=
	[ ${#machines[@]} = 0 ] || rm -rf --one-file-system "${machines[@]}" 2>/dev/null ||
		{ sleep 2 && rm -rf --one-file-system "${machines[@]}"; } || true
	machines=()
}

# needs_root_and_chroots: ends the run where it cannot work.
needs_root_and_chroots()
{
	[ "$(id -u)" = 0 ] || die "${0##*/} makes machines in chroots: run it as root"
	unshare --mount --pid --fork true 2>/dev/null || die "${0##*/} needs the right to mount"
	"$harness/dependencies" chroot release
}
