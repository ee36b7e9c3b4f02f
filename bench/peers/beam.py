"""Beam search from several prefixes at once by PyTorch: the prefixes in one pass, then a token at a time over the caches,
which are reordered to follow the best hypotheses."""

import torch

from common import report, settings, timed
from transformer import SYMBOLS, Model

torch.manual_seed(1)
count, width, prefix, time = settings["batch"], settings["width"], settings["prefix"], settings["time"]
model = Model().eval()
given = (97 + ((torch.arange(count * prefix) * 7919) >> 3) % 26).reshape(count, prefix)
given = torch.cat([torch.zeros(count, 1, dtype=torch.long), given], 1)


@torch.no_grad()
def search():
    caches = model.caches(count)
    logs = model(given, caches, 0)[:, -1].log_softmax(-1)
    scores, tokens = logs.topk(width)
    lanes = torch.arange(count).repeat_interleave(width)
    caches = [(keys[lanes], values[lanes]) for keys, values in caches]
    rows = tokens.reshape(count * width, 1)
    first = (torch.arange(count) * width)[:, None]
    for position in range(prefix + 1, time):
        logs = model(rows[:, -1:], caches, position)[:, -1].log_softmax(-1).view(count, width, SYMBOLS)
        scores, best = (scores[:, :, None] + logs).view(count, width * SYMBOLS).topk(width)
        lanes = (first + torch.div(best, SYMBOLS, rounding_mode="floor")).reshape(-1)
        caches = [(keys[lanes], values[lanes]) for keys, values in caches]
        rows = torch.cat([rows[lanes], (best % SYMBOLS).reshape(-1, 1)], 1)
    return scores, rows


report(timed(search))
