#!/usr/bin/env python3
"""Draws what tools/bench --json has measured: tools/benchmarks/plot.py REPORT.json FOLDER [SECONDS]

throughput.svg: steps a second over the number in flight, with the limit beside it.
replay.svg: time to replay a history over its length.
curve.svg: steps a second over a run's time, of runs of a minute and more (tools/bench --seconds
600, told again as SECONDS).
Only what the report holds is drawn.
"""

import json
import math
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 400, 78, 190, 44, 54
COLOURS = ["#1f6feb", "#d9480f", "#6e7781", "#2da44e"]


def decades(values):
    """Bounds of an axis, as powers of ten, that hold all values."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def told(number):
    """A number as people say it: 40 k, 2.5 M."""
    for size, unit in ((1e6, " M"), (1e3, " k"), (1, ""), (1e-3, " m"), (1e-6, " µ")):
        if number >= size * 0.9995:
            return f"{number / size:.3g}{unit}"
    return f"{number:.1g}"


def chart(title, below, across, lines, unit):
    """An SVG of lines on two logarithmic axes. `lines`: name → [(x, y)]."""
    points = [point for line in lines.values() for point in line]
    x_low, x_high = math.log10(min(x for x, _ in points)), math.log10(max(x for x, _ in points))
    y_low, y_high = decades([y for _, y in points])

    def x_of(x):
        return LEFT + (math.log10(x) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def y_of(y):
        return HEIGHT - BOTTOM - (math.log10(y) - y_low) / (y_high - y_low) * (
            HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="15" fill="#1f2328">{title}</text>',
        f'<text x="{LEFT}" y="36" fill="#6e7781">{below}</text>',
    ]
    for power in range(y_low, y_high + 1):
        y = y_of(10.0**power)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" '
                   'stroke="#d8dee4"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#57606a">'
                   f"{told(10.0 ** power)}{unit}</text>")
    for x in sorted({x for x, _ in points}):
        out.append(f'<text x="{x_of(x):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" '
                   f'fill="#57606a">{x:,}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" '
               f'text-anchor="middle" fill="#57606a">{across}</text>')
    for colour, (name, line) in zip(COLOURS, lines.items()):
        path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in line:
            out.append(f'<circle cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3" fill="{colour}">'
                       f"<title>{name}, {x:,}: {told(y)}{unit}</title></circle>")
    # The name of each line at its end, none over another.
    ends = sorted((y_of(line[-1][1]), name, line[-1], colour)
                  for colour, (name, line) in zip(COLOURS, lines.items()))
    lowest = 0.0
    for at, name, (x, y), colour in ends:
        lowest = max(at, lowest + 15)
        out.append(f'<text x="{x_of(x) + 8:.1f}" y="{lowest + 4:.1f}" fill="{colour}">'
                   f"{name}: {told(y)}{unit}</text>")
    return "\n".join(out) + "\n</svg>\n"


def curve(below, lines, seconds):
    """An SVG of how fast runs went in each of their parts, from zero up."""
    most = max(max(line) for line in lines.values()) * 1.1
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="15" fill="#1f2328">Steps a second, '
        f"{seconds:g} s long</text>",
        f'<text x="{LEFT}" y="36" fill="#6e7781">{below}</text>',
    ]
    for tick in range(5):
        y = HEIGHT - BOTTOM - tick / 4 * (HEIGHT - TOP - BOTTOM)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" '
                   'stroke="#d8dee4"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#57606a">'
                   f"{told(most * tick / 4) if tick else 0}</text>")
    for colour, (name, line) in zip(COLOURS, lines.items()):
        step = (WIDTH - LEFT - RIGHT) / len(line)
        points = [(LEFT + (i + 0.5) * step,
                   HEIGHT - BOTTOM - rate / most * (HEIGHT - TOP - BOTTOM))
                  for i, rate in enumerate(line)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out.append(f'<text x="{points[-1][0] + 8:.1f}" y="{points[-1][1] + 4:.1f}" '
                   f'fill="{colour}">{name}: {told(line[-1])}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" '
               'text-anchor="middle" fill="#57606a">time, in equal parts</text>')
    return "\n".join(out) + "\n</svg>\n"


def main():
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    by_name = {workload["name"]: workload for workload in report["workloads"]}
    below = f"commit {report['commit']}, {report['machine']}"

    steps = {"inline": [], "pool": [], "the limit": []}
    for flying in (1, 16, 256, 4096):
        for kind in ("inline", "pool"):
            workload = by_name.get(f"steps-{flying}-{kind}")
            if not workload:
                continue
            steps[kind].append((flying, workload["median"]))
            if kind == "inline":
                steps["the limit"].append((flying, workload["limit"]))
    if min(len(line) for line in steps.values()) > 1:
        (folder / "throughput.svg").write_text(
            chart("Steps a second, each acknowledged one synced", below, "instances in flight",
                  steps, ""), encoding="utf-8")

    replays = {}
    for source in ("journal", "snapshot"):
        line = []
        for events in (10, 1_000, 100_000):
            workload = by_name.get(f"replay-{events}-{source}")
            if workload:
                line.append((events, events / workload["median"]))
        replays[f"from the {source}"] = line
    if min(len(line) for line in replays.values()) > 1:
        (folder / "replay.svg").write_text(
            chart("Time to read and replay a history", below, "events in the history", replays,
                  "s"), encoding="utf-8")

    curves = {name: one["curve"] for name, one in by_name.items() if "curve" in one}
    if curves:
        (folder / "curve.svg").write_text(curve(below, curves, float(sys.argv[3])),
                                          encoding="utf-8")


if __name__ == "__main__":
    main()
