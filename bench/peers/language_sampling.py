"""Ancestral sampling from the transformer by PyTorch's eager loop over a preallocated key/value cache."""

import torch

from common import report, settings, timed
from transformer import Model

torch.manual_seed(1)
batch, time = settings["batch"], settings["time"]
model = Model().eval()


@torch.no_grad()
def sample():
    caches = model.caches(batch)
    token = torch.zeros(batch, 1, dtype=torch.long)
    log_probability = torch.zeros(batch)
    rows = []
    for position in range(time):
        log_softmax = model(token, caches, position)[:, -1].log_softmax(-1)
        token = torch.multinomial(log_softmax.exp(), 1)
        log_probability += log_softmax.gather(1, token)[:, 0]
        rows.append(token)
    return torch.cat(rows, 1), log_probability


report(timed(sample))
