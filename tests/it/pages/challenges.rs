//! What pages ask of a person: forms in the structure of engines' and guards' pages, each written for this test.

use netreach::clock::Timestamp;
use netreach::domain::passage::FieldKind;
use netreach::page::{self, ChallengeForm, ChallengePage, PictureSource, Profile, Source};
use url::Url;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP6DwABBQECz6AuzQAAAABJRU5ErkJggg==";

fn met_by(profile: &Profile, html: &str, expected: bool) -> Option<ChallengePage> {
    let url = Url::parse("http://forum.example/ucp.php?mode=login").expect("valid");
    let source = Source {
        body: html.as_bytes(),
        content_type: Some("text/html; charset=utf-8"),
        url: &url,
        now: Timestamp::from_unix_s(1_795_000_000),
        time_zone: jiff::tz::TimeZone::UTC,
    };
    page::challenge(profile, &source, expected)
}

fn met(profile: &str, html: &str) -> Option<ChallengePage> {
    met_by(page::find_profile(profile).expect("built in"), html, false)
}

fn form(met: Option<ChallengePage>) -> Box<ChallengeForm> {
    match met {
        Some(ChallengePage::Form(form)) => form,
        Some(ChallengePage::NeedsScripts) => panic!("said to need scripts"),
        Some(ChallengePage::NoForm) => panic!("said to have no form"),
        None => panic!("said to ask nothing"),
    }
}

fn fields(form: &ChallengeForm) -> Vec<(&str, &str)> {
    form.shown.fields.iter().map(|f| (f.name.as_str(), f.label.expose().as_str())).collect()
}

fn addresses(form: &ChallengeForm) -> Vec<String> {
    let address = |source: &PictureSource| match source {
        PictureSource::At(url) => url.to_string(),
        PictureSource::Inline(bytes) => format!("{} bytes", bytes.len()),
    };
    form.pictures.iter().map(address).collect()
}

fn sent(form: &ChallengeForm, answer: &[(&str, &str)]) -> Vec<String> {
    let answer: Vec<_> = answer.iter().map(|(n, v)| ((*n).to_owned(), (*v).into())).collect();
    let fields = form.fill(&answer, Some(("nick", "secret")));
    fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

const PHPBB: &str = r#"<body id="phpbb"><div id="page-header"><form action="./search.php"><input name="keywords"></form>
  <a href="./ucp.php?mode=login">Вход</a></div><div id="page-body">
  <form action="./ucp.php?mode=login" method="post" id="login"><div class="panel">
  <div class="error">You exceeded the maximum allowed number of login attempts.</div>
  <dl><dt><label for="username">Имя:</label></dt><dd><input type="text" name="username" id="username" value=""></dd></dl>
  <dl><dt><label for="password">Пароль:</label></dt><dd><input type="password" id="password" name="password"></dd></dl>
  <div class="panel captcha-panel"><h3>Подтверждение</h3><dl><dt><label for="confirm_code">Код подтверждения:</label></dt>
  <dd><img src="./ucp.php?mode=confirm&amp;confirm_id=abc&amp;type=3&amp;sid=77" alt="Код"></dd>
  <dd><input type="text" name="confirm_code" id="confirm_code" title="Код">
  <input type="submit" name="refresh_vc" value="Обновить"><input type="hidden" name="confirm_id" value="abc"></dd>
  <dd>Введите код точно так, как он показан.</dd></dl></div>
  <label><input type="checkbox" name="autologin"> Запомнить</label>
  <input type="hidden" name="form_token" value="t1"><input type="submit" name="login" value="Вход"></div></form></div>"#;

#[test]
fn log_in_form_asks_for_the_captcha_and_never_for_the_account() {
    let form = form(met("phpbb-3", PHPBB));
    assert!(form.is_log_in());
    assert_eq!(fields(&form), [("confirm_code", "Код подтверждения:")]);
    assert_eq!(addresses(&form), ["http://forum.example/ucp.php?mode=confirm&confirm_id=abc&type=3&sid=77"]);
    let text = form.shown.text.expose();
    assert!(text.contains("exceeded the maximum") && text.contains("точно так"), "{text}");
    assert!(!text.contains("Пароль"), "{text}");
    assert_eq!(
        sent(&form, &[("confirm_code", "7FG3")]),
        ["username=nick", "password=secret", "confirm_id=abc", "form_token=t1", "login=Вход", "confirm_code=7FG3"]
    );
    assert!(!serde_json::to_string(&form).expect("json").contains("secret"));
}

#[test]
fn plain_log_in_form_and_plain_pages_ask_nothing_of_a_person() {
    let plain = PHPBB.replace("captcha-panel", "").replace("confirm_code", "nothing").replace("mode=confirm", "");
    assert!(met("phpbb-3", &plain).is_none());
    assert!(
        met("phpbb-3", "<body id=phpbb><h1>Привет</h1><form><input name=code><button>ok</button></form>").is_none()
    );
    assert!(met("phpbb-3", "").is_none());
}

#[test]
fn captcha_of_other_engines_is_found_in_their_log_in_forms() {
    let mybb = r#"<form action="member.php" method="post"><table><tr><td>Username</td><td><input name="username"></td></tr>
      <tr><td>Password</td><td><input type="password" name="password"></td></tr>
      <tr id="captcha_trow"><td><img src="captcha.php?action=regimage&amp;imagehash=9" alt="Verification" id="captcha_img">
      <input type="text" name="imagestring" value="" id="imagestring"><label for="imagestring">Enter the text</label>
      <input type="hidden" name="imagehash" value="9"></td></tr></table>
      <input type="hidden" name="action" value="do_login"><input type="submit" name="submit" value="Login"></form>"#;
    let found = form(met("mybb-1", mybb));
    assert_eq!(fields(&found), [("imagestring", "Enter the text")]);
    assert_eq!(addresses(&found), ["http://forum.example/captcha.php?action=regimage&imagehash=9"]);

    let smf = r#"<form action="http://forum.example/index.php?action=login2" id="frmLogin" method="post">
      <input name="user"><input type="password" name="passwrd"><input type="number" name="cookielength" value="60">
      <input type="checkbox" name="cookieneverexp"><div class="verification_control">
      <img src="/index.php?action=verificationcode;vid=login" alt="letters"><input name="login_vv[code]" placeholder="Letters">
      <div class="smalltext">What has four legs?</div><input name="login_vv[q][3]" title="Answer"></div>
      <input type="hidden" name="x1" value="y1"><input type="submit" value="Login"></form>"#;
    let found = form(met("smf-2", smf));
    assert_eq!(fields(&found), [("login_vv[code]", "Letters"), ("login_vv[q][3]", "Answer")]);
    assert!(found.shown.text.expose().contains("four legs"));
    assert!(sent(&found, &[("login_vv[code]", "a")]).contains(&"cookielength=60".to_owned()));

    let market = r#"<form action="/gate/enter" method="post"><input name="alias"><input type="password" name="pass">
      <p>Who flies?</p><img src="/riddle/5" class="riddle"><select name="riddle"><option value="">—<option value="1">cat<option value="2">crow</select>
      <button>Enter</button></form>"#;
    let found = form(met("market-example", market));
    let gate = "<div class=gate-riddle><p class=asks>Кто летает?</p><div class=drawing><img src=/d/1></div>\
                <form action=/gate/pass method=post><input name=reply><button>ok</button></form></div>";
    let gate = form(met("market-example", gate));
    assert_eq!(fields(&gate), [("reply", "reply")]);
    assert_eq!(addresses(&gate), ["http://forum.example/d/1"]);
    let FieldKind::Choice { options } = &found.shown.fields[0].kind else { panic!("a choice") };
    assert_eq!(options.iter().map(|o| o.label.expose().as_str()).collect::<Vec<_>>(), ["—", "cat", "crow"]);
}

#[test]
fn second_factor_is_a_code_and_nothing_else() {
    let xenforo = r#"<html data-template="login_two_step"><body><header><form action="/search/search"><input name="keywords"></form></header>
      <div class="p-body"><form action="/login/two-step" method="post"><dl><dt><label for="c">Verification code</label></dt>
      <dd><input type="text" name="code" id="c" inputmode="numeric" autocomplete="one-time-code"></dd></dl>
      <label><input type="checkbox" name="trust" value="1"> Trust this device for 30 days</label>
      <input type="hidden" name="provider" value="totp"><input type="hidden" name="_xfToken" value="t"><button>Confirm</button></form></div></body>"#;
    let found = form(met("xenforo-2", xenforo));
    assert!(!found.is_log_in());
    assert_eq!(fields(&found), [("code", "Verification code"), ("trust", "Trust this device for 30 days")]);
    assert_eq!(found.shown.fields[0].kind, FieldKind::Digits);
    assert_eq!(sent(&found, &[("code", "123456")]), ["provider=totp", "_xfToken=t", "code=123456"]);

    let own = "<h2>Ещё один шаг</h2><form method=post><input name=otp_code><button>ok</button></form>";
    let profile = page::find_profile("phpbb-3").expect("built in");
    let found = form(met_by(profile, own, true));
    assert_eq!(fields(&found), [("otp_code", "otp_code")]);
    let search = "<form action=/find><input name=q><button>find</button></form>";
    assert!(met_by(profile, search, true).is_none(), "any form after a log-in is no challenge");
}

#[test]
fn guards_in_front_of_a_forum_are_answered_by_what_is_seen() {
    let guard = format!(
        r#"<title>DDoS protection</title><h1>Проверка браузера</h1><p>Сколько кошек?</p>
        <form method="post" action="/.guard"><img src="data:image/png;base64,{PNG}"><input type="hidden" name="k" value="1">
        <input name="trap" style="display:none"><div hidden><input name="trap2"></div>
        <label>Ответ <input name="a1"></label><input type="submit" value="Дальше"></form>"#
    );
    let found = form(met("phpbb-3", &guard));
    assert_eq!(fields(&found), [("a1", "Ответ")]);
    assert_eq!(addresses(&found), ["67 bytes"]);
    assert!(found.shown.text.expose().contains("Сколько кошек?"));
    assert_eq!(sent(&found, &[("a1", "3")]), ["k=1", "trap=", "trap2=", "a1=3"]);
}

#[test]
fn pictures_to_choose_and_to_press_are_offered() {
    let choose = r#"<title>Captcha</title><form method="post"><fieldset><legend>Where is the cat?</legend>
      <label><input type="radio" name="p" value="a"><img src="/1.png"></label>
      <label><input type="radio" name="p" value="b" checked><img src="/2.png"></label></fieldset><button name="go" value="1">ok</button></form>"#;
    let found = form(met("phpbb-3", choose));
    let field = &found.shown.fields[0];
    assert_eq!((field.name.as_str(), field.label.expose().as_str()), ("p", "Where is the cat?"));
    let FieldKind::Choice { options } = &field.kind else { panic!("a choice") };
    assert_eq!(
        options.iter().map(|o| (o.value.as_str(), o.picture)).collect::<Vec<_>>(),
        [("a", Some(0)), ("b", Some(1))]
    );
    assert!(found.shown.pictures_apart().is_empty());
    assert_eq!(sent(&found, &[("p", "a")]), ["go=1", "p=a"]);

    let press = r#"<title>Captcha</title><p>Press the open circle</p><form method="post"><input type="hidden" name="s" value="9">
      <input type="image" name="m" src="/map.png"></form>"#;
    let found = form(met("phpbb-3", press));
    assert_eq!(found.shown.fields[0].kind, FieldKind::Point { picture: 0 });
    assert_eq!(sent(&found, &[("m.x", "3"), ("m.y", "4")]), ["s=9", "m.x=3", "m.y=4"]);

    let drawn = format!(
        "<title>Captcha</title><form method=post><div style=\"background:url('data:image/png;base64,{PNG}')\"></div>\
         <input name=c><input type=image src=/go.png></form>"
    );
    let found = form(met("phpbb-3", &drawn));
    assert_eq!(fields(&found).iter().map(|f| f.0).collect::<Vec<_>>(), ["c"], "the other is a button");
    assert_eq!(addresses(&found)[0], "67 bytes");
}

#[test]
fn button_alone_is_offered_and_what_needs_a_browser_is_said() {
    let press = "<title>Checking your browser</title><form method=post><input type=hidden name=k value=1><button>Go on</button></form>";
    let found = form(met("phpbb-3", press));
    assert!(found.shown.fields.is_empty());
    for html in [
        "<title>Just a moment...</title><form id=challenge-form method=post><input type=hidden name=a></form>",
        "<title>Just a moment...</title><form method=post><button>ok</button></form><div class=cf-turnstile></div>",
    ] {
        assert!(matches!(met("phpbb-3", html), Some(ChallengePage::NeedsScripts)), "{html}");
    }
    let queue = "<title>Access queue</title><p>Estimated time: 2 minutes";
    assert!(matches!(met("phpbb-3", queue), Some(ChallengePage::NoForm)));
}

#[test]
fn profile_may_say_where_its_challenge_stands() {
    let profile = include_str!("../../../selectors/phpbb-3.toml").to_owned()
        + "\n[challenge]\nform = '#odd'\nfield = '[name=x1]'\npicture = '#art img'\nsubmit = '[name=yes]'\ntext = '#say'\n";
    let profile = Profile::parse("own-1", &profile).expect("valid");
    let html = "<div id=say>Сложите числа</div><div id=art><img src=/p/1></div><form id=odd method=post><input name=x0>\
                <input name=x1><button name=no>n</button><button name=yes value=1>y</button></form>";
    let found = form(met_by(&profile, html, false));
    assert_eq!(fields(&found), [("x1", "x1")]);
    assert_eq!(addresses(&found), ["http://forum.example/p/1"]);
    assert_eq!(found.shown.text.expose(), "Сложите числа");
    assert_eq!(sent(&found, &[("x1", "7")]), ["x0=", "yes=1", "x1=7"]);
}

#[test]
fn pages_with_posts_ask_nothing_whatever_stands_in_them() {
    let html = r#"<body id="phpbb"><h2 class="topic-title"><a href="./viewtopic.php?t=1">Т</a></h2>
      <div id="p1" class="post"><div class="postbody"><div id="post_content1"><div class="content">текст
      <form method=post><img src=captcha.png><input name=captcha></form></div></div></div></div>"#;
    assert!(met("phpbb-3", html).is_none());
}
