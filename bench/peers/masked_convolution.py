"""A masked convolution and its gradients by PyTorch: conv2d with a kernel whose later taps are set to zero."""

import torch
from torch.nn import functional

from common import compiled, report, settings, timed

torch.manual_seed(1)
window, source, target = settings["window"], settings["input"], settings["output"]
images = torch.rand(settings["batch"], source, settings["side"], settings["side"]).sub(0.5).requires_grad_()
weight = torch.rand(target, source, window, window).sub(0.5).requires_grad_()
own = window // 2 * window + window // 2 + (settings["kind"] == "B")
mask = (torch.arange(window * window) < own).float().view(window, window)


@compiled
def loss_of(images, weight):
    return functional.conv2d(images, weight * mask, padding=window // 2).square().sum()


def step():
    loss = loss_of(images, weight)
    gradients = torch.autograd.grad(loss, (images, weight))
    return sum(g.sum() for g in gradients).item()


report(timed(step))
