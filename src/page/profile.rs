//! A selector profile: everything the program knows of one forum engine, read from a TOML file.
//!
//! Only data and its checking. Which engine a page is of, and what the values mean, is decided elsewhere.

use super::dates::NumericOrder;
use super::markup::{Markup, Writing};
use super::rules::{Css, Field, Pattern, Signs};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use url::Url;

/// How to read one forum engine. Made by [`Profile::parse`]; the format is in `selectors/README.md`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    #[serde(skip)]
    name: String,
    about: String,
    seen_on: Vec<String>,
    /// A form posted sooner than this after it was fetched is refused by the engine.
    #[serde(default)]
    min_fill_s: u64,
    /// What the engine makes of a text.
    #[serde(default)]
    markup: Markup,
    #[serde(default)]
    markup_escapes: String,
    markup_link: Option<String>,
    #[serde(default)]
    pub(super) recognise: Signs,
    pub(super) urls: Urls,
    #[serde(default)]
    pub(super) time: Times,
    #[serde(default)]
    pub(super) session: Session,
    #[serde(default)]
    pub(super) states: States,
    pub(super) thread: Thread,
    #[serde(default)]
    pub(super) pages: Pages,
    pub(super) post: Post,
    pub(super) list: Option<List>,
    pub(super) login: Option<Login>,
    pub(super) reply: Option<Reply>,
    pub(super) message: Option<Message>,
    pub(super) challenge: Option<ChallengeRules>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Urls {
    /// Address of a thread below the forum's own, with `{id}`.
    thread: String,
    thread_id: Vec<Pattern>,
    #[serde(default)]
    pub(super) post_id: Vec<Pattern>,
    /// Where the address after a reply names the new post's element and not its id.
    pub(super) post_anchor: Option<Pattern>,
    /// Query parameters that name a session and nothing else.
    #[serde(default)]
    pub(super) session: Vec<String>,
    /// Where an address tells the number of posts before its page.
    pub(super) offset: Option<Pattern>,
    /// Where an address tells the number of its page.
    pub(super) page: Option<Pattern>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Times {
    pub(super) zone: Field,
    pub(super) numeric: NumericOrder,
    /// Where the page shows the time at which it was made, to tell summer time by.
    pub(super) clock: Field,
    /// Where the page tells the moment of that clock for machines, to tell the zone by.
    pub(super) moment: Field,
    /// Where the page shows the day it was made on: it tells the order of numeric dates.
    pub(super) today: Field,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Session {
    #[serde(rename = "in")]
    pub(super) inside: Signs,
    #[serde(rename = "out")]
    pub(super) outside: Signs,
}

/// Pages that stand in place of what was asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct States {
    /// Parts of the page in which no sign of a state is looked for: a log-in box that stands on every page.
    pub(super) ignore: Option<Css>,
    pub(super) challenge: Signs,
    pub(super) login_required: Signs,
    pub(super) not_found: Signs,
    pub(super) forbidden: Signs,
    pub(super) error_page: Signs,
    /// A page that only says something, in words that are nobody's but the administrator's: looked at last of all.
    pub(super) other: Signs,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thread {
    pub(super) present: Signs,
    /// Without it, the page's address tells.
    #[serde(default)]
    pub(super) id: Field,
    pub(super) title: Field,
    #[serde(default)]
    pub(super) views: Field,
    #[serde(default)]
    pub(super) replies: Field,
    #[serde(default)]
    pub(super) closed: Signs,
    #[serde(default)]
    pub(super) open: Signs,
    /// Link to the list the thread stands in.
    #[serde(default)]
    pub(super) list: Field,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Pages {
    /// Links with a page's number as their text.
    pub(super) links: Option<Css>,
    pub(super) current: Field,
    pub(super) count: Field,
    pub(super) per_page: Field,
    /// Posts before this page.
    pub(super) before: Field,
    pub(super) next: Field,
    pub(super) previous: Field,
    pub(super) last: Field,
    /// A thread of one page shows no page links at all.
    pub(super) none_means_one: bool,
    /// No page tells how many there are: the last is the one without a next.
    pub(super) uncounted: bool,
    /// The address that page links are relative to, where that is not the page's own.
    pub(super) base: Field,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub(super) item: Css,
    pub(super) id: Field,
    pub(super) body: Css,
    #[serde(default)]
    pub(super) number: Field,
    #[serde(default)]
    pub(super) author: Field,
    #[serde(default)]
    pub(super) time: Field,
    #[serde(default)]
    pub(super) url: Field,
    #[serde(default)]
    pub(super) edited: Signs,
    /// What is left in place of a deleted post: no post.
    #[serde(default)]
    pub(super) deleted: Signs,
    /// What is left of deleted posts is numbered like the others.
    #[serde(default)]
    pub(super) deleted_numbered: bool,
    /// Guests are shown nothing of deleted posts, and the others take their numbers.
    #[serde(default)]
    pub(super) deleted_members_only: bool,
    /// What only posts of the account itself have.
    #[serde(default)]
    pub(super) own: Signs,
    /// A post that waits for approval, seen by its writer and moderators alone: no post yet.
    #[serde(default)]
    pub(super) pending: Signs,
    /// Parts of the body that the writer did not write.
    #[serde(default)]
    pub(super) drop: Signs,
    /// Words in the text that the engine put there.
    pub(super) strip: Option<Pattern>,
    pub(super) quote: Option<Css>,
    #[serde(default)]
    pub(super) quote_author: Field,
    /// A first line of a quote that is not part of it; its group is the author.
    pub(super) quote_head: Option<Pattern>,
    /// Elements that stand on lines of their own although they are not blocks by themselves.
    pub(super) block: Option<Css>,
    pub(super) emoji: Option<Css>,
    /// What was typed for an emoji, by what its picture is called.
    #[serde(default)]
    pub(super) emoji_text: BTreeMap<String, String>,
    pub(super) shortened_link: Option<Css>,
    /// What stands in the place of something typed, and the attribute that tells what was typed.
    #[serde(default)]
    pub(super) instead: Vec<Instead>,
    /// Words of the writer inside what is left out otherwise: the name of a fold on its button.
    pub(super) keep: Option<Css>,
    /// Players that stand in the place of an address the writer gave.
    pub(super) player: Option<Css>,
    /// Pictures of the post, wherever they stand in the item.
    pub(super) picture: Option<Css>,
    /// Pictures inside these are not the post's.
    pub(super) no_picture: Option<Css>,
}

/// An element that the engine put in the place of something typed: the preview of a page where its address was.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Instead {
    pub(super) css: Css,
    /// The attribute that holds what was typed.
    pub(super) attr: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) present: Signs,
    pub(super) item: Css,
    /// A row that only points to a thread elsewhere: what it does not tell is no fault.
    #[serde(default)]
    pub(super) moved: Signs,
    pub(super) id: Field,
    #[serde(default)]
    pub(super) title: Field,
    #[serde(default)]
    pub(super) url: Field,
    #[serde(default)]
    pub(super) views: Field,
    #[serde(default)]
    pub(super) replies: Field,
    #[serde(default)]
    pub(super) last_post_time: Field,
    #[serde(default)]
    pub(super) last_post_author: Field,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// Address of the log-in page below the forum's own.
    page: String,
    pub(super) form: Css,
    pub(super) user: Css,
    pub(super) password: Css,
    pub(super) submit: Option<Css>,
    /// Fields that are sent with a value of ours: boxes to tick.
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) captcha: Signs,
    #[serde(default)]
    pub(super) refused: Signs,
    #[serde(default)]
    pub(super) too_many: Signs,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    pub(super) form: Css,
    pub(super) text: Css,
    /// Name of the text field where the page gives it none.
    pub(super) text_name: Option<String>,
    pub(super) submit: Option<Css>,
    /// Fields that are sent with a value of ours: boxes to tick.
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) link: Field,
    /// Address of the new post on a page that says it was accepted.
    #[serde(default)]
    pub(super) accepted: Field,
    /// An address at which the engine ends only after it has taken a reply, though it does not name the post.
    pub(super) accepted_at: Option<Pattern>,
    #[serde(default)]
    pub(super) queued: Signs,
    #[serde(default)]
    pub(super) flood: Signs,
    #[serde(default)]
    pub(super) duplicate: Signs,
    #[serde(default)]
    pub(super) form_rejected: Signs,
    #[serde(default)]
    pub(super) closed: Signs,
    #[serde(default)]
    pub(super) forbidden: Signs,
    #[serde(default)]
    pub(super) other: Signs,
    pub(super) quote: Option<Quoting>,
}

/// How a post is quoted in a reply.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quoting {
    /// Address, below the forum's own, of the form that quotes a post, with `{thread}` and `{post}`.
    pub(super) page: Option<String>,
    /// Link to that form in the post, where addresses are not always the same.
    #[serde(default)]
    pub(super) link: Field,
    /// The quotation itself, with `{author}` and `{text}`, where there is no form.
    pub(super) template: Option<String>,
}

/// How a private message is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    /// Address of the form below the forum's own, with `{name}`, `{post}`, `{thread}` or `{user_id}`.
    pub(super) page: Option<String>,
    /// Link to the form in a post of the person it goes to.
    #[serde(default)]
    pub(super) link: Field,
    /// The forum's number of that person, in a post of theirs.
    #[serde(default)]
    pub(super) user_id: Field,
    pub(super) form: Css,
    /// The field for the name of the person it goes to.
    pub(super) to: Option<Css>,
    /// How the name is written there, with `{name}`.
    pub(super) to_value: Option<String>,
    /// Where the form shows whom it goes to.
    #[serde(default)]
    pub(super) recipient: Field,
    pub(super) subject: Option<Css>,
    pub(super) text: Css,
    pub(super) submit: Option<Css>,
    /// Fields that are sent with a value of ours: boxes to tick.
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) accepted: Signs,
    /// An address at which the engine ends only after it has taken a message.
    pub(super) accepted_at: Option<Pattern>,
    #[serde(default)]
    pub(super) no_such_user: Signs,
    #[serde(default)]
    pub(super) takes_none: Signs,
    #[serde(default)]
    pub(super) inbox_full: Signs,
    #[serde(default)]
    pub(super) own_box_full: Signs,
    #[serde(default)]
    pub(super) flood: Signs,
    #[serde(default)]
    pub(super) duplicate: Signs,
    #[serde(default)]
    pub(super) form_rejected: Signs,
    #[serde(default)]
    pub(super) forbidden: Signs,
    #[serde(default)]
    pub(super) other: Signs,
    /// What every page shows the account while a message to it waits to be read.
    #[serde(default)]
    pub(super) unread: Signs,
    pub(super) sent: Option<SentList>,
}

/// The list of messages that were sent, the newest first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SentList {
    /// Addresses below the forum's own; a message stands in one of them.
    pages: Vec<String>,
    pub(super) present: Signs,
    pub(super) item: Css,
    #[serde(default)]
    pub(super) to: Field,
    #[serde(default)]
    pub(super) subject: Field,
    #[serde(default)]
    pub(super) text: Field,
    #[serde(default)]
    pub(super) time: Field,
}

/// Where a challenge stands that is not found without help.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChallengeRules {
    pub(super) form: Css,
    /// The fields a person fills; without it, those that can be seen.
    pub(super) field: Option<Css>,
    /// Pictures that belong to it, in the form or elsewhere on the page.
    pub(super) picture: Option<Css>,
    pub(super) submit: Option<Css>,
    /// What the forum says about it.
    pub(super) text: Option<Css>,
}

/// A profile that cannot be used, with the place and what is wrong there.
#[derive(Clone, Debug, thiserror::Error)]
#[error("selector profile {name}: {what}")]
pub struct ProfileError {
    name: String,
    what: String,
}

impl Profile {
    /// Reads a profile; `name` is what it is called in configuration and output. Every selector and expression is
    /// compiled here, so that a profile which parses cannot fail later.
    pub fn parse(name: &str, toml: &str) -> Result<Self, ProfileError> {
        let error = |what: String| ProfileError { name: name.to_owned(), what };
        let mut profile: Self = toml::from_str(toml).map_err(|why| error(why.to_string()))?;
        name.clone_into(&mut profile.name);
        if !profile.urls.thread.contains("{id}") {
            return Err(error("urls.thread must contain {id}, for example \"topic/{id}\"".to_owned()));
        }
        if profile.urls.thread_id.is_empty() {
            return Err(error(
                "urls.thread_id needs at least one expression that finds the id in an address".to_owned(),
            ));
        }
        if let Some(quote) = profile.reply.as_ref().and_then(|reply| reply.quote.as_ref()) {
            let leads_to_a_form = quote.page.is_some() || !quote.link.is_unset();
            if !leads_to_a_form && !quote.template.as_ref().is_some_and(|template| template.contains("{text}")) {
                return Err(error("reply.quote needs a page, a link, or a template with {text}".to_owned()));
            }
        }
        if profile.markup_link.as_ref().is_some_and(|link| !link.contains("{url}")) {
            return Err(error("markup_link must contain {url}".to_owned()));
        }
        if let Some(message) = &profile.message {
            if message.page.is_none() && message.link.is_unset() {
                return Err(error("message needs a page or a link that leads to its form".to_owned()));
            }
            if message.to.is_none() && message.recipient.is_unset() {
                return Err(error(
                    "message needs `to`, the field for a name, or `recipient`, where the form shows whom it goes to"
                        .to_owned(),
                ));
            }
            if message.sent.as_ref().is_some_and(|sent| sent.subject.is_unset() && sent.text.is_unset()) {
                return Err(error("message.sent needs a subject or a text to know a message by".to_owned()));
            }
        }
        Ok(profile)
    }

    /// How texts are written there.
    pub(super) fn writing(&self) -> Writing {
        Writing { markup: self.markup, escapes: self.markup_escapes.clone(), link: self.markup_link.clone() }
    }

    /// Whether the forum has private messages that can be sent.
    pub fn can_message(&self) -> bool {
        self.message.is_some()
    }

    /// Addresses, below the forum's own, of the lists of sent messages; empty where there are none.
    pub fn sent_pages(&self) -> &[String] {
        self.message.as_ref().and_then(|message| message.sent.as_ref()).map_or(&[], |sent| &sent.pages)
    }

    /// Whether a reply can quote a post.
    pub fn can_quote(&self) -> bool {
        self.reply.as_ref().is_some_and(|reply| reply.quote.is_some())
    }

    /// What the profile is called: `phpbb-3`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Engine and versions, for people.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Where the profile was tried, for people.
    pub fn seen_on(&self) -> &[String] {
        &self.seen_on
    }

    /// Seconds that must pass between fetching a form and posting it.
    pub fn min_fill_s(&self) -> u64 {
        self.min_fill_s
    }
}

/// The id of the thread that an address leads to, whatever host, page, session or post it names besides.
/// `None` where the address does not tell: some engines' addresses of single posts.
pub fn thread_id_of(profile: &Profile, url: &Url) -> Option<String> {
    let whole = url.as_str();
    profile.urls.thread_id.iter().find_map(|pattern| pattern.capture(whole)).map(str::to_owned)
}

/// The address of a thread's first page. `base` is the forum's own address; `None` where they do not make an address.
pub fn thread_url(profile: &Profile, base: &Url, id: &str) -> Option<Url> {
    directory(base).join(&profile.urls.thread.replace("{id}", id)).ok()
}

/// The address of the log-in page; the forum's own address where the profile has none.
pub fn login_page_url(profile: &Profile, base: &Url) -> Url {
    let base = directory(base);
    profile.login.as_ref().and_then(|login| base.join(&login.page).ok()).unwrap_or(base)
}

/// An address of a profile, below the forum's own, with values put in for `{names}`.
pub(super) fn address_below(base: &Url, address: &str, values: &[(&str, &str)]) -> Option<Url> {
    let filled = values.iter().fold(address.to_owned(), |address, (name, value)| {
        address.replace(&format!("{{{name}}}"), &percent_encoded(value))
    });
    directory(base).join(&filled).ok()
}

/// As part of a path or of a query.
fn percent_encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// `https://host/forum` is meant as a directory: what is below it must not replace its last part.
fn directory(base: &Url) -> Url {
    let mut base = base.clone();
    let last = base.path().rsplit('/').next().unwrap_or_default();
    if !last.is_empty() && !last.contains('.') {
        base.set_path(&format!("{}/", base.path()));
    }
    base.set_query(None);
    base.set_fragment(None);
    base
}

/// The profiles that come with the program.
pub fn builtin_profiles() -> &'static [Profile] {
    static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
        let files = [
            ("phpbb-3", include_str!("../../selectors/phpbb-3.toml")),
            ("flaskbb-3", include_str!("../../selectors/flaskbb-3.toml")),
            ("machina-1", include_str!("../../selectors/machina-1.toml")),
            ("spirit-0", include_str!("../../selectors/spirit-0.toml")),
            ("mybb-1", include_str!("../../selectors/mybb-1.toml")),
            ("smf-2", include_str!("../../selectors/smf-2.toml")),
            ("discourse-3", include_str!("../../selectors/discourse-3.toml")),
            ("invision-4", include_str!("../../selectors/invision-4.toml")),
            ("nodebb-4", include_str!("../../selectors/nodebb-4.toml")),
            ("vbulletin-3", include_str!("../../selectors/vbulletin-3.toml")),
            ("vbulletin-4", include_str!("../../selectors/vbulletin-4.toml")),
            ("xenforo-1", include_str!("../../selectors/xenforo-1.toml")),
            ("xenforo-2", include_str!("../../selectors/xenforo-2.toml")),
            ("market-example", include_str!("../../selectors/market-example.toml")),
            ("fluxbb-1", include_str!("../../selectors/fluxbb-1.toml")),
            ("punbb-1", include_str!("../../selectors/punbb-1.toml")),
        ];
        files.into_iter().map(|(name, toml)| Profile::parse(name, toml).expect("compiled in, and tested")).collect()
    });
    &PROFILES
}

/// A built-in profile by its name.
pub fn find_profile(name: &str) -> Option<&'static Profile> {
    builtin_profiles().iter().find(|profile| profile.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
about = "Test"
seen_on = []
[urls]
thread = "topic/{id}"
thread_id = ['/topic/(\d+)']
[thread]
present = "h1"
id = "h1"
title = "h1"
[post]
item = ".post"
id = { attr = "id" }
body = ".body"
"#;

    fn refused(from: &str, to: &str) -> String {
        Profile::parse("test-1", &MINIMAL.replace(from, to)).expect_err("must be refused").to_string()
    }

    #[test]
    fn wrong_profile_says_where_and_what() {
        assert!(Profile::parse("test-1", MINIMAL).is_ok());
        assert!(Profile::parse("test-1", &MINIMAL.replacen("id = \"h1\"\n", "", 1)).is_ok(), "the address tells it");
        for (from, to, said) in [
            ("\".post\"", "\".post[\"", &["line 12, column 8", "item = \".post[\"", "not a CSS selector"][..]),
            ("id = \"h1\"", "id = [\".a\", { css = \"h1\", regexp = 'x' }]", &["line 9", "regexp", "`regex`"]),
            ("'/topic/(\\d+)'", "'/topic/(\\d+'", &["line 6", "thread_id", "unclosed group", "single quotes"]),
            ("body = \".body\"", "", &["line 11", "missing field `body`"]),
            ("topic/{id}", "topic/", &["urls.thread", "{id}"]),
            (
                "body = \".body\"",
                "body = \".body\"\n[reply]\nform = \"form\"\ntext = \"textarea\"\n[reply.quote]",
                &["reply.quote"],
            ),
            ("about", "abuot", &["line 2", "unknown field `abuot`", "`about`"]),
        ] {
            let message = refused(from, to);
            for part in said {
                assert!(message.contains(part), "{part} is not in: {message}");
            }
        }
    }

    #[test]
    fn thread_is_known_by_its_address() {
        let profile = Profile::parse("test-1", MINIMAL).expect("valid");
        let base: Url = "https://forum.example/board".parse().expect("valid");
        let url = thread_url(&profile, &base, "12").expect("valid");
        assert_eq!(url.as_str(), "https://forum.example/board/topic/12");
        assert_eq!(thread_id_of(&profile, &url).as_deref(), Some("12"));
        assert_eq!(thread_id_of(&profile, &base), None);
    }
}
