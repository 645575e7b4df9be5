"""Carries what a sandbox keeps from one kind of Redis to the other: a home that was started with
one node may be started as a cluster, and the other way round."""

import binascii
import os
import shutil

import processes
from home import say
from redis_cluster import NODES, PRIMARIES, SLOTS, RedisCluster
from redis_link import Link
from redis_single import RedisSingle

AT_ONCE = 200


def kind_of(home):
    """'single', 'cluster', or None when nothing is kept."""
    try:
        with open(home.at("redis", "kind"), encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        if os.path.exists(home.at("redis", "formed")):
            return "cluster"
        return "single" if os.path.isdir(home.at("redis", "appendonlydir")) else None


def folders(home, kind):
    """What a kind keeps its data in."""
    if kind == "single":
        return [home.at("redis", "appendonlydir")]
    return [home.at("redis", str(number)) for number in range(1, NODES + 1)]


def forget(home, kind):
    for folder in folders(home, kind):
        shutil.rmtree(folder, ignore_errors=True)
    if kind == "cluster" and os.path.exists(home.at("redis", "formed")):
        os.unlink(home.at("redis", "formed"))


def remember(home, kind):
    processes.write_atomically(home.at("redis", "kind"), kind + "\n")


def start(home, cluster, reserved):
    """Starts the wanted kind, with whatever the other kind kept."""
    wanted = "cluster" if cluster else "single"
    redis = RedisCluster(home, reserved) if cluster else RedisSingle(home)
    kept = kind_of(home)
    if kept in (None, wanted):
        redis.start()
        remember(home, wanted)
        return redis
    forget(home, wanted)  # a copy that was not finished
    other = RedisSingle(home) if cluster else RedisCluster(home, reserved)
    try:
        other.start()
        redis.start()
        say(f"      {carry(other, redis)} keys moved from the other kind of Redis")
        remember(home, wanted)
    except BaseException:
        redis.stop()
        raise
    finally:
        other.stop()
    forget(home, kept)
    return redis


def carry(source, target):
    moved = 0
    links = open_links(target)
    for source_link in open_links(source):
        with source_link:
            cursor = b"0"
            while True:
                cursor, keys = source_link.ask("SCAN", cursor, "COUNT", AT_ONCE)
                moved += copy(source_link, links, keys)
                if cursor == b"0":
                    break
    for link in links:
        link.__exit__()
    return moved


def open_links(redis):
    """One to each process that owns slots, in the order of the slots of a new cluster."""
    if isinstance(redis, RedisSingle):
        return [Link(redis.socket, None, raw=True)]
    found = [Link(redis.socket(number), redis.secret("operator.password"), raw=True)
             for number in range(1, NODES + 1)]
    kept = [link for link in found if link.ask("ROLE")[0] == b"master"]
    for link in found:
        if link not in kept:
            link.__exit__()
    return kept


def copy(source, links, keys):
    found = source.ask_all([("DUMP", key) for key in keys])
    spans = source.ask_all([("PTTL", key) for key in keys])
    orders = {}
    for key, value, span in zip(keys, found, spans):
        if value is not None:  # it expired meanwhile
            order = ("RESTORE", key, max(span, 0), value, "REPLACE")
            orders.setdefault(place(key, len(links)), []).append(order)
    for at, some in orders.items():
        links[at].ask_all(some)
    return sum(map(len, orders.values()))


def place(key, processes_of_target):
    """Which process of a new cluster owns a key."""
    if processes_of_target == 1:
        return 0
    first = key.find(b"{")
    last = key.find(b"}", first + 1)
    tag = key[first + 1:last] if 0 <= first and first + 1 < last else key
    slot = binascii.crc_hqx(tag, 0) % SLOTS
    return next(n for n in range(PRIMARIES) if slot < (n + 1) * SLOTS // PRIMARIES)
