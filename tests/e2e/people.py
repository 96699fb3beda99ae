"""The people of the end-to-end tests and what they write. Names and texts are invented."""

from __future__ import annotations

from forums.served import Served

NGO = "HumanitarianDesk"
NGO_PASSWORD = "the-forum-password-of-the-NGO"

CLIENT = "ночной_ворон"
PEER = "blue.tit"
FORUM_USERS = {NGO: NGO_PASSWORD, CLIENT: "password-of-a-client", PEER: "password-of-a-peer"}

WORKER = "worker-anna"
VERIFIER = "doctor-boris"
DESK_PASSWORDS = {
    WORKER: "correct horse battery staple 17",
    VERIFIER: "another long desk password 42",
}

QUESTION = "Подскажите, где взять налоксон в СПб без рецепта?"
SMALL_TALK = "Спасибо за тему, полезно, буду иногда заглядывать."

# in answers.toml; the only one that gets verified, and the one the question is about
ANSWER = "hr.naloxone"
ANSWER_BEGINS = "Налоксон можно получить бесплатно"


def open_thread(forum: Served) -> int:
    """The NGO's thread, as it stands before the program ever looks at it."""
    place = forum.provision(forums=["Здоровье"])["forums"]["Здоровье"]
    topic = forum.new_topic(NGO, place, "Вопросы и ответы", "Здравствуйте! Спрашивайте здесь.")
    forum.post(PEER, topic, SMALL_TALK)
    return topic
