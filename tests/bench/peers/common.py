"""What the peers in Python share: arguments, one process per core, timing, names, and lines that need a closer look."""

import json
import multiprocessing
import os
import re
import sys
import time

STEPS = {
    "parse": "10_parsed",
    "clean": "20_clean",
    "resample": "25_resampled",
    "transform": "30_transform",
    "aggregate": "40_aggregated",
}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


def main(make_steps):
    """Runs the steps on RAW into OUT under RULES; prints the milliseconds of each as one JSON line."""
    raw, out, rules = sys.argv[1:4]
    with open(rules) as file:
        rules = json.load(file)
    for folder in STEPS.values():
        os.makedirs(f"{out}/{folder}", exist_ok=True)
    sources = {}
    for name in sorted(os.listdir(raw)):
        sources.setdefault(re.match(r"(.*?)_\d{4}-\d\d-\d\d", name)[1], []).append(f"{raw}/{name}")
    cores = len(os.sched_getaffinity(0))
    processes = min(cores, len(sources))
    # Read by Polars when it is imported, which the processes do by themselves.
    os.environ["POLARS_MAX_THREADS"] = str(cores // processes)
    jobs = [(make_steps, out, rules, list(sources.items())[i::processes]) for i in range(processes)]
    if processes == 1:
        times = [run(*jobs[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            times = pool.starmap(run, jobs, chunksize=1)
    print(json.dumps({step: max(each[step] for each in times) for step in STEPS}))


def run(make_steps, out, rules, sources):
    """Does all steps for some sources."""
    times = {}
    for step, function in make_steps(out, rules).items():
        start = time.perf_counter()
        for source, files in sources:
            function(source, files)
        times[step] = (time.perf_counter() - start) * 1000
    return times


def path(out, step, source, domain, day, window=None):
    return f"{out}/{STEPS[step]}/{source}__{domain}__{day}" + (f"__{window}" if window else "") + ".parquet"


def days(out, step, source, domain):
    """The days that a step has written, in order."""
    start = f"{source}__{domain}__"
    names = os.listdir(f"{out}/{STEPS[step]}")
    return sorted(name[len(start) : -len(".parquet")] for name in names if name.startswith(start))


def with_neighbours(days, read):
    """Each day with its frame and those of the days before and after it (None at the ends); each is read once."""
    before, own = None, read(days[0]) if days else None
    for day, following in zip(days, [*days[1:], None]):
        after = read(following) if following else None
        yield day, before, own, after
        before, own = own, after


def odd_line(fields, rules):
    """Reads a line that is not simply all keys in order; None for a line to reject.

    Gives the stamp and the values of each domain; None for a domain of which the line has no key.
    """
    stamp, *pairs = fields
    if not STAMP.fullmatch(stamp) or any("\ufffd" in field for field in fields):
        return None
    texts = dict((part.strip() for part in pair.partition(":")[::2]) for pair in pairs)
    found = {}
    for domain, rule in rules["domains"].items():
        values = [number(texts.get(name, ""), rule["type"]) for name in rule["columns"]]
        found[domain] = values if any(name in texts for name in rule["columns"]) else None
    return stamp, found


def number(text, kind):
    try:
        value = float(text)
    except ValueError:
        return None
    if kind == "float":
        return value
    return int(value) if value.is_integer() else None
