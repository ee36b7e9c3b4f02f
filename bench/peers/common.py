"""Timing in a measuring process: the settings, warm-up, repeats, and the outcome as the last line printed."""

import json
import sys
import time

import torch

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])


def timed(work):
    """Milliseconds of each repeat, after warm-up, within the budget of seconds; at least one repeat."""
    for _ in range(settings["warm"]):
        work()
    times = []
    end = time.perf_counter() + settings["seconds"]
    while not times or (len(times) < settings["repeats"] and time.perf_counter() < end):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return times


def report(times):
    print(json.dumps({"times": times, "facts": {"PyTorch": torch.__version__}}))
