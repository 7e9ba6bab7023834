"""Prints results as Markdown tables."""

from measure import Run, middle

#: What the launcher that weighs programs needs itself, in MiB; see peak.py.
FLOOR = 9


def duration(seconds: float) -> str:
    """Seconds or milliseconds, three digits."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def contest(title: str, results: dict[str, list[Run]], ours: str) -> None:
    """One table: everybody's median and range, and our median in relation to theirs."""
    memory = results[ours][0].mebibytes > 0
    header = ["program", "median", "range", "ours ÷ this"] + (["peak memory"] if memory else [])
    rows = [row(name, runs, middle(results[ours]), memory) for name, runs in results.items()]
    runs = len(next(iter(results.values())))
    print(f"\n### {title}\n\n{runs} runs of each, in turn.\n")
    table(header, rows)


def row(name: str, runs: list[Run], ours: float, memory: bool) -> list[str]:
    """One program of a contest."""
    times = sorted(run.seconds for run in runs)
    span = f"{duration(times[0])} – {duration(times[-1])}"
    cells = [name, duration(middle(runs)), span, f"{ours / middle(runs):.2f}"]
    return cells + ([weight(runs[0].mebibytes)] if memory else [])


def weight(mebibytes: float) -> str:
    """MiB; what is not more than the launcher's own memory cannot be told, and
    what no program of its own does has none."""
    if not mebibytes:
        return "–"
    return f"{mebibytes:.0f} MiB" if mebibytes > FLOOR else f"≤ {FLOOR} MiB"


def table(header: list[str], rows: list[list[str]]) -> None:
    """Aligned columns, so that it reads well as text too."""
    widths = [max(len(line[i]) for line in [header, *rows]) for i in range(len(header))]
    rule = ["-" * width for width in widths]
    for line in [header, rule, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(line, widths))
        print(f"| {' | '.join(cells)} |", flush=True)


def bar(what: str, value: float, limit: float, unit: str = "×") -> None:
    """Says whether a bar is reached; nothing fails when it is not."""
    verdict = "reached" if value <= limit else "**not reached**"
    texts = [duration(one) if unit == "s" else f"{one:.3g} {unit}" for one in (value, limit)]
    print(f"\n- {what}: {texts[0]}, bar ≤ {texts[1]}: {verdict}", flush=True)


def note(text: str) -> None:
    """A sentence below a table."""
    print(f"\n{text}", flush=True)
