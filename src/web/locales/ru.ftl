# Слова рабочего стола. В en.ftl те же ключи; тест следит за этим.
# $n — число, $a и $b — вставляемые значения.

## Общее

skip = К содержанию
demo = Демонстрация: Tor не используется, форум учебный
nav = Разделы
nav-queue = Очередь
nav-answers = Ответы
nav-directory = Справочник
nav-threads = Темы
nav-engagement = Отклик
nav-learning = Обучение
other-language = English
log-out = Выйти
save = Сохранить
cancel = Отмена
show = Показать
choose = Выберите…
all = Все
never = ни разу
next-page = Дальше →
previous-page = ← Назад
characters = { $n ->
    [one] { $n } знак
    [few] { $n } знака
   *[many] { $n } знаков
}
banner-emergencies = { $n ->
    [one] { $n } экстренное обращение ждёт ответа
    [few] { $n } экстренных обращения ждут ответа
   *[many] { $n } экстренных обращений ждут ответа
}
banner-alarms = { $n ->
    [one] { $n } неполадка при чтении форумов
    [few] { $n } неполадки при чтении форумов
   *[many] { $n } неполадок при чтении форумов
}

## Время

age-moment = меньше минуты
age-minutes = { $n ->
    [one] { $n } минуту
    [few] { $n } минуты
   *[many] { $n } минут
}
age-hours = { $n ->
    [one] { $n } час
    [few] { $n } часа
   *[many] { $n } часов
}
age-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
}
just-now = только что
ago = { $a } назад
in-time = через { $a }
until = до { $a }

## Вход

login-title = Вход
login-name = Имя
login-password = Пароль
login-submit = Войти
login-wrong = Имя или пароль не подходят.
login-too-often = Слишком много попыток. Подождите минуту и попробуйте снова.
login-expired = Сеанс закончился, поэтому действие не выполнено. Войдите снова; написанное вами сохранено на этой странице.
login-kept-text = Ваш текст: он останется с вами после входа
kept-title = Написанное вами
kept-copy = Скопируйте текст: после входа его нужно будет вставить заново.
rescue-logged-in = Вы снова вошли. Сохраните текст как черновик обращения.
rescue-save = Сохранить черновик
back-to-case = К обращению
role-worker = аутрич-работник
role-specialist = специалист
role-verifier = проверяющий
role-coordinator = координатор
role-admin = администратор

## Что сделано

done-logged-out = Вы вышли.
done-claimed = Обращение у вас.
done-released = Обращение возвращено в очередь.
done-closed = Обращение закрыто.
done-corrected = Отмечено. Обращение теперь на своём месте; координатор увидит исправление.
done-corrected-nothing = Отмечено. Если делать ничего не нужно, закройте обращение.
done-lesson-accepted = Принято: программа научится этому, когда вы в следующий раз нажмёте кнопку.
done-lesson-rejected = Убрано, текст удалён.
done-learning-asked = Программа учится. Это займёт несколько секунд.
done-saved = Черновик сохранён.
done-taken = Ответ добавлен в текст. Прочитайте его и поправьте, если нужно.
done-approved = Ответ принят к отправке. Здесь видно, дошёл ли он.
done-withdrawn = Ответ отозван; его текст снова в черновике.
done-sent-again = Ответ снова в очереди на отправку.
done-confirmed = Отмечено: ответ дошёл.
done-verified = Ответ проверен и может предлагаться.
done-unverified = Проверка снята: ответ больше не предлагается.
done-answer-saved = Сохранено. Изменённый текст предлагается только после новой проверки.
done-fact-saved = Запись сохранена.
done-session-given = Cookies сохранены в зашифрованной базе, сеанс пробуется.

## Ошибки

error-title = Не получилось
error-not-found = Такой страницы нет, или запись уже удалена.
error-forbidden = У вашей учётной записи нет на это прав.
error-stale = Кто-то изменил это раньше вас. Откройте страницу заново и проверьте.
error-internal = Ошибка на сервере. Ничего не потеряно, попробуйте ещё раз.
error-reference = Сообщите администратору номер:
error-home = На главную
error-form-unreadable = Форму не удалось прочитать. Вернитесь назад и попробуйте ещё раз.
error-form-too-large = Текст слишком большой. Вернитесь назад и сократите его.
error-form-outdated = Форма устарела: она из прежнего сеанса. Ничего не выполнено; попробуйте ещё раз.
error-fact-key = В имени записи могут быть только латинские строчные буквы, цифры и подчёркивание.
error-fact-value = Запись длиннее 1000 знаков или содержит фигурные скобки.
error-lesson = Примеру нужен текст и оценка: срочность или тема. Вернитесь и выберите.

## Очередь

stages = Стадии
stage-initiated = Новые
stage-addressed = Отвечено
stage-closed = Закрытые
tab-unended = { $n ->
    [one] { $n } экстренное
    [few] { $n } экстренных
   *[many] { $n } экстренных
}
urgency-emergency = Экстренно
urgency-soon = Срочно
urgency-routine = Планово
need-emergency = Экстренно
need-soon = Срочно
need-routine = Планово
need-nothing = Ничего не спрашивают
queue-empty = Здесь пусто.
queue-waits = ждёт { $a }
queue-wrote = клиент писал { $a }
queue-closed = закрыто { $a }
doubtful = под вопросом
wrote-again = { $n ->
    [one] ещё { $n } сообщение
    [few] ещё { $n } сообщения
   *[many] ещё { $n } сообщений
}
held-by-me = у вас до { $a }
held-by = занято: { $a }, до { $b }
held-by-nobody = Обращение свободно.
delivery-waiting = ответ ждёт отправки
delivery-preparing = ответ отправляется
delivery-posting = ответ отправлен, проверяем
delivery-accepted = форум принял ответ, проверяем
delivery-held = ответ у модератора
delivery-confirmed = ответ стоит в теме
delivery-unknown = неизвестно, дошёл ли ответ
delivery-refused = форум отклонил ответ
delivery-withdrawn = ответ отозван
message-waiting = личное сообщение ждёт отправки
message-preparing = личное сообщение отправляется
message-posting = личное сообщение отправлено, проверяем
message-accepted = форум принял личное сообщение, проверяем
message-held = личное сообщение у модератора
message-confirmed = личное сообщение отправлено
message-unknown = неизвестно, дошло ли личное сообщение
message-refused = форум отклонил личное сообщение
message-withdrawn = личное сообщение отозвано
outcome-helped = Помогли
outcome-peer-answered = Верно ответил другой участник
outcome-not-a-request = Это не вопрос
outcome-duplicate = Повтор другого обращения
outcome-no-answer = Клиент не вернулся

## Обращение

case-title = Обращение { $a }
case-wrote = клиент писал { $a }
case-posts = Что написали
case-details = В тексте есть личные данные, они отмечены: не повторяйте их при всех.
case-reasons = Почему в очереди
case-read-first = Прочитайте сначала
case-history = История
posts-earlier = { $n ->
    [one] Раньше в теме: { $n } сообщение
    [few] Раньше в теме: { $n } сообщения
   *[many] Раньше в теме: { $n } сообщений
}
posts-between = { $n ->
    [one] … ещё { $n } сообщение …
    [few] … ещё { $n } сообщения …
   *[many] … ещё { $n } сообщений …
}
posts-whole = Показать длинные сообщения целиком
author-client = Клиент
author-peer = Другой участник
author-own = Мы
post-edited = изменено
post-vanished = удалено с форума (замечено { $a })
post-left = там, где тема была до переноса
post-images = { $n ->
    [one] есть картинка: { $n }. Здесь она не показывается
    [few] есть картинки: { $n }. Здесь они не показываются
   *[many] есть картинки: { $n }. Здесь они не показываются
}
claim = Взять
claim-and-save = Взять и сохранить текст
claim-to-write = Чтобы ответить или закрыть обращение, возьмите его.
release = Вернуть в очередь
dismiss = Это не вопрос?
dismiss-close = Закрыть: это не вопрос
correct = Оценено неверно?
correct-topic-stays = как есть
correct-hint = Обращение сразу встанет на своё место. Учиться ли на этом программе, решит координатор; личные данные из текста убираются.
correct-submit = Исправить
jump-to-reply = К ответу ↓
jump-to-suggestions = К подсказкам ↓
typed-unsaved = Ваш несохранённый текст
typed-copy = Ваш текст не сохранён. Скопируйте его отсюда:
event-opened = обращение появилось
event-client-wrote = клиент написал ещё
event-client-edited = клиент изменил сообщение
event-claimed = обращение взято
event-released = обращение возвращено в очередь
event-approved = ответ одобрен
event-withdrawn = ответ отозван
event-sent-again = ответ отправлен повторно
event-confirmed = ответ найден в теме
event-confirmed-by-hand = человек увидел, что ответ дошёл
event-message-sent = форум принял личное сообщение
event-refused = форум отклонил ответ
event-outcome-unknown = неизвестно, дошёл ли ответ
event-corrected = оценка исправлена
event-closed = обращение закрыто

problem-not-allowed = У вас нет прав работать с обращениями.
problem-claimed-by-other = Обращение сейчас у другого работника. Ничего не изменено.
problem-not-claimed = Обращение не за вами: бронь истекла или её не было. Возьмите его снова.
problem-closed = Обращение закрыто. Ничего не изменено.
problem-reply-under-way = Один ответ уже в пути. Дождитесь, пока станет ясно, дошёл ли он.
problem-reply-moved = Состояние ответа успело измениться. Посмотрите, что с ним сейчас.
problem-empty = Ответ пустой.
problem-too-long = Ответ длиннее { $a } знаков.
problem-missing-facts = Черновик сохранён, но отправить его нельзя: не заполнено { $a }. Впишите сведения в текст или дополните справочник.
problem-draft-changed = Черновик успели изменить в другом окне или другой человек. Ваш текст ниже ещё не сохранён; сохранённый показан рядом. Сохраните ещё раз, чтобы оставить ваш.
problem-text-changed = Текст изменился после того, как был показан, или тему перенесли. Ничего не отправлено; проверьте его снова.
problem-answer-not-verified = Этот ответ сейчас не проверен, поэтому не добавлен. Черновик сохранён.
problem-outcome = Выберите, чем закончилось обращение.
problem-correction = Выберите срочность и тему из списка.
problem-correction-same = У обращения это уже так. Ничего не изменено.
problem-no-recipient = Форум не показывает, кто спросил, или тема переехала, а на новом месте этот человек не писал: личное сообщение отправить некому. Выберите тему.
problem-no-messages = На этом форуме нет личных сообщений, которые программа может отправить. Ничего не отправлено; выберите тему.

## Подсказки и ответ

suggestions = Подходящие ответы
suggestions-none = Подходящих ответов не нашлось.
suggestion-missing = Не заполнено в справочнике: { $a }
verified-until = проверен до { $a }
exists-unverified = Есть, но не проверен:
exists-expired = Есть, но срок проверки истёк:
take = Добавить в ответ
take-again = Добавить ещё раз
snippets = Заготовки для разговора
find-answer = Найти ответ
find = Найти
found-nothing = Ничего не нашлось.
write = Ответ
route-legend = Кто прочитает
route-everybody = Это прочитают все: сообщение в теме.
route-only = Это получит только { $a }: личное сообщение на форуме.
route-message-hint = Ответ на него придёт в наш ящик на форуме. Программа его не читает: заглядывайте туда сами.
route-no-messages = На этом форуме нет личных сообщений, которые программа может отправить. Не повторяйте личные подробности.
route-no-recipient = Лично написать некому: форум не показывает, кто спросил, или тема переехала, а на новом месте этот человек не писал. Не повторяйте личные подробности.
personal-warning = Похоже, в тексте есть личное: { $a }. Тему читают все.
message-failed = Личное сообщение не дошло: { $a }. В теме ответ прочитают все: уберите личное.
quote-question = Процитировать вопрос над ответом в теме:
quote-details = В вопросе есть личное: { $a }. Цитата повторит это при всех.
reply-text = Текст ответа
draft-saved = Черновик сохранён { $a }, { $b }
draft-none = Черновика ещё нет. Сохраняйте текст, если отвлекаетесь.
draft-of-case = Черновик обращения
draft-missing = Не заполнено: { $a }. Пока это в тексте, отправить ответ нельзя.
other-draft = Сохранённый сейчас черновик
save-draft = Сохранить черновик
approve = Проверить и отправить…
under-way-hint = Один ответ уже в пути. Следующий можно готовить, а отправить после того, как станет ясно, дошёл ли первый.

confirm-title = Проверьте перед отправкой
confirm-thread = Тема
confirm-account = От имени
confirm-account-unknown = имя на форуме не указано в настройках
confirm-check = Именно этот текст появится на форуме. Нет ли в нём личных подробностей?
confirm-repeats = В ответе повторено личное из сообщений клиента ({ $a }), а тему читают все. Отмечено ниже.
confirm-back = Вернуться к правке
confirm-send = Отправить

replies = Наши ответы
reply-approved = одобрено: { $a }, { $b }
reply-settled = известно с { $a }
reply-attempts = { $n ->
    [one] { $n } попытка
    [few] { $n } попытки
   *[many] { $n } попыток
}
reply-show-text = Текст
reply-quotes = Под цитатой вопроса:
replies-look = Посмотреть, дошёл ли ответ
reply-confirm = Он есть в теме
reply-again = Его нет, отправить снова
reply-withdraw = Отозвать
reply-give-up = Не отправлять
reply-claim-to-decide = Чтобы решить, что делать, возьмите обращение.
delivery-hint-waiting = Ещё не ушёл с нашего сервера: его можно отозвать.
delivery-hint-preparing = Открываем форму на форуме. Отозвать уже нельзя.
delivery-hint-posting = Запрос ушёл. Читаем тему, чтобы увидеть, появился ли ответ. Второй раз вслепую не отправляем.
delivery-hint-accepted = Форум сообщил, что принял ответ. Читаем тему, чтобы убедиться.
delivery-hint-held = Форум показал, что ответ ждёт модератора. Проверяем раз в час.
delivery-hint-confirmed = Ответ прочитан в теме.
delivery-hint-unknown = Ответ мог дойти, но в теме его не видно. Откройте тему на форуме, посмотрите и решите.
delivery-hint-refused = Форум не принял ответ. Посмотрите на форуме, почему, и решите.
delivery-hint-withdrawn = Не отправлен.
message-hint-waiting = Ещё не ушло с нашего сервера: его можно отозвать.
message-hint-preparing = Открываем форму на форуме. Отозвать уже нельзя.
message-hint-posting = Запрос ушёл. Читаем ящик отправленных, чтобы увидеть, есть ли там сообщение. Второй раз вслепую не отправляем.
message-hint-accepted = Форум сообщил, что принял сообщение.
message-hint-held = Форум держит сообщение для модератора.
message-hint-confirmed = Форум принял сообщение. Ответ придёт в наш ящик на форуме, программа его не читает. Если форум показывает, что там ждёт сообщение, об этом скажет тревога на странице тем.
message-hint-unknown = Сообщение могло дойти, но программа этого не видит. Откройте на форуме ящик отправленных, посмотрите и решите.
message-hint-refused = Форум не принял сообщение. Попробуйте позже или заберите текст и ответьте в теме.
message-hint-withdrawn = Не отправлено.

close-title = Закрыть обращение
close-outcome = Чем закончилось
close = Закрыть
close-later = Закрыть можно будет, когда станет ясно, дошёл ли ответ.
close-drops-draft = Черновик при этом удаляется.

## Личные данные в тексте

private-phone = номер телефона
private-email = адрес почты
private-handle = ник или аккаунт
private-link = ссылка
private-card = номер карты
private-wallet = кошелёк
private-account = банковский счёт
private-document = номер документа
private-address = адрес
private-birth = дата рождения
private-plate = номер машины
private-name = полное имя
private-health = здоровье клиента

## Библиотека ответов

answers-text = Слова
answers-topic = Тема
answers-standing = Проверка
answers-count = { $n ->
    [one] { $n } ответ
    [few] { $n } ответа
   *[many] { $n } ответов
}
standing-verified = проверен
standing-unverified = не проверен
standing-expired = срок проверки истёк
answer-updated = изменён { $a }
answer-verified-by = { $a }, { $b },
answer-was-verified = Прежний текст проверен: { $a }, { $b }. С тех пор он изменён.
answer-offline = Работникам этот ответ не предлагается, пока его не проверят.
answer-facts = Из справочника
answer-examples = Как об этом пишут
answer-sources = Источники
answer-edit = Изменить ответ
verify-title = Проверка
verify-hint = Прочитайте оба языка так, как их прочтёт клиент. Проверка относится именно к этому тексту: любое изменение её снимает.
verify-until = Проверить снова до
verify = Подтверждаю, ответ верен
unverify = Снять проверку
edit-takes-verification = Ответ проверен. Если изменить заголовок или текст, проверка снимется, и ответ не будет предлагаться, пока его не проверят снова.
edit-needs-verification = Ответ предлагается только после проверки.
edit-examples-hint = Личные данные в примерах при сохранении заменяются словами вроде [телефон].
edit-facts-hint = Двойные фигурные скобки с ключом заменяются записью из справочника.
edit-other = Сохранено сейчас
problem-answer-changed = Текст изменили после того, как он был вам показан. Ничего не сохранено; прочитайте его снова.
problem-answer-empty = Нужны заголовок и текст на русском.
problem-date = Выберите день в будущем.
field-title-ru = Заголовок по-русски
field-body-ru = Текст по-русски
field-title-en = Заголовок по-английски
field-body-en = Текст по-английски
field-examples-ru = Как об этом пишут, по-русски, по строке на пример
field-examples-en = Как об этом пишут, по-английски, по строке на пример
field-sources = Источники, по строке на каждый
field-value = Запись

## Справочник

directory-hint = Эти сведения подставляются в ответы. Пока запись пуста, ответ с ней отправить нельзя.
directory-empty = { $n ->
    [one] Не заполнена { $n } запись, нужная ответам
    [few] Не заполнены { $n } записи, нужные ответам
   *[many] Не заполнено { $n } записей, нужных ответам
}
fact-used = { $n ->
    [one] в { $n } ответе
    [few] в { $n } ответах
   *[many] в { $n } ответах
}
fact-empty = не заполнено
fact-add = Новая запись
fact-key = Ключ, как в ответах
fact-aids-center-hours = Часы работы Центра СПИД
fact-bus-schedule = Расписание автобуса
fact-case-manager-contact = Как связаться с кейс-менеджером
fact-chat-invite = Приглашение в чат
fact-doctor-contact = Как связаться с врачом
fact-legal-contact = Как связаться с юристом
fact-night-hours = Часы, когда мы на связи
fact-overdose-bot = Бот помощи при передозировке
fact-psychologist-contact = Как связаться с психологом

## Темы и наблюдение

alarms-none = Неполадок нет.
alarm-since = Началось { $a }
alarm-last-success = последний раз получилось { $a }
forum-named = форум { $a }
alarm-unreachable = Форум не отвечает
alarm-challenge = Форум требует проверку, нужен человек
alarm-log-in-refused = Форум не принимает имя или пароль
alarm-thread-gone = Темы больше нет на месте
alarm-forbidden = Доступ к теме закрыт
alarm-drift = Страницы форума изменились
alarm-list-drift = Список тем на форуме изменился
alarm-misbehaves = Форум ведёт себя странно
alarm-mirror-down = Основной адрес форума не отвечает, работаем через другой
alarm-unread-message = На форуме ждёт непрочитанное личное сообщение
alarm-threads = { $n ->
    [one] { $n } тема
    [few] { $n } темы
   *[many] { $n } тем
}
drift-before = Когда всё было в порядке, находилось: { $a }.
drift-now = Сейчас находится: { $a }.
matched = сообщений { $posts }, с автором { $authors }, со временем { $times }, с текстом { $texts }
matched-nothing = ни одного сообщения
list-matched = тем в списке { $rows }, с просмотрами { $views }, с числом ответов { $replies }, со временем { $times }
list-matched-nothing = ни одной темы
address-in-use = используется адрес { $a } из { $b } ({ $c })
mend-unreachable = Часто проходит само. Если держится сутки, проверьте, не переехал ли форум, и впишите новый адрес.
mend-challenge = Проверку проходит человек: координатор или администратор, на странице доступа к форуму. Обходить её программа не будет.
mend-log-in-refused = Проверьте имя и пароль в настройках. Пока их не изменят, новых попыток входа не будет.
mend-thread-gone = Посмотрите на форуме: тему могли перенести, закрыть или удалить. Новый адрес задаётся командой thread move.
mend-forbidden = Посмотрите на форуме, не ограничены ли права нашей учётной записи; напишите его администрации.
mend-drift = Новые вопросы могли остаться незамеченными: читайте тему сами, пока описание страниц не поправят.
mend-list-drift = Просмотры могут не учитываться, а темы — читаться по одной: запросов больше, и новые вопросы могут быть замечены позже. Вопросы не теряются. Сообщите тому, кто ведёт программу: просмотры снова будут считаться, когда поправят описание списка.
mend-misbehaves = Читайте тему сами и сообщите тому, кто ведёт программу.
mend-mirror-down = Ничего не потеряно: основной адрес пробуем снова каждый час. Если его больше нет, уберите его из настроек.
mend-unread-message = Программа личные сообщения не читает, а в них могут просить о помощи. Прочитайте и ответьте на форуме, под нашей учётной записью: после этого тревога уйдёт сама.
threads-none = В списке нет ни одной темы. Их добавляют командой thread add.
thread-closed = закрыта на форуме
thread-read = прочитана
thread-next = снова
thread-account = пишем от имени { $a }
thread-added = в списке с { $a }
thread-came-from = перенесена с форума { $a } { $b }
thread-state = Состояние
thread-last-look = Последнее чтение
thread-last-success = Последнее удачное чтение
thread-next-look = Следующее чтение
thread-whole-read = Прочитана целиком
thread-posts = Известно сообщений
look-never = ещё не читали
looks = Последние чтения
looks-failed = { $n ->
    [one] { $n } неудача подряд
    [few] { $n } неудачи подряд
   *[many] { $n } неудач подряд
}
look-ok = читается
look-incomplete = читается не полностью
look-login-required = требует входа
look-challenge = требует проверку
look-not-found = не найдена
look-forbidden = доступ закрыт
look-error-page = страница ошибки
look-unrecognised = страница не распознана
look-log-in-refused = вход отклонён
look-unreachable = не отвечает
look-busy = форум перегружен
look-too-large = страница слишком большая
look-redirected-away = отсылает на чужой адрес
look-endless-pages = страницы не кончаются
why-new = тема новая
why-moved = тема перенесена: читаем целиком
why-forum-is-back = форум снова отвечает
why-access-mended = доступ могли починить
why-looking = читается сейчас
why-by-rate = по тому, как часто здесь пишут
why-ceiling = здесь пишут редко: самый длинный шаг
why-listed = за темой следим по списку тем
why-list-news = список тем показал новое
why-whole-read = нужно прочитать целиком
why-needs-a-person = нужен человек
why-busy = форум перегружен
why-after-failure = после неудачи
part-service = служба
beat-running = работает
beat-working = работает
beat-reading = читает
beat-failing = не может соединиться, пробует снова
beat-ready = готов
beat-starting = запускается
part-tor = Tor
reason-held = ждёт модератора
reason-duplicate = форум сообщил, что такой ответ уже есть
reason-flood = форум просит писать реже
reason-form-rejected = форум не принял форму
reason-login-required = понадобился вход
reason-log-in-refused = вход отклонён
reason-too-many-log-ins = слишком частые входы
reason-challenge = форум требует проверку
reason-closed = тема закрыта
reason-forbidden = нет прав писать в теме
reason-not-found = в теме ответа нет
reason-not-found-yet = в теме пока не видно
reason-not-found-elsewhere = в теме не видно, но читали её по другому адресу форума, чем тот, куда ушёл ответ
reason-refused = форум отказал
reason-no-form = на странице нет нужной формы
reason-unclear = ответ форума непонятен
reason-unreachable = форум не отвечает
reason-tor-not-ready = Tor ещё не готов
reason-timeout = форум не ответил вовремя
reason-interrupted = связь прервалась
reason-busy = форум перегружен
reason-too-large = страница слишком большая
reason-redirected-away = форум отослал на чужой адрес
reason-outside-forum = адрес не относится к форуму
reason-setup = не удалось подготовить запрос
reason-ok = тема прочитана
reason-incomplete = тема прочитана не полностью
reason-error-page = страница ошибки
reason-unrecognised = страница не распознана
reason-endless-pages = страницы не кончаются
reason-no-such-user = такого имени на форуме нет
reason-takes-no-messages = человек не принимает личных сообщений
reason-inbox-full = ящик человека переполнен
reason-own-box-full = наш ящик на форуме переполнен: удалите там старые сообщения
reason-may-not-message = нашей записи нельзя писать личные сообщения
reason-no-messages-there = по известному адресу форум не показывает формы личного сообщения
reason-not-among-sent = среди отправленных пока не видно
reason-no-list-of-sent = форум не показывает отправленных
views = { $n ->
    [one] { $n } просмотр
    [few] { $n } просмотра
   *[many] { $n } просмотров
}
views-unknown = просмотры не показаны
thread-replies = { $n ->
    [one] { $n } ответ
    [few] { $n } ответа
   *[many] { $n } ответов
}
replies-unknown = ответы не показаны
parts = Части программы
col-when = Когда
col-state = Состояние
col-pages = Страниц
col-views = Просмотры
col-replies = Ответов в теме
col-new = Новых
col-edited = Изменено
col-vanished = Удалено

## Отклик

from-day = С
to-day = По
last-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
   *[many] { $n } дней
}
download-csv = Скачать CSV
zone-of-days = Дни по времени { $a }. Прочерк: сведений нет.
engagement-empty = За эти дни ничего не записано.
engagement-sums = За весь срок
engagement-days = По дням
engagement-hidden = { $n ->
    [one] Ещё { $n } строка есть в файле CSV
    [few] Ещё { $n } строки есть в файле CSV
   *[many] Ещё { $n } строк есть в файле CSV
}
col-thread = Тема
col-day = День
col-new-views = Новые просмотры
col-new-posts = Сообщения
col-participants = Участники
col-requests = Обращения
col-own-posts = Наши ответы
col-looks = Чтения

## Доступ к форуму

access-title = Доступ к форуму { $a }
access-link = Пройти проверку
access-short = доступ
access-quiet = Сейчас форум ничего не требует от человека.
access-here = Пройти проверку здесь
access-here-hint = Программа откроет страницу форума и покажет здесь картинку и вопрос. Отвечаете вы; программа отправит ответ один раз и сама ничего не угадывает. Имя и пароль для входа она подставит сама.
access-ask = Показать, что спрашивает форум
access-session = Передать свой сеанс
access-session-hint = Если проверка работает только в браузере: войдите на форум в Tor Browser и передайте программе cookies. Берутся только cookies этого форума.
access-history = Кто и что делал
session-step-log-in = Откройте форум в Tor Browser, пройдите проверку и войдите.
session-step-account = Учётная запись: { $a }.
session-step-copy = Откройте «Инструменты веб-разработчика» → «Сеть», обновите страницу, нажмите на первую строку правой кнопкой и выберите «Копировать значение» → «Копировать заголовки запроса».
session-step-paste = Вставьте скопированное сюда. В нём есть и cookies, и имя браузера.
session-cookies = Заголовки запроса, строка Cookie или содержимое cookies.txt
session-file = Или файл cookies.txt
session-user-agent = User-Agent браузера, если его нет во вставленном
session-hint = Пока сеанс жив, программа будет называться форуму тем же браузером. Не выходите потом на форуме из учётной записи: закройте вкладку.
session-give = Передать сеанс
session-taken = { $n ->
    [one] Взята { $n } cookie форума.
    [few] Взято { $n } cookie форума.
   *[many] Взято { $n } cookies форума.
}
session-others = { $n ->
    [one] Чужая не взята: { $n }.
   *[many] Чужие не взяты: { $n }.
}
session-expired = { $n ->
    [one] Просроченная не взята: { $n }.
   *[many] Просроченные не взяты: { $n }.
}
session-unreadable = { $n ->
    [one] Непонятная строка: { $n }.
   *[many] Непонятные строки: { $n }.
}
problem-session-empty = Здесь нет ни одной cookie. Ничего не сохранено.
problem-session-foreign = { $n ->
    [one] Здесь только чужая cookie: { $n }. Cookies этого форума нет, ничего не сохранено.
   *[many] Здесь только чужие cookies: { $n }. Cookies этого форума нет, ничего не сохранено.
}
problem-session-expired = { $n ->
    [one] Срок cookie истёк: { $n }. Ничего не сохранено; войдите на форум заново.
   *[many] Срок cookies истёк: { $n }. Ничего не сохранено; войдите на форум заново.
}
problem-user-agent = User-Agent должен быть одной строкой из латинских букв и знаков, как в браузере.
problem-passage-under-way = Программа сейчас обращается к форуму. Подождите, пока станет ясно, что вышло, и попробуйте снова.
problem-challenge-over = Эта проверка уже закончилась: время вышло или показана другая. Ответ не отправлен.
problem-challenge-empty = Ответ пустой. На форум ничего не отправлено.
problem-challenge-choice = Выберите один из вариантов. На форум ничего не отправлено.
problem-challenge-long = Ответ слишком длинный. На форум ничего не отправлено.
challenge-title = Форум спрашивает
challenge-picture = Картинка проверки
challenge-picture-number = Картинка { $n }
challenge-no-picture = Картинку получить не удалось, или её нельзя показывать.
challenge-choose = Выберите
challenge-press = Нажмите на нужное место картинки.
challenge-answer = Отправить ответ
challenge-go-on = Нажать и продолжить
challenge-until = Ответить нужно за { $a }.
challenge-once = Ответ уйдёт на форум один раз.
challenge-anew = Показать другую
challenge-drop = Прекратить
remark-wrong = Ответ не подошёл. Форум спрашивает снова.
remark-next-step = Ответ принят. Форум спрашивает ещё одно.
passage-asked = Программа открывает страницу форума…
passage-answered = Ответ отправляется…
passage-given = Сеанс ждёт пробы…
passage-working = Программа обращается к форуму…
passage-hint = Через Tor это может занять минуту. Страница обновляется сама.
passage-look = Посмотреть ещё раз
ending-logged-in = Получилось: форум показывает, что мы вошли. Темы читаются дальше.
ending-in = Получилось: форум нас пускает. Вошли ли мы под своим именем, его страницы не показывают.
ending-guest = Форум пускает нас как гостя: читать можно, но мы не вошли.
ending-expired = Время вышло, ответа не было.
ending-dropped = Проверка прекращена.
ending-interrupted = Программа была остановлена посреди дела. Дошёл ли ответ, неизвестно; начните снова.
ending-log-in-refused = Форум не принял имя или пароль. Проверьте их в настройках.
ending-login-required = Войти не удалось: форум всё ещё требует входа.
ending-too-many-log-ins = Форум просит подождать: слишком много попыток входа.
ending-challenge = С этим сеансом форум тоже требует проверку. Прежний сеанс оставлен.
ending-no-form = На странице нет формы, которую можно показать здесь. Может быть, это очередь: подождите и попробуйте снова. Или передайте свой сеанс.
ending-needs-scripts = Эта проверка работает только в браузере. Пройдите её в Tor Browser и передайте сеанс.
ending-unreachable = Форум не ответил. Попробуйте позже.
ending-busy = Форум перегружен. Попробуйте позже.
ending-unreadable = Форум показал страницу, которую программа не понимает. Посмотрите на форуме сами.
passage-event-asked = попросили показать проверку
passage-event-shown = проверка показана
passage-event-answered = ответ дан
passage-event-wrong = ответ не подошёл
passage-event-next-step = ответ принят, ещё один шаг
passage-event-given = передан сеанс
passage-event-logged-in = форум пустил: мы вошли
passage-event-in = форум пустил
passage-event-guest = форум пустил как гостя
passage-event-expired = время вышло
passage-event-dropped = прекращено
passage-event-interrupted = прервано
passage-event-log-in-refused = имя или пароль не приняты
passage-event-login-required = форум всё ещё требует входа
passage-event-too-many-log-ins = слишком много попыток входа
passage-event-challenge = с этим сеансом форум требует проверку
passage-event-no-form = формы нет
passage-event-needs-scripts = нужен браузер
passage-event-unreachable = форум не ответил
passage-event-busy = форум перегружен
passage-event-unreadable = страница непонятна

## Потребности (data/topics.tsv)

topic-vein-collapsed = Вена «ушла»: отдых, смена места, уход
topic-vein-blown = Укол мимо вены, синяк
topic-vein-ulcer = Небольшая язва: уход и когда к врачу
topic-vein-varicose = Варикоз после инъекций
topic-vein-rash = Сыпь, зуд, покраснение на месте укола
topic-vein-phlebitis = Больная, твёрдая, горячая вена (флебит)
topic-vein-safer = Безопаснее колоться: места, стерильность, фильтры
topic-info-bus-schedule = Где и когда стоит автобус
topic-info-bus-services = Что дают в автобусе и как там всё проходит
topic-info-anonymous = Анонимно ли это, нужны ли паспорт и прописка
topic-info-chat-access = Как попасть в чат и написать работнику
topic-info-hiv-routes = Как передаётся и не передаётся ВИЧ
topic-info-hcv-routes = Как передаётся и не передаётся гепатит C
topic-info-hiv-window = Период окна: когда тест на ВИЧ достоверен
topic-info-hiv-symptoms = Первые признаки ВИЧ; признаки не заменяют тест
topic-info-hcv-treatment = Гепатит C излечим: лекарства, где, сколько стоит
topic-info-hbv-vaccine = Прививка от гепатита A и B
topic-info-art-start = Начать АРВТ: что, когда, где
topic-info-art-schedule = Центр СПИД: часы, анализы, выдача АРВТ
topic-info-art-interactions = АРВТ вместе с наркотиками, метадоном, алкоголем
topic-info-pep = ПКП после общей иглы или порванного презерватива: 72 часа
topic-info-naloxone-what = Что такое налоксон, как применять и хранить
topic-info-drug-mixing = Опасные сочетания веществ
topic-info-unknown-substance = Неизвестное или слишком сильное вещество
topic-detox-home = Слезть дома: риски, что опасно, когда звать помощь
topic-detox-medical = Детокс у врачей: как проходит, к кому обратиться
topic-detox-withdrawal = Ломка: что облегчает, тревожные признаки
topic-covid-rehab = Детокс и реабилитация при карантине
topic-covid-meds = Нехватка лекарств, доставка и помощь при карантине
topic-psych-craving = Тяга, срыв, борьба с зависимостью
topic-psych-grief = Смерть партнёра или друга
topic-psych-anxiety-diagnosis = Страх из-за ВИЧ или гепатита C
topic-psych-anxiety-general = Тревога, паника, бессонница, одиночество
topic-psych-suicidal = Мысли о самоубийстве или самоповреждении
topic-psych-relatives = Близкий спрашивает, как помочь
topic-svc-art-help = Помощь в Центре СПИД лично
topic-svc-art-delivery = Доставка АРВТ на дом
topic-svc-hospital = Сопровождение в больницу на детокс или реабилитацию
topic-svc-psychologist = Консультация психолога
topic-svc-documents = Восстановить документы
topic-svc-disability = Оформить инвалидность
topic-svc-legal = Юрист: задержание, права, наркоучёт
topic-svc-shelter = Ночлег, еда, одежда
topic-wound-abscess = Абсцесс: признаки, не вскрывать самому, к врачу
topic-wound-ulcer-severe = Глубокая, растущая или гниющая язва
topic-wound-edema = Отёк руки или ноги, признаки тромба
topic-wound-sepsis = Жар, озноб, красные полосы: заражение крови
topic-hr-hiv-test = Тест на ВИЧ: где, как, результаты
topic-hr-hcv-test = Тест на гепатит C
topic-hr-sti-test = Тест на сифилис и другие ИППП
topic-hr-kit = Шприцы, салфетки, вода, наборы
topic-hr-disposal = Сдать использованные шприцы
topic-hr-prep = Доконтактная профилактика (PrEP)
topic-hr-naloxone = Где взять налоксон
topic-od-opioid = Передозировка опиоидами сейчас
topic-od-stimulant = Передозировка стимуляторами, перегрев, психоз, сердце
topic-od-depressant-mix = Передозировка GHB, алкоголем, бензодиазепинами, смесью
topic-od-after = После передозировки: наблюдать, не оставлять одного
topic-od-ambulance = Вызов скорой: что сказать, страх полиции
topic-workflow = О самом разговоре

## Обучение

learning-hint = Исправления и отправленные ответы становятся примерами, когда их прочитает координатор. То, что правила говорят об экстренных случаях, этим не меняется.
learn-title = Учиться
learn-accepted = { $n ->
    [0] Принятых примеров пока нет.
    [one] Принят { $n } пример.
    [few] Принято { $n } примера.
   *[other] Принято { $n } примеров.
}
learn = Учиться на этом
learn-asked = Программа учится: это займёт несколько секунд.
learn-look = Посмотреть, готово ли
fit-taken = Выученное используется.
fit-loses-emergency = Не принято: программа пропустила бы экстренный случай, который раньше находила. Всё осталось как было.
fit-worse = Не принято: отложенные примеры оценивались бы хуже. Всё осталось как было.
fit-spoils = Не принято: слишком много других сообщений оценивались бы хуже. Всё осталось как было.
fit-failed = Обучение не удалось. Всё осталось как было; сообщите тому, кто обслуживает программу.
fit-learned = { $n ->
    [one] Выучен { $n } пример.
    [few] Выучено { $n } примера.
   *[other] Выучено { $n } примеров.
}
fit-kept = { $n ->
    [0] Для проверки не отложено ничего: откладывается примерно каждый четвёртый.
    [one] Для проверки отложен { $n }:
   *[other] Для проверки отложено { $n }:
}
fit-figures = Оценено верно
fit-before = было
fit-after = стало
fit-need = срочность отложенных примеров
fit-topic = тема отложенных примеров
fit-emergencies = найдено экстренных среди них
fit-others = срочность других сообщений из состава программы
fit-guards = { $n ->
    [one] { $n } экстренный случай из состава программы: не потерян.
    [few] { $n } экстренных случая из состава программы: ни один не потерян.
   *[other] { $n } экстренных случаев из состава программы: ни один не потерян.
}
fit-lost = Было бы потеряно экстренных случаев из состава программы: { $a } из { $b }.
of = { $a } из { $b }
few = Числа малы: случай решает здесь не меньше, чем программа.
of-few = из немногих
lessons-waiting = { $n ->
    [0] Ничего не ждёт
    [one] { $n } пример ждёт прочтения
    [few] { $n } примера ждут прочтения
   *[other] { $n } примеров ждут прочтения
}
lessons-for-coordinators = Их читают и принимают координаторы.
lessons-hint = Уберите всё, по чему можно узнать автора: места, имена, редкие обстоятельства. Текст сохранится, только если вы его примете; о чём никто не решит, удаляется через { $a } дней.
lesson-corrected = Исправлено
lesson-picked = Отправлен ответ
lesson-judged = Программа решила: { $a }
lesson-text = Текст
lesson-need = Срочность
lesson-topic = Тема
lesson-second = И ещё о
lesson-unsaid = не сказано
lesson-accept = Принять как пример
lesson-reject = Отклонить
lesson-take-out = Убрать
accepted-title = Принятые примеры
accepted-hint = Убранное перестанет учитываться при следующем обучении.
figures-title = Как программа оценивала здесь
figures-hint = По обращениям, которые ещё хранятся. Что никто не исправил, считается верным, так что на деле может быть хуже.
figures-empty = Обращений пока нет.
col-month = Месяц
col-cases = Обращений
col-corrected = Исправлено
col-alarms = Экстренных тревог
col-false-alarms = Ложных тревог
col-missed = Экстренных не замечено
col-precision = Верных тревог
corrections-title = Исправления
corrections-none = Ничего не исправляли.
corrections-hint = Строка — что решила программа, столбец — что сказал человек.
judged-corrected = решено ↓ · исправлено →
twelve-months = последние 12 месяцев
picks-title = Откуда брали ответы
picks-none = Ответов пока не было.
picks-sought = нашли сами
picks-unused = не взяли
picks-hint = 1, 2, 3 — место среди предложенных. «Нашли сами» — в библиотеке ответов. «Не взяли» — предлагался первым, а первый ответ написали без него.
