# The pure sources without a server, under AddressSanitizer and UndefinedBehaviorSanitizer. They see
# libpq's headers and not the server's, so that one which is not pure does not compile.
# Called by unit and fuzz with TESTS (files) and PG_INCLUDE, PG_LIB from pg_config.

PURE = $(sort $(wildcard src/schema/*.cpp src/remote/url*.cpp src/remote/hosts.cpp \
	src/remote/addresses.cpp src/remote/allowed_hosts.cpp src/remote/effective.cpp \
	src/remote/options.cpp src/remote/parameter*.cpp src/remote/reason.cpp src/remote/rules.cpp \
	src/remote/scram.cpp src/remote/secrets.cpp))
FLAGS = -std=c++20 -g -O1 -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS -MMD -MP -iquote src \
	$(addprefix -isystem ,$(filter-out /usr/include,$(PG_INCLUDE))) \
	-Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor $(WERROR) \
	-fsanitize=address,undefined -fno-sanitize-recover=all
LIBS = -L$(PG_LIB) -lpq

# Sanitized objects of two compilers do not mix.
OUT = build/unit/$(notdir $(firstword $(CXX)))
UNIT = $(addprefix $(OUT)/,$(PURE:.cpp=.o) $(filter-out test/unit/fuzz_%,$(TESTS:.cpp=.o)))
# What fuzzers read comes from users and remotes.
FUZZ_PURE = $(addprefix build/fuzz/,$(PURE:.cpp=.o))
FUZZERS = $(patsubst test/unit/%.cpp,build/fuzz/%,$(filter test/unit/fuzz_%,$(TESTS)))

.SECONDARY:
unit: build/unit/all
fuzz: $(FUZZERS)
.PHONY: unit fuzz FORCE

# Linked every time: which tests it holds depends on what was asked for.
build/unit/all: $(UNIT) FORCE
	@$(CXX) $(FLAGS) $(UNIT) -o $@ -lgtest_main -lgtest $(LIBS)

build/fuzz/fuzz_%: build/fuzz/test/unit/fuzz_%.o $(FUZZ_PURE)
	@clang++ $(FLAGS) -fsanitize=fuzzer $^ -o $@ $(LIBS)

$(OUT)/%.o: %.cpp
	@mkdir -p $(@D)
	@$(CXX) $(FLAGS) -c $< -o $@

build/fuzz/%.o: %.cpp
	@mkdir -p $(@D)
	@clang++ $(FLAGS) -fsanitize=fuzzer-no-link -c $< -o $@

-include $(shell find build/unit build/fuzz -name '*.d' 2>/dev/null)
