"""The picture of `frontier.py`: accuracy against the wall clock of training, a panel per set."""

import statistics

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib import patheffects
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

TITLES = {"sst2": "SST-2", "trec": "TREC", "imdb": "IMDB", "nsmc": "NSMC (Korean)"}
COLORS = {"textseq": "#0072B2", "old": "#8A9BA8", "fasttext": "#D55E00", "tfidf": "#009E73"}
GROUPS = {"textseq": "textseq", "old": "textseq before", "fasttext": "fastText",
          "tfidf": "TF-IDF, linear"}  # fmt: skip
LABELS = {"textseq": "accurate", "textseq-fast": "fast", "textseq-textbook": "textbook",
          "old": "accurate, before", "fasttext-1": "unigrams", "fasttext-n": "n-grams",
          "fasttext-tutorial": "tutorial", "fasttext-syllables": "syllables",
          "fasttext-subwords": "subwords", "tfidf": "words", "tfidf-svm": "words, SVM",
          "tfidf-characters": "characters"}  # fmt: skip
PLACES = [(1, 0), (0, 1), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)]


def draw(runs, path):
    """Draw the runs, each tool's as one point: the median of seconds, the mean of accuracies."""
    sets = [name for name in TITLES if any(run["set"] == name for run in runs)]
    columns = min(2, len(sets))
    lines = -(-len(sets) // columns)
    with plt.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure, axes = plt.subplots(
            lines, columns, figsize=(5.6 * columns, 4 * lines + 0.8), squeeze=False
        )
        for axis in axes.flat[len(sets) :]:
            axis.axis("off")
        drawn = []
        for axis, name in zip(axes.flat, sets, strict=False):
            points = summarize([run for run in runs if run["set"] == name])
            draw_panel(axis, name, points)
            drawn.append((axis, points))
        figure.supxlabel("wall clock of the training command, seconds", fontsize=10)
        figure.supylabel("accuracy on the test texts, %", fontsize=10)
        add_legend(figure, {point["group"] for _, points in drawn for point in points})
        figure.tight_layout(rect=(0, 0, 1, 1 - 0.45 / figure.get_figheight()))
        for axis, points in drawn:
            add_labels(figure, axis, points)
        figure.savefig(path, dpi=150)
        plt.close(figure)


def summarize(runs):
    """Return a point for each tool."""
    points = []
    for tool in dict.fromkeys(run["tool"] for run in runs):
        own = [run for run in runs if run["tool"] == tool]
        walls, right = [run["wall"] for run in own], [run["accuracy"] for run in own]
        group = tool.split("-")[0]
        points.append(
            {"tool": tool, "group": group, "walls": walls, "right": right,
             "x": statistics.median(walls), "y": statistics.mean(right),
             "area": area(statistics.median(run["megabytes"] for run in own))}
        )  # fmt: skip
    return points


def area(megabytes):
    """Return the area of a marker, in square points."""
    return 28 * megabytes**0.5


def draw_panel(axis, name, points):
    """Draw the points of one set, their spread, and the frontier: what nothing else beats."""
    axis.set_xscale("log")
    best, frontier = -1, []
    for point in sorted(points, key=lambda point: (point["x"], -point["y"])):
        if point["y"] > best:
            best = point["y"]
            frontier.append(point)
    axis.step([p["x"] for p in frontier], [p["y"] for p in frontier], where="post",
              color="#D0D4D8", linewidth=1.2, zorder=1)  # fmt: skip
    for point in points:
        color = COLORS[point["group"]]
        axis.plot([point["x"]] * 2, [min(point["right"]), max(point["right"])], color=color,
                  linewidth=1, zorder=2)  # fmt: skip
        axis.plot([min(point["walls"]), max(point["walls"])], [point["y"]] * 2, color=color,
                  linewidth=1, zorder=2)  # fmt: skip
        axis.scatter(point["x"], point["y"], s=point["area"], color=color, alpha=0.75,
                     edgecolor="white", linewidth=0.8, zorder=3)  # fmt: skip
    axis.set_title(TITLES[name], loc="left", fontsize=11, fontweight="bold")
    axis.margins(x=0.16, y=0.14)
    axis.xaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5), numticks=20))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.grid(color="#ECEFF1", linewidth=0.8)
    axis.set_axisbelow(True)


def add_labels(figure, axis, points):
    """Name each point where its name covers least of the other points and names."""
    renderer = figure.canvas.get_renderer()
    scale = figure.dpi / 72
    taken = []
    for point in points:
        x, y = axis.transData.transform((point["x"], point["y"]))
        radius = (point["area"] / 3.14159) ** 0.5 * scale
        taken.append((x - radius, y - radius, x + radius, y + radius))
    left, low, right, high = axis.get_window_extent(renderer).extents
    for point, (x0, y0, x1, y1) in sorted(zip(points, taken[:], strict=True), key=lambda p: p[1]):
        label = LABELS.get(point["tool"], point["tool"])
        name = axis.text(point["x"], point["y"], label, fontsize=9,
                         color=COLORS[point["group"]], zorder=4, va="bottom")  # fmt: skip
        name.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])
        box = name.get_window_extent(renderer)
        candidates = []
        for rank, (dx, dy) in enumerate(PLACES):
            gap = 3 * scale * (0.5 if dx and dy else 1)
            x = {1: x1 + gap, 0: (x0 + x1 - box.width) / 2, -1: x0 - gap - box.width}[dx]
            y = {1: y1 + gap, 0: (y0 + y1 - box.height) / 2, -1: y0 - gap - box.height}[dy]
            place = (x, y, x + box.width, y + box.height)
            covered = sum(overlap(place, other) for other in taken)
            outside = box.width * box.height - overlap(place, (left, low, right, high))
            candidates.append((covered + 3 * outside, rank, place))
        place = min(candidates)[2]
        taken.append(place)
        name.set_position(axis.transData.inverted().transform(place[:2]))


def overlap(one, other):
    """Return the area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)


def add_legend(figure, groups):
    """Say what colours and sizes are, above the panels."""

    def marker(color, size, label):
        return Line2D([], [], marker="o", linestyle="", color=color, alpha=0.75,
                      markeredgecolor="white", markersize=size**0.5, label=label)  # fmt: skip

    colors = [marker(COLORS[group], 64, name) for group, name in GROUPS.items() if group in groups]
    sizes = [marker("none", 1, "size of the model:")]
    sizes += [marker("#777777", area(size), f"{size} MB") for size in (1, 10, 100)]
    figure.legend(handles=colors, loc="upper left", ncols=len(colors), frameon=False,
                  bbox_to_anchor=(0.03, 1), handletextpad=0.2, columnspacing=1.2)  # fmt: skip
    figure.legend(handles=sizes, loc="upper right", ncols=4, frameon=False, handletextpad=0.4,
                  bbox_to_anchor=(0.99, 1), columnspacing=1)  # fmt: skip
