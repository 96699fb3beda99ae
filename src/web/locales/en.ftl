# The desk's words. ru.ftl has the same keys; a test sees to it.
# $n is a number, $a and $b are values put in.

## Everywhere

skip = Skip to content
demo = Demonstration: Tor is not used, the forum is a sample
nav = Sections
nav-queue = Queue
nav-answers = Answers
nav-directory = Directory
nav-threads = Threads
nav-engagement = Engagement
nav-learning = Learning
other-language = Русский
log-out = Log out
save = Save
cancel = Cancel
show = Show
choose = Choose…
all = All
never = never
next-page = Next →
previous-page = ← Previous
characters = { $n ->
    [one] { $n } character
   *[other] { $n } characters
}
banner-emergencies = { $n ->
    [one] { $n } emergency is waiting for a reply
   *[other] { $n } emergencies are waiting for a reply
}
banner-alarms = { $n ->
    [one] { $n } problem with reading the forums
   *[other] { $n } problems with reading the forums
}

## Time

age-moment = less than a minute
age-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
age-hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
age-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
just-now = just now
ago = { $a } ago
in-time = in { $a }
until = until { $a }

## Log-in

login-title = Log in
login-name = Name
login-password = Password
login-submit = Log in
login-wrong = Name or password do not fit.
login-too-often = Too many attempts. Wait a minute and try again.
login-expired = Your session has ended, so nothing was done. Log in again; what you wrote is kept on this page.
login-kept-text = Your text: it stays with you through the log-in
kept-title = What you wrote
kept-copy = Copy the text: after the log-in it has to be pasted again.
rescue-logged-in = You are logged in again. Save the text as the draft of the case.
rescue-save = Save draft
back-to-case = To the case
role-worker = web outreach worker
role-specialist = specialist
role-verifier = verifier
role-coordinator = coordinator
role-admin = administrator

## What was done

done-logged-out = You are logged out.
done-claimed = The case is yours.
done-released = The case is back in the queue.
done-closed = The case is closed.
done-corrected = Noted. The case is where it belongs now; a coordinator sees the correction.
done-corrected-nothing = Noted. If nothing is to be done, close the case.
done-lesson-accepted = Accepted: the program learns from it the next time you press the button.
done-lesson-rejected = Taken out; its text is deleted.
done-learning-asked = The program is learning. It takes some seconds.
done-saved = Draft saved.
done-taken = The answer was added to the text. Read it and change what needs changing.
done-approved = The reply is accepted for sending. Here you see whether it arrived.
done-withdrawn = The reply was taken back; its text is the draft again.
done-sent-again = The reply is waiting to be sent again.
done-confirmed = Noted: the reply has arrived.
done-verified = The answer is verified and may be suggested.
done-unverified = Verification taken away: the answer is no longer suggested.
done-answer-saved = Saved. Changed words are suggested only after a new verification.
done-fact-saved = Entry saved.
done-session-given = The cookies are in the encrypted database, and the session is being tried.

## Errors

error-title = That did not work
error-not-found = There is no such page, or the record was deleted.
error-forbidden = Your account may not do that.
error-stale = Somebody changed this before you. Open the page again and check.
error-internal = A fault on the server. Nothing is lost, please try again.
error-reference = Tell the administrator this number:
error-home = To the first page
error-form-unreadable = The form could not be read. Go back and try again.
error-form-too-large = The text is too large. Go back and shorten it.
error-form-outdated = The form is out of date: it belongs to an earlier session. Nothing was done; please try again.
error-fact-key = The name of an entry may have lower-case Latin letters, digits and underscores only.
error-fact-value = The entry is longer than 1000 characters or has curly brackets.
error-lesson = An example needs a text, and what it needs or what it is about. Go back and choose.

## Queue

stages = Stages
stage-initiated = New
stage-addressed = Answered
stage-closed = Closed
tab-unended = { $n ->
    [one] { $n } emergency
   *[other] { $n } emergencies
}
urgency-emergency = Emergency
urgency-soon = Soon
urgency-routine = Routine
need-emergency = Emergency
need-soon = Soon
need-routine = Routine
need-nothing = Nothing asked
queue-empty = Nothing here.
queue-waits = waiting { $a }
queue-wrote = client wrote { $a }
queue-closed = closed { $a }
doubtful = doubtful
wrote-again = { $n ->
    [one] { $n } more message
   *[other] { $n } more messages
}
held-by-me = yours until { $a }
held-by = taken: { $a }, until { $b }
held-by-nobody = Nobody has this case.
delivery-waiting = reply waits to be sent
delivery-preparing = reply is being sent
delivery-posting = reply sent, checking
delivery-accepted = the forum took the reply, checking
delivery-held = reply is with a moderator
delivery-confirmed = reply stands in the thread
delivery-unknown = unknown whether the reply arrived
delivery-refused = the forum refused the reply
delivery-withdrawn = reply taken back
message-waiting = private message waits to be sent
message-preparing = private message is being sent
message-posting = private message sent, checking
message-accepted = the forum took the private message, checking
message-held = private message is with a moderator
message-confirmed = private message sent
message-unknown = unknown whether the private message arrived
message-refused = the forum refused the private message
message-withdrawn = private message taken back
outcome-helped = Helped
outcome-peer-answered = A peer answered well
outcome-not-a-request = Not a question
outcome-duplicate = Same as another case
outcome-no-answer = The client did not come back

## Case

case-title = Case { $a }
case-wrote = the client wrote { $a }
case-posts = What was written
case-details = There are personal details in it, marked: do not quote them in public.
case-reasons = Why it is in the queue
case-read-first = Read first
case-history = History
posts-earlier = { $n ->
    [one] Earlier in the thread: { $n } post
   *[other] Earlier in the thread: { $n } posts
}
posts-between = { $n ->
    [one] … { $n } more post …
   *[other] … { $n } more posts …
}
posts-whole = Show long posts in full
author-client = Client
author-peer = Peer
author-own = We
post-edited = edited
post-vanished = removed from the forum (noticed { $a })
post-left = stands where the thread was before it moved
post-images = { $n ->
    [one] has a picture: { $n }. It is not shown here
   *[other] has pictures: { $n }. They are not shown here
}
claim = Take it
claim-and-save = Take it and save the text
claim-to-write = Claim the case to answer or close it.
release = Back to the queue
dismiss = Not a request?
dismiss-close = Close: not a request
correct = Judged wrongly?
correct-topic-stays = as it is
correct-hint = The case is put where it belongs at once. A coordinator decides whether the program learns from it; personal details are taken out of the text.
correct-submit = Correct
jump-to-reply = To the reply ↓
jump-to-suggestions = To the suggestions ↓
typed-unsaved = Your unsaved text
typed-copy = Your text was not saved. Copy it from here:
event-opened = case opened
event-client-wrote = client wrote again
event-client-edited = client edited a post
event-claimed = case taken
event-released = case put back
event-approved = reply approved
event-withdrawn = reply taken back
event-sent-again = reply sent again
event-confirmed = reply found in the thread
event-confirmed-by-hand = a person saw that the reply arrived
event-message-sent = the forum took the private message
event-refused = the forum refused the reply
event-outcome-unknown = unknown whether the reply arrived
event-corrected = judgement corrected
event-closed = case closed

problem-not-allowed = You may not work on cases.
problem-claimed-by-other = Another worker has this case now. Nothing was changed.
problem-not-claimed = The case is not yours: the claim ran out or was never made. Take it again.
problem-closed = The case is closed. Nothing was changed.
problem-reply-under-way = One reply is on its way already. Wait until it is known whether it arrived.
problem-reply-moved = The reply has moved on in the meantime. Look where it is now.
problem-empty = The reply is empty.
problem-too-long = The reply is longer than { $a } characters.
problem-missing-facts = The draft is saved but cannot be sent: { $a } is missing. Write it into the text or fill in the directory.
problem-draft-changed = The draft was changed in another window or by somebody else. Your text below is not saved yet; the saved one is shown beside it. Save again to keep yours.
problem-text-changed = The text changed after it was shown, or its thread has moved. Nothing was sent; check it again.
problem-answer-not-verified = This answer is not verified now and was not added. The draft is saved.
problem-outcome = Choose how the case ended.
problem-correction = Choose how urgent it is, and a topic from the list.
problem-correction-same = This is what the case has already. Nothing was changed.
problem-no-recipient = The forum does not say who asked, or the thread has moved and they have not written at its new place: a private message has nobody to go to. Choose the thread.
problem-no-messages = This forum has no private messages that the program can send. Nothing was sent; choose the thread.

## Suggestions and reply

suggestions = Answers that fit
suggestions-none = No answer fits.
suggestion-missing = Missing in the directory: { $a }
verified-until = verified until { $a }
exists-unverified = Exists, not verified:
exists-expired = Exists, verification has expired:
take = Take into the reply
take-again = Take once more
snippets = Snippets for the conversation
find-answer = Find an answer
find = Find
found-nothing = Nothing found.
write = Reply
route-legend = Who will read it
route-everybody = Everybody can read this: a post in the thread.
route-only = Only { $a } gets this: a private message on the forum.
route-message-hint = An answer to it will come to our box on the forum. The program does not read that: look there yourself.
route-no-messages = This forum has no private messages that the program can send. Do not repeat personal details.
route-no-recipient = Nobody to write to in private: the forum does not say who asked, or the thread has moved and they have not written at its new place. Do not repeat personal details.
personal-warning = The text seems to hold personal details: { $a }. Everybody can read the thread.
message-failed = The private message did not arrive: { $a }. In the thread everybody can read the answer: leave out what is personal.
quote-question = Quote the question above the reply in the thread:
quote-details = The question holds personal details: { $a }. A quotation repeats them in front of everybody.
reply-text = Text of the reply
draft-saved = Draft saved { $a }, { $b }
draft-none = No draft yet. Save the text when you turn to something else.
draft-of-case = Draft of the case
draft-missing = Missing: { $a }. While this is in the text, the reply cannot be sent.
other-draft = The draft as it is saved now
save-draft = Save draft
approve = Check and send…
under-way-hint = One reply is on its way already. You can prepare the next one and send it when it is known whether the first arrived.

confirm-title = Check before sending
confirm-thread = Thread
confirm-account = Posted as
confirm-account-unknown = the configuration names no account for this forum
confirm-check = Exactly this text will appear on the forum. Are there personal details in it?
confirm-repeats = The reply repeats personal details of the client's posts ({ $a }), and everybody reads the thread. Marked below.
confirm-back = Back to editing
confirm-send = Send

replies = Our replies
reply-approved = approved: { $a }, { $b }
reply-settled = known since { $a }
reply-attempts = { $n ->
    [one] { $n } attempt
   *[other] { $n } attempts
}
reply-show-text = Text
reply-quotes = Under a quotation of the question:
replies-look = See whether the reply has arrived
reply-confirm = It is there
reply-again = It is not there, send again
reply-withdraw = Take back
reply-give-up = Do not send
reply-claim-to-decide = Take the case to decide what to do.
delivery-hint-waiting = It has not left our server: you can take it back.
delivery-hint-preparing = The forum's form is being opened. It cannot be taken back any more.
delivery-hint-posting = The request has left. The thread is being read to see whether the reply is there. Nothing is sent twice blindly.
delivery-hint-accepted = The forum said it took the reply. The thread is being read to make sure.
delivery-hint-held = The forum shows that the reply waits for a moderator. We look once an hour.
delivery-hint-confirmed = The reply was read in the thread.
delivery-hint-unknown = The reply may have arrived, but it is not seen in the thread. Open the thread on the forum, look, and decide.
delivery-hint-refused = The forum did not take the reply. Look on the forum why, and decide.
delivery-hint-withdrawn = Not sent.
message-hint-waiting = It has not left our server: you can take it back.
message-hint-preparing = The forum's form is being opened. It cannot be taken back any more.
message-hint-posting = The request has left. The box of sent messages is being read to see whether the message is there. Nothing is sent twice blindly.
message-hint-accepted = The forum said it took the message.
message-hint-held = The forum keeps the message for a moderator.
message-hint-confirmed = The forum took the message. An answer will come to our box on the forum, which the program does not read: that a message waits there is an alarm on the page of threads, where the forum shows it.
message-hint-unknown = The message may have arrived, but the program cannot see it. Open the box of sent messages on the forum, look, and decide.
message-hint-refused = The forum did not take the message. Try again later, or take the text back and answer in the thread.
message-hint-withdrawn = Not sent.

close-title = Close the case
close-outcome = How it ended
close = Close
close-later = The case can be closed when it is known whether the reply arrived.
close-drops-draft = The draft is deleted with it.

## Personal details in a text

private-phone = phone number
private-email = e-mail address
private-handle = nickname or account
private-link = link
private-card = card number
private-wallet = wallet
private-account = bank account
private-document = number of a document
private-address = address
private-birth = date of birth
private-plate = car plate
private-name = full name
private-health = the client's health

## Answer library

answers-text = Words
answers-topic = Topic
answers-standing = Verification
answers-count = { $n ->
    [one] { $n } answer
   *[other] { $n } answers
}
standing-verified = verified
standing-unverified = not verified
standing-expired = verification expired
answer-updated = changed { $a }
answer-verified-by = by { $a }, { $b },
answer-was-verified = Earlier words were verified by { $a }, { $b }. They were changed since.
answer-offline = Workers are not offered this answer until it is verified.
answer-facts = From the directory
answer-examples = How people write about it
answer-sources = Sources
answer-edit = Change the answer
verify-title = Verification
verify-hint = Read both languages as a client will read them. The verification holds for exactly these words: any change takes it away.
verify-until = Verify again before
verify = I confirm that the answer is right
unverify = Take verification away
edit-takes-verification = The answer is verified. Changing its title or text takes the verification away, and it is not suggested until it is verified again.
edit-needs-verification = The answer is suggested only after it is verified.
edit-examples-hint = Personal details in examples are replaced by words such as [телефон] when you save.
edit-facts-hint = Double curly brackets with a key are replaced by the entry of the directory.
edit-other = As it is saved now
problem-answer-changed = The words were changed after they were shown to you. Nothing was saved; read them again.
problem-answer-empty = A title and a text in Russian are needed.
problem-date = Choose a day in the future.
field-title-ru = Title in Russian
field-body-ru = Text in Russian
field-title-en = Title in English
field-body-en = Text in English
field-examples-ru = How people write about it in Russian, one example a line
field-examples-en = How people write about it in English, one example a line
field-sources = Sources, one a line
field-value = Entry

## Directory

directory-hint = These facts are put into answers. While an entry is empty, an answer that needs it cannot be sent.
directory-empty = { $n ->
    [one] { $n } entry that answers need is empty
   *[other] { $n } entries that answers need are empty
}
fact-used = { $n ->
    [one] in { $n } answer
   *[other] in { $n } answers
}
fact-empty = empty
fact-add = New entry
fact-key = Key, as in the answers
fact-aids-center-hours = Opening hours of the AIDS Center
fact-bus-schedule = Schedule of the bus
fact-case-manager-contact = How to reach a case manager
fact-chat-invite = Invitation to the chat
fact-doctor-contact = How to reach the doctor
fact-legal-contact = How to reach the lawyer
fact-night-hours = Hours when we are there
fact-overdose-bot = Overdose bot
fact-psychologist-contact = How to reach the psychologist

## Threads and monitoring

alarms-none = No problems.
alarm-since = Began { $a }
alarm-last-success = last worked { $a }
forum-named = forum { $a }
alarm-unreachable = The forum does not answer
alarm-challenge = The forum asks for a check, a person is needed
alarm-log-in-refused = The forum refuses name or password
alarm-thread-gone = The thread is no longer there
alarm-forbidden = Access to the thread is closed
alarm-drift = The forum's pages have changed
alarm-list-drift = The forum's list of threads has changed
alarm-misbehaves = The forum behaves strangely
alarm-mirror-down = The forum's first address does not answer, another one is in use
alarm-unread-message = A private message on the forum waits to be read
alarm-threads = { $n ->
    [one] { $n } thread
   *[other] { $n } threads
}
drift-before = Found when it last worked: { $a }.
drift-now = Found now: { $a }.
matched = posts { $posts }, with an author { $authors }, with a time { $times }, with text { $texts }
matched-nothing = no posts
list-matched = threads in the list { $rows }, with views { $views }, with replies { $replies }, with a time { $times }
list-matched-nothing = no threads
address-in-use = address { $a } of { $b } is in use ({ $c })
mend-unreachable = This often passes by itself. If it stays for a day, see whether the forum has moved and enter the new address.
mend-challenge = A person passes the check: a coordinator or an administrator, on the page of access to the forum. The program will not get around it.
mend-log-in-refused = Check name and password in the configuration. Until they change, no further log-in is tried.
mend-thread-gone = Look on the forum: the thread may have been moved, closed or deleted. A new address is given by the command thread move.
mend-forbidden = Look on the forum whether our account's rights were cut; write to its administrators.
mend-drift = New questions may have gone unnoticed: read the thread yourself until the description of the pages is mended.
mend-list-drift = Views may not be counted, and threads may be read one by one: that takes more requests, and new questions may be seen later. No question is lost. Tell the person who runs the program: views are counted again once the description of the list is mended.
mend-misbehaves = Read the thread yourself and tell the person who runs the program.
mend-mirror-down = Nothing is lost: the first address is tried again every hour. If it is gone for good, take it out of the configuration.
mend-unread-message = The program does not read private messages, and somebody may be asking for help there. Read and answer it on the forum, with our account: then this goes away by itself.
threads-none = No thread is on the list. They are added by the command thread add.
thread-closed = closed on the forum
thread-read = read
thread-next = next
thread-account = we post as { $a }
thread-added = on the list since { $a }
thread-came-from = came here from forum { $a } on { $b }
thread-state = State
thread-last-look = Last look
thread-last-success = Last look that worked
thread-next-look = Next look
thread-whole-read = Read as a whole
thread-posts = Posts known
look-never = not read yet
looks = Last looks
looks-failed = { $n ->
    [one] { $n } failure in a row
   *[other] { $n } failures in a row
}
look-ok = is read
look-incomplete = is read in part
look-login-required = asks to log in
look-challenge = asks for a check
look-not-found = not found
look-forbidden = access closed
look-error-page = error page
look-unrecognised = page not recognised
look-log-in-refused = log-in refused
look-unreachable = does not answer
look-busy = forum is busy
look-too-large = page too large
look-redirected-away = sends us elsewhere
look-endless-pages = pages without end
why-new = the thread is new
why-moved = the thread has moved: it is read as a whole
why-forum-is-back = the forum answers again
why-access-mended = access may be mended
why-looking = is being read now
why-by-rate = by how often people write here
why-ceiling = quiet: the longest interval
why-listed = watched through the list of threads
why-list-news = the list of threads shows news
why-whole-read = has to be read as a whole
why-needs-a-person = a person is needed
why-busy = forum is busy
why-after-failure = after a failure
part-service = service
beat-running = running
beat-working = working
beat-reading = reading
beat-failing = cannot connect, trying again
beat-ready = ready
beat-starting = starting
part-tor = Tor
reason-held = waits for a moderator
reason-duplicate = the forum says it has this reply already
reason-flood = the forum asks to write less often
reason-form-rejected = the forum did not take the form
reason-login-required = a log-in was needed
reason-log-in-refused = log-in refused
reason-too-many-log-ins = too many log-ins
reason-challenge = the forum asks for a check
reason-closed = the thread is closed
reason-forbidden = no right to write in the thread
reason-not-found = not in the thread
reason-not-found-yet = not seen in the thread yet
reason-not-found-elsewhere = not seen in the thread, but it was read at another address of the forum than the reply was sent to
reason-refused = the forum refused
reason-no-form = the page has no form for it
reason-unclear = the forum's answer was unclear
reason-unreachable = the forum does not answer
reason-tor-not-ready = Tor is not ready yet
reason-timeout = the forum did not answer in time
reason-interrupted = the connection broke
reason-busy = forum is busy
reason-too-large = page too large
reason-redirected-away = the forum sent us elsewhere
reason-outside-forum = the address is not one of the forum's
reason-setup = the request could not be set up
reason-ok = the thread was read
reason-incomplete = the thread was read in part
reason-error-page = error page
reason-unrecognised = page not recognised
reason-endless-pages = pages without end
reason-no-such-user = the forum knows nobody of this name
reason-takes-no-messages = this person takes no private messages
reason-inbox-full = this person's box is full
reason-own-box-full = our own box on the forum is full: delete old messages there
reason-may-not-message = our account may not send private messages
reason-no-messages-there = the forum shows no form for private messages at the known address
reason-not-among-sent = not seen among the sent messages yet
reason-no-list-of-sent = the forum does not show what was sent
views = { $n ->
    [one] { $n } view
   *[other] { $n } views
}
views-unknown = views not shown
thread-replies = { $n ->
    [one] { $n } reply
   *[other] { $n } replies
}
replies-unknown = replies not shown
parts = Parts of the program
col-when = When
col-state = State
col-pages = Pages
col-views = Views
col-replies = Replies in thread
col-new = New
col-edited = Edited
col-vanished = Removed

## Engagement

from-day = From
to-day = To
last-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
download-csv = Download CSV
zone-of-days = Days in the time zone { $a }. A dash: not known.
engagement-empty = Nothing was recorded in these days.
engagement-sums = Over the whole time
engagement-days = By day
engagement-hidden = { $n ->
    [one] { $n } more row is in the CSV file
   *[other] { $n } more rows are in the CSV file
}
col-thread = Thread
col-day = Day
col-new-views = New views
col-new-posts = Posts
col-participants = Participants
col-requests = Requests
col-own-posts = Our replies
col-looks = Looks

## Access to a forum

access-title = Access to forum { $a }
access-link = Pass the check
access-short = access
access-quiet = The forum asks nothing of a person now.
access-here = Pass the check here
access-here-hint = The program opens the forum's page and shows its picture and question here. You answer; the program sends the answer once and guesses nothing by itself. It fills in the name and password of the log-in.
access-ask = Show what the forum asks
access-session = Hand over a session of yours
access-session-hint = Where the check works in a browser alone: log in to the forum in Tor Browser and hand its cookies to the program. Only cookies of this forum are taken.
access-history = Who did what
session-step-log-in = Open the forum in Tor Browser, pass the check and log in.
session-step-account = Account: { $a }.
session-step-copy = Open Web Developer Tools → Network, reload the page, right-click the first line and choose Copy Value → Copy Request Headers.
session-step-paste = Paste what you copied here. It has both the cookies and the browser's name.
session-cookies = Request headers, a Cookie line, or the content of cookies.txt
session-file = Or a file cookies.txt
session-user-agent = User-Agent of the browser, if it is not in what you pasted
session-hint = While the session lives, the program calls itself by that browser's name. Do not log out on the forum afterwards: close the tab.
session-give = Hand over the session
session-taken = { $n ->
    [one] { $n } cookie of the forum was taken.
   *[other] { $n } cookies of the forum were taken.
}
session-others = { $n ->
    [one] Of another site, not taken: { $n }.
   *[other] Of other sites, not taken: { $n }.
}
session-expired = { $n ->
    [one] Expired, not taken: { $n }.
   *[other] Expired, not taken: { $n }.
}
session-unreadable = { $n ->
    [one] Line not understood: { $n }.
   *[other] Lines not understood: { $n }.
}
problem-session-empty = There is no cookie in this. Nothing was stored.
problem-session-foreign = { $n ->
    [one] There is only a cookie of another site: { $n }. None is of this forum, and nothing was stored.
   *[other] There are only cookies of other sites: { $n }. None is of this forum, and nothing was stored.
}
problem-session-expired = { $n ->
    [one] The cookie has expired: { $n }. Nothing was stored; log in to the forum again.
   *[other] The cookies have expired: { $n }. Nothing was stored; log in to the forum again.
}
problem-user-agent = The User-Agent must be one line of Latin letters and signs, as in the browser.
problem-passage-under-way = The program is asking the forum right now. Wait until it is known what came of it, and try again.
problem-challenge-over = This check is over: its time is up, or another one is shown. The answer was not sent.
problem-challenge-empty = The answer is empty. Nothing was sent to the forum.
problem-challenge-choice = Choose one of them. Nothing was sent to the forum.
problem-challenge-long = The answer is too long. Nothing was sent to the forum.
challenge-title = The forum asks
challenge-picture = Picture of the check
challenge-picture-number = Picture { $n }
challenge-no-picture = The picture could not be had, or must not be shown.
challenge-choose = Choose
challenge-press = Press the right place on the picture.
challenge-answer = Send the answer
challenge-go-on = Press and go on
challenge-until = Answer within { $a }.
challenge-once = The answer goes to the forum once.
challenge-anew = Show another one
challenge-drop = Stop this
remark-wrong = That was not right. The forum asks again.
remark-next-step = The answer was taken. The forum asks one more thing.
passage-asked = The program is opening the forum's page…
passage-answered = The answer is being sent…
passage-given = The session is about to be tried…
passage-working = The program is asking the forum…
passage-hint = Through Tor this may take a minute. The page reloads by itself.
passage-look = Look again
ending-logged-in = Done: the forum shows that we are logged in. The threads are read on.
ending-in = Done: the forum lets us in. Its pages do not show whether under our name.
ending-guest = The forum lets us in as a guest: reading works, but we are not logged in.
ending-expired = Time ran out without an answer.
ending-dropped = The check was stopped.
ending-interrupted = The program was stopped in the middle. Whether the answer arrived is not known; begin again.
ending-log-in-refused = The forum did not take the name or the password. Check them in the configuration.
ending-login-required = The log-in did not help: the forum still asks for one.
ending-too-many-log-ins = The forum wants us to wait: too many log-ins were tried.
ending-challenge = With this session too the forum asks for a check. The session before was kept.
ending-no-form = The page has no form that could be shown here. It may be a queue: wait and try again. Or hand over a session of yours.
ending-needs-scripts = This check works in a browser alone. Pass it in Tor Browser and hand over the session.
ending-unreachable = The forum did not answer. Try later.
ending-busy = The forum is overloaded. Try later.
ending-unreadable = The forum showed a page that the program does not understand. Look at the forum yourself.
passage-event-asked = asked to see the check
passage-event-shown = the check was shown
passage-event-answered = answered
passage-event-wrong = the answer was wrong
passage-event-next-step = the answer was taken, one more step
passage-event-given = handed over a session
passage-event-logged-in = the forum let us in: logged in
passage-event-in = the forum let us in
passage-event-guest = the forum let us in as a guest
passage-event-expired = time ran out
passage-event-dropped = stopped
passage-event-interrupted = interrupted
passage-event-log-in-refused = name or password not taken
passage-event-login-required = the forum still asks for a log-in
passage-event-too-many-log-ins = too many log-ins
passage-event-challenge = with this session the forum asks for a check
passage-event-no-form = no form
passage-event-needs-scripts = needs a browser
passage-event-unreachable = the forum did not answer
passage-event-busy = the forum was overloaded
passage-event-unreadable = the page was not understood

## Needs (data/topics.tsv)

topic-vein-collapsed = Collapsed or "hidden" vein: rest, rotation, care
topic-vein-blown = Blown vein, bruise after a missed hit
topic-vein-ulcer = Small venous ulcer: cleaning, dressing, when to see a doctor
topic-vein-varicose = Varicose veins after injecting
topic-vein-rash = Rash, itching or redness at the injection site
topic-vein-phlebitis = Sore, hard, hot vein (phlebitis)
topic-vein-safer = Safer injecting: site rotation, sterile kit, filters, no sharing
topic-info-bus-schedule = Where and when the mobile units (buses) stand
topic-info-bus-services = What one gets in the bus and what to expect
topic-info-anonymous = Is it anonymous? Is a passport or registration needed?
topic-info-chat-access = How to join the Telegram chat, how to reach a worker
topic-info-hiv-routes = How HIV is and isn't transmitted
topic-info-hcv-routes = How hepatitis C is and isn't transmitted
topic-info-hiv-window = HIV test window period: when does a test become reliable
topic-info-hiv-symptoms = First symptoms of HIV; symptoms cannot replace a test
topic-info-hcv-treatment = Hepatitis C is curable: medicines, where, cost
topic-info-hbv-vaccine = Hepatitis A/B vaccination
topic-info-art-start = Starting ART: what, when, where
topic-info-art-schedule = AIDS Center opening hours, blood draws, pick-up of ART
topic-info-art-interactions = ART together with drugs, methadone, alcohol
topic-info-pep = PEP after a shared needle or a condom break: within 72 hours
topic-info-naloxone-what = What naloxone is, how to use it, how to store it
topic-info-drug-mixing = Dangerous combinations (depressants, stimulants with other drugs)
topic-info-unknown-substance = Unknown or unusually strong substance: how to lower the risk
topic-detox-home = Coming off at home: risks, what is dangerous, when to call for help
topic-detox-medical = Medically assisted detox: how it goes, who to contact
topic-detox-withdrawal = Withdrawal symptoms: what eases them, red flags
topic-covid-rehab = Getting into detox or rehab under pandemic rules
topic-covid-meds = Shortages, deliveries and services under quarantine
topic-psych-craving = Craving, relapse, struggling with dependence
topic-psych-grief = Death of a partner or friend
topic-psych-anxiety-diagnosis = Fear and anxiety about HIV or hepatitis C
topic-psych-anxiety-general = Anxiety, panic, insomnia, loneliness
topic-psych-suicidal = Thoughts of suicide or self-harm (emergency)
topic-psych-relatives = A parent, partner or friend asks how to help
topic-svc-art-help = Personal assistance at the AIDS Center
topic-svc-art-delivery = Delivery of ART to one's home
topic-svc-hospital = Accompanied hospitalisation for detox or rehab
topic-svc-psychologist = Counselling from a certified psychologist
topic-svc-documents = Getting identity documents
topic-svc-disability = Obtaining disability status
topic-svc-legal = Legal help: detention, rights, narcological register
topic-svc-shelter = Shelter, food, clothes
topic-wound-abscess = Abscess: signs, do not cut it yourself, doctor
topic-wound-ulcer-severe = Deep, spreading or rotting ulcer
topic-wound-edema = Swollen arm or leg, oedema, clot signs
topic-wound-sepsis = Fever, shaking, red streaks: signs of blood infection (emergency)
topic-hr-hiv-test = HIV test: where, how, results
topic-hr-hcv-test = Hepatitis C test
topic-hr-sti-test = Syphilis and other STI tests
topic-hr-kit = Syringes, wipes, water, motivational package
topic-hr-disposal = Giving back and disposing of used syringes
topic-hr-prep = PrEP: how to get it
topic-hr-naloxone = Where to get naloxone
topic-od-opioid = Opioid overdose happening now (emergency)
topic-od-stimulant = Stimulant overdose, overheating, psychosis, heart (emergency)
topic-od-depressant-mix = Overdose of GHB, alcohol, benzodiazepines, mixes (emergency)
topic-od-after = After an overdose: watch, do not leave alone, repeat naloxone
topic-od-ambulance = Calling an ambulance: what to say, fear of police
topic-workflow = About the conversation itself

## Learning

learning-hint = Corrections and the answers that were sent become examples once a coordinator has read them. What rules say of emergencies is not changed by what is learned here.
learn-title = Learn
learn-accepted = { $n ->
    [0] No example is accepted yet.
    [one] { $n } example is accepted.
   *[other] { $n } examples are accepted.
}
learn = Learn from these
learn-asked = The program is learning: it takes some seconds.
learn-look = See whether it is ready
fit-taken = What was learned is in use.
fit-loses-emergency = Not taken: an emergency that was found before would be missed. Everything stays as it was.
fit-worse = Not taken: examples that were kept out would be judged worse. Everything stays as it was.
fit-spoils = Not taken: too many other posts would be judged worse. Everything stays as it was.
fit-failed = Learning failed. Everything stays as it was; tell the person who runs the program.
fit-learned = { $n ->
    [one] Learned from { $n } example.
   *[other] Learned from { $n } examples.
}
fit-kept = { $n ->
    [0] None was kept out to measure with: about one in four is.
    [one] { $n } was kept out to measure with:
   *[other] { $n } were kept out to measure with:
}
fit-figures = Judged rightly
fit-before = before
fit-after = after
fit-need = urgency of the kept examples
fit-topic = topic of the kept examples
fit-emergencies = emergencies among them found
fit-others = urgency of other posts that come with the program
fit-guards = { $n ->
    [one] { $n } emergency that comes with the program: none is lost.
   *[other] { $n } emergencies that come with the program: none is lost.
}
fit-lost = { $a } of { $b } emergencies that come with the program would be lost.
of = { $a } of { $b }
few = These are small numbers: chance decides them as much as the program does.
of-few = of few
lessons-waiting = { $n ->
    [0] Nothing waits for you
    [one] { $n } example waits to be read
   *[other] { $n } examples wait to be read
}
lessons-for-coordinators = Coordinators read and accept them.
lessons-hint = Take out whatever tells who wrote it: places, names, rare circumstances. The text is kept only if you accept it; what nobody decides on is deleted after { $a } days.
lesson-corrected = Corrected
lesson-picked = An answer was sent
lesson-judged = Judged as: { $a }
lesson-text = Text
lesson-need = Urgency
lesson-topic = Topic
lesson-second = Also about
lesson-unsaid = not said
lesson-accept = Accept as an example
lesson-reject = Refuse
lesson-take-out = Take out
accepted-title = Accepted examples
accepted-hint = What is taken out stops counting the next time the program learns.
figures-title = How the program judged here
figures-hint = Of the cases that are still kept. What nobody corrected counts as right, so the true figures can be worse.
figures-empty = No cases yet.
col-month = Month
col-cases = Cases
col-corrected = Corrected
col-alarms = Emergency alarms
col-false-alarms = False alarms
col-missed = Emergencies not noticed
col-precision = Alarms that were right
corrections-title = Corrections
corrections-none = Nothing was corrected.
corrections-hint = A row for what the program said, a column for what a person said.
judged-corrected = judged ↓ · corrected →
twelve-months = last 12 months
picks-title = Where answers were taken from
picks-none = No replies yet.
picks-sought = sought out
picks-unused = not used
picks-hint = 1, 2, 3: the place among the suggestions. Sought out: found in the library. Not used: it was suggested first, and the first reply was written without any answer.
