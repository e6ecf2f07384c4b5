"""The kinds of parts, one file each; this is the one table of them."""

from __future__ import annotations

from typing import Final

from examgrad.exam.fields import Fields
from examgrad.kinds.base import Kind
from examgrad.kinds.choice import Choice
from examgrad.kinds.derivative import Derivative
from examgrad.kinds.equations import Equations
from examgrad.kinds.expression import Expression
from examgrad.kinds.gradient import Gradient
from examgrad.kinds.graph import Graph
from examgrad.kinds.hessian import Hessian
from examgrad.kinds.jacobian import Jacobian
from examgrad.kinds.layer_design import LayerDesign
from examgrad.kinds.layers import Layers
from examgrad.kinds.text import Prose
from examgrad.kinds.true_false import TrueFalse
from examgrad.kinds.update import Update
from examgrad.kinds.value import Value

_ALL: Final[tuple[Kind, ...]] = (
    TrueFalse(), Choice(), Expression(), Derivative(), Gradient(), Jacobian(), Hessian(), Equations(), Update(),
    Value(), Graph(), Layers(), LayerDesign(), Prose(),
)  # fmt: skip

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in _ALL}
FIELDS: Final[dict[str, type[Fields]]] = {kind.name: kind.fields for kind in _ALL}
