//! What a page asks of a person: the form of a captcha, of a second factor, of a guard in front of the forum, with what a
//! person must see to answer it.
//!
//! It finds and describes; a person answers. No profile need know such a form: a form that looks like one is found
//! without, since guards change oftener than engines. Text comes out as plain text, pictures as where they are.

use super::decode::Source;
use super::form::{Form, account_fields, read_form};
use super::profile::{ChallengeRules, Login, Profile};
use super::rules::{Css, Signs};
use super::text::{Shape, folded, read_body};
use super::tree::{ElementRef, Node};
use super::view::{View, parse, take_apart};
use crate::domain::look::PageState;
use crate::domain::passage::{Challenge, Choice, Field, FieldKind};
use crate::sensitive::Sensitive;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;
use url::Url;

/// More forms, fields, choices or pictures than this are no challenge that a person could solve here.
const MAX_FORMS: usize = 20;
const MAX_FIELDS: usize = 30;
const MAX_CHOICES: usize = 100;
const MAX_PICTURES: usize = 16;
const MAX_TEXT_CHARS: usize = 800;
const MAX_LABEL_CHARS: usize = 200;
/// How far around a form what belongs to it is looked for.
const MAX_LEVELS: usize = 8;
const MAX_NODES: usize = 2_000;
const MAX_INLINE_BYTES: usize = 512 * 1024;

/// A page that asks something of a person.
pub enum ChallengePage {
    /// It can be answered with a form.
    Form(Box<ChallengeForm>),
    /// It runs scripts: only a browser passes.
    NeedsScripts,
    /// It has no form at all: a queue, perhaps, that passes with time.
    NoForm,
}

/// Where a picture is. No `Debug`: an address of a forum.
#[derive(Clone, PartialEq, Eq)]
pub enum PictureSource {
    At(Url),
    /// In the page itself.
    Inline(Vec<u8>),
}

/// A form for a person to answer, with all else that is sent along. It is kept, in the encrypted database alone, until
/// the answer is there. No `Debug`: it holds session tokens.
#[derive(Clone, Serialize, Deserialize)]
pub struct ChallengeForm {
    pub form: Form,
    /// What the person is shown.
    pub shown: Challenge,
    /// Fields for the account's name and password: filled by the program, never shown.
    account: Option<(String, String)>,
    /// In the order of the numbers in `shown`.
    #[serde(skip)]
    pub pictures: Vec<PictureSource>,
}

impl ChallengeForm {
    /// Whether it is the log-in form: the account's name and password go along.
    pub fn is_log_in(&self) -> bool {
        self.account.is_some()
    }

    /// The fields to send: the page's own, the person's answer, and the account where the form asks for it.
    pub fn fill(&self, answer: &[(String, Sensitive<String>)], account: Option<(&str, &str)>) -> Vec<(String, String)> {
        let mut form = self.form.clone();
        form.fields.extend(answer.iter().map(|(name, value)| (name.clone(), value.expose().clone())));
        match (&self.account, account) {
            (Some((user, password)), Some((name, secret))) => form.filled(&[(user, name), (password, secret)]),
            _ => form.filled(&[]),
        }
    }
}

/// What the page asks of a person; `None` where it asks nothing. With `expected` (a log-in was sent, and the forum does
/// not say that it succeeded) a form for a code is taken for a challenge on a page that is none otherwise.
pub fn challenge(profile: &Profile, source: &Source<'_>, expected: bool) -> Option<ChallengePage> {
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    if !view.items.is_empty() {
        return None;
    }
    let found = |form: ChallengeForm| Some(ChallengePage::Form(Box::new(form)));
    if let Some(rules) = &profile.challenge
        && let Some(element) = rules.form.first(view.frame())
        && let Some(form) = Page::of(&view).read(element, Some(rules), log_in_of(profile, element))
    {
        return found(form);
    }
    let asked_at_log_in = profile.login.as_ref().is_some_and(|rules| rules.captcha.seen(view.frame()));
    let is_challenge = asked_at_log_in || view.state_without_content() == PageState::Challenge;
    if !is_challenge && (!expected || view.logged_in() == Some(true)) {
        return None;
    }
    let page = Page::of(&view);
    if let Some(rules) = profile.login.as_ref().filter(|_| asked_at_log_in)
        && let Some(element) = rules.form.all(view.frame()).find(|form| account_fields(rules, *form).is_some())
        && let Some(form) = page.read(element, None, Some(rules)).filter(|form| !form.shown.fields.is_empty())
    {
        return found(form);
    }
    let runs_scripts = SCRIPTED.first(view.frame()).is_some();
    let best = page.candidates(profile.login.as_ref());
    let enough = if !is_challenge {
        Likeness::Sure
    } else if runs_scripts {
        Likeness::Likely
    } else {
        Likeness::JustAButton
    };
    match best.filter(|(likeness, _)| *likeness >= enough) {
        Some((_, form)) => found(form),
        None if !is_challenge => None,
        None if runs_scripts => Some(ChallengePage::NeedsScripts),
        None => Some(ChallengePage::NoForm),
    }
}

fn css(text: &str) -> Css {
    Css::parse(text).expect("a constant selector")
}

/// Checks that are done by scripts.
static SCRIPTED: LazyLock<Css> = LazyLock::new(|| {
    css("#challenge-form, #challenge-running, #challenge-stage, script[src*='/cdn-cgi/challenge-platform/'], \
         .g-recaptcha, .h-captcha, .cf-turnstile, [data-sitekey], iframe[src*='recaptcha'], iframe[src*='hcaptcha'], \
         iframe[src*='challenges.cloudflare.com']")
});
static FORMS: LazyLock<Css> = LazyLock::new(|| css("form"));
static CONTROLS: LazyLock<Css> = LazyLock::new(|| css("input, select, textarea, button"));
static BUTTONS: LazyLock<Css> =
    LazyLock::new(|| css("button:not([type]), button[type='submit' i], input[type='submit' i]"));
static LABELS: LazyLock<Css> = LazyLock::new(|| css("label[for]"));
static OPTIONS: LazyLock<Css> = LazyLock::new(|| css("option"));
static PICTURES: LazyLock<Css> = LazyLock::new(|| css("img[src], [style*='url(' i]"));
static LEGEND: LazyLock<Css> = LazyLock::new(|| css("legend"));
/// What is shown at the fields, and what no person needs.
static NOT_SAID: LazyLock<Signs> = LazyLock::new(|| Signs::of(css("label, [hidden]")));
/// Parts of a page that are the same everywhere.
static FURNITURE: LazyLock<Css> = LazyLock::new(|| {
    css("nav, header, footer, [role='navigation'], [role='banner'], [role='contentinfo'], .navbar, #page-header")
});

/// Names of things that are there for a check of this kind.
static TELLING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)captcha|капч|imagestring|regimage|confirm_?(?:code|image)|mode=confirm|verif|challenge|riddle|human(?:verify|[-_ ]?check|[-_ ]?test)|one-?time|otp|[23]fa\b|mfa|tfa|two-?(?:step|factor)|(?:auth|secur)\w*[-_]?code|(?:^|[^a-z])(?:code|pin|vcode|answer)(?:[^a-z]|$)",
    )
    .expect("a constant expression")
});
static SEARCHING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)search|поиск|^(?:q|query|keywords?)$").expect("a constant expression"));
/// Buttons that answer nothing: another picture, another code, away from here.
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)refresh|reload|renew|new[-_ ]?(?:image|captcha|code)|another|resend|audio|cancel|back|log[-_ ]?out|обнов|друг|ещё раз|отмен|назад|выйти",
    )
    .expect("a constant expression")
});
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0*)?\s*(?:;|$)")
        .expect("a constant expression")
});
static STYLE_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)url\(\s*(?:"([^"]*)"|'([^']*)'|([^'")]*))\s*\)"#).expect("a constant expression")
});

/// How much a form looks like a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Nothing to fill in: press to go on.
    JustAButton,
    Perhaps,
    /// A picture and something to do about it.
    Likely,
    /// Its names say so.
    Sure,
}

/// The log-in rules, where the form is one.
fn log_in_of<'p>(profile: &'p Profile, form: ElementRef<'_>) -> Option<&'p Login> {
    profile.login.as_ref().filter(|rules| account_fields(rules, form).is_some())
}

/// A page on which forms are looked for.
struct Page<'v, 'e> {
    view: &'v View<'e>,
    /// By the id of what they name.
    labels: HashMap<&'e str, ElementRef<'e>>,
}

impl<'v, 'e> Page<'v, 'e> {
    fn of(view: &'v View<'e>) -> Self {
        let named = LABELS.all(view.frame()).filter_map(|label| Some((label.value().attr("for")?, label)));
        Self { view, labels: named.collect() }
    }

    /// The form that looks most like a challenge; the first of equals.
    fn candidates(&self, login: Option<&Login>) -> Option<(Likeness, ChallengeForm)> {
        let mut best: Option<(Likeness, ChallengeForm)> = None;
        for element in FORMS.all(self.view.frame()).take(MAX_FORMS) {
            let is_log_in = login.is_some_and(|rules| account_fields(rules, element).is_some());
            if is_log_in || is_another_form(element) {
                continue;
            }
            let Some(form) = self.read(element, None, None) else { continue };
            let Some(likeness) = likeness(element, &form) else { continue };
            if best.as_ref().is_none_or(|(known, _)| *known < likeness) {
                best = Some((likeness, form));
            }
        }
        best
    }

    /// Reads a form with what belongs to it.
    fn read(
        &self,
        element: ElementRef<'e>,
        rules: Option<&ChallengeRules>,
        login: Option<&Login>,
    ) -> Option<ChallengeForm> {
        let account = login.and_then(|rules| account_fields(rules, element));
        let button = pressed(element);
        let submit = rules.and_then(|r| r.submit.as_ref()).or_else(|| login.and_then(|l| l.submit.as_ref()));
        let mut form = read_form(self.view, element, submit.or(button.as_ref()))?;
        if let Some(login) = login {
            form = form.with(&login.set);
        }
        let around = surroundings(element);
        let mut reading = Reading { page: self, form: element, pictures: Vec::new(), fields: Vec::new() };
        reading.take_pictures(rules, around);
        reading.take_fields(rules, account.as_ref());
        let Reading { pictures, fields, .. } = reading;
        let pictures: Vec<PictureSource> = pictures.into_iter().map(|(_, source)| source).collect();
        form.fields.retain(|(name, _)| !fields.iter().any(|field| field.name == *name));
        let said = rules.and_then(|r| r.text.as_ref()).and_then(|css| css.first(self.view.frame())).unwrap_or(around);
        let shown = Challenge {
            text: cut(&said_by(said), MAX_TEXT_CHARS).into(),
            fields,
            // None is had yet.
            pictures: vec![false; pictures.len()],
        };
        Some(ChallengeForm { form, shown, account, pictures })
    }
}

/// A form that is plainly for something else: writing, searching, a password.
fn is_another_form(form: ElementRef<'_>) -> bool {
    let attr = |name| form.value().attr(name).unwrap_or_default();
    if attr("role") == "search" || SEARCHING.is_match(attr("action")) {
        return true;
    }
    CONTROLS.all(form.into()).any(|control| {
        let kind = kind_of(control);
        let name = control.value().attr("name").unwrap_or_default();
        kind == "textarea"
            || kind == "file"
            || kind == "search"
            || kind == "password" && !is_telling(control)
            || kind != "hidden" && SEARCHING.is_match(name)
    })
}

fn likeness(element: ElementRef<'_>, form: &ChallengeForm) -> Option<Likeness> {
    let fields = &form.shown.fields;
    let visible = |control: &ElementRef<'_>| kind_of(*control) != "hidden" && !is_button(*control);
    let says_so = CONTROLS.all(element.into()).filter(visible).any(is_telling)
        || PICTURES.all(element.into()).any(is_telling)
        || is_telling(element);
    let chooses_only = |field: &Field| matches!(field.kind, FieldKind::Choice { .. } | FieldKind::Tick { .. });
    let has_point = fields.iter().any(|field| matches!(field.kind, FieldKind::Point { .. }));
    if says_so && !fields.is_empty() {
        Some(Likeness::Sure)
    } else if has_point || !fields.is_empty() && !form.pictures.is_empty() {
        Some(Likeness::Likely)
    } else if fields.is_empty() {
        (BUTTONS.first(element.into()).is_some()).then_some(Likeness::JustAButton)
    } else {
        // A jump to another forum, a choice of language.
        (!fields.iter().all(chooses_only)).then_some(Likeness::Perhaps)
    }
}

/// Whether the names of a thing say that it belongs to a check.
fn is_telling(element: ElementRef<'_>) -> bool {
    ["name", "id", "class", "action", "src", "alt", "autocomplete", "placeholder"].into_iter().any(|name| {
        let value = element.value().attr(name).unwrap_or_default();
        !value.starts_with("data:") && TELLING.is_match(value)
    })
}

fn kind_of(control: ElementRef<'_>) -> String {
    match control.value().name() {
        "input" => control.value().attr("type").unwrap_or("text").to_ascii_lowercase(),
        name => name.to_owned(),
    }
}

fn is_button(control: ElementRef<'_>) -> bool {
    matches!(kind_of(control).as_str(), "submit" | "button" | "reset")
}

/// Hidden from people, to catch programs: what nobody sees, nobody fills.
fn is_hidden(element: ElementRef<'_>, form: ElementRef<'_>) -> bool {
    let hides = |e: ElementRef<'_>| {
        let attr = |name| e.value().attr(name);
        attr("hidden").is_some()
            || attr("aria-hidden") == Some("true")
            || attr("style").is_some_and(|style| HIDDEN.is_match(style))
    };
    let above = element.ancestors().take_while(|node| *node != *form).filter_map(ElementRef::wrap);
    hides(element) || above.into_iter().any(hides)
}

/// The button that sends the answer, by its name, where the first one would not.
fn pressed(form: ElementRef<'_>) -> Option<Css> {
    let leads_aside = |button: &ElementRef<'_>| {
        let attr = |name| button.value().attr(name).unwrap_or_default();
        [attr("name"), attr("id"), attr("value"), &folded(*button)].into_iter().any(|text| ASIDE.is_match(text))
    };
    let button = BUTTONS.all(form.into()).find(|button| !leads_aside(button))?;
    let attr = |name: &str| button.value().attr(name).filter(|value| !value.contains(['"', '\\', '\n']));
    let value = attr("value").map(|value| format!("[value=\"{value}\"]")).unwrap_or_default();
    // A button without a name sends nothing; then no other one is pressed either.
    let name = attr("name").map_or_else(|| "[name=\"\"]".to_owned(), |name| format!("[name=\"{name}\"]{value}"));
    Css::parse(&name).ok()
}

/// The form with the words and pictures around it, up to where the page's furniture begins or it gets long.
fn surroundings(form: ElementRef<'_>) -> ElementRef<'_> {
    let mut widest = form;
    for above in form.ancestors().filter_map(ElementRef::wrap).take(MAX_LEVELS) {
        let is_too_wide = above.value().name() == "html"
            || above.descendants().nth(MAX_NODES).is_some()
            || FURNITURE.first(above.into()).is_some();
        if is_too_wide || said_by(above).chars().count() > MAX_TEXT_CHARS {
            break;
        }
        widest = above;
    }
    widest
}

fn said_by(element: ElementRef<'_>) -> String {
    read_body(element, Shape { drop: Some(&NOT_SAID), ..Shape::default() }).text
}

fn cut(text: &str, chars: usize) -> String {
    let mut cut: String = text.chars().take(chars).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// A form that is being read.
struct Reading<'p, 'v, 'e> {
    page: &'p Page<'v, 'e>,
    form: ElementRef<'e>,
    pictures: Vec<(ElementRef<'e>, PictureSource)>,
    fields: Vec<Field>,
}

impl<'e> Reading<'_, '_, 'e> {
    /// The pictures a person must see: those that say so, or all in the form.
    fn take_pictures(&mut self, rules: Option<&ChallengeRules>, around: ElementRef<'e>) {
        let found: Vec<ElementRef<'e>> = match rules.and_then(|r| r.picture.as_ref()) {
            Some(css) => css.all(self.page.view.frame()).take(MAX_PICTURES).collect(),
            None => {
                let seen = |scope: ElementRef<'e>| {
                    PICTURES.all(scope.into()).filter(|e| !is_hidden(*e, self.form)).collect::<Vec<_>>()
                };
                let telling =
                    |found: &[ElementRef<'e>]| -> Vec<_> { found.iter().copied().filter(|e| is_telling(*e)).collect() };
                let inside = seen(self.form);
                let inside_telling = telling(&inside);
                match (inside_telling.is_empty(), inside.is_empty()) {
                    (false, _) => inside_telling,
                    (true, false) => inside.into_iter().filter(|e| !is_speck(*e)).collect(),
                    (true, true) => telling(&seen(around)),
                }
            }
        };
        for element in found {
            self.number_of(element);
        }
    }

    /// The number of a picture, which is taken along where it was not yet.
    fn number_of(&mut self, element: ElementRef<'e>) -> Option<usize> {
        if let Some(known) = self.pictures.iter().position(|(known, _)| *known == element) {
            return Some(known);
        }
        if self.pictures.len() >= MAX_PICTURES {
            return None;
        }
        let source = picture_source(self.page.view, element)?;
        self.pictures.push((element, source));
        Some(self.pictures.len() - 1)
    }

    fn take_fields(&mut self, rules: Option<&ChallengeRules>, account: Option<&(String, String)>) {
        let only = rules.and_then(|r| r.field.as_ref());
        let controls: Vec<ElementRef<'e>> = CONTROLS.all(self.form.into()).collect();
        for control in controls {
            if self.fields.len() >= MAX_FIELDS {
                break;
            }
            let attr = |name| control.value().attr(name);
            let name = attr("name").unwrap_or_default();
            let is_named = !name.is_empty() || kind_of(control) == "image";
            let is_account = account.is_some_and(|(user, password)| name == user || name == password);
            let wanted = only.is_none_or(|css| css.matches(control));
            let is_fixed = attr("disabled").is_some() || attr("readonly").is_some();
            if is_named && !is_account && wanted && !is_fixed && !is_hidden(control, self.form) {
                self.take_field(control, name, account.is_some() && only.is_none());
            }
        }
        // A picture that can be pressed is the answer only where there is no other.
        let is_point = |field: &Field| matches!(field.kind, FieldKind::Point { .. });
        if !self.fields.iter().all(is_point) {
            self.fields.retain(|field| !is_point(field));
        }
    }

    /// `in_log_in`: among boxes to tick and lengths of stay, only what says that it is part of a check is asked.
    fn take_field(&mut self, control: ElementRef<'e>, name: &str, in_log_in: bool) {
        let attr = |name| control.value().attr(name);
        let telling = is_telling(control);
        let kind = kind_of(control);
        let kind = match kind.as_str() {
            // What has a value already is for the forum to fill.
            "text" | "email" | "url" | "tel" | "number" | "password" => {
                if attr("value").is_some_and(|value| !value.is_empty()) && !telling {
                    return;
                }
                let digits = matches!(kind.as_str(), "tel" | "number")
                    || matches!(attr("inputmode"), Some("numeric" | "decimal" | "tel"));
                if digits { FieldKind::Digits } else { FieldKind::Text }
            }
            "radio" | "checkbox" | "select" if in_log_in && !telling => return,
            "radio" => {
                let choice = self.choice(control);
                match self.fields.iter_mut().find(|field| field.name == name).map(|field| &mut field.kind) {
                    Some(FieldKind::Choice { options }) if options.len() < MAX_CHOICES => options.push(choice),
                    Some(_) => {}
                    None => self.add(name, legend_of(control), FieldKind::Choice { options: vec![choice] }),
                }
                return;
            }
            "select" => {
                let options = OPTIONS.all(control.into()).filter(|option| option.value().attr("disabled").is_none());
                let options = options.take(MAX_CHOICES).map(|option| {
                    let label = cut(&folded(option), MAX_LABEL_CHARS);
                    let value = option.value().attr("value").map_or_else(|| label.clone(), str::to_owned);
                    Choice { value, label: label.into(), picture: None }
                });
                FieldKind::Choice { options: options.collect() }
            }
            "checkbox" => {
                let choice = self.choice(control);
                let value = attr("value").unwrap_or("on").to_owned();
                self.add(name, choice.label.into_inner(), FieldKind::Tick { value, picture: choice.picture });
                return;
            }
            "image" => match self.number_of(control) {
                Some(picture) => FieldKind::Point { picture },
                None => return,
            },
            _ => return,
        };
        let label = self.label_of(control).unwrap_or_else(|| name.to_owned());
        self.add(name, label, kind);
    }

    fn add(&mut self, name: &str, label: String, kind: FieldKind) {
        self.fields.push(Field { name: name.to_owned(), label: cut(&label, MAX_LABEL_CHARS).into(), kind });
    }

    /// A button of several or a box, with the words or the picture beside it.
    fn choice(&mut self, control: ElementRef<'e>) -> Choice {
        let value = control.value().attr("value").unwrap_or("on").to_owned();
        let label = self.label_element(control);
        let pictured = label.and_then(|label| PICTURES.first(label.into()));
        let picture = pictured.and_then(|picture| self.number_of(picture));
        let text = self.label_of(control).or_else(|| text_after(control));
        let text = text.unwrap_or_else(|| if picture.is_some() { String::new() } else { value.clone() });
        Choice { value, label: cut(&text, MAX_LABEL_CHARS).into(), picture }
    }

    /// The label that names a control by its id, or that it stands in.
    fn label_element(&self, control: ElementRef<'e>) -> Option<ElementRef<'e>> {
        let named = control.value().attr("id").and_then(|id| self.page.labels.get(id)).copied();
        named.or_else(|| control.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "label"))
    }

    /// What a control is called, by a label, by itself, or by what stands before it in its row.
    fn label_of(&self, control: ElementRef<'e>) -> Option<String> {
        let filled = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let own = |name| control.value().attr(name).map(str::to_owned).and_then(filled);
        self.label_element(control)
            .map(said_in)
            .and_then(filled)
            .or_else(|| own("aria-label"))
            .or_else(|| own("placeholder"))
            .or_else(|| own("title"))
            .or_else(|| text_before(control).and_then(filled))
    }
}

/// Too small to be looked at: a spacer, an icon.
fn is_speck(picture: ElementRef<'_>) -> bool {
    let side = |name| picture.value().attr(name).and_then(|v| v.trim_end_matches("px").parse::<u32>().ok());
    matches!((side("width"), side("height")), (Some(w), Some(h)) if w <= 20 && h <= 20)
}

fn picture_source(view: &View<'_>, element: ElementRef<'_>) -> Option<PictureSource> {
    let attr = |name| element.value().attr(name);
    let in_style = || {
        let found = STYLE_URL.captures(attr("style")?)?;
        found.iter().skip(1).flatten().next().map(|url| url.as_str())
    };
    let address = attr("src").or_else(in_style)?.trim();
    match address.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("data:") => inline_picture(address).map(PictureSource::Inline),
        _ => view.resolve_as_is(address).map(PictureSource::At),
    }
}

/// The bytes of `data:image/png;base64,…`. Others than base64 are not used for pictures.
fn inline_picture(address: &str) -> Option<Vec<u8>> {
    let (head, data) = address.split_once(',')?;
    if !head.to_ascii_lowercase().ends_with(";base64") || data.len() > MAX_INLINE_BYTES / 3 * 4 + 8 {
        return None;
    }
    let data = data.replace("%2B", "+").replace("%2b", "+").replace("%2F", "/").replace("%2f", "/").replace("%3D", "=");
    let data: String = data.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
    STANDARD_NO_PAD.decode(data).ok()
}

/// A label's words, without those of a list that stands inside it.
fn said_in(label: ElementRef<'_>) -> String {
    read_body(label, Shape::default()).text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text just before a control, or in the cell before its own.
fn text_before(control: ElementRef<'_>) -> Option<String> {
    if matches!(kind_of(control).as_str(), "radio" | "checkbox") {
        return None;
    }
    let beside = control.prev_siblings().find_map(|node| match node.value() {
        Node::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => ElementRef::wrap(node).map(folded).filter(|text| !text.is_empty()),
    });
    beside.or_else(|| {
        let cells = ["td", "dd", "li", "div", "p"];
        let cell = control.ancestors().filter_map(ElementRef::wrap).find(|e| cells.contains(&e.value().name()))?;
        let before = cell.prev_siblings().find_map(ElementRef::wrap)?;
        let text = folded(before);
        (matches!(before.value().name(), "td" | "th" | "dt") && !text.is_empty()).then_some(text)
    })
}

/// The text just after a button or box that has no label.
fn text_after(control: ElementRef<'_>) -> Option<String> {
    let next = control.next_siblings().find(|node| match node.value() {
        Node::Text(text) => !text.trim().is_empty(),
        _ => true,
    })?;
    match next.value() {
        Node::Text(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// What a group of buttons is about.
fn legend_of(control: ElementRef<'_>) -> String {
    let group = control.ancestors().filter_map(ElementRef::wrap).find(|e| e.value().name() == "fieldset");
    group.and_then(|group| LEGEND.first(group.into())).map(folded).unwrap_or_default()
}
