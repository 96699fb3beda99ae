//! Forms as a browser would fill and send them: hidden fields, defaults, the button that is pressed, the character set.
//!
//! Only what is to be sent. Nothing here sends, and no form is sent that a person has not approved.

use super::css::Selector;
use super::decode::Source;
use super::markup::Writing;
use super::profile::{Login, Profile, Reply, thread_id_of};
use super::rules::Css;
use super::text::folded;
use super::tree::ElementRef;
use super::view::{View, parse, take_apart};
use crate::sensitive::Sensitive;
use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use url::Url;

/// How a form is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Get,
    Post,
}

/// How the fields are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enctype {
    UrlEncoded,
    Multipart,
}

/// A form with its defaults. `Debug` shows names only: values hold session tokens. It is kept, in the encrypted database
/// alone, while a person fills it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub action: Url,
    pub method: Method,
    pub enctype: Enctype,
    /// The character set the values are to be sent in, by its standard name.
    pub charset: String,
    /// Hidden fields, defaults and the pressed button, in the order of the page.
    pub fields: Vec<(String, String)>,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Form")
            .field("method", &self.method)
            .field("enctype", &self.enctype)
            .field("charset", &self.charset)
            .field("fields", &names)
            .finish_non_exhaustive()
    }
}

/// The log-in form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginForm {
    pub form: Form,
    pub user: String,
    pub password: String,
    /// The form asks for a captcha too: a person must log in.
    pub captcha: bool,
}

impl LoginForm {
    /// The fields to send.
    pub fn fill(&self, user: &str, password: &str) -> Vec<(String, String)> {
        self.form.filled(&[(&self.user, user), (&self.password, password)])
    }
}

/// The reply form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyForm {
    pub form: Form,
    pub text: String,
    /// What stands in the text's field already.
    pub(super) prefilled: Sensitive<String>,
    /// The thread it replies in, where the page tells.
    pub(super) thread_id: Option<String>,
    /// What goes above the text, in the engine's markup.
    pub(super) quotation: Option<Sensitive<String>>,
    writing: Writing,
}

impl ReplyForm {
    /// The same form with a quotation above the text.
    pub fn quoting(self, quotation: Option<String>) -> Self {
        Self { quotation: quotation.map(Into::into), ..self }
    }

    /// The fields to send: the text shows on the forum as it is here.
    pub fn fill(&self, text: &str) -> Vec<(String, String)> {
        let text = self.writing.write(text);
        let text = match &self.quotation {
            Some(quotation) => format!("{}\n\n{text}", quotation.expose()),
            None => text,
        };
        self.form.filled(&[(&self.text, &text)])
    }
}

impl Form {
    /// The form's fields with these set; the others stay as the page had them. Line ends become CR LF and characters
    /// that the character set lacks become numeric references, both as in a browser.
    pub fn filled(&self, values: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut fields = self.fields.clone();
        for (name, value) in values {
            put(&mut fields, name, value);
        }
        for (_, value) in &mut fields {
            let lines = value.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            *value = self.representable(&lines);
        }
        fields
    }

    /// A value's bytes in the form's character set.
    pub fn encode<'v>(&self, value: &'v str) -> std::borrow::Cow<'v, [u8]> {
        self.encoding().encode(value).0
    }

    /// Fields packed as `application/x-www-form-urlencoded`, in the form's character set.
    pub fn url_encoded(&self, fields: &[(String, String)]) -> String {
        let packed = |text: &str| url::form_urlencoded::byte_serialize(&self.encode(text)).collect::<String>();
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", packed(name), packed(value))).collect();
        pairs.join("&")
    }

    /// The form with the fields that the profile sets.
    pub(super) fn with(mut self, set: &BTreeMap<String, String>) -> Self {
        for (name, value) in set {
            put(&mut self.fields, name, value);
        }
        self
    }

    fn encoding(&self) -> &'static Encoding {
        Encoding::for_label(self.charset.as_bytes()).unwrap_or(encoding_rs::UTF_8).output_encoding()
    }

    fn representable(&self, value: &str) -> String {
        let encoding = self.encoding();
        let (bytes, _, replaced) = encoding.encode(value);
        // encoding_rs writes the references itself; reading the bytes back shows them.
        if replaced { encoding.decode_without_bom_handling(&bytes).0.into_owned() } else { value.to_owned() }
    }
}

/// Sets a field that is there, or adds it.
fn put(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some((_, current)) => value.clone_into(current),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

/// The log-in form of a page, if it has one.
pub fn login_form(profile: &Profile, source: &Source<'_>) -> Option<LoginForm> {
    let rules = profile.login.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    rules.form.all(view.frame()).find_map(|element| {
        let (user, password) = account_fields(rules, element)?;
        let form = read_form(&view, element, rules.submit.as_ref())?.with(&rules.set);
        Some(LoginForm { form, user, password, captcha: rules.captcha.seen(view.frame()) })
    })
}

/// The names of the fields for the account's name and password, where a form has both.
pub(super) fn account_fields(rules: &Login, form: ElementRef<'_>) -> Option<(String, String)> {
    Some((name_of(&rules.user, form)?, name_of(&rules.password, form)?))
}

/// The reply form of a page, if it has one.
pub fn reply_form(profile: &Profile, source: &Source<'_>) -> Option<ReplyForm> {
    let rules = profile.reply.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    rules.form.all(view.frame()).find_map(|element| {
        let text = reply_field(&view, rules, element)?;
        let form = read_form(&view, element, rules.submit.as_ref())?.with(&rules.set);
        let prefilled = form.fields.iter().find(|(name, _)| *name == text).map_or("", |(_, value)| value).to_owned();
        let told = view.text("thread.id", &profile.thread.id, view.frame());
        let thread_id = told.or_else(|| thread_id_of(profile, &form.action));
        Some(ReplyForm {
            form,
            text,
            prefilled: prefilled.into(),
            thread_id,
            quotation: None,
            writing: profile.writing(),
        })
    })
}

/// The page that has the reply form, for engines whose thread pages have none.
pub fn reply_page_link(profile: &Profile, source: &Source<'_>) -> Option<Url> {
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    view.link("reply.link", &profile.reply.as_ref()?.link, view.frame())
}

/// Whether the page shows the reply form.
pub(super) fn has_reply_form(view: &View<'_>) -> bool {
    let rules = view.profile.reply.as_ref();
    rules.is_some_and(|rules| rules.form.all(view.frame()).any(|form| reply_field(view, rules, form).is_some()))
}

/// Scripts put the text of a field without a name where the engine expects it; such a field may stand beside its form.
fn reply_field(view: &View<'_>, rules: &Reply, form: ElementRef<'_>) -> Option<String> {
    let beside = || rules.text_name.as_ref().and_then(|_| rules.text.first(view.frame()));
    let field = rules.text.first(form.into()).or_else(beside)?;
    field.value().attr("name").map(str::to_owned).or_else(|| rules.text_name.clone())
}

pub(super) fn name_of(css: &Css, form: ElementRef<'_>) -> Option<String> {
    css.first(form.into())?.value().attr("name").map(str::to_owned)
}

pub(super) fn read_form(view: &View<'_>, form: ElementRef<'_>, submit: Option<&Css>) -> Option<Form> {
    static CONTROLS: LazyLock<Selector> =
        LazyLock::new(|| Selector::parse("input[name], select[name], textarea[name], button[name]").expect("constant"));
    let attr = |name| form.value().attr(name);
    let action = view.resolve_as_is(attr("action").unwrap_or_default().trim())?;
    let method =
        if attr("method").is_some_and(|m| m.eq_ignore_ascii_case("post")) { Method::Post } else { Method::Get };
    let multipart = attr("enctype").is_some_and(|e| e.eq_ignore_ascii_case("multipart/form-data"));
    let declared =
        attr("accept-charset").and_then(|list| Encoding::for_label(list.split([' ', ',']).next()?.as_bytes()));
    let charset = declared.unwrap_or(view.encoding).output_encoding().name().to_owned();
    let mut fields = Vec::new();
    let mut pressed = false;
    for control in form.select(&CONTROLS) {
        let element = control.value();
        if element.attr("disabled").is_some() {
            continue;
        }
        let name = element.attr("name").unwrap_or_default();
        let kind = element.attr("type").unwrap_or_default().to_ascii_lowercase();
        let value = match (element.name(), kind.as_str()) {
            ("input", "submit" | "image") | ("button", "submit" | "") => {
                // One button is pressed: the one the profile names, else the first, as with the Enter key.
                let wanted = submit.is_none_or(|css| css.matches(control));
                if pressed || !wanted {
                    continue;
                }
                pressed = true;
                element.attr("value").unwrap_or_default().to_owned()
            }
            ("input", "button" | "reset" | "file") | ("button", _) => continue,
            ("input", "checkbox" | "radio") if element.attr("checked").is_none() => continue,
            ("input", "checkbox" | "radio") => element.attr("value").unwrap_or("on").to_owned(),
            ("select", _) => match chosen(control) {
                Some(value) => value,
                None => continue,
            },
            ("textarea", _) => {
                let text: String = control.text().collect();
                text.strip_prefix('\n').map_or(text.clone(), str::to_owned)
            }
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        if !name.is_empty() {
            fields.push((name.to_owned(), value));
        }
    }
    let enctype = if multipart { Enctype::Multipart } else { Enctype::UrlEncoded };
    Some(Form { action, method, enctype, charset, fields })
}

fn chosen(select: ElementRef<'_>) -> Option<String> {
    static OPTION: LazyLock<Selector> = LazyLock::new(|| Selector::parse("option").expect("constant"));
    let options = || select.select(&OPTION);
    let selected = options().find(|option| option.value().attr("selected").is_some());
    let multiple = select.value().attr("multiple").is_some();
    let option = selected.or_else(|| if multiple { None } else { options().next() })?;
    Some(option.value().attr("value").map_or_else(|| folded(option), str::to_owned))
}
