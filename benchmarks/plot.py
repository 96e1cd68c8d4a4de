"""The comparison as a picture: plain SVG, bars with the spread of the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.measure import Spread

_WIDTH, _LABELS, _VALUES = 760, 268, 90
_ROW, _TITLE, _GAP = 24, 46, 26
_OURS, _OTHERS, _INK, _TARGET = "#1f6feb", "#9aa4b0", "#24292f", "#cf222e"


@dataclass(frozen=True)
class Bar:
    """One measured ratio; `target` is its bound, `ours` paints it in our colour."""

    label: str
    value: Spread
    ours: bool
    target: float | None = None


@dataclass(frozen=True)
class Panel:
    """Bars over one scale."""

    title: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        return _TITLE + _ROW * len(self.bars) + _GAP


def draw(panels: Sequence[Panel]) -> str:
    """Draw the panels one below the other."""
    height = sum(panel.height for panel in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    top = 0
    for panel in panels:
        parts += _panel(panel, top)
        top += panel.height
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, top: int) -> list[str]:
    highest = max([1.0, *(max(bar.value.most, bar.target or 0) for bar in panel.bars)])
    scale = (_WIDTH - _LABELS - _VALUES) / highest
    parts = [_text(12, top + 28, panel.title, weight="600")]
    for number, bar in enumerate(panel.bars):
        parts += _bar(bar, top + _TITLE + number * _ROW, scale)
    return parts


def _bar(bar: Bar, y: int, scale: float) -> list[str]:
    value, middle = bar.value, y + _ROW / 2 - 2
    colour = _OURS if bar.ours else _OTHERS
    ends = [_LABELS + value.least * scale, _LABELS + value.most * scale]
    parts = [
        _text(_LABELS - 10, y + 15, bar.label, anchor="end"),
        f'<rect x="{_LABELS}" y="{y + 2}" width="{value.median * scale:.1f}" height="{_ROW - 8}" '
        f'fill="{colour}"/>',
        _line(ends[0], middle, ends[1], middle, _INK),
        _text(ends[1] + 8, y + 15, f"{value.median:.2f} x"),
    ]
    if bar.target is not None:
        x = _LABELS + bar.target * scale
        parts.append(_line(x, y - 1, x, y + _ROW - 3, _TARGET))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="2"/>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{_INK}">{escape(text)}</text>'
    )
