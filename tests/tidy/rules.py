"""The rules of the layout: who may include whom, how long things may be, what nobody calls.

A rule takes a path (relative to the root) and its text and yields (line number, what is wrong). All
are pure, so that the self-test can plant a violation and expect it to be found.
"""

import re

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
WIDEST_LINE = 100

# Folder -> the other folders it may include, as in docs/architecture.md.
MAY_USE = {
    "domain": set(),
    "crypto": {"domain"},
    "config": {"domain"},
    "telemetry": set(),
    "storage": {"domain"},
    "delivery": {"domain"},
    "actors": {"domain", "storage"},
    "cluster": {"actors", "domain", "storage"},
    "http": {"actors", "config", "crypto", "domain", "storage", "telemetry"},
    "admin": {"config", "crypto", "domain", "storage"},
    "workload": set(),
    "load": {"workload"},
    "sim": {"actors", "cluster", "config", "domain", "storage", "workload"},
}
SERVING = (*MAY_USE, "app")
FOLDERS = (*SERVING, "console", "bench", "tests")

# Beginning of a library's headers -> the folders that may include them.
LIBRARIES = {
    "phonenumbers/": {"domain"},
    "idn2.h": {"domain"},
    "libpsl.h": {"domain"},
    "openssl/": {"crypto", "http", "cluster", "load", "app"},
    "toml++/": {"config"},
    "hiredis/": {"storage"},
    "uv.h": {"storage"},
    "caf/": {"actors", "cluster", "http", "sim", "app"},
    "curl/": {"delivery", "admin", "app"},
    "pistache/": {"http", "app"},
    "rapidjson/": {"http", "delivery", "load", "admin", "app"},
    "spdlog/": {"telemetry"},
    "prometheus/": {"telemetry"},
    "CLI/": {"app"},
}
# Headers nobody needs in another header: they cost seconds in every file.
HEAVY = ("caf/all.hpp", "rapidjson/", "toml++/", "spdlog/", "prometheus/", "CLI/")

BANNED = {
    "a sleep": r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.>:])sleep\s*\(",
    "an infinite timeout": r"\bcaf::infinite\b|(?<![\w.:])infinite\s*[,)]",
    "a blocking actor": r"\bscoped_actor\b",
    "std::regex": r"\bstd::w?s?regex\b|#\s*include\s*<regex>",
    "a shell": r"\bstd::system\s*\(|(?<!\w)::system\s*\(|^\s*system\s*\(\s*[\w\"].*\)\s*;"
               r"|\bpopen\s*\(",
    "a weak random number": r"(?<![\w.>])s?rand\s*\(|\brand_r\s*\(|\b(mt19937|minstd_rand)\w*\b",
    "an unbounded copy": r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(",
    "a clock with a time zone or one buffer": r"(?<![\w.>])(localtime|gmtime|asctime|ctime)\s*\(",
    "the console": r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(printf|puts)\s*\(",
}
# Where a banned thing is all right after all.
ALLOWED = {
    "the console": ("app/", "bench/", "tests/"),
    "a blocking actor": ("app/", "bench/", "tests/"),
    "a sleep": ("bench/", "tests/integration/", "tests/chaos/"),
    # Jitter needs no secrecy.
    "a weak random number": ("bench/", "tests/", "app/", "storage/redis_"),
}
# A line may allow itself one thing, with its reason: // tidy: a sleep, because ...
_EXCUSE = re.compile(r"//\s*tidy:\s*(.+?), because \S")


def strip(text):
    """The code without comments and the content of literals; lines stay where they are."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\\\s]{0,16})\(.*?\)(?P=d)"'
        r'|"(?:[^"\\\n]|\\.)*"|(?<![0-9A-Fa-f])\'(?:[^\'\\\n]|\\.)+\'', re.S)

    def blank(match):
        found = match.group(0)
        inside = "\n" * found.count("\n")
        return found[0] + inside + found[-1] if found[0] in "\"'" else inside

    return pattern.sub(blank, text)


def folder_of(path):
    return path.split("/")[0]


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match[1]


def direction(path, text):
    """Folders include only what the table allows."""
    own = folder_of(path)
    for number, name in includes(text):
        other = folder_of(name)
        if other not in FOLDERS or other == own or "/" not in name:
            continue
        if own in MAY_USE and other not in MAY_USE[own]:
            yield number, f"{own} may not include {other}"
        elif own in ("actors", "cluster") and name.startswith("storage/redis"):
            yield number, f"{own} may use the ports of storage, not its adapter"
        elif own in SERVING and other in ("tests", "bench"):
            yield number, f"{own} may not include {other}"


def libraries(path, text):
    """Libraries are included only where they belong, and the heavy ones not in headers."""
    own = folder_of(path)
    if own not in SERVING:
        return
    for number, name in includes(text):
        for start, folders in LIBRARIES.items():
            if name.startswith(start) and own not in folders:
                yield number, f"{own} may not include {name}"
        if path.endswith(".hpp") and name.startswith(HEAVY):
            yield number, f"{name} is too heavy for a header"


def identifiers_library(path, text):
    """Within domain/, only the identifiers know libphonenumber, libidn2 and libpsl."""
    if folder_of(path) != "domain" or path.startswith("domain/sii"):
        return
    for number, name in includes(text):
        if name.startswith(("phonenumbers/", "idn2.h", "libpsl.h")):
            yield number, f"{name} belongs to domain/sii"


def file_length(path, text):
    """A file is read in one sitting."""
    count = text.count("\n")
    if count > LONGEST_FILE:
        yield count, f"{count} lines, at most {LONGEST_FILE}"


def line_width(path, text):
    """Lines fit two beside each other."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > WIDEST_LINE:
            yield number, f"{len(line)} columns, at most {WIDEST_LINE}"


_PARAMETERS = re.compile(r"\)\s*(const|noexcept|override|final|->.*|:.*|&|\s)*$", re.S)
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def function_length(path, text):
    """A function fits a screen. Counted from its first line to its closing brace."""
    code = strip(text)
    stack = []  # (is a scope of declarations, line of the header, is a function)
    head_start, line = 0, 1
    head_line = 1
    for place, char in enumerate(code):
        if char == "\n":
            line += 1
        if char in ";{}":
            head = code[head_start:place]
            outside = all(scope for scope, _, _ in stack)
            if char == "{":
                # "struct stat f(int a)" is a function; "class alignas(64) slot" is not.
                scope = bool(_SCOPE.search(head)) and not _PARAMETERS.search(head)
                stack.append((scope, head_line, outside and not scope and ")" in head))
            elif char == "}" and stack:
                _, began, function = stack.pop()
                if function and line - began + 1 > LONGEST_FUNCTION:
                    yield began, f"function of {line - began + 1} lines, at most {LONGEST_FUNCTION}"
            head_start = place + 1
            head_line = None
        elif head_line is None and not char.isspace():
            head_line = line


def banned(path, text):
    """Nobody blocks, shells out, or uses the functions that go wrong."""
    raw = text.splitlines()
    for number, line in enumerate(strip(text).splitlines(), 1):
        for what, pattern in BANNED.items():
            if path.startswith(ALLOWED.get(what, ())) or not re.search(pattern, line):
                continue
            excuse = _EXCUSE.search(raw[number - 1])
            if not excuse or excuse[1] != what:
                yield number, f"calls {what}"


_PATHS = re.compile(r"(?<![\w./~-])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/[\w.]")


def machine_paths(path, text):
    """Nothing depends on one machine's folders."""
    for number, line in enumerate(text.splitlines(), 1):
        if _PATHS.search(line):
            yield number, "names a folder of some machine"


_WORDS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
_MARKERS = re.compile(r"\b(?:" + "|".join(_WORDS) + r")\b")


def markers(path, text):
    """Work that is left belongs into the issues."""
    for number, line in enumerate(text.splitlines(), 1):
        if _MARKERS.search(line):
            yield number, "marks unfinished work"


def pragma_once(path, text):
    """Every header may be included twice."""
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield 1, "lacks #pragma once"


def using_namespace(path, text):
    """No header opens a namespace for those who include it."""
    if path.endswith(".hpp") and folder_of(path) in SERVING:
        for number, line in enumerate(strip(text).splitlines(), 1):
            if re.match(r"using\s+namespace\b", line):
                yield number, "opens a namespace in a header"


SOURCE_RULES = (direction, libraries, identifiers_library, file_length, line_width, function_length,
                banned, pragma_once, using_namespace)
TEXT_RULES = (machine_paths, markers)
SCRIPT_RULES = (file_length, line_width)
