"""Causal attention and its gradients by PyTorch: matrix products, masked softmax, autograd."""

import torch

from common import compiled, report, settings, timed

torch.manual_seed(1)
shape = (settings["batch"], settings["heads"], settings["time"], settings["depth"])
query, key, value = (torch.rand(shape).sub(0.5).requires_grad_() for _ in range(3))
mask = torch.ones(shape[2], shape[2]).triu(1).bool()


@compiled
def loss_of(query, key, value):
    scores = (query @ key.transpose(-1, -2) / shape[3] ** 0.5).masked_fill(mask, float("-inf"))
    return (scores.softmax(-1) @ value).square().sum()


def step():
    loss = loss_of(query, key, value)
    gradients = torch.autograd.grad(loss, (query, key, value))
    return sum(g.sum() for g in gradients).item()


report(timed(step))
