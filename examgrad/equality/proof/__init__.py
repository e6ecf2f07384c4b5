"""Proofs that two formulas are equal, as functions of generators, sign pattern by sign pattern."""

from __future__ import annotations

from examgrad.equality.proof.constants import same_constant
from examgrad.equality.proof.prover import Proof, prove

__all__ = ["Proof", "prove", "same_constant"]
