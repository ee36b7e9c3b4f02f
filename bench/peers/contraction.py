"""Square f32 products by PyTorch on the CPU."""

import torch

from common import report, settings, timed

n = settings["size"]
products = max(1, round((1024 / n) ** 2))
left, right = (torch.sin(torch.arange(n * n, dtype=torch.float64) * 0.37 + phase).float().reshape(n, n) for phase in (1, 2))


def work():
    for _ in range(products):
        left @ right


with torch.no_grad():
    report([t / products for t in timed(work)])
