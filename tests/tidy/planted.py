"""Samples for the rules: (rule, path, text, how many violations the rule must find)."""

import rules


def _function(lines, head="int f(int a) {"):
    return head + "\n" + "  ++a;\n" * (lines - 2) + "}\n"


def _inside(text):
    return "namespace glados {\nclass c {\n" + text + "};\n}\n"


_MARKER = "TO" + "DO"
_PLACE = "/" + "root/secret"

SAMPLES = (
    (rules.direction, "domain/a.cpp", '#include "storage/x.hpp"\n', 1),
    (rules.direction, "domain/a.cpp", '#include "domain/x.hpp"\n#include <vector>\n', 0),
    (rules.direction, "actors/a.cpp", '#include "http/x.hpp"\n', 1),
    (rules.direction, "actors/a.cpp", '#include "storage/directory_store.hpp"\n', 0),
    (rules.direction, "actors/a.cpp", '#include "storage/redis_store.hpp"\n', 1),
    (rules.direction, "http/a.cpp", '#include "actors/x.hpp"\n#include "crypto/y.hpp"\n', 0),
    (rules.direction, "http/a.cpp", '#include "delivery/x.hpp"\n#include "app/y.hpp"\n', 2),
    (rules.direction, "app/a.cpp", '#include "delivery/x.hpp"\n', 0),
    (rules.direction, "app/a.cpp", '#include "tests/x.hpp"\n', 1),
    (rules.libraries, "domain/a.cpp", "#include <openssl/evp.h>\n", 1),
    (rules.libraries, "domain/a.cpp", "#include <caf/all.hpp>\n", 1),
    (rules.libraries, "crypto/a.cpp", "#include <openssl/evp.h>\n", 0),
    (rules.libraries, "http/a.hpp", "#include <rapidjson/document.h>\n", 1),
    (rules.libraries, "http/a.cpp", "#include <rapidjson/document.h>\n", 0),
    (rules.identifiers_library, "domain/quota.cpp", "#include <libpsl.h>\n", 1),
    (rules.identifiers_library, "domain/sii.cpp", "#include <libpsl.h>\n", 0),
    (rules.file_length, "a.cpp", "\n" * (rules.LONGEST_FILE + 1), 1),
    (rules.file_length, "a.cpp", "\n" * rules.LONGEST_FILE, 0),
    (rules.line_width, "a.cpp", "x" * (rules.WIDEST_LINE + 1) + "\n", 1),
    (rules.line_width, "a.cpp", "\u00fc" * rules.WIDEST_LINE + "\n", 0),
    (rules.function_length, "a.cpp", _function(61), 1),
    (rules.function_length, "a.cpp", _function(60), 0),
    (rules.function_length, "a.cpp", _inside(_function(61)), 1),
    (rules.function_length, "a.cpp", _inside(_function(60) + _function(60)), 0),
    (rules.function_length, "a.cpp", _function(61, "struct p* f(int a) {"), 1),
    (rules.function_length, "a.cpp", "class alignas(64) s {\n" + "  int a;\n" * 100 + "};\n", 0),
    (rules.function_length, "a.cpp", "const char* s = \"}{\";\n" + _function(61), 1),
    (rules.function_length, "a.cpp", "struct s {\n" + "  int a;\n" * 100 + "};\n", 0),
    (rules.function_length, "a.cpp", _function(61, "c::c(int a)\n    : b_(a) {"), 1),
    (rules.banned, "actors/a.cpp", "std::this_thread::sleep_for(1s);\n", 1),
    (rules.banned, "tests/unit/x/a.cpp", "std::this_thread::sleep_for(1s);\n", 1),
    (rules.banned, "tests/integration/x/a.cpp", "std::this_thread::sleep_for(1s);\n", 0),
    (rules.banned, "actors/a.cpp", "// sleep_for(1s) would block\nauto s = \"usleep(1)\";\n", 0),
    (rules.banned, "actors/a.cpp", "sleep_for(1s);  // tidy: a sleep, because it is a sample\n", 0),
    (rules.banned, "actors/a.cpp", "sleep_for(1s);  // tidy: a sleep\n", 1),
    (rules.banned, "actors/a.cpp", "sleep_for(1s);  // tidy: a shell, because it is one\n", 1),
    (rules.banned, "actors/a.cpp", "self->request(store, caf::infinite, msg);\n", 1),
    (rules.banned, "actors/a.cpp", "caf::scoped_actor self{system};\n", 1),
    (rules.banned, "http/a.cpp", "std::regex pattern{text};\n", 1),
    (rules.banned, "http/a.cpp", "#include <regex>\n", 1),
    (rules.banned, "app/a.cpp", "  std::system(command);\n  ::system(command);\n", 2),
    (rules.banned, "app/a.cpp", "  caf::actor_system system(config);\n", 0),
    (rules.banned, "http/a.cpp", "  system().scheduler().enqueue(job);\n  system(command);\n", 1),
    (rules.banned, "crypto/a.cpp", "int r = rand();\n", 1),
    (rules.banned, "crypto/a.cpp", "RAND_bytes(out, n); operand(x); a.rand(1);\n", 0),
    (rules.banned, "http/a.cpp", "strcpy(a, b);\nsprintf(a, b);\nsnprintf(a, n, b);\n", 2),
    (rules.banned, "http/a.cpp", "std::cout << x;\n", 1),
    (rules.banned, "app/a.cpp", "std::cout << x;\n", 0),
    (rules.banned, "http/a.cpp", "int big = 1'000'000; sleep_for(1s); char c = '\\'';\n", 1),
    (rules.pragma_once, "http/a.hpp", "struct a {};\n", 1),
    (rules.pragma_once, "http/a.hpp", "#pragma once\n", 0),
    (rules.using_namespace, "http/a.hpp", "using namespace std;\n", 1),
    (rules.using_namespace, "http/a.cpp", "using namespace std;\n", 0),
    (rules.machine_paths, "a.md", f"see {_PLACE}\n", 1),
    (rules.machine_paths, "a.md", "see docs/home/page and https://example.org/home/x\n", 0),
    (rules.markers, "a.cpp", f"// {_MARKER}: later\n", 1),
    (rules.markers, "a.cpp", "// todos are in the issues\n", 0),
)
