"""A Spirit forum full of traps, its pages, and what must come of them.

What it does: writes threads through the forum's own code, with dates of our choosing, and over
HTTP what needs a browser (quotations, edits, removals, closing, votes); then fetches pages as
several people and says, from the forum's database, what each comes to.

What it does not do: it reads no page. What a text means is written down by hand (`MEANINGS`).
"""

from __future__ import annotations

import dataclasses
import datetime
import urllib.parse
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from forums.expected import (
    UTC,
    Check,
    Meaning,
    meaning_of,
    no_thread,
    of_database,
    offset,
    to_the_minute,
)
from forums.served import ADMIN, Visitor
from forums.spirit import Spirit

PER_PAGE = 20
HEAD = r"@(.+?) (?:said|сказал):"
LONG_LINK = "https://forum.example/very/long/address/of/a/page.html?what=test&where=here"

# source in the forum's markup -> what a reader sees of it
MEANINGS = {
    "Список:\n\n* раз\n* два\n  * внутри\n\nи\n\n1. первый\n2. второй":
        Meaning("Список:\nраз\nдва\nвнутри\nи\nпервый\nвторой"),
    "```python\nif x < 1:\n    print('&amp;')\n\nelse: pass\n```\nи `код <b>` в строке":
        Meaning("if x < 1:\nprint('&amp;')\nelse: pass\nи код <b> в строке"),
    "    отступ четыре\n\nпосле": Meaning("отступ четыре\nпосле"),
    ":smile: и 😀 :no_such_name: в 10:30:45 :+1:":
        Meaning(":smile: и 😀 :no_such_name: в 10:30:45 :+1:"),
    "![кот](http://a.example/cat.png) подпись\n\nhttp://a.example/pics/dog.jpg":
        Meaning("подпись", images=2),
    "![только картинка](http://a.example/only.gif)": Meaning("", images=1),
    f"{LONG_LINK}\n\nи в строке {LONG_LINK} тоже, и http://a.example/?x=12345678&amp=1&b=2 вот":
        Meaning(f"{LONG_LINK}\nи в строке {LONG_LINK} тоже, "
                "и http://a.example/?x=12345678&amp=1&b=2 вот"),
    "https://a.example/find?what=te&am=1 и https://a.example/find?what=t&amp=1":
        Meaning("https://a.example/find?what=te&am=1 и https://a.example/find?what=t&amp=1"),
    "[название…](http://a.example/naloxone) и [ещё](/topic/1/)": Meaning("название… и ещё"),
    "https://a.example/voice.mp3\n\nhttps://a.example/film.mp4?x=1\n\nконец":
        Meaning("https://a.example/voice.mp3\nhttps://a.example/film.mp4?x=1\nконец"),
    "**важно** и *курсив* ~~нет~~ @blue.tit @никто a@example.org":
        Meaning("важно и курсив нет @blue.tit @никто a@example.org"),
    "# Заголовок\nтекст\n\n---\n\nещё": Meaning("Заголовок\nтекст\nещё"),
    "a | b\n--- | ---\n1 | 2\n3 | 4": Meaning("a b\n1 2\n3 4"),
    "<script>alert(1)</script> <b>не жирно</b> 1 < 2 & 3 &lt;":
        Meaning("<script>alert(1)</script> <b>не жирно</b> 1 < 2 & 3 <"),
    r"\(x<y\) дальше": Meaning(r"\(x<y\) дальше"),
    "$$\na+b\n$$\nпосле": Meaning("$$ a+b $$\nпосле"),
    "Текст[^1]\n\n[^1]: сноска": Meaning("Текст\nсноска"),
    "до\n\n[poll name=foo]\n# Что лучше?\n1. раз\n2. два\n[/poll]\n\nпосле":
        Meaning("до\nЧто лучше?\nпосле"),
    "до\n\n[poll name=closed]\n# А это?\n1. три\n2. четыре\n[/poll]\n\nпосле":
        Meaning("до\nА это?\nпосле"),
    "> без автора\n\nтолько ответ": Meaning("только ответ", ((None, "без автора"),)),
    "> одна\n\nмежду\n\n> @кто-то said: в строке\n\nпосле":
        Meaning("между\nпосле", ((None, "одна"), (None, "@кто-то said: в строке"))),
    "> лишь цитата": Meaning("", ((None, "лишь цитата"),)),
    "> * раз\n> * ![к](http://a.example/c.png)\n>\n> `код`\n\nмоё":
        Meaning("моё", ((None, "раз\nкод"),)),
    "ноль\u200bширины, неразрывный\u00a0пробел,   три   пробела  \n\n\n\nконец":
        Meaning("нольширины, неразрывный пробел, три пробела\nконец"),
}

# words that look like the engine's own
DECOYS = [
    "@blue.tit said:\nэто не цитата",
    "Page 2 of 9\nСтраница 3 из 7\nkeeper closed this 5 minutes ago",
    "Nov. 1, 2020, 5 p.m. и 13 октября 2021 г. 23:02",
    "Error 404: what you are looking for is gone... :(",
    "שלום مرحبا 你好 👩🏽‍⚕️ é",
    "очень длинно " * 200,
]

_FILL = """
import datetime
from django.contrib.auth import get_user_model
from spirit.comment.forms import CommentForm
from spirit.comment.models import Comment
from spirit.comment.utils import comment_posted
from spirit.topic.models import Topic
users = {user.st.nickname: user for user in get_user_model().objects.select_related("st")}
made["topics"] = []
for t in order:
    at = [datetime.datetime.fromisoformat(post["at"]) for post in t["posts"]]
    topic = Topic.objects.create(
        user=users[t["posts"][0]["by"]], category_id=t["category"], title=t["title"], date=at[0])
    for post, when in zip(t["posts"], at):
        form = CommentForm(user=users[post["by"]], topic=topic, data={"comment": post["text"]})
        assert form.is_valid(), form.errors
        comment = form.save()
        comment_posted(comment=comment, mentions=form.mentions)
        Comment.objects.filter(pk=comment.pk).update(date=when)
    Topic.objects.filter(pk=topic.pk).update(last_active=at[-1])
    made["topics"].append(topic.pk)
"""

_RENAME = """
from spirit.user.models import UserProfile
for name, nickname in order.items():
    UserProfile.objects.filter(nickname=name).update(nickname=nickname)
"""


_CLOSE_POLL = """
from django.utils import timezone
from spirit.comment.poll.models import CommentPoll
CommentPoll.objects.filter(name=order).update(close_at=timezone.now())
"""


@dataclasses.dataclass
class Viewer:
    """Somebody with a language and a time zone. Zones here have no summer time."""

    name: str | None
    language: str
    zone: str


GUEST = Viewer(None, "en", "UTC")
GUEST_RU = Viewer(None, "ru", "UTC")
MOSCOW = Viewer("moscow", "ru", "Europe/Moscow")
DELHI = Viewer("delhi", "en", "Asia/Kolkata")
ISLANDS = Viewer("islands", "ru", "Pacific/Marquesas")
KEEPER = Viewer(ADMIN, "ru", "UTC")
VIEWERS = [GUEST, GUEST_RU, MOSCOW, DELHI, ISLANDS, KEEPER]
PASSWORD = "password-of-a-member"


def checks(folder: Path) -> Iterator[Check]:
    forum = Spirit(folder)
    for viewer in (MOSCOW, DELHI, ISLANDS):
        assert viewer.name is not None
        forum.provision({viewer.name: PASSWORD}, timezone=viewer.zone)
    forum.provision({"blue.tit": PASSWORD, "raven": PASSWORD, "HumanitarianDesk": PASSWORD})
    # whom quotations cannot be linked to: they are called by what they are shown as
    forum.run_inside(_RENAME, {"raven": "Ночной Ворон: p.m."})
    place = forum.provision(forums=["Здоровье"])["forums"]["Здоровье"]
    empty = forum.provision(forums=["Пусто"])["forums"]["Пусто"]
    topics = forum.run_inside(_FILL, _threads(place))["topics"]
    with forum:
        long = topics[0]
        _write_over_http(forum, long, topics[1])
        closed = topics[2]
        forum.lock_topic(closed)
        private = _private_topic(forum)
        for viewer in VIEWERS:
            visitor = forum.visitor(viewer.name, language=viewer.language)
            for topic in topics[:4]:
                yield from _thread_pages(forum, viewer, visitor, topic)
            yield from _lists(forum, viewer, visitor, ["/", f"/category/{place}/здоровье/"])
            yield _no_list(forum, viewer, visitor, f"/category/{empty}/пусто/")
            yield from _states(forum, viewer, visitor, topics[0])
            if viewer is MOSCOW:
                yield from _thread_pages(forum, viewer, visitor, private, "topic/private")
                yield from _lists(forum, viewer, visitor, ["/topic/private/"])


def _threads(place: int) -> list[dict[str, Any]]:
    now = datetime.datetime.now(UTC)
    people = ["blue.tit", "Ночной Ворон: p.m.", "moscow", "HumanitarianDesk"]
    plain = [f"Сообщение {number}.\nВторая строка, where to get tested?" for number in range(30)]
    texts = [text for pair in zip([*MEANINGS, *DECOYS], plain, strict=True) for text in pair]

    def posts(words: list[str], first: datetime.datetime) -> list[dict[str, str]]:
        step = (now - first) / len(words)
        return [
            {"by": people[place % len(people)], "text": text,
             "at": (first + step * place).isoformat()}
            for place, text in enumerate(words)
        ]

    def thread(title: str, words: list[str], first: datetime.datetime) -> dict[str, Any]:
        return {"title": title, "category": place, "posts": posts(words, first)}

    def ago(**span: float) -> datetime.datetime:
        return now - datetime.timedelta(**span)

    return [
        # over two years: every month's name, in both languages
        thread("Вопросы & <ответы> «здесь»", texts, ago(days=700)),
        thread("Short one", ["Первое", "Second"], ago(minutes=50)),
        thread("Закрыто", [f"слово {n}" for n in range(PER_PAGE)], ago(hours=20)),
        thread("2026-11-22", ["one and only"], ago(seconds=30)),
        # more than a page of a list
        *(thread(f"Тема {n}", ["x"], ago(days=n)) for n in range(1, 24)),
    ]


def _write_over_http(forum: Spirit, long: int, short: int) -> None:
    stored = forum.posts(long)
    raven = forum.visitor("raven")
    tit = forum.visitor("blue.tit")
    first = tit.quote(long, stored[1].id, "цитирую\nв две строки")
    second = raven.quote(long, first, "и того, кто цитирует")
    tit.quote(long, second, "три раза подряд")
    tit.edit(stored[0].id, "Исправлено.\n\nИ ещё раз.")
    tit.edit(stored[0].id, "Исправлено дважды.\n\nИ ещё раз.")
    # in the middle of a page, at its end, and a page's first
    for place in (5, PER_PAGE - 1, 2 * PER_PAGE):
        forum.delete_post(stored[place].id)
    keeper = forum.visitor(ADMIN)
    for action in ("pin", "unpin"):
        keeper.submit(f"/topic/moderate/{action}/{long}/")
    tit.reply(long, "после того, что сделал модератор")
    # a page that has nothing but what is left of posts
    forum.lock_topic(short)
    keeper.submit(f"/topic/moderate/unlock/{short}/")
    ((poll, choice),) = forum.query(
        "SELECT p.id, min(c.id) FROM spirit_comment_poll_commentpoll p "
        "JOIN spirit_comment_poll_commentpollchoice c ON c.poll_id = p.id WHERE p.name = 'foo'"
    )
    token = tit.token(tit.get(f"/topic/{long}/").text)
    tit.post(f"/comment/poll/vote/{poll}/", csrfmiddlewaretoken=token, choices=str(choice))
    forum.run_inside(_CLOSE_POLL, "closed")


def _private_topic(forum: Spirit) -> int:
    raven = forum.visitor("raven")
    raven.submit("/topic/private/publish/", title="Лично", users="moscow",
                 comment="Здравствуйте, это только вам :smile:")
    ((topic,),) = forum.query("SELECT max(topic_id) FROM spirit_topic_private_topicprivate")
    forum.visitor("moscow").reply(topic, "> коротко\n\nСпасибо!")
    return int(topic)


def _check(
    forum: Spirit, viewer: Viewer, answer: requests.Response, expected: dict[str, Any],
    kind: str | None = None,
) -> Check:
    path = urllib.parse.unquote(answer.url.removeprefix(forum.url))
    now = datetime.datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Check(
        f"{viewer.name or 'guest'} {viewer.language} {path}", answer.url, answer.content, now,
        offset(zoneinfo.ZoneInfo(viewer.zone)), kind, expected,
    )


def _thread_pages(
    forum: Spirit, viewer: Viewer, visitor: Visitor, topic: int, root: str = "topic"
) -> Iterator[Check]:
    ((title, slug, closed),) = forum.query(
        "SELECT title, slug, is_closed FROM spirit_topic_topic WHERE id = ?", topic
    )
    rows = forum.query(
        "SELECT c.id, p.nickname, c.comment, c.date, c.modified_count, c.is_removed OR c.action "
        "FROM spirit_comment_comment c JOIN spirit_user_userprofile p ON p.user_id = c.user_id "
        "WHERE c.topic_id = ? ORDER BY c.date, c.id", topic,
    )
    pages = -(-len(rows) // PER_PAGE)
    # views are shown to nobody; numbers tell the replies only where nothing else can be numbered
    replies = len(rows) - 1 if pages == 1 and not any(row[5] for row in rows) else None
    for page in range(1, pages + 1):
        answer = visitor.get(f"/{root}/{topic}/{slug}/" + (f"?page={page}" if page > 1 else ""))
        address = answer.url.split("?")[0]
        posts = []
        for number, row in enumerate(rows, 1):
            if (number - 1) // PER_PAGE + 1 != page or row[5]:
                continue
            meaning = meaning_of(row[2], MEANINGS, HEAD)
            posts.append({
                "id": str(row[0]), "number": number, "author": row[1],
                "time": to_the_minute(of_database(row[3])), "text": meaning.text,
                "quotes": meaning.quotes_json(), "edited": row[4] > 0, "images": meaning.images,
                "url": f"{forum.url}/comment/{row[0]}/find/",
            })
        yield _check(forum, viewer, answer, {
            "kind": "thread", "state": "ok",
            "thread": {"id": str(topic), "title": " ".join(title.split()), "page": page,
                       "pages": pages, "views": None, "replies": replies, "closed": bool(closed)},
            "posts": posts,
            "next": f"{address}?page={page + 1}" if page < pages else None,
            # the first page alone links to the last
            "last": f"{address}?page={pages}" if page == 1 < pages else None,
            "complaints": [], "profile": forum.profile,
        })


def _lists(
    forum: Spirit, viewer: Viewer, visitor: Visitor, paths: list[str]
) -> Iterator[Check]:
    for path in paths:
        private = "private" in path
        rows = forum.query(
            "SELECT id, slug, title, comment_count, last_active FROM spirit_topic_topic "
            f"WHERE category_id {'=' if private else '!='} 1 ORDER BY last_active DESC"
        )
        root = "topic/private" if private else "topic"
        for page in range(1, -(-len(rows) // PER_PAGE) + 1):
            answer = visitor.get(f"{path}?page={page}")
            threads = [
                {"id": str(row[0]), "title": row[2], "views": None, "replies": row[3] - 1,
                 "url": f"{forum.url}/{root}/{row[0]}/{urllib.parse.quote(row[1])}/",
                 "last_post_time": to_the_minute(of_database(row[4])), "last_post_author": None}
                for row in rows[(page - 1) * PER_PAGE:page * PER_PAGE]
            ]
            yield _check(forum, viewer, answer, _list(forum, threads))


def _list(forum: Spirit, threads: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "list", "state": "ok", "threads": threads, "complaints": [],
            "profile": forum.profile}


def _no_list(forum: Spirit, viewer: Viewer, visitor: Visitor, path: str) -> Check:
    return _check(forum, viewer, visitor.get(path), _list(forum, []), "list")


def _states(
    forum: Spirit, viewer: Viewer, visitor: Visitor, topic: int
) -> Iterator[Check]:
    guest = viewer.name is None
    admin = viewer.name == ADMIN
    for path, state in [
        ("/topic/99999/", "not_found"),
        (forum.topic_url(topic).removeprefix(forum.url) + "?page=99", "not_found"),
        ("/topic/private/99999/", "login_required" if guest else "not_found"),
        ("/st/admin/", "login_required" if guest else "unrecognised" if admin else "forbidden"),
        *([(f"/comment/{topic}/publish/", "login_required")] if guest else []),
    ]:
        complaints = (
            ["post.item: no posts, and nothing else of a thread"]
            if state == "unrecognised" else []
        )
        expected = no_thread(state, forum.profile, complaints)
        yield _check(forum, viewer, visitor.get(path), expected)
