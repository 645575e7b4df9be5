"""The commands of a page of documentation, run as they stand there.

A block that begins with ```sh NAME belongs to the walk NAME: its blocks are run in their order by
one bash, which stops at the first command that fails. A block ```text says behind one holds lines
that its output must have, in that order; … in a line stands for anything.
"""

import re
import subprocess

FENCE = re.compile(r"^```(\S*)[ ]*(.*)$")


class Failed(Exception):
    """A block did not do what the page says."""


class Block:
    def __init__(self, line, text):
        self.line = line  # of the page
        self.text = text
        self.says = []


def blocks(text, walk):
    """The blocks of one walk of a page."""
    every, kind, start, body = [], None, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if kind is None:
            if match:
                kind, start, body = (match[1], match[2].strip()), number, []
        elif match and not match[1]:
            if kind[0] == "sh":
                every.append((kind[1], Block(start, "\n".join(body))))
            elif kind == ("text", "says"):
                if not every:
                    raise Failed(f"line {start}: says, but nothing was run before")
                every[-1][1].says += body
            kind = None
        else:
            body.append(line)
    if kind is not None:
        raise Failed(f"line {start}: a block without its end")
    return [block for name, block in every if name == walk]


def missing(says, output):
    """The first line of `says` that `output` lacks, each looked for behind the one before."""
    lines, at = output.splitlines(), 0
    for wanted in says:
        pattern = ".*".join(re.escape(part.strip()) for part in wanted.split("…"))
        while at < len(lines) and not re.search(pattern, lines[at]):
            at += 1
        if at == len(lines):
            return wanted
        at += 1
    return None


def run(found, command, seconds=300):
    """Runs blocks by one shell, which `command` starts; yields (block, output) after each. Raises
    `Failed` at the first that ends otherwise than with success, or does not say what it should."""
    mark = "==block-done=="
    shell = subprocess.Popen([*command, "bash", "-c", "cd; exec bash -euo pipefail -s"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, errors="replace")
    watch = subprocess.Popen(["sleep", str(seconds)])  # ends the shell when it takes too long
    try:
        for block in found:
            shell.stdin.write(f"{{\n{block.text}\n}} </dev/null\necho; echo {mark}\n")
            shell.stdin.flush()
            output = ""
            for line in shell.stdout:
                if line.strip() == mark:
                    break
                output += line
            else:
                raise Failed(f"line {block.line}: status {shell.wait()} of\n{block.text}\n"
                             f"It said:\n{output[-3000:]}")
            lacking = missing(block.says, output)
            if lacking is not None:
                raise Failed(f"line {block.line}: the page says '{lacking}', the command said:\n"
                             f"{output[-3000:]}")
            yield block, output
    finally:
        watch.kill()
        watch.wait()
        shell.kill()
        shell.wait()
