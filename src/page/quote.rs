//! The quotation above a reply: the one that the engine puts into its own form, kept short, or one made from a template.
//!
//! Only what was said in the post itself is quoted; what that post quoted is left out.

use super::form::ReplyForm;
use super::markup::Markup;
use super::profile::{Profile, address_below};
use super::view::{View, parse, take_apart};
use super::{Source, form};
use regex::Regex;
use std::sync::LazyLock;
use url::Url;

/// As much of a post is quoted: enough to know what is answered.
const QUOTE_CHARS: usize = 500;

/// The page with the engine's own form for quoting a post, where it has one. `source` is a page of the thread.
pub fn quote_page(profile: &Profile, source: &Source<'_>, base: &Url, thread_id: &str, post_id: &str) -> Option<Url> {
    let rules = profile.reply.as_ref()?.quote.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    let is_quoted = |item| view.text("post.id", &profile.post.id, item).is_some_and(|id| id == post_id);
    let post = view.items.iter().copied().find(|item| is_quoted(*item));
    let linked = post.and_then(|post| view.link("reply.quote.link", &rules.link, post));
    linked.or_else(|| address_below(base, rules.page.as_deref()?, &[("thread", thread_id), ("post", post_id)]))
}

/// The form on the page that [`quote_page`] leads to, with the engine's quotation.
///
/// `None` where the page has no such form, the form quotes nothing, or it belongs to another thread: posts are moved.
pub fn quoting_form(profile: &Profile, source: &Source<'_>, thread_id: &str) -> Option<ReplyForm> {
    let form = form::reply_form(profile, source)?;
    if form.thread_id.as_ref().is_some_and(|id| id != thread_id) {
        return None;
    }
    let quotation = shortened(form.prefilled.expose())?;
    Some(form.quoting(Some(quotation)))
}

/// A quotation by the profile's template, for engines without a form for it.
pub fn made_quotation(profile: &Profile, author: &str, text: &str) -> Option<String> {
    let template = profile.reply.as_ref()?.quote.as_ref()?.template.as_ref()?;
    let writing = profile.writing();
    let text = writing.write(&cut(text.trim()));
    let author = match writing.markup {
        // A name in quotation marks, inside a tag.
        Markup::Bbcode => author.replace(['[', ']', '"'], ""),
        Markup::Markdown | Markup::Plain => writing.write(author),
    };
    if text.is_empty() {
        return None;
    }
    let lines = template.lines().map(|line| {
        let start: String = line.chars().take_while(|c| matches!(c, '>' | ' ')).collect();
        line.replace("{author}", author.trim()).replace("{text}", &text.replace('\n', &format!("\n{start}")))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// What a form was prefilled with, without quotations inside it and cut to [`QUOTE_CHARS`]. `None` where it is no quotation.
fn shortened(prefilled: &str) -> Option<String> {
    let text = prefilled.replace("\r\n", "\n");
    let text = text.trim();
    if text.starts_with('>') { short_markdown(text) } else { short_bbcode(text) }
}

/// `[quote=…]text[/quote]`
fn short_bbcode(text: &str) -> Option<String> {
    // A name in quotation marks may have brackets in it.
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?is)^(\[quote(?:"(?:\\.|[^"\\])*"|[^\]"])*\])(.*)(\[/quote\])$"#).expect("a constant expression")
    });
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\[/?(?:[a-z]+|\*)(?:=[^\]]*)?\]").expect("a constant expression"));
    let whole = WHOLE.captures(text)?;
    let part = |n| whole.get(n).map_or("", |found| found.as_str());
    let said = without_inner_quotes(part(2));
    if said.trim().is_empty() {
        return None;
    }
    // What is cut off may have closed a tag.
    let said = if is_long(&said) { cut(TAG.replace_all(&said, "").trim()) } else { said.trim().to_owned() };
    Some(format!("{}{said}{}", part(1), part(3)))
}

fn without_inner_quotes(text: &str) -> String {
    static EDGE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)\[quote(?:=(?:"(?:\\.|[^"\\])*"|[^\]"])*|\s[^\]]*)?\]|\[/quote\]"#)
            .expect("a constant expression")
    });
    let mut said = String::with_capacity(text.len());
    let (mut depth, mut from) = (0u32, 0);
    for edge in EDGE.find_iter(text) {
        if depth == 0 {
            said.push_str(text.get(from..edge.start()).unwrap_or_default());
        }
        depth = if edge.as_str().starts_with("[/") { depth.saturating_sub(1) } else { depth + 1 };
        from = edge.end();
    }
    if depth == 0 {
        said.push_str(text.get(from..).unwrap_or_default());
    }
    said
}

/// Lines that begin with `>`, the first of which says who is quoted.
fn short_markdown(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|line| line.strip_prefix('>').map(|rest| rest.strip_prefix(' ').unwrap_or(rest)));
    let head = lines.next()??;
    let said: Option<Vec<&str>> = lines.collect();
    let said: Vec<&str> = said?.into_iter().filter(|line| !line.starts_with('>')).collect();
    let said = said.join("\n");
    if said.trim().is_empty() {
        return None;
    }
    let quoted: Vec<String> = cut(said.trim()).lines().map(|line| format!("> {line}")).collect();
    // An empty line keeps who is quoted from running into what was said.
    let between = if said.starts_with('\n') { ">\n" } else { "" };
    Some(format!("> {head}\n{between}{}", quoted.join("\n")))
}

fn is_long(text: &str) -> bool {
    text.chars().nth(QUOTE_CHARS).is_some()
}

/// The beginning of a text, up to a space near the limit.
fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(QUOTE_CHARS) else { return text.to_owned() };
    let beginning = text.get(..end).unwrap_or_default();
    let word_end = beginning.rfind(char::is_whitespace).filter(|at| beginning.len() - at < 200).unwrap_or(end);
    format!("{}…", beginning.get(..word_end).unwrap_or_default().trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_of_an_engine_is_taken_as_it_is_where_it_is_short() {
        for prefilled in [
            "[quote=гость post_id=5 time=1 user_id=7]где тест?[/quote]",
            "[quote=\"а]\\\"б\" post_id=5]где [b]тест[/b]?[/quote]",
            "[quote author=Лис link=topic=1.msg5#msg5 date=12]где тест?[/quote]",
            "[QUOTE=\"Лис, post: 5, member: 7\"]где тест?[/QUOTE]",
            "> @Лис said:\n> где тест?\n> и когда",
            "> **[Лис](/user/x) wrote:** [view post](/post/5)\n>\n> где тест?",
        ] {
            assert_eq!(shortened(&format!("{prefilled}\r\n\r\n")).as_deref(), Some(prefilled));
        }
    }

    #[test]
    fn what_the_quoted_post_quoted_itself_is_left_out() {
        for (prefilled, expected) in [
            (
                "[quote=a]\n[quote=b][quote=\"c]\"]раз[/quote]два[/quote]\nтри [QUOTE]четыре[/QUOTE]\n[/quote]",
                Some("[quote=a]три[/quote]"),
            ),
            ("[quote=a][quote=b]раз[/quote][/quote]", None),
            ("> @a said:\n> > @b said:\n> > раз\n> \n> два", Some("> @a said:\n>\n> два")),
            ("> @a said:\n> > раз", None),
        ] {
            assert_eq!(shortened(prefilled).as_deref(), expected, "{prefilled}");
        }
    }

    #[test]
    fn long_quotation_is_cut_between_words_and_keeps_no_open_tag() {
        let long = "слово [b]и[/b] ".repeat(200);
        let short = shortened(&format!("[quote=a]{long}[/quote]")).expect("a quotation");
        assert!(short.starts_with("[quote=a]слово и слово") && short.ends_with("…[/quote]"), "{short}");
        assert!(!short.contains("[b]") && short.chars().count() < QUOTE_CHARS + 30);
        assert!(short.ends_with("слово…[/quote]") || short.ends_with(" и…[/quote]"), "{short}");
        let lines = "> строка\n".repeat(200);
        let short = shortened(&format!("> @a said:\n{lines}")).expect("a quotation");
        assert!(short.lines().all(|line| line.starts_with("> ")) && short.ends_with('…'));
        assert!(short.chars().count() < QUOTE_CHARS * 2);
    }

    #[test]
    fn what_is_no_quotation_is_not_taken_for_one() {
        for prefilled in ["", "  ", "текст", "[b]жирно[/b]", "[quote=a]где?[/quote] ещё текст", "> @a said:\nтекст"]
        {
            assert_eq!(shortened(prefilled), None, "{prefilled}");
        }
    }

    #[test]
    fn template_makes_a_quotation() {
        let made = |markup: &str, template: &str, author: &str, text: &str| {
            let toml = format!(
                "about = ''\nseen_on = []\nmarkup = '{markup}'\n[urls]\nthread = 't/{{id}}'\nthread_id = ['t/(.+)']\n\
                 [thread]\npresent = 'h1'\nid = 'h1'\ntitle = 'h1'\n[post]\nitem = 'p'\nid = 'b'\nbody = 'i'\n\
                 [reply]\nform = 'form'\ntext = 'textarea'\n[reply.quote]\ntemplate = '''{template}'''"
            );
            made_quotation(&Profile::parse("test", &toml).expect("valid"), author, text)
        };
        assert_eq!(
            made("bbcode", "[quote=\"{author}\"]{text}[/quote]", "а\"]б", "где\nтест?").as_deref(),
            Some("[quote=\"аб\"]где\nтест?[/quote]")
        );
        assert_eq!(
            made("markdown", "> {author}:\n>\n> {text}", "Лис", "где\nтест?").as_deref(),
            Some("> Лис:\n>\n> где\n> тест?")
        );
        assert_eq!(made("bbcode", "[quote]{text}[/quote]", "Лис", " \n"), None, "a post of pictures alone");
    }
}
