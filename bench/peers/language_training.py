"""The transformer's training step by PyTorch: forward, backward, clipping, AdamW; the loss is read at every step."""

import torch
from torch.nn import functional

from common import compiled, report, settings, timed
from transformer import SYMBOLS, Model

torch.manual_seed(1)
batch, time = settings["batch"], settings["time"]
model = compiled(Model().train())
optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
tokens = (97 + ((torch.arange(batch * time) * 7919) >> 3) % 26).reshape(batch, time)
inputs = torch.cat([torch.zeros(batch, 1, dtype=torch.long), tokens[:, :-1]], 1)


def step():
    optimiser.zero_grad()
    loss = functional.cross_entropy(model(inputs).reshape(-1, SYMBOLS), tokens.reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return loss.item()


report(timed(step))
