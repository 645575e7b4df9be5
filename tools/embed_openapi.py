"""Turns the OpenAPI document from YAML into a C++ source that holds it as JSON.

  embed_openapi.py openapi.yaml openapi_text.cpp
"""

import json
import sys

import yaml

MERGE = "tag:yaml.org,2002:merge"
DELIMITER = "openapi"
PIECE = 8000  # characters a literal; the compiler joins them


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, which YAML parsers silently let win."""


def mapping_without_repeats(loader, node, deep=False):
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == MERGE:
            continue
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise SystemExit(f"{key_node.start_mark}: {key!r} stands twice")
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


Strict.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG,
    lambda loader, node: mapping_without_repeats(loader, node, True))


def text_keys(value):
    """YAML reads 200: as a number; in JSON every key is text."""
    if isinstance(value, dict):
        return {str(key): text_keys(item) for key, item in value.items()}
    return [text_keys(item) for item in value] if isinstance(value, list) else value


def source(document):
    text = json.dumps(text_keys(document), ensure_ascii=True, separators=(",", ":"))
    pieces = [text[at:at + PIECE] for at in range(0, len(text), PIECE)]
    literals = "\n".join(f'    R"{DELIMITER}({piece}){DELIMITER}"' for piece in pieces)
    return ('// Made from http/openapi.yaml by tools/embed_openapi.py.\n'
            '#include "http/openapi.hpp"\n\nnamespace glados::http {\n\n'
            'std::string_view openapi_json() {\n  static constexpr char text[] =\n'
            f'{literals};\n  return {{text, sizeof text - 1}};\n}}\n\n'
            '}  // namespace glados::http\n')


def main(words):
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(words[0], encoding="utf-8") as file:
        document = yaml.load(file, Loader=Strict)
    document.pop("x-shared", None)  # anchors only
    with open(words[1], "w", encoding="utf-8") as file:
        file.write(source(document))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
