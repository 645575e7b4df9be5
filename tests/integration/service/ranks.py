"""The Mann-Whitney U test: whether two samples could come from one distribution."""

import math


def mann_whitney(left, right):
    """(z, share): how far the rank sum of `left` is from what chance gives, in standard deviations
    (normal approximation with correction for ties; for samples of 20 and more), and the chance that
    a value of `left` is larger than one of `right`."""
    ordered = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    count, first = len(ordered), 0
    rank_sum, ties = 0.0, 0
    while first < count:
        last = first
        while last + 1 < count and ordered[last + 1][0] == ordered[first][0]:
            last += 1
        same = last - first + 1
        ties += same ** 3 - same
        middle = (first + last) / 2 + 1
        rank_sum += middle * sum(1 for at in range(first, last + 1) if ordered[at][1] == 0)
        first = last + 1
    sizes = len(left) * len(right)
    u = rank_sum - len(left) * (len(left) + 1) / 2
    spread = sizes / 12 * ((count + 1) - ties / (count * (count - 1)))
    z = (u - sizes / 2) / math.sqrt(spread) if spread > 0 else 0.0
    return z, u / sizes


def quartiles(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 4], ordered[len(ordered) // 2], ordered[len(ordered) * 3 // 4]
