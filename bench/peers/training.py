"""The LSTM training step by PyTorch: forward, backward, clipping, Adam; the loss is read at every step."""

import torch
from torch.nn import functional

from common import compiled, report, settings, timed
from lstm import SYMBOLS, Model

torch.manual_seed(1)
batch, time = settings["batch"], settings["time"]
model = compiled(Model().train())
optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
places = torch.arange(batch * time)
tokens = torch.where(places % time == time - 1, 2, ((places * 7919) >> 3) & 1).reshape(batch, time)
# The symbol before the first one is EOS, as in the library.
inputs = torch.cat([torch.full((batch, 1), 2), tokens[:, :-1]], 1)


def step():
    optimiser.zero_grad()
    logits, _ = model(inputs)
    loss = functional.cross_entropy(logits.reshape(-1, SYMBOLS), tokens.reshape(-1))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
    optimiser.step()
    return loss.item()


report(timed(step))
