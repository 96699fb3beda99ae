"""Holds extraction against lxml and selectolax: the same pages, the same fields, in one run, taking turns.

What it does: builds and starts `benches/extract.rs`, which writes its pages; has lxml and selectolax (lexbor) read ids,
authors, times, texts and quotes off them, with precompiled selectors and without detours; checks that all three found the
same; then times them in turns and prints medians and ratios. "ahead" is how many of our pages go into one of theirs.

What it does not do: our side also reads numbers, addresses, pictures, edited marks, the thread's own data and the page
links, and checks that the page adds up; theirs does not.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install lxml==6.1.3 cssselect==1.6.0 selectolax==1.0.2
    /tmp/peers/bin/python benches/extract_peers.py
"""

from __future__ import annotations

import gc
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lxml import html as lxml_html
from lxml.cssselect import CSSSelector
from selectolax.lexbor import LexborHTMLParser, LexborNode

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = int(os.environ.get("ROUNDS", "25"))
PAGES_A_TURN = 4

# Stands for a line break while white space is folded.
BREAK = "\ue000"


@dataclass(frozen=True)
class Engine:
    """What differs between the engines; the selectors are those of the profiles, as far as they are used here."""

    post: str
    id_start: int
    author: str
    time: str
    time_format: str | None
    body: str
    cite: str
    cite_author: str
    cite_pattern: str | None
    smile: str
    smile_text: dict[str, str]
    link: str
    drop: str


ENGINES = {
    "phpbb": Engine(
        post='.post[id^="p"]',
        id_start=1,
        author=".postprofile .username",
        time=".author time[datetime]",
        time_format=None,
        body=".content",
        cite="cite",
        cite_author="a",
        cite_pattern=None,
        smile="img.smilies",
        smile_text={},
        link="a.postlink",
        drop=".signature, .notice",
    ),
    "flaskbb": Engine(
        post=".post-row",
        id_start=0,
        author=".author-name h4",
        time=".post-meta time[datetime]",
        time_format=None,
        body=".post-content",
        cite=".post-quote-header",
        cite_author="a",
        cite_pattern=None,
        smile="img.emoji",
        smile_text={},
        link="a.none",
        drop=".post-signature",
    ),
    "mybb": Engine(
        post='.post[id^="post_"]',
        id_start=5,
        author=".author_information .largetext",
        time=".post_date",
        time_format="%m-%d-%Y, %I:%M %p",
        body=".post_body",
        cite="cite",
        cite_author="",
        cite_pattern=r"^(.+)\s\S+$",
        smile="img.smilie",
        smile_text={"Smile": ":)"},
        link="a.mycode_url",
        drop=".signature",
    ),
}


def lines(text: str) -> str:
    """White space folded within lines, empty lines left out."""
    folded = [" ".join(line.split()) for line in text.split(BREAK)]
    return "\n".join([line for line in folded if line])


def moment(written: str, time_format: str | None) -> int:
    if time_format is None:
        return int(datetime.fromisoformat(written).timestamp())
    return int(datetime.strptime(written, time_format).replace(tzinfo=UTC).timestamp())


class Lxml:
    """Selectors compiled once; texts by changing the tree and letting libxml2 put the text together."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.post = CSSSelector(engine.post)
        self.author = CSSSelector(engine.author)
        self.time = CSSSelector(engine.time)
        self.body = CSSSelector(engine.body)
        self.cite = CSSSelector(engine.cite)
        self.smile = CSSSelector(engine.smile)
        self.link = CSSSelector(engine.link)
        self.drop = CSSSelector(engine.drop)
        self.cite_pattern = re.compile(engine.cite_pattern) if engine.cite_pattern else None

    def cited(self, quote) -> str | None:
        found = self.cite(quote)
        if not found:
            return None
        cite = found[0]
        if self.cite_pattern is None:
            author = cite.find(".//" + self.engine.cite_author).text
        else:
            own = " ".join(((cite.text or "") + "".join([inner.tail or "" for inner in cite])).split())
            author = self.cite_pattern.match(own)[1]
        cite.drop_tree()
        return author

    def __call__(self, page: bytes) -> list[dict]:
        engine = self.engine
        tree = lxml_html.fromstring(page, parser=lxml_html.HTMLParser(encoding="utf-8"))
        posts = []
        for post in self.post(tree):
            when = self.time(post)[0]
            written = when.get("datetime") if engine.time_format is None else when.text.strip()
            body = self.body(post)[0]
            for dropped in self.drop(body):
                dropped.drop_tree()
            for smile in self.smile(body):
                alt = smile.get("alt")
                smile.tail = engine.smile_text.get(alt, alt) + (smile.tail or "")
            for link in self.link(body):
                link.text = link.get("href")
            for end in body.iter("br", "p"):
                if end.tag == "br":
                    end.tail = BREAK + (end.tail or "")
                else:
                    end.text = BREAK + (end.text or "")
                    end.tail = BREAK + (end.tail or "")
            quotes = []
            # Inner quotes first, so that what is left of an outer one is its own; a quote's tail stays in its place.
            for quote in reversed(list(body.iter("blockquote"))):
                quote.tail = BREAK + (quote.tail or "")
                author = self.cited(quote)
                quotes.append({"author": author, "text": lines(quote.text_content())})
                quote.drop_tree()
            quotes.reverse()
            posts.append(
                {
                    "id": post.get("id")[engine.id_start :],
                    "author": self.author(post)[0].text_content().strip(),
                    "time": moment(written, engine.time_format),
                    "text": lines(body.text_content()),
                    "quotes": quotes,
                }
            )
        return posts


class Selectolax:
    """As the other, with what lexbor offers."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.cite_pattern = re.compile(engine.cite_pattern) if engine.cite_pattern else None

    def cited(self, quote: LexborNode) -> str | None:
        cite = quote.css_first(self.engine.cite)
        if cite is None:
            return None
        if self.cite_pattern is None:
            author = cite.css_first(self.engine.cite_author).text()
        else:
            author = self.cite_pattern.match(" ".join(cite.text(deep=False).split()))[1]
        cite.decompose()
        return author

    def __call__(self, page: bytes) -> list[dict]:
        engine = self.engine
        tree = LexborHTMLParser(page)
        posts = []
        for post in tree.css(engine.post):
            when = post.css_first(engine.time)
            written = when.attributes["datetime"] if engine.time_format is None else when.text(deep=False).strip()
            body = post.css_first(engine.body)
            for dropped in body.css(engine.drop):
                dropped.decompose()
            for smile in body.css(engine.smile):
                alt = smile.attributes["alt"]
                smile.replace_with(engine.smile_text.get(alt, alt))
            for link in body.css(engine.link):
                link.replace_with(link.attributes["href"])
            for end in body.css("br, p"):
                if end.tag == "br":
                    end.replace_with(BREAK)
                else:
                    end.insert_before(BREAK)
                    end.insert_after(BREAK)
            quotes = []
            for quote in reversed(body.css("blockquote")):
                author = self.cited(quote)
                quotes.append({"author": author, "text": lines(quote.text())})
                quote.replace_with(BREAK)
            quotes.reverse()
            posts.append(
                {
                    "id": post.attributes["id"][engine.id_start :],
                    "author": post.css_first(engine.author).text().strip(),
                    "time": moment(written, engine.time_format),
                    "text": lines(body.text()),
                    "quotes": quotes,
                }
            )
        return posts


def ours(path: Path) -> list[dict]:
    """What we read on a page, as far as the peers read it."""
    posts = json.loads(path.read_text())["posts"]
    return [
        {
            "id": post["id"],
            "author": post["author"],
            "time": int(datetime.fromisoformat(post["time"]).timestamp()),
            "text": post["text"],
            "quotes": post["quotes"],
        }
        for post in posts
    ]


def bench_program() -> str:
    if built := os.environ.get("EXTRACT_BENCH"):
        return built
    command = ["cargo", "bench", "--locked", "--bench", "extract", "--no-run", "--message-format=json"]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = [json.loads(line) for line in out.splitlines()]
    return next(m["executable"] for m in messages if m.get("target", {}).get("name") == "extract" and m.get("executable"))


def same(name: str, found: list[dict], expected: list[dict]) -> None:
    if found != expected:
        pairs = [(f, e) for f, e in zip(found, expected, strict=False) if f != e]
        sys.exit(f"{name} reads something else, {len(found)} posts of {len(expected)}; first: {pairs[:1]}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = subprocess.Popen(
            [bench_program()],
            env={**os.environ, "EXTRACT_PEERS": folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert bench.stdin and bench.stdout and bench.stdout.readline() == "ready\n"
        print(f"medians of {ROUNDS} rounds of {PAGES_A_TURN} pages; 100 posts a page")
        print("page      KB   ours ms  pages/s   lxml ms  ahead   selectolax ms  ahead")
        for name, engine in ENGINES.items():
            page = Path(folder, f"{name}.html").read_bytes()
            expected = ours(Path(folder, f"{name}.json"))
            peers = {"lxml": Lxml(engine), "selectolax": Selectolax(engine)}
            for peer, read in peers.items():
                same(f"{peer} on {name}", read(page), expected)
            times: dict[str, list[float]] = {"ours": [], **{peer: [] for peer in peers}}
            for _ in range(ROUNDS):
                bench.stdin.write(f"{name} {PAGES_A_TURN}\n")
                times["ours"].append(float(bench.stdout.readline()))
                for peer, read in peers.items():
                    gc.collect()
                    gc.disable()
                    start = time.perf_counter()
                    for _ in range(PAGES_A_TURN):
                        read(page)
                    times[peer].append((time.perf_counter() - start) / PAGES_A_TURN)
                    gc.enable()
            own, lxml, selectolax = (statistics.median(times[who]) for who in ("ours", "lxml", "selectolax"))
            print(
                f"{name:8} {len(page) // 1000:3} {own * 1000:9.2f} {1 / own:8.0f} {lxml * 1000:9.2f} {lxml / own:6.1f}"
                f" {selectolax * 1000:15.2f} {selectolax / own:6.1f}"
            )
        bench.stdin.close()
        bench.wait()


if __name__ == "__main__":
    main()
