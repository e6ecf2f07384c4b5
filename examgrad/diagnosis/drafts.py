"""A layer's derivation as a value, and the ways in which it can be rewritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from examgrad.layers.again import rerun, with_arguments
from examgrad.layers.calls import Value
from examgrad.layers.formulas import Count, Figure
from examgrad.layers.rows import LayerRow, Network
from examgrad.layers.site import Effect, Site, Tensor
from examgrad.layers.sizes import Size, product


@dataclass(frozen=True)
class Draft:
    """A layer's derivation, right or not: where it works, and the formulas of every column."""

    network: Network
    row: LayerRow
    site: Site
    figures: Mapping[str, tuple[Figure, ...]]
    without: str = ""
    """The layer above that was left out."""

    def with_figures(self, column: str, *figures: Figure) -> Draft:
        """The derivation with other formulas in one column."""
        return replace(self, figures={**self.figures, column: figures})

    def image(self) -> tuple[Size, tuple[Size, ...]] | None:
        """Channels and sides of the input, where it is an image."""
        shape = self.site.shape
        return self.site.conventions.parted(shape) if len(shape) > 1 else None

    def chain(self, most: int | None = None) -> list[LayerRow]:
        """The row, then those in line above it, nearest first, as far as each takes one input; ``most`` of these."""
        rows = {row.layer: row for row in self.network.rows}
        found = [self.row]
        while len(found[-1].sources) == 1 and found[-1].sources[0] in rows and (most is None or len(found) <= most):
            found.append(rows[found[-1].sources[0]])
        return found


def draft_of(network: Network, row: LayerRow, effect: Effect, inputs: Sequence[Tensor]) -> Draft:
    """The derivation of a row from given inputs."""
    site = replace(network.sites[row.layer], inputs=tuple(inputs), warnings=[])
    return Draft(network, row, site, figures_of(row, effect))


def figures_of(row: LayerRow, effect: Effect) -> dict[str, tuple[Figure, ...]]:
    """The formulas of every column of a row, from what its rule made."""
    made = replace(row, effect=effect)
    shape = made.shape
    names = {f"n{place + 1}": size for place, size in enumerate(shape)}
    return {**made.figures, "activations": (Count("*".join(names) or "1", **names),)}


Rewrite = Callable[[Draft, str], Iterator[Draft]]


# -- how derivations are rewritten -------------------------------------------------------------------------------------


def argued(**arguments: Value) -> Rewrite:
    """The layer's rule with other arguments."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        roles = draft.site.arguments.keys()
        if not all(role in roles and (draft.site.has(role) or role == "stride") for role in arguments):
            return
        site = with_arguments(draft.site, **arguments)
        effect = rerun(site)
        if effect is not None:
            yield replace(draft, site=site, figures=figures_of(draft.row, effect))

    return rewrite


def valued(*names: str, to: Size | str = 1) -> Rewrite:
    """Other values for some of a formula's names: a number, or what another of its names is worth."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        figures = draft.figures.get(column, ())
        if any(name in figure.values for figure in figures for name in names):
            yield draft.with_figures(column, *(_with(figure, names, to) for figure in figures))

    return rewrite


def _with(figure: Figure, names: Sequence[str], to: Size | str) -> Figure:
    value = figure.values.get(to) if isinstance(to, str) else to
    if value is None:
        return figure
    return type(figure)(figure.text, **{**figure.values, **{name: value for name in names if name in figure.values}})


def reworded(pattern: str, by: str) -> Rewrite:
    """A formula with one stretch of its text replaced."""
    compiled = re.compile(pattern)

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        figures = draft.figures.get(column, ())
        changed = [type(figure)(compiled.sub(by, figure.text), **figure.values) for figure in figures]
        if any(new.text != old.text for new, old in zip(changed, figures, strict=True)):
            yield draft.with_figures(column, *changed)

    return rewrite


def counted(text: str, **more: Callable[[Draft], Size | None]) -> Rewrite:
    """Another formula around the count's own, ``{}``; ``more`` gives what else stands in it."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        (figure,) = draft.figures[column]
        values = {name: find(draft) for name, find in more.items()}
        known = {name: size for name, size in values.items() if size is not None}
        if len(known) == len(values) and not (figure.text == "0" and "{}" in text):
            yield draft.with_figures(column, Count(text.replace("{}", figure.text), **figure.values, **known))

    return rewrite


def outputs(draft: Draft) -> Size:
    """How many numbers the output holds."""
    return product(figure.value for figure in draft.figures["shape"])


def inputs_of(draft: Draft) -> Size:
    """How many numbers the input holds."""
    return product(draft.site.shape)


def steps(draft: Draft) -> Size | None:
    """How many steps a sequence has, where the layer works over steps."""
    return draft.site.shape[0] if len(draft.site.shape) == 2 and draft.site.form.stem in _OVER_STEPS else None


def heads(draft: Draft) -> Size | None:
    """How many heads an attention has."""
    return draft.site.size("heads") if draft.site.form.stem == "attention" and draft.site.has("heads") else None


_OVER_STEPS: Final = ("rnn", "lstm", "gru", "fc", "attention", "encoder", "decoder")


def chained(*rewrites: Rewrite) -> Rewrite:
    """One rewrite after the other."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        drafts = [draft]
        for step in rewrites:
            drafts = [new for old in drafts for new in step(old, column)]
        yield from drafts

    return rewrite


def either(*rewrites: Rewrite) -> Rewrite:
    """Each of several rewrites."""

    def rewrite(draft: Draft, column: str) -> Iterator[Draft]:
        for each in rewrites:
            yield from each(draft, column)

    return rewrite
