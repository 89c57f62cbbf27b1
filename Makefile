# datalinks: built with PGXS, tested by the scripts in test/harness.
#
#   make, make install, make installcheck     against the server that PG_CONFIG names
#   make check                                 everything, on private throw-away servers
#   make check-matrix                          that, on PostgreSQL 15, 16, 17 and 18
#   make unit | fuzz | demo | bench            one part of it; make lint, make format for the code
#   make soak                                  what is random, at length
#   make coverage                              which lines of src/ the tests run
#   make sanitize | valgrind                   tests on servers that are watched by those
#   make check-clients                         the tools of the README, on a link
#   make check-remotes, make check-upgrades    links to remotes of 10 to 18; pg_upgrade with links
#   make deb | dist                            Debian packages; the archive for PGXN, in build/
#   make check-package | check-fresh           those, and make demo and check, on new machines

PG_CONFIG ?= pg_config
HARNESS = check check-matrix check-clients check-remotes check-upgrades check-package check-fresh deb dist \
	unit fuzz soak coverage sanitize valgrind demo bench lint format

ifneq (,$(filter $(HARNESS),$(MAKECMDGOALS)))

# These stand apart from PGXS: they install it where it is missing, and it has a check of its own.
ifneq (,$(filter-out $(HARNESS),$(MAKECMDGOALS)))
$(error run "make $(filter $(HARNESS),$(MAKECMDGOALS))" in a command of its own)
endif
.PHONY: $(HARNESS)
$(HARNESS):
	@test/harness/$@

else

MODULE_big = datalinks
EXTENSION = datalinks
DATA := $(sort $(wildcard sql/datalinks--*.sql))
OBJS := $(patsubst %.cpp,%.o,$(sort $(wildcard src/*.cpp src/*/*.cpp)))
EXTRA_CLEAN = $(OBJS:.o=.d) build

# The expected outputs stand in expected/: pg_regress of every version looks there by itself.
REGRESS := $(basename $(notdir $(sort $(wildcard test/sql/*.sql))))
REGRESS_OPTS = --inputdir=test
ISOLATION := $(basename $(notdir $(sort $(wildcard test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation $(isolation_expected)
PROVE_TESTS := $(sort $(wildcard test/t/*.pl))

# The TAP tests start servers, which refuse to run as root.
ifneq (0,$(shell id -u))
TAP_TESTS := $(if $(PROVE_TESTS),1)
else ifneq (,$(filter installcheck,$(MAKECMDGOALS)))
$(warning the TAP tests are skipped: they start servers of their own, which root may not. Run make \
	installcheck as another user, or make check)
endif

# PGXS links with the C compiler and has clang write bitcode without our flags.
override COMPILER = $(CXX) $(CXXFLAGS)
override with_llvm = no

# Server headers are system headers, so that the warnings are about our code alone.
system_includes = $(filter-out /usr/include,$(includedir_server) $(includedir))
PG_CPPFLAGS = -iquote src $(addprefix -isystem ,$(system_includes)) -MMD -MP
PG_CXXFLAGS = -std=c++20 -fvisibility=hidden -fvisibility-inlines-hidden \
	-Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor -Wno-register \
	$(if $(findstring clang,$(CXX)),-Wno-unknown-warning-option) $(WERROR)
SHLIB_LINK = $(libpq)

PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq (,$(wildcard $(PGXS)))
$(error no PGXS at "$(PG_CONFIG)": install postgresql-server-dev, or set PG_CONFIG)
endif
include $(PGXS)
# Under the server's -fwrapv no overflow would be seen; optimized, it compiles ten times as long.
override CXXFLAGS += $(SANITIZE:%=-O0 -fno-wrapv -fsanitize=%)
PG_PROVE_FLAGS += -I $(CURDIR)/test/t

ifneq (yes,$(shell test $(MAJORVERSION) -ge 15 2>/dev/null && echo yes))
$(error datalinks needs PostgreSQL 15 or newer, and $(PG_CONFIG) belongs to $(VERSION))
endif

# Specs have their outputs beside them; since 16 one in expected/ of the same name would go first.
isolation_expected = $(if $(filter 15,$(MAJORVERSION)),,--expecteddir=test/isolation)

# Objects made for another server or by another compiler are made anew.
$(OBJS): build/made-for
build/made-for: FORCE
	@mkdir -p build; echo '$(CXX) $(VERSION) $(CXXFLAGS)' | cmp -s - $@ || \
		echo '$(CXX) $(VERSION) $(CXXFLAGS)' >$@
FORCE:
.PHONY: FORCE

-include $(OBJS:.o=.d)

endif
