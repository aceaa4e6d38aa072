"""The network in training, with a projection of its features to those of each teacher."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from age_model.model.network import AgeNetwork
from age_model.training.teachers import TeacherOutput


class Student(nn.Module):
    """An age network with one linear layer a teacher, from its features to the teacher's.

    Args:
        network: trained in place.
        outputs: of the teachers for some faces: these give the width, mean and standard
            deviation of their features; empty if no features are learned.
    """

    def __init__(self, network: AgeNetwork, outputs: list[TeacherOutput]) -> None:
        super().__init__()
        self.network = network
        width = network.last_layer.in_features
        self.lines = nn.ModuleList(nn.Linear(width, features.shape[1]) for _, features in outputs)
        for number, (_, features) in enumerate(outputs):
            self.register_buffer(f"mean{number}", features.mean(0))
            spread = features.std(0)
            # A feature that is nearly always 0 must not outweigh all others when it is not.
            self.register_buffer(f"spread{number}", spread.clamp(min=spread.mean().item() / 2))

    def forward(self, faces: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the network's output and its estimates of the teachers' features.

        Args:
            faces: float, shape (B, 3, side, side), RGB, 0..1.
        """
        if not self.lines:
            return self.network(faces), []
        kept: list[Tensor] = []
        hook = self.network.last_layer.register_forward_pre_hook(
            lambda _, inputs: kept.append(inputs[0])
        )
        try:
            output = self.network(faces)
        finally:
            hook.remove()
        return output, [line(kept[0]) for line in self.lines]

    def imitation_loss(self, guesses: list[Tensor], outputs: list[TeacherOutput]) -> Tensor:
        """Return the mean smooth L1 distance to the teachers' features, a scalar.

        Features are standardised first, to mean 0 and standard deviation 1 (the hints of Romero et
        al. 2015, arXiv:1412.6550, at the last layer).
        """
        losses = []
        for number, (guess, (_, features)) in enumerate(zip(guesses, outputs, strict=True)):
            mean, spread = self.get_buffer(f"mean{number}"), self.get_buffer(f"spread{number}")
            losses.append(F.smooth_l1_loss(guess.float(), (features - mean) / spread))
        return torch.stack(losses).mean()
