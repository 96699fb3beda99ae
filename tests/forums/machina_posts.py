"""A machina forum full of traps, its pages, and what must come of them.

What it does: writes threads through the forum's own code, with dates of our choosing, and over
HTTP what needs a browser (edits, removals, closing); then fetches pages as several people, in
several time zones, and says, from the forum's database, what each comes to.

What it does not do: it reads no page. What a text means is written down by hand (`MEANINGS`).
"""

from __future__ import annotations

import datetime
import itertools
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
from forums.machina import Machina, MachinaVisitor
from forums.served import ADMIN, Visitor

PER_PAGE = 15
PER_LIST = 20

# source in the forum's markup -> what a reader sees of it
MEANINGS = {
    "Список:\n\n* раз\n* два\n    * внутри\n\nи\n\n1. первый\n2. второй":
        Meaning("Список:\nраз\nдва\nвнутри\nи\nпервый\nвторой"),
    "    if x < 1:\n        print('&amp;')\n\nи `код <b>` в строке":
        Meaning("if x < 1:\nprint('&amp;')\nи код <b> в строке"),
    "![кот](http://a.example/cat.png) подпись ![пёс][1]\n\n[1]: http://a.example/dog.jpg":
        Meaning("подпись", images=2),
    "![только картинка](http://a.example/only.gif)": Meaning("", images=1),
    "Page 2 of 9\n&laquo; 7": Meaning("Page 2 of 9\n« 7"),
    "**важно** и *курсив* __ещё__": Meaning("важно и курсив ещё"),
    "# 403\nтекст\n\n---\n\nещё\n\nПодзаголовок\n------\nконец":
        Meaning("403\nтекст\nещё\nПодзаголовок\nконец"),
    "<script>alert(1)</script> <b>жирно</b> 1 < 2 & 3 &lt; <3":
        Meaning("alert(1) жирно 1 < 2 & 3 < <3"),
    "<http://a.example/?a=1&b=2> [имя](http://a.example/) <a@example.org> [нет](javascript:x)":
        Meaning("http://a.example/?a=1&b=2 имя a@example.org нет"),
    "- раз\n\n    абзац\n- два": Meaning("раз\nабзац\nдва"),
    "> * раз\n> * ![к](http://a.example/c.png)\n>\n> `код`\n\nмоё":
        Meaning("моё", ((None, "раз\nкод"),)),
    "> <b>одна</b>\n\nмежду\n\n> две\n> строки\n\nпосле":
        Meaning("между\nпосле", ((None, "одна"), (None, "две\nстроки"))),
    "> лишь цитата": Meaning("", ((None, "лишь цитата"),)),
    "> раз\nбез знака\n\nмоё": Meaning("моё", ((None, "раз\nбез знака"),)),
    "> > > глубоко\n\nмоё": Meaning("моё", ((None, ""), (None, ""), (None, "глубоко"))),
    "> снаружи\n>\n> > внутри\n>\n> снова\n\nмоё":
        Meaning("моё", ((None, "снаружи\nснова"), (None, "внутри"))),
    "ноль\u200bширины, неразрывный\u00a0пробел,   три   пробела  \n\n\n\nконец":
        Meaning("нольширины, неразрывный пробел, три пробела\nконец"),
}

# words that look like the engine's own
DECOYS = [
    "By: keeper on Nov. 1, 2020, 5 p.m.\nОт: keeper 13 октября 2021 г. 23:02",
    "Not Found\n403 Forbidden",
    "שלום مرحبا 你好 👩🏽‍⚕️ 😀 :smile:",
    "очень длинно " * 200,
]

GUEST_NAMES = ["Прохожий", "me on Nov. 1, 2020, 5 p.m.", "От: кого-то 1 мая 2020 г. 1:02"]

_FILL = """
import datetime
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from machina.apps.forum.models import Forum
from machina.apps.forum_conversation.models import Post, Topic
from machina.apps.forum_conversation.forum_attachments.models import Attachment
from machina.apps.forum_conversation.forum_polls.models import TopicPoll, TopicPollOption
from machina.apps.forum_member.models import ForumProfile
users = {user.username: user for user in get_user_model().objects.all()}
for name in users:
    profile, _ = ForumProfile.objects.get_or_create(user=users[name])
    profile.signature = "подпись ![s](http://a.example/s.png)\\n\\n> из подписи"
    profile.save()
made["topics"] = []
for t in order["threads"]:
    topic = Topic.objects.create(
        forum=Forum.objects.get(pk=t["forum"]), poster=users.get(t["posts"][0]["by"]),
        subject=t["title"], type=t["type"], status=Topic.TOPIC_UNLOCKED, approved=True)
    posts = []
    for p in t["posts"]:
        user = users.get(p["by"])
        post = Post(
            topic=topic, poster=user, subject=t["title"], content=p["text"], approved=True,
            username=None if user else p["by"], anonymous_key=None if user else "k")
        post.save()
        posts.append(post)
    for p, post in zip(t["posts"], posts):
        Post.objects.filter(pk=post.pk).update(created=datetime.datetime.fromisoformat(p["at"]))
    topic.refresh_from_db()
    topic.update_trackers()
    made["topics"].append(topic.pk)
    if t["poll"]:
        Attachment.objects.create(
            post=posts[0], file=ContentFile(b"x", "анализы.txt"), comment="вложено")
        poll = TopicPoll.objects.create(topic=topic, question="Что лучше?", max_options=1)
        for word in ("раз", "два"):
            TopicPollOption.objects.create(poll=poll, text=word)
"""

GUEST, MEMBER = None, "blue.tit"
PASSWORD = "password-of-a-member"


def checks(folder: Path) -> Iterator[Check]:
    forum = Machina(folder)
    forum.provision({MEMBER: PASSWORD, "ночной_ворон": PASSWORD})
    places = forum.provision(forums=["Здоровье", "Пусто"])["forums"]
    hidden = forum.provision(forums=["Тайно"], guests_may=[], members_may_not=["can_read_forum"])
    forum.provision(forums=["Лишь читать"], members_may_not=["can_reply_to_topics"])
    place, secret = places["Здоровье"], hidden["forums"]["Тайно"]
    topics = forum.run_inside(_FILL, {"threads": _threads(place, secret)})["topics"]
    with forum:
        _write_over_http(forum, topics[0])
        forum.lock_topic(topics[2])
    # the engine has one time zone for everybody; these have no summer time
    for zone in ("UTC", "Europe/Moscow", "America/Caracas"):
        forum.time_zone = zone
        forum.write_config()
        with forum:
            for name, language in itertools.product((GUEST, MEMBER, ADMIN), ("ru", "en")):
                visitor = forum.visitor(name, language=language)
                viewer = _Viewer(forum, visitor, name, f"{name or 'guest'} {language} {zone}")
                for topic in topics[:4]:
                    yield from viewer.thread_pages(topic)
                yield from viewer.lists(place)
                yield viewer.empty_list(places["Пусто"])
                yield from viewer.states(topics[0], topics[4], secret)


def _threads(place: int, secret: int) -> list[dict[str, Any]]:
    now = datetime.datetime.now(UTC)
    people = [MEMBER, "ночной_ворон", *GUEST_NAMES]
    words = [*MEANINGS, *DECOYS]
    plain = [f"Сообщение {number}.\nВторая строка, where?" for number, _ in enumerate(words)]
    texts = [text for pair in zip(plain, words, strict=True) for text in pair]

    def thread(
        title: str, words: list[str], first: datetime.datetime, *,
        forum: int = place, type_: int = 0, poll: bool = False, by: int = 0,
    ) -> dict[str, Any]:
        step = (now - first) / len(words)
        posts = [
            {"by": people[(number + by) % len(people)], "text": text,
             "at": (first + step * number).isoformat()}
            for number, text in enumerate(words)
        ]
        return {"title": title, "forum": forum, "type": type_, "poll": poll, "posts": posts}

    def ago(**span: float) -> datetime.datetime:
        return now - datetime.timedelta(**span)

    return [
        # over two years: every month's name, in both languages
        thread("Вопросы & <ответы> 2026-11", texts, ago(days=700), poll=True),
        thread("Полдень", ["x", "y"], _noon(now), by=2),
        thread("Закрыто", [f"слово {n}" for n in range(PER_PAGE)], ago(hours=20), by=1),
        thread("Страница и ещё один", [f"word {n}" for n in range(PER_PAGE + 1)], ago(hours=2)),
        thread("Тайно", ["секрет"], ago(days=1), forum=secret),
        # more than a page of a list, with guests who wrote last
        *(thread(f"Тема {n}", ["x"], ago(days=n), by=n) for n in range(1, 24)),
        thread("Прибито", ["x"], ago(days=40), type_=1),
        thread("Объявлено", ["x"], ago(days=50), type_=2),
    ]


def _noon(now: datetime.datetime) -> datetime.datetime:
    """«noon» in one zone, and an hour without minutes in the others."""
    return now.replace(hour=12, minute=0, second=0, microsecond=0) - datetime.timedelta(days=8)


def _write_over_http(forum: Machina, topic: int) -> None:
    stored = forum.posts(topic)
    tit, keeper = forum.visitor(MEMBER), forum.visitor(ADMIN)
    assert isinstance(keeper, MachinaVisitor)
    own = [post for post in stored if post.author == MEMBER]
    tit.edit(own[1].id, "Исправлено.\n\nИ ещё раз.")
    tit.edit(own[1].id, "Исправлено дважды.\n\nИ ещё раз.")
    keeper.edit(own[2].id, "Исправлено не им.", "порядок")
    # in the middle of a page, at its end, and a page's first: later posts move up
    for place in (5, PER_PAGE - 1, 2 * PER_PAGE):
        forum.delete_post(stored[place].id)
    tit.reply(topic, "после всего\n\n> как сказано\n\nвот")


class _Viewer:
    """Somebody who looks at pages, and what each of them must come to."""

    def __init__(self, forum: Machina, visitor: Visitor, name: str | None, title: str) -> None:
        self.forum = forum
        self.visitor = visitor
        self.name = name
        self.title = title

    def check(
        self, answer: requests.Response, expected: dict[str, Any], kind: str | None = None
    ) -> Check:
        path = urllib.parse.unquote(answer.url.removeprefix(self.forum.url))
        now = datetime.datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        zone = offset(zoneinfo.ZoneInfo(self.forum.time_zone))
        return Check(f"{self.title} {path}", answer.url, answer.content, now, zone, kind, expected)

    def thread_pages(self, topic: int) -> Iterator[Check]:
        ((title, locked),) = self.forum.query(
            "SELECT subject, status = 1 FROM forum_conversation_topic WHERE id = ?", topic
        )
        rows = self.forum.query(
            "SELECT p.id, ifnull(u.username, p.username), p.content, p.created, p.updates_count "
            "FROM forum_conversation_post p LEFT JOIN auth_user u ON u.id = p.poster_id "
            "WHERE p.topic_id = ? AND p.approved ORDER BY p.created", topic,
        )
        # members are told no more than that there is nothing to answer with
        closed = bool(locked) if self.name == ADMIN else None
        if self.name == MEMBER and not locked:
            closed = False
        pages = -(-len(rows) // PER_PAGE)
        address = self.forum.topic_url(topic)
        for page in range(1, pages + 1):
            path = address.removeprefix(self.forum.url) + (f"?page={page}" if page > 1 else "")
            answer = self.visitor.get(path)
            base = answer.url.split("?")[0]
            posts = []
            for number, row in enumerate(rows, 1):
                if (number - 1) // PER_PAGE + 1 == page:
                    meaning = meaning_of(row[2], MEANINGS)
                    posts.append({
                        "id": str(row[0]), "number": number, "author": row[1],
                        "time": to_the_minute(of_database(row[3])), "text": meaning.text,
                        "quotes": meaning.quotes_json(), "edited": row[4] > 0,
                        "images": meaning.images, "url": f"{base}?post={row[0]}#{row[0]}",
                    })
            yield self.check(answer, {
                "kind": "thread", "state": "ok",
                "thread": {
                    "id": str(topic), "title": title, "page": page, "pages": pages,
                    # shown in the list alone; the number of the last post tells them too
                    "views": None, "replies": len(rows) - 1 if page == pages else None,
                    "closed": closed,
                },
                "posts": posts,
                "next": f"{base}?page={page + 1}" if page < pages else None,
                "last": f"{base}?page={pages}" if page < pages else None,
                "complaints": [], "profile": self.forum.profile,
            })

    def lists(self, place: int) -> Iterator[Check]:
        ((slug,),) = self.forum.query("SELECT slug FROM forum_forum WHERE id = ?", place)
        rows = self.forum.query(
            "SELECT t.id, t.slug, t.subject, t.posts_count, t.views_count, p.created, "
            "ifnull(u.username, p.username), t.type FROM forum_conversation_topic t "
            "JOIN forum_conversation_post p ON p.id = t.last_post_id "
            "LEFT JOIN auth_user u ON u.id = p.poster_id "
            "WHERE t.forum_id = ? ORDER BY t.type DESC, t.last_post_on DESC", place,
        )
        announced = [row for row in rows if row[7] == 2]
        others = [row for row in rows if row[7] != 2]
        root = f"{self.forum.url}/forum/{urllib.parse.quote(slug)}-{place}/topic"
        for page in range(1, -(-len(others) // PER_LIST) + 1):
            shown = announced + others[(page - 1) * PER_LIST:page * PER_LIST]
            threads = [
                {"id": str(row[0]), "title": row[2], "views": row[4], "replies": row[3] - 1,
                 "url": f"{root}/{urllib.parse.quote(row[1])}-{row[0]}/",
                 "last_post_time": to_the_minute(of_database(row[5])),
                 "last_post_author": row[6]}
                for row in shown
            ]
            yield self.check(self.visitor.get(f"/forum/{slug}-{place}/?page={page}"), {
                "kind": "list", "state": "ok", "threads": threads, "complaints": [],
                "profile": self.forum.profile,
            })

    def empty_list(self, place: int) -> Check:
        expected = {"kind": "list", "state": "ok", "threads": [], "complaints": [],
                    "profile": self.forum.profile}
        return self.check(self.visitor.get(f"/forum/f-{place}/"), expected, "list")

    def states(self, topic: int, hidden: int, secret: int) -> Iterator[Check]:
        # the site's own error pages name no engine
        missing = no_thread("not_found", None)
        refused = no_thread("forbidden", None)
        log_in = no_thread("login_required", self.forum.profile)
        yield self.check(self.visitor.get("/forum/f-1/topic/t-99999/"), missing)
        yield self.check(self.visitor.get(f"/forum/f-1/topic/t-{topic}/?page=99"), missing)
        if self.name != ADMIN:
            expected = log_in if self.name is GUEST else refused
            yield self.check(self.visitor.get(f"/forum/f-{secret}/topic/t-{hidden}/"), expected)
        if self.name is GUEST:
            yield self.check(self.visitor.get(f"/forum/f-1/topic/t-{topic}/post/create/"), log_in)
