"""Who may include whom: the table of docs/style.md, section 1.2, as data."""

FMT = ("fmt/",)
JSON = ("nlohmann/",)
REPRISE = ("reprise/",)
LOGGER = ("spdlog/",)
ROCKS = ("rocksdb/",)
FLAT = ("flatbuffers/",)
FAST_HASH = ("xxhash.h",)

# Room → prefixes of what it may include beside the standard library and its own folder.
# "std:thread" allows standard headers that only some rooms may have.
ALLOWED = {
    "api": REPRISE + FMT + JSON + FAST_HASH,
    "journal": REPRISE + FMT + FLAT + ROCKS + FAST_HASH + ("zstd.h", "schemas/"),
    "replay": REPRISE + FMT + FLAT + ("schemas/",),
    "runtime": REPRISE + FMT + JSON + LOGGER + ("journal/", "replay/")
    + ("concurrentqueue/", "concurrentqueue.h", "blockingconcurrentqueue.h"),
    "tools": REPRISE + FMT + JSON + LOGGER + ("journal/", "replay/", "runtime/", "CLI/"),
}

# Schemas are private to the room that writes them.
FORBIDDEN = {
    "journal": ("schemas/event", "schemas/command"),
    "replay": ("schemas/record",),
}

# Programs that measure the layers below may include those too; the FlatBuffers codec is its own
# header, so that nobody else needs the library.
EXTRA = {
    "api/reprise/flatbuffers.h": FLAT,
    "tools/benchmarks/": ROCKS + FLAT + FAST_HASH + ("zstd.h",),
}

OWN_FOLDER = {"journal": ("journal/",), "replay": ("replay/",), "runtime": ("runtime/",),
              "tools": ("tools/",), "api": ()}

# Threads live in runtime only (and in what drives it from outside).
THREADS = {"thread", "pthread.h", "condition_variable", "future", "semaphore", "barrier", "latch"}
MAY_THREAD = ("runtime/", "tools/")

# Replay is a pure function of its input: nothing that asks the machine.
IMPURE = THREADS | {
    "chrono", "ctime", "time.h", "sys/time.h", "atomic", "mutex", "shared_mutex", "fstream",
    "iostream", "filesystem", "random", "cstdlib", "stdlib.h", "cstdio", "stdio.h", "unistd.h",
    "fcntl.h", "stop_token", "syncstream", "print", "sys/stat.h", "sys/types.h", "signal.h",
    "csignal",
}

TESTS = ("tests/", "support/", "fuzz/", "doctest/")


def problem(path, include):
    """Why `path` may not include `include`, or None."""
    room = path.split("/", 1)[0]
    if room not in ALLOWED:
        return None  # tests and fuzz include anything.
    if include.startswith("../") or "/../" in include:
        return "include paths start at the room"
    if include.startswith(TESTS):
        return "nobody includes tests"
    if include in THREADS and not path.startswith(MAY_THREAD):
        return "threads belong to runtime/"
    if room == "replay" and include in IMPURE:
        return "replay is pure: no clock, thread, file, random or logger"
    extra = sum((more for folder, more in EXTRA.items() if path.startswith(folder)), ())
    if include.startswith(FORBIDDEN.get(room, ("\0",))):
        return f"this schema is private to another room than {room}/"
    if include.startswith(ALLOWED[room] + OWN_FOLDER[room] + extra):
        return None
    foreign = FMT + JSON + LOGGER + ROCKS + FLAT + FAST_HASH
    foreign += ("zstd.h", "CLI/", "concurrentqueue", "blockingconcurrentqueue", "moodycamel/")
    foreign += ("schemas/", "journal/", "replay/", "runtime/", "tools/", "api/")
    if include.startswith(foreign):
        return f"{room}/ may not include it (docs/style.md, who may include whom)"
    return None  # The standard library and the system.
