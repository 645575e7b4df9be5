"""Line coverage by folder, from what gcov says about an instrumented build."""

import collections
import json
import os
import subprocess


def report(root, build):
    """Lines of text: one a folder of the service, worst covered first."""
    hits = collections.defaultdict(dict)  # file -> line -> times executed
    notes = [os.path.join(folder, name) for folder, _, names in os.walk(build) for name in names
             if name.endswith(".gcda")]
    for start in range(0, len(notes), 50):
        done = subprocess.run(["gcov", "--json-format", "--stdout", *notes[start:start + 50]],
                              cwd=build, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                _add(root, json.loads(line), hits)
    folders = collections.defaultdict(lambda: [0, 0])
    for path, lines in hits.items():
        sums = folders[path.split(os.sep)[0]]
        sums[0] += sum(1 for count in lines.values() if count)
        sums[1] += len(lines)
    rows = sorted((run / total, name, run, total)
                  for name, (run, total) in folders.items() if total)
    return [f"{share:6.1%} {name:<12} {run} of {total} lines" for share, name, run, total in rows]


def _add(root, notes, hits):
    for file in notes["files"]:
        full = os.path.normpath(os.path.join(notes["current_working_directory"], file["file"]))
        path = os.path.relpath(full, root)
        if path.startswith(("..", "tests", "bench")):
            continue
        for line in file["lines"]:
            known = hits[path]
            known[line["line_number"]] = known.get(line["line_number"], 0) + line["count"]
