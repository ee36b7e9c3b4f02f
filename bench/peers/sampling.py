"""Ancestral sampling by PyTorch's eager loop: one step of the LSTM, softmax and multinomial a symbol."""

import torch

from common import report, settings, timed
from lstm import Model

torch.manual_seed(1)
batch, time = settings["batch"], settings["time"]
model = Model().eval()


@torch.no_grad()
def sample():
    symbol, state = torch.full((batch, 1), 2), None
    log_probability = torch.zeros(batch)
    strings = []
    for _ in range(time):
        logits, state = model(symbol, state)
        log_softmax = logits[:, -1].log_softmax(-1)
        symbol = torch.multinomial(log_softmax.exp(), 1)
        log_probability += log_softmax.gather(1, symbol)[:, 0]
        strings.append(symbol)
    return torch.cat(strings, 1), log_probability


report(timed(sample))
