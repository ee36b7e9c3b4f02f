"""The language model that is measured: one-hot symbols, nn.LSTM, a linear layer to the logits."""

import torch
from torch.nn import functional

from common import settings

SYMBOLS = 3


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers, hidden = settings["layers"], settings["hidden"]
        self.lstm = torch.nn.LSTM(SYMBOLS, hidden, layers, dropout=0.2, batch_first=True)
        self.output = torch.nn.Linear(hidden, SYMBOLS)

    def forward(self, tokens, state=None):
        hidden, state = self.lstm(functional.one_hot(tokens, SYMBOLS).float(), state)
        return self.output(hidden), state
