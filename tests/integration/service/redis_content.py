"""What the Redis processes behind a sandbox hold, read by their sockets."""

import os

from redis_link import Link

# How to read a whole value, by its type.
READERS = {"string": ("GET",), "hash": ("HGETALL",), "set": ("SMEMBERS",),
           "list": ("LRANGE", 0, -1), "zset": ("ZRANGE", 0, -1, "WITHSCORES"),
           "stream": ("XRANGE", "-", "+")}


def redis_at(box, name="redis"):
    """A connection to one process, which answers bytes."""
    secret = box.at("redis", "operator.password")
    if not os.path.exists(secret):
        return Link(box.at("redis", name + ".sock"), None, 20, raw=True)
    with open(secret, encoding="utf-8") as file:
        link = Link(box.at("redis", name + ".sock"), file.read().strip(), 20, raw=True)
    link.ask("READONLY")  # or a replica points to its primary
    return link


def pages_of_keys(link):
    cursor = None
    while cursor != b"0":
        cursor, keys = link.ask("SCAN", cursor or 0, "COUNT", 1000)
        yield keys


def everything(link):
    """Name, content and dump of every key, a list of texts for each page of keys."""
    for keys in pages_of_keys(link):
        kinds = link.ask_all([("TYPE", key) for key in keys])
        there = [(key, *READERS[kind]) for key, kind in zip(keys, kinds) if kind != "none"]
        values = link.ask_all([(verb, key, *more) for key, verb, *more in there])
        dumps = link.ask_all([("DUMP", key) for key, *_ in there])
        yield [text for (key, *_), value, dump in zip(there, values, dumps)
               for text in flat([key, value, dump])]


def flat(value):
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    elif value is not None:
        yield value if isinstance(value, bytes) else str(value).encode()
