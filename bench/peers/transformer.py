"""The transformer language model that is measured: GPT-2's form, pre-norm, GELU, learned positions, tied output."""

import torch
from torch.nn import functional

from common import settings

SYMBOLS = 256


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        width = settings["model"]
        self.heads = settings["heads"]
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.input, self.output = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.wide, self.narrow = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

    def forward(self, x, mask, cache=None, position=0):
        batch, time, width = x.shape
        split = self.input(self.norm1(x)).view(batch, time, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = split[0], split[1], split[2]
        if cache is not None:
            cache[0][:, :, position : position + time] = key
            cache[1][:, :, position : position + time] = value
            key, value = cache[0][:, :, : position + time], cache[1][:, :, : position + time]
        scores = query @ key.transpose(-1, -2) / (width // self.heads) ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask, float("-inf"))
        context = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, time, width)
        x = x + self.output(context)
        return x + self.narrow(functional.gelu(self.wide(self.norm2(x))))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        width, time = settings["model"], settings["time"]
        self.token = torch.nn.Embedding(SYMBOLS, width)
        self.position = torch.nn.Embedding(time, width)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(settings["layers"]))
        self.norm = torch.nn.LayerNorm(width)
        for p in self.parameters():
            if p.dim() > 1:
                torch.nn.init.normal_(p, std=0.02)
        self.register_buffer("mask", torch.ones(time, time).triu(1).bool())

    def caches(self, batch):
        shape = (batch, settings["heads"], settings["time"], settings["model"] // settings["heads"])
        return [(torch.zeros(shape), torch.zeros(shape)) for _ in self.blocks]

    def forward(self, tokens, caches=None, position=0):
        time = tokens.shape[1]
        x = self.token(tokens) + self.position.weight[position : position + time]
        mask = self.mask[:time, :time] if time > 1 else None
        for i, block in enumerate(self.blocks):
            x = block(x, mask, None if caches is None else caches[i], position)
        return self.norm(x) @ self.token.weight.T
