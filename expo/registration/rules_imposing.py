"""Where badges stand on larger sheets: cells, the order of their backs, and the lines to cut and fold at. Millimetres."""

from __future__ import annotations

from dataclasses import dataclass

from expo.registration.models_badges import BadgePaperSize

SHEETS = {BadgePaperSize.A4: (210, 297), BadgePaperSize.A3: (297, 420)}
_GAP, _MARK = 4.0, 3.0


@dataclass(frozen=True)
class Grid:
    """A sheet with its cells, from the upper left one, row by row; each is its lower left corner."""

    width: float
    height: float
    cell: tuple[float, float]
    columns: int
    rows: int
    gap: float

    @property
    def cells(self) -> list[tuple[float, float]]:
        """The corners."""
        left, top = self._left, self.height - self._below
        step_x, step_y = self.cell[0] + self.gap, self.cell[1] + self.gap
        return [(left + column * step_x, top - row * step_y - self.cell[1])
                for row in range(self.rows) for column in range(self.columns)]

    @property
    def mirrored(self) -> list[int]:
        """For each cell of the front the cell behind it, when the sheet is turned at its long upright edge."""
        return [row * self.columns + self.columns - 1 - column for row in range(self.rows) for column in range(self.columns)]

    @property
    def _left(self) -> float:
        return (self.width - self.columns * self.cell[0] - (self.columns - 1) * self.gap) / 2

    @property
    def _below(self) -> float:
        return (self.height - self.rows * self.cell[1] - (self.rows - 1) * self.gap) / 2

    def marks(self) -> list[tuple[float, float, float, float]]:
        """Short lines at the corners: outside of the badges where there is room, else on their edges."""
        lines = []
        for x, y in self.cells:
            for edge_x, out_x in ((x, -1), (x + self.cell[0], 1)):
                for edge_y, out_y in ((y, -1), (y + self.cell[1], 1)):
                    room = self.gap / 2 if self.gap else 0.0
                    # A hair's breadth away from the badge, so that nothing is left of the line after the cut.
                    reach = room - 0.3 if room > 1 else min(_MARK, max(self._left, 0.0), max(self._below, 0.0))
                    if reach >= 1:
                        lines.append((edge_x, edge_y + out_y * 0.3, edge_x, edge_y + out_y * reach))
                        lines.append((edge_x + out_x * 0.3, edge_y, edge_x + out_x * reach, edge_y))
                    else:
                        lines.append((edge_x, edge_y, edge_x, edge_y - out_y * _MARK))
                        lines.append((edge_x, edge_y, edge_x - out_x * _MARK, edge_y))
        return lines


def grid_for(paper: BadgePaperSize, cell: tuple[float, float]) -> Grid:
    """The sheet, upright or lying, that takes the most cells; with a gap between them if that costs none."""
    width, height = SHEETS[paper]
    best: Grid | None = None
    for gap in (_GAP, 0.0):
        for across, up in ((width, height), (height, width)):
            columns, rows = int((across + gap) // (cell[0] + gap)), int((up + gap) // (cell[1] + gap))
            if columns * rows > (best.columns * best.rows if best else 0):
                best = Grid(across, up, cell, columns, rows, gap)
    if best is None:
        raise ValueError(f"No badge of {cell} mm fits on {paper}.")
    return best
