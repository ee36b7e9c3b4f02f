"""Timing in a measuring process: the settings, warm-up, repeats, and the outcome as the last line printed."""

import ctypes
import json
import os
import sys
import time

import torch

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
CUDA = settings.get("device") == "cuda"
if CUDA:
    torch.set_default_device("cuda")


def compiled(part):
    """The part of a contestant that a user would compile: compiled where the settings say so."""
    return torch.compile(part) if settings.get("compile") else part


def timed(work):
    """Milliseconds of each repeat, after warm-up, within the budget of seconds; at least one repeat."""

    def once():
        work()
        if CUDA:
            torch.cuda.synchronize()

    for _ in range(settings["warm"]):
        once()
    times = []
    end = time.perf_counter() + settings["seconds"]
    while not times or (len(times) < settings["repeats"] and time.perf_counter() < end):
        start = time.perf_counter()
        once()
        times.append((time.perf_counter() - start) * 1000)
    return times


def blas():
    """Kernels and threads of OpenBLAS, which keeps its own number of threads whatever PyTorch's is; empty without OpenBLAS."""
    try:
        library = ctypes.CDLL("libopenblas.so.0")
    except OSError:
        return {}
    library.openblas_get_corename.restype = ctypes.c_char_p
    return {"OpenBLAS": f"{library.openblas_get_corename().decode()}, {library.openblas_get_num_threads()} threads"}


def report(times):
    facts = {"PyTorch": torch.__version__} | blas()
    print(json.dumps({"times": times, "facts": facts}))
