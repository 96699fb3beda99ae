//! Thread pages to measure with: a hundred posts each, in the structure of the pages under `tests/pages`, with words of
//! our own. The same seed gives the same page everywhere.

const POSTS: u32 = 100;

/// One engine's page and the address it was found at.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) profile: &'static str,
    pub(crate) url: &'static str,
    pub(crate) html: String,
}

/// A page of each engine that is measured.
pub(crate) fn all() -> Vec<Page> {
    vec![
        Page {
            name: "phpbb",
            profile: "phpbb-3",
            url: "https://forum.example/board/viewtopic.php?t=12&start=100",
            html: phpbb(),
        },
        Page {
            name: "flaskbb",
            profile: "flaskbb-3",
            url: "https://forum.example/topic/12-gde-sdat-analiz?page=2",
            html: flaskbb(),
        },
        Page {
            name: "mybb",
            profile: "mybb-1",
            url: "https://forum.example/mybb/showthread.php?tid=12&page=2",
            html: mybb(),
        },
    ]
}

const WORDS: &str = "анализ результат вчера сегодня можно нужно врач клиника город вопрос ответ помощь кто знает где сдать \
    бесплатно анонимно подскажите пожалуйста спасибо неделя месяц терапия схема таблетки запись очередь телефон автобус \
    вечером утром ночью быстро долго больно страшно нормально снова потом сначала если когда почему сколько это было \
    будет стало осталось поменяли выдали отказали направили приняли объяснили";
const NAMES: &[&str] =
    &["ночной_гость", "Лис", "Тётя Мотя", "x_y", "Ёж в тумане", "Отдел помощи", "dr.Kotova", "странник77"];

struct Writer {
    words: Vec<&'static str>,
    chance: fastrand::Rng,
}

impl Writer {
    fn new() -> Self {
        Self { words: WORDS.split_whitespace().collect(), chance: fastrand::Rng::with_seed(12) }
    }

    fn name(&mut self) -> (usize, &'static str) {
        let index = self.chance.usize(..NAMES.len());
        (index + 2, NAMES.get(index).copied().unwrap_or_default())
    }

    fn sentence(&mut self) -> String {
        let mut sentence = String::new();
        for n in 0..self.chance.usize(5..14) {
            let word = self.chance.choice(&self.words).copied().unwrap_or_default();
            match n {
                0 => sentence.extend(word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1))),
                _ => {
                    sentence.push_str(if self.chance.u8(..9) == 0 { ", " } else { " " });
                    sentence.push_str(word);
                }
            }
        }
        sentence.push(self.chance.choice(['.', '?', '!']).unwrap_or('.'));
        sentence
    }

    /// Two to seven sentences with line breaks, a picture of a smile here and there, a bold word, a link.
    fn body(&mut self, smile: &str, link: &str) -> String {
        let mut body = String::new();
        for n in 0..self.chance.usize(2..8) {
            if n > 0 {
                body.push_str(if self.chance.bool() { " " } else { "<br>\n<br>\n" });
            }
            body.push_str(&self.sentence());
            match self.chance.u8(..8) {
                0 | 1 => body.extend([" ", smile]),
                2 => body.push_str(" <strong class=\"text-strong\">Важно:</strong> без паспорта &mdash; тоже."),
                3 => body.extend([" ", link]),
                _ => {}
            }
        }
        body
    }
}

/// Day and time of a post: the date, and hours and minutes.
fn moment(index: u32) -> (u32, u32, u32) {
    let minutes = index * 97;
    (1 + minutes / 1440, minutes / 60 % 24, minutes % 60)
}

const LINK: &str =
    r#"https://clinic.example/articles/2026/hepatitis-c/treatment/how-to-start-and-what-to-expect?from=forum"#;

fn phpbb() -> String {
    let sid = "sid=00112233445566778899aabbccddeeff";
    let smile = r#"<img class="smilies" src="./images/smilies/icon_e_smile.gif" width="15" height="17" alt=":)" title="Улыбка">"#;
    let link =
        format!("<a href=\"{LINK}\" class=\"postlink\">https://clinic.example/articles/2026/hep ... from=forum</a>");
    let pagination = format!(
        r#"<div class="pagination">
260 сообщений
<ul>
<li class="arrow previous"><a class="button button-icon-only" href="./viewtopic.php?t=12&amp;{sid}" rel="prev" role="button"><i class="icon fa-chevron-left fa-fw" aria-hidden="true"></i><span class="sr-only">Пред.</span></a></li>
<li><a class="button" href="./viewtopic.php?t=12&amp;{sid}" role="button">1</a></li>
<li class="active"><span>2</span></li>
<li><a class="button" href="./viewtopic.php?t=12&amp;{sid}&amp;start=200" role="button">3</a></li>
<li class="arrow next"><a class="button button-icon-only" href="./viewtopic.php?t=12&amp;{sid}&amp;start=200" rel="next" role="button"><i class="icon fa-chevron-right fa-fw" aria-hidden="true"></i><span class="sr-only">След.</span></a></li>
</ul>
</div>"#
    );
    let mut w = Writer::new();
    let mut out = String::from(
        r#"<!DOCTYPE html>
<html dir="ltr" lang="ru">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>Где сдать анализ? - Страница 2 - Тихий берег</title>
<link rel="canonical" href="https://forum.example/board/viewtopic.php?t=12&amp;start=100">
<link href="./styles/prosilver/theme/stylesheet.css?assets_version=7" rel="stylesheet">
<link href="./assets/css/font-awesome.min.css?assets_version=7" rel="stylesheet">
</head>
<body id="phpbb" class="nojs notouch section-viewtopic ltr ">
<div id="wrap" class="wrap">
	<div id="page-header">
		<div class="headerbar" role="banner"><div class="inner">
			<div id="site-description" class="site-description"><a id="logo" class="logo" href="./index.php" title="Список форумов"><span class="site_logo"></span></a><h1>Тихий берег</h1><p>О здоровье</p></div>
		</div></div>
		<div class="navbar" role="navigation"><div class="inner">
			<ul id="nav-main" class="nav-main linklist" role="menubar">"#,
    );
    for (mode, label) in
        [("faq", "FAQ"), ("register", "Регистрация"), ("login", "Вход"), ("terms", "Правила"), ("contact", "Связь")]
    {
        out += &format!(
            r#"<li class="rightside" data-skip-responsive="true"><a href="./ucp.php?mode={mode}&amp;{sid}" title="{label}" role="menuitem"><i class="icon fa-power-off fa-fw" aria-hidden="true"></i><span>{label}</span></a></li>
"#
        );
    }
    out += &format!(
        r#"</ul>
			<ul id="nav-breadcrumbs" class="nav-breadcrumbs linklist navlinks" role="menubar"><li class="breadcrumbs"><span class="crumb"><a href="./index.php" data-navbar-reference="index"><span itemprop="name">Тихий берег</span></a></span><span class="crumb" data-forum-id="3"><a href="./viewforum.php?f=3"><span itemprop="name">Здоровье</span></a></span></li></ul>
		</div></div>
	</div>
	<a id="start_here" class="anchor"></a>
	<div id="page-body" class="page-body" role="main">
<h2 class="topic-title"><a href="./viewtopic.php?t=12&amp;{sid}">Где сдать анализ?</a></h2>
<div class="action-bar bar-top">
	<a href="./posting.php?mode=reply&amp;t=12&amp;{sid}" class="button" title="Ответить"><span>Ответить</span> <i class="icon fa-reply fa-fw" aria-hidden="true"></i></a>
	{pagination}
</div>
"#
    );
    let quote = |w: &mut Writer, id: u32, inner: &str| {
        let (user, name) = w.name();
        let said = w.sentence();
        format!(
            r#"<blockquote cite="./viewtopic.php?p={id}#p{id}"><div><cite><a href="./memberlist.php?mode=viewprofile&amp;u={user}">{name}</a> писал(а): <a href="./viewtopic.php?p={id}#p{id}" data-post-id="{id}" onclick="if(document.getElementById(hash.substr(1)))href=hash">↑</a><span class="responsive-hide">19 окт 2026, 10:14</span></cite>{inner}{said}</div></blockquote>
"#
        )
    };
    for index in 0..POSTS {
        let id = 4000 + index * 3;
        let (user, name) = w.name();
        let (day, hour, minute) = moment(index);
        let member = format!(
            "<a href=\"./memberlist.php?mode=viewprofile&amp;u={user}&amp;{sid}\" class=\"username\">{name}</a>"
        );
        let mut body = String::new();
        match index % 5 {
            1 | 3 => body = quote(&mut w, id - 3, ""),
            2 => {
                let inner = quote(&mut w, id - 6, "");
                body = quote(&mut w, id - 3, &inner);
            }
            _ => {}
        }
        body.push_str(&w.body(smile, &link));
        let notice = if index % 11 == 4 {
            format!(
                r#"<div class="notice">
					Последний раз редактировалось {member} 30 окт 2026, 11:00, всего редактировалось 1 раз.
</div>"#
            )
        } else {
            String::new()
        };
        let signature = if index % 2 == 0 {
            format!("<div id=\"sig{id}\" class=\"signature\">{}<br>\n{}</div>", w.sentence(), w.sentence())
        } else {
            String::new()
        };
        let background = 1 + index % 2;
        out += &format!(
            r##"<div id="p{id}" class="post has-profile bg{background} online">
		<div class="inner">

		<dl class="postprofile" id="profile{id}">
			<dt class="no-profile-rank has-avatar">
				<div class="avatar-container">
					<a href="./memberlist.php?mode=viewprofile&amp;u={user}" class="avatar"><img class="avatar" src="./download/file.php?avatar={user}_1600000000.png" width="90" height="90" alt="Аватара пользователя"></a>
				</div>
				{member}
			</dt>
			<dd class="profile-posts"><strong>Сообщения:</strong> <a href="./search.php?author_id={user}&amp;sr=posts&amp;{sid}">61</a></dd>
			<dd class="profile-joined"><strong>Зарегистрирован:</strong> 12 янв 2024, 10:01</dd>
			<dd class="profile-contact">
				<strong>Контактная информация:</strong>
				<div class="dropdown-container dropdown-left">
					<a href="#" class="dropdown-trigger" title="Контактная информация"><i class="icon fa-commenting-o fa-fw icon-lg" aria-hidden="true"></i><span class="sr-only">Контактная информация</span></a>
				</div>
			</dd>
		</dl>

		<div class="postbody">
			<div id="post_content{id}">

			<h3><a href="./viewtopic.php?p={id}&amp;{sid}#p{id}">Re: Где сдать анализ?</a></h3>

			<ul class="post-buttons">
				<li>
					<a href="./posting.php?mode=quote&amp;p={id}&amp;{sid}" title="Ответить с цитатой" class="button button-icon-only">
						<i class="icon fa-quote-left fa-fw" aria-hidden="true"></i><span class="sr-only">Цитата</span>
					</a>
				</li>
			</ul>

			<p class="author">
				<a class="unread" href="./viewtopic.php?p={id}&amp;{sid}#p{id}" title="Сообщение"><i class="icon fa-file fa-fw icon-lightgray icon-md" aria-hidden="true"></i><span class="sr-only">Сообщение</span></a>
				<span class="responsive-hide"> <strong>{member}</strong> &raquo; </span><time datetime="2026-10-{day:02}T{hour:02}:{minute:02}:00+00:00">{day:02} окт 2026, {hour:02}:{minute:02}</time>
			</p>

			<div class="content">{body}</div>

			{notice}
			{signature}
			</div>

		</div>

		<div class="back2top">
			<a href="#top" class="top" title="Вернуться к началу"><i class="icon fa-chevron-circle-up fa-fw icon-gray" aria-hidden="true"></i><span class="sr-only">Вернуться к началу</span></a>
		</div>

		</div>
	</div>

"##
        );
    }
    out += &format!(
        r#"<div class="action-bar bar-bottom">
	<a href="./posting.php?mode=reply&amp;t=12&amp;{sid}" class="button" title="Ответить"><span>Ответить</span> <i class="icon fa-reply fa-fw" aria-hidden="true"></i></a>
	{pagination}
</div>
	</div>
<div id="page-footer" class="page-footer" role="contentinfo">
	<div class="navbar" role="navigation"><div class="inner"><ul id="nav-footer" class="nav-footer linklist" role="menubar"><li class="rightside">Часовой пояс: <span title="UTC">UTC</span></li></ul></div></div>
	<div class="copyright"><p class="footer-row"><span class="footer-copyright"><a href="https://www.phpbb.com/">phpBB</a></span></p></div>
</div>
</div>
</body>
</html>
"#
    );
    out
}

fn flaskbb() -> String {
    let smile = "<img class=\"emoji\" alt=\"🙂\" src=\"/static/emoji/1f642.svg\">";
    let link = format!("<a href=\"{LINK}\">{LINK}</a>");
    let pages = r##"<ul class="pagination" hx-boost="true"><li class="page-item disabled"><a class="page-link" href="#"><span class="pages-label">Pages</span></a></li><li class="page-item"><a class="page-link" href="/topic/12-gde?page=1">1</a></li><li class="page-item active"><a class="page-link" href="#">2</a></li><li class="page-item"><a class="page-link" href="/topic/12-gde?page=3">3</a></li></ul>"##;
    let mut w = Writer::new();
    let mut out = format!(
        r#"<!DOCTYPE html>
<html lang="en">
    <head><meta charset="utf-8" /><meta name="author" content="FlaskBB Team" /><title>- FlaskBB</title></head>
<body hx-headers='{{"X-CSRFToken": "IjAx.x.y"}}' data-emoji-base="/static/emoji/">
    <div class="flaskbb-layout"><div class="container pb-3">
        <nav class="navbar navbar-expand-lg flaskbb-navbar"><a class="btn btn-primary" href="/auth/login"><span class="far fa-user"></span> Login</a></nav>
        <div id="page-content"><div class="topic-view"><ol class="breadcrumb flaskbb-breadcrumb"><li class="breadcrumb-item"><a href="/forum/2-z">Здоровье</a></li><li class="breadcrumb-item active">Где сдать анализ?</li></ol><div id="topic-header"><div class="row controls-row pt-0">{pages}</div></div><div class="card topic" id="topic-posts"><div class="card-header topic-header"><a href="/topic/12-gde">Где сдать анализ?</a></div><div class="card-body topic-body">
"#
    );
    for index in 0..POSTS {
        let id = 4000 + index * 3;
        let (user, name) = w.name();
        let (day, hour, minute) = moment(index);
        let quoted = if index % 2 == 1 {
            let (quoted_user, quoted) = w.name();
            let said = w.sentence();
            format!(
                r#"<blockquote class="post-quote"><div class="post-quote-header"><span class="post-quote-author"><a href="/user/{quoted_user}">{quoted}</a></span> said:</div><p>{said}</p></blockquote>
"#
            )
        } else {
            String::new()
        };
        let body = w.body(smile, &link);
        let signature = if index % 2 == 0 {
            format!("<div class=\"post-signature\"><hr><p>{}</p></div>", w.sentence())
        } else {
            String::new()
        };
        let number = 101 + index;
        out += &format!(
            r#"<div id="{id}" class="row post-row">
    <div class="author col-md-2">
        <div class="author-name"><h4><a href="/user/{user}">{name}</a></h4></div>
        <div class="author-title"><h5>Member</h5></div>
        <div class="author-details"><div class="author-avatar"><img src="/a/{user}.png" alt="avatar"></div><div class="author-registered">Joined: <time datetime="2020-01-01T00:00:00+00:00">Jan 1, 2020</time></div><div class="author-posts">Posts: 3</div></div>
    </div>
    <div class="post-box col-md-10">
        <div class="post-meta row"><div class="col-auto me-auto g-0"><a href="/post/{id}"><time datetime="2026-10-{day:02}T{hour:02}:{minute:02}:00.413911+00:00" data-what_to_display="date-and-time">
            Oct {day}, 2026, {hour:02}:{minute:02} UTC
        </time></a> </div><div class="col-auto g-0"><strong>#{number}</strong></div></div>
        <div class="post-content" id="pid{id}">{quoted}<p>{body}</p>{signature}</div>
        <div class="post-footer"><div class="post-menu float-end"><a class="btn btn-icon" href="/topic/12-gde/post/{id}/reply" title="Quote"><span class="fas fa-comments"></span></a></div></div>
    </div>
</div>
"#
        );
    }
    out += &format!(
        r#"</div></div><div class="pt-2" id="topic-footer"><div class="row controls-row pt-0">{pages}</div></div></div></div>
        <footer class="flaskbb-footer footer mt-auto">powered by <a href="https://flaskbb.com">FlaskBB</a></footer>
    </div></div>
</body></html>
"#
    );
    out
}

fn mybb() -> String {
    let site = "https://forum.example/mybb";
    let smile =
        format!(r#"<img src="{site}/images/smilies/smile.png" alt="Smile" title="Smile" class="smilie smilie_1" />"#);
    let link = format!("<a href=\"{LINK}\" target=\"_blank\" rel=\"noopener\" class=\"mycode_url\">{LINK}</a>");
    let pages = r#"<div class="pagination">
<span class="pages">Страницы (3):</span>
<a href="showthread.php?tid=12" class="pagination_previous">&laquo; Назад</a>
<a href="showthread.php?tid=12" class="pagination_page">1</a>
 <span class="pagination_current">2</span>
<a href="showthread.php?tid=12&amp;page=3" class="pagination_page">3</a>
<a href="showthread.php?tid=12&amp;page=3" class="pagination_next">Далее &raquo;</a>
</div>"#;
    let mut w = Writer::new();
    let mut out = format!(
        r#"<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><!-- start: x -->
<html xml:lang="ru" lang="ru" xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>Где сдать анализ?</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<script type="text/javascript" src="{site}/jscripts/general.js?ver=1827"></script>
</head>
<body>
<div id="container">
	<div id="header"><div id="panel"><div class="upper"><div class="wrapper"><span class="welcome"><a href="{site}/member.php?action=login" class="login">Войти</a></span></div></div></div></div>
	<div id="content">
	<div class="wrapper">
	<div class="navigation">
<a href="{site}/index.php">Тихий берег</a>&rsaquo;<a href="forumdisplay.php?fid=2">Здоровье</a><span class="active">Где сдать анализ?</span>
</div>
	<div class="float_left">{pages}</div>
	<div class="float_right">
		<a href="newreply.php?tid=12" class="button new_reply_button"><span>Новый ответ</span></a>&nbsp;
	</div>
	<table border="0" cellspacing="0" cellpadding="5" class="tborder tfixed clear">
		<tr>
			<td class="thead">
				<div class="float_right"><span class="smalltext"><strong><a href="javascript:void(0)" id="thread_modes">Thread Modes</a></strong></span></div>
				<div><strong>Где сдать анализ?</strong></div>
			</td>
		</tr>
<tr><td id="posts_container">
	<div id="posts">
"#
    );
    for index in 0..POSTS {
        let id = 4000 + index * 3;
        let (user, name) = w.name();
        let (day, hour, minute) = moment(index);
        let (hour_12, half) = (if hour % 12 == 0 { 12 } else { hour % 12 }, if hour < 12 { "AM" } else { "PM" });
        let quoted = if index % 2 == 1 {
            let (_, quoted) = w.name();
            let said = w.sentence();
            let from = id - 3;
            format!(
                r#"<blockquote class="mycode_quote"><cite><span> (10-19-2026, 10:05 PM)</span>{quoted} Написал(а):  <a href="{site}/showthread.php?pid={from}#pid{from}" class="quick_jump"></a></cite>{said}</blockquote><br />
"#
            )
        } else {
            String::new()
        };
        let body = w.body(&smile, &link);
        let signature = if index % 2 == 0 {
            format!("<div class=\"signature scaleimages\">\n{}<br />\n{}\n</div>", w.sentence(), w.sentence())
        } else {
            String::new()
        };
        let number = 101 + index;
        let star = format!("<img src=\"{site}/images/star.png\" border=\"0\" alt=\"*\" />");
        out += &format!(
            r#"
<a name="pid{id}" id="pid{id}"></a>
<div class="post " style="" id="post_{id}">
<div class="post_author">
	<div class="author_avatar"><a href="{site}/member.php?action=profile&amp;uid={user}"><img src="{site}/images/default_avatar.png?dateline=1" alt="" width="55" height="55" /></a></div>
	<div class="author_information">
			<strong><span class="largetext"><a href="{site}/member.php?action=profile&amp;uid={user}">{name}</a></span></strong> <img src="{site}/images/buddy_offline.png" title="Offline" alt="Offline" class="buddy_status" /><br />
			<span class="smalltext">
				Junior Member<br />
				{star}{star}
				
			</span>
	</div>
	<div class="author_statistics">
		
	Сообщений: 1,234<br />
	Тем: 12<br />
	Зарегистрирован: Jan 2024
	<br />Репутация: <strong class="reputation_neutral">0</strong>
	</div>
</div>
<div class="post_content">
	<div class="post_head">
		<div class="float_right" style="vertical-align: top">
<strong><a href="showthread.php?tid=12&amp;pid={id}#pid{id}" title="RE: RE">#{number}</a></strong>

</div>
		
		<span class="post_date">10-{day:02}-2026, {hour_12:02}:{minute:02} {half} <span class="post_edit" id="edited_by_{id}"></span></span>
		
	</div>
	<div class="post_body scaleimages" id="pid_{id}">
		{quoted}{body}
	</div>
	
	{signature}
	<div class="post_meta" id="post_meta_{id}">
		
		<div class="float_right">
			
		</div>
	</div>
	
</div>
<div class="post_controls">
	<div class="postbit_buttons author_buttons float_left">
		<a href="search.php?action=finduser&amp;uid={user}" title="-" class="postbit_find"><span>Найти</span></a>
	</div>
	<div class="postbit_buttons post_management_buttons float_right">
		<a href="newreply.php?tid=12&amp;replyto={id}" title="-" class="postbit_quote postbit_mirage"><span>Ответить</span></a>
	</div>
</div>
</div>
"#
        );
    }
    out += &format!(
        r#"
	</div>
</td></tr>
</table>
<div class="float_left">{pages}</div>
<a href="printthread.php?tid=12">Версия для печати</a>
</div></div>
<div id="footer"><div class="lower"><div class="wrapper"><span id="copyright">Powered by <a href="https://mybb.com" target="_blank" rel="noopener">MyBB</a></span><span id="current_time"><strong>Текущее время:</strong> 11-30-2026, 12:00 PM</span></div></div></div>
</div>
</body>
</html>
"#
    );
    out
}
