"""The official LFW 10-fold rule in NumPy, written apart from src/evaluate/pairs.ts.

Prints the constants that pairs_test.ts expects: python3 tests/evaluate/pairs_reference.py
Features come from a linear congruential generator in integers, so that both languages have the same.
"""

import numpy as np

GRID = np.arange(-10000, 10001) / 10000


class Lcg:
    """x <- (1664525 x + 1013904223) mod 2^32; draws are the upper 16 bits."""

    def __init__(self, seed):
        self.state = seed

    def draw(self, below):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return (self.state >> 16) % below


def make(seed, folds, per_class, people, images_each, dim, levels, spread):
    """Features [people * images_each, dim] in whole numbers, and folds of pairs."""
    lcg = Lcg(seed)
    centres = [[lcg.draw(levels) for _ in range(dim)] for _ in range(people)]
    features = [
        [centres[i // images_each][k] + lcg.draw(spread) for k in range(dim)]
        for i in range(people * images_each)
    ]
    left, right, same, fold = [], [], [], []
    for f in range(folds):
        for i in range(2 * per_class):
            is_same = i < per_class
            p = lcg.draw(people)
            q = p if is_same else (p + 1 + lcg.draw(people - 1)) % people
            left.append(p * images_each + lcg.draw(images_each))
            right.append(q * images_each + lcg.draw(images_each))
            same.append(is_same)
            fold.append(f)
    return np.array(features, np.float64), *map(np.array, (left, right, same, fold))


def evaluate(features, left, right, same, fold):
    accuracies, thresholds = [], []
    for f in np.unique(fold):
        others, test = fold != f, fold == f
        mean = np.concatenate([features[left[others]], features[right[others]]]).mean(axis=0)

        def scores(which):
            a, b = features[left[which]] - mean, features[right[which]] - mean
            a /= np.linalg.norm(a, axis=1, keepdims=True)
            b /= np.linalg.norm(b, axis=1, keepdims=True)
            return (a * b).sum(axis=1)

        def right_decisions(score, label, threshold):
            return ((label & (score > threshold)) | (~label & (score < threshold))).sum()

        score, label = scores(others), same[others]
        counts = np.array([right_decisions(score, label, t) for t in GRID])
        threshold = GRID[counts == counts.max()].mean()
        accuracies.append(right_decisions(scores(test), same[test], threshold) / test.sum())
        thresholds.append(threshold)
    return accuracies, thresholds


CASES = {
    "spread": dict(seed=1, folds=10, per_class=30, people=40, images_each=6, dim=24, levels=64, spread=120),
    "ties": dict(seed=2, folds=6, per_class=20, people=9, images_each=3, dim=3, levels=3, spread=2),
}

if __name__ == "__main__":
    for name, case in CASES.items():
        accuracies, thresholds = evaluate(*make(**case))
        print(name)
        print("  accuracies", [float(x) for x in accuracies])
        print("  thresholds", [float(x) for x in thresholds])
