//! Which language a post is in, and Russian typed in Latin letters put back into its own.
//!
//! The decision about transliteration is made once for a whole post, from its words: English is never transliterated.
//! It knows a handful of languages by letters and common words; it is no general language identifier, and a Latin-script
//! language that is neither English nor transliterated Russian is reported as `en`.

use crate::triage::normalise::{fold, stem};
use crate::triage::{RULES_TOML, starter_answers};
use std::collections::HashSet;
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Cyrillic,
    Latin,
    Other,
}

impl Script {
    /// By the first letter: a word was put into one alphabet before.
    pub(crate) fn of(word: &str) -> Self {
        match word.chars().find(|c| c.is_alphabetic()) {
            Some(c) if is_cyrillic(c) => Self::Cyrillic,
            Some(c) if c.is_ascii_alphabetic() || ('\u{c0}'..='\u{24f}').contains(&c) => Self::Latin,
            _ => Self::Other,
        }
    }
}

pub(crate) fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&c)
}

/// What was found out about a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) lang: &'static str,
    /// Its Latin words are Russian ones.
    pub(crate) undo_translit: bool,
}

/// Frequent Russian words that the starter answers happen not to hold.
const RUSSIAN_WORDS: &str = "и в не на я что с он а как это по но они мы она к у вы из за то от же для так его ее их \
    было быть был была были если или уже только когда где куда кто чем меня мне мной тебя тебе нас вас нам вам все всем всех \
    ещё еще нет да можно нужно надо есть будет буду сейчас сегодня завтра вчера потом тоже очень просто чтобы чтоб без под над \
    до после через день дня дней неделя неделю месяц год года лет час часа часов минут раз два три привет здравствуйте спасибо \
    пожалуйста подскажите помогите скажите напишите посоветуйте народ ребята пацаны девушка парень друг подруга муж жена мама \
    сын дочь брат сестра человек люди деньги работа дом дома город улица метро автобус болит больно рука нога вена температура \
    врач доктор больница скорая аптека таблетки терапия шприц укол игла тест анализ кровь вич гепатит делать сделать знаю \
    знает знать хочу хочет могу может боюсь страшно плохо хорошо нормально почему зачем сколько какой какая какие который \
    которая вообще короче кстати опять снова давно недавно всегда никогда ничего никто сам сама один одна здесь тут там \
    новый новая старый номер работает пишу пишет писал говорит сказал сказали понял понять думаю видел увидел осталось \
    кончились закончились принимать пить выпил колоть укололся дать дают взять сдать получить приехать поехать подойти \
    анонимно бесплатно ночью утром вечером жить умер умереть дышит спит проснулся ответ вопрос извините весна зима лето";

/// Frequent English words; the English side of the starter answers adds its own.
const ENGLISH_WORDS: &str = "the be and of in that have it for not with you do at this but his by from they we say her she or \
    an will my one all would there their what so up out if about who get which go me when make can like time just him know take \
    people into year your good some could them see other than then now look only come its over think also back after use two \
    how our work first well way even new want because any these give day most us is are was were been has had did does am i a \
    i'm don't can't won't it's he's she's didn't doesn't isn't wasn't where why here hello hi hey guys please thanks thank help \
    anyone anybody someone something anything today tomorrow yesterday tonight week month hours ago still really very much \
    many too no yes ok okay should need needs tell told said got going gonna wanna lol bro man dude friend boyfriend girlfriend \
    bf gf mate doctor hospital ambulance police test tested needle needles clean bus group link chat pills pill dose used using \
    user inject injecting arm leg vein blood hot hard painful swollen fever pain sick sleep awake wake breathing breathe lips \
    blue grey dead die dying kill myself overdose overdosed methadone heroin naloxone hiv hep aids prep condom sex positive \
    negative free russian english foreigner living passport papers insurance feels home never always again maybe way another \
    sweet god bless lady money cost costs inflation bit way was near alone scared scares red sleeve side nothing";

/// Latin words that are as likely Russian as English: no evidence either way, and put back in a transliterated post.
const AMBIGUOUS: &str = "a i on no to my me ne da tut tam net dom do po so za not est e den most rad kit sam test bus bank brat \
    plan ok super stop sport bar port nos sad ad park";

struct Lexicon {
    /// Stems of Russian words, and the words as they are written.
    russian: HashSet<String>,
    russian_forms: HashSet<String>,
    english: HashSet<String>,
    ambiguous: HashSet<&'static str>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut russian = HashSet::new();
    let mut russian_forms = HashSet::new();
    let mut english = HashSet::new();
    let mut add = |text: &str| {
        for word in fold(text).split(|c: char| !(c.is_alphabetic() || c == '\'')).filter(|w| !w.is_empty()) {
            match Script::of(word) {
                Script::Cyrillic => russian.insert(stem(word)) | russian_forms.insert(word.to_owned()),
                Script::Latin => english.insert(word.to_owned()),
                Script::Other => false,
            };
        }
    };
    add(RUSSIAN_WORDS);
    add(ENGLISH_WORDS);
    // What the rules look for must be read right above all; a word with a star is only the beginning of one.
    let whole = |w: &&str| !w.is_empty() && !w.contains('*') && Script::of(w) == Script::Cyrillic;
    RULES_TOML.split(|c: char| !(c.is_alphabetic() || c == '*')).filter(whole).for_each(&mut add);
    for answer in starter_answers() {
        for text in [&answer.title_ru, &answer.body_ru, &answer.title_en, &answer.body_en] {
            add(text);
        }
        answer.examples_ru.iter().for_each(|e| add(e));
    }
    Lexicon { russian, russian_forms, english, ambiguous: AMBIGUOUS.split_whitespace().collect() }
});

/// Decides the language of a post from its words (lower case, each in one alphabet).
pub(crate) fn read(words: &[String]) -> Reading {
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|w| w.chars().any(char::is_alphabetic)).collect();
    let cyrillic: Vec<&str> = words.iter().copied().filter(|w| Script::of(w) == Script::Cyrillic).collect();
    let latin: Vec<&str> = words.iter().copied().filter(|w| Script::of(w) == Script::Latin).collect();
    if cyrillic.is_empty() && latin.is_empty() {
        let lang = words.first().and_then(|w| other_script(w)).unwrap_or("ru");
        return Reading { lang, undo_translit: false };
    }
    let english = latin.iter().filter(|w| is_english(w)).count();
    let translit: usize = latin.iter().filter(|w| !is_english(w) && !is_ambiguous(w) && reads_as_russian(w)).count();
    let undo_translit = translit > english
        || (translit == english && latin.iter().map(|w| accent(w)).sum::<i32>() > 0 && !latin.is_empty());
    if cyrillic.len() * 2 < latin.len() || cyrillic.is_empty() {
        return Reading { lang: if undo_translit { "translit" } else { "en" }, undo_translit };
    }
    // "ok", "no" and the like count as English once something surely is.
    let like_english = english + latin.iter().filter(|w| is_ambiguous(w)).count();
    if english >= 1 && like_english >= 2 && like_english * 12 >= words.len() {
        return Reading { lang: "mixed", undo_translit: false };
    }
    Reading { lang: cyrillic_language(&cyrillic), undo_translit: undo_translit && translit >= 2 }
}

fn is_english(word: &str) -> bool {
    LEXICON.english.contains(word) && !is_ambiguous(word)
}

fn is_ambiguous(word: &str) -> bool {
    LEXICON.ambiguous.contains(word)
}

fn reads_as_russian(word: &str) -> bool {
    readings(word).iter().any(|r| LEXICON.russian.contains(&stem(r)))
}

/// Letter pairs that tell transliterated Russian from English where no word is known: positive for Russian.
fn accent(word: &str) -> i32 {
    let russian = ["zh", "kh", "ya", "yu", "iy", "yy", "ogo", "sch", "vs", "ykh", "aya", "ts", "ny", "ey"];
    let english = ["th", "ck", "ing", "wh", "ee", "ough", "tion", "ll", "w", "x", "ea", "ou", "oo", "q"];
    let count = |list: &[&str]| i32::try_from(list.iter().filter(|p| word.contains(*p)).count()).unwrap_or(0);
    count(&russian) - count(&english)
}

/// Russian unless letters or words say otherwise in a good part of the text.
fn cyrillic_language(words: &[&str]) -> &'static str {
    let with = |letters: &str| words.iter().filter(|w| w.contains(|c| letters.contains(c))).count();
    let among = |list: &[&str]| words.iter().filter(|w| list.contains(w)).count();
    let enough = |n: usize| n >= 1 && n * 8 >= words.len();
    if enough(with("ҷҳӣӯ")) {
        return if with("ў") > 0 { "uz" } else { "tg" };
    }
    if enough(with("қғңұһө")) || enough(with("әү")) {
        return "kk";
    }
    if enough(with("ў")) {
        return "be";
    }
    let ukrainian = with("їєґі") + among(&["що", "чи", "або", "немає", "вже", "мене", "дуже", "тільки"]);
    if enough(ukrainian) {
        return if with("ыэ") > with("їєґ") { "be" } else { "uk" };
    }
    "ru"
}

fn other_script(word: &str) -> Option<&'static str> {
    let c = word.chars().find(|c| c.is_alphabetic())?;
    Some(match u32::from(c) {
        0x370..=0x3ff => "el",
        0x530..=0x58f => "hy",
        0x590..=0x5ff => "he",
        0x600..=0x6ff => "ar",
        0x10a0..=0x10ff => "ka",
        0x3040..=0x30ff => "ja",
        0x4e00..=0x9fff => "zh",
        0xac00..=0xd7af => "ko",
        _ => return None,
    })
}

/// One word of a transliterated post in Cyrillic letters: the reading that is a known word, else the plainest one.
/// English words keep their letters.
pub(crate) fn undo_translit_word(word: &str) -> String {
    if Script::of(word) != Script::Latin || is_english(word) {
        return word.to_owned();
    }
    let mut all = readings(word);
    let known = all.iter().position(|r| LEXICON.russian_forms.contains(r));
    let known = known.or_else(|| all.iter().position(|r| LEXICON.russian.contains(&stem(r))));
    all.swap_remove(known.unwrap_or(0))
}

/// What Latin letters leave open.
#[derive(Clone, Copy)]
struct Spelling {
    /// `l` before a consonant is soft: skolko, bolnitsa.
    soft_l: bool,
    /// The last consonant is soft: sdat, est.
    soft_end: bool,
    /// A first `e` is э: eto.
    open_e: bool,
    /// `ts` is two letters, `x` is кс, `c` is к.
    plain: bool,
}

/// Readings of one Latin word, the plainest first, without repetition.
fn readings(word: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for bits in 0..16_u8 {
        let on = |bit: u8| bits & bit != 0;
        // soft `l` is so common that it comes first
        let spelling = Spelling { soft_l: !on(4), soft_end: on(1), open_e: on(2), plain: on(8) };
        let reading = respell(word, spelling);
        if !out.contains(&reading) {
            out.push(reading);
        }
    }
    out
}

fn respell(word: &str, spelling: Spelling) -> String {
    let chars: Vec<char> = word.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut out = String::with_capacity(word.len() * 2);
    let mut i = 0;
    while i < chars.len() {
        let (a, b, c, d) = (at(i), at(i + 1), at(i + 2), at(i + 3));
        let after_vowel = out.chars().next_back().is_some_and(|p| "аеиоуыэюя".contains(p));
        let start = out.is_empty();
        let (text, used) = match (a, b, c, d) {
            ('s', 'h', 'c', 'h') => ("щ", 4),
            ('s', 'c', 'h', _) => ("щ", 3),
            ('z', 'h', ..) => ("ж", 2),
            ('k', 'h', ..) => ("х", 2),
            ('c', 'h', ..) => ("ч", 2),
            ('s', 'h', ..) => ("ш", 2),
            ('t', 's', ..) if !spelling.plain => ("ц", 2),
            ('c', 'k', ..) => ("к", 2),
            ('p', 'h', ..) => ("ф", 2),
            ('y' | 'j', 'u', ..) => ("ю", 2),
            ('y' | 'j', 'a', ..) => ("я", 2),
            ('y' | 'j', 'o', ..) => ("е", 2),
            ('y' | 'j', 'e', ..) => (if start || after_vowel { "е" } else { "ые" }, 2),
            ('y', ..) if after_vowel => ("й", 1),
            ('y', ..) if start => ("й", 1),
            ('y', 'y' | 'j', ..) => ("ый", 2),
            ('i', 'y' | 'j', ..) if !matches!(c, 'a' | 'e' | 'o' | 'u') => ("ий", 2),
            ('y', ..) => ("ы", 1),
            ('j', ..) => (if after_vowel { "й" } else { "ж" }, 1),
            ('l', ..) if spelling.soft_l && "bcdfghkmnpstvwz".contains(b) => ("ль", 1),
            ('e', ..) => (if start && spelling.open_e { "э" } else { "е" }, 1),
            ('a', ..) => ("а", 1),
            ('b', ..) => ("б", 1),
            ('c', ..) => (if spelling.plain { "к" } else { "ц" }, 1),
            ('d', ..) => ("д", 1),
            ('f', ..) => ("ф", 1),
            ('g', ..) => ("г", 1),
            ('h', ..) => ("х", 1),
            ('i', ..) => ("и", 1),
            ('k', ..) => ("к", 1),
            ('l', ..) => ("л", 1),
            ('m', ..) => ("м", 1),
            ('n', ..) => ("н", 1),
            ('o', ..) => ("о", 1),
            ('p', ..) => ("п", 1),
            ('q', ..) => ("к", 1),
            ('r', ..) => ("р", 1),
            ('s', ..) => ("с", 1),
            ('t', ..) => ("т", 1),
            ('u', ..) => ("у", 1),
            ('v' | 'w', ..) => ("в", 1),
            ('x', ..) => (if spelling.plain { "кс" } else { "х" }, 1),
            ('z', ..) => ("з", 1),
            ('4', ..) if chars.len() > 1 => ("ч", 1),
            ('\'', ..) => ("ь", 1),
            _ => {
                out.push(a);
                i += 1;
                continue;
            }
        };
        out.push_str(text);
        i += used;
    }
    if spelling.soft_end && out.ends_with(['т', 'л', 'н', 'р', 'с', 'ш', 'ч', 'в', 'д', 'щ']) {
        out.push('ь');
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::triage::normalise::Normal;

    fn lang(text: &str) -> &'static str {
        Normal::new(text).lang
    }

    fn words(text: &str) -> String {
        let normal = Normal::new(text);
        normal.tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn languages_are_told_apart() {
        assert_eq!(lang("где взять налоксон"), "ru");
        assert_eq!(lang("gde vzyat nalokson, srochno nuzhno"), "translit");
        assert_eq!(lang("where can i get clean needles tonight"), "en");
        assert_eq!(lang("ребята, is there a doctor, мне срочно please"), "mixed");
        assert_eq!(lang("де взяти налоксон, він не дихає, допоможіть"), "uk");
        assert_eq!(lang("дзе ўзяць шпрыцы, ў мяне няма"), "be");
        assert_eq!(lang("маған көмек керек, қайда барсам болады"), "kk");
        assert_eq!(lang("სად არის ავტობუსი"), "ka");
        assert_eq!(lang("+1"), "ru");
    }

    #[test]
    fn one_english_name_does_not_make_a_post_mixed() {
        assert_eq!(lang("можно ли получить PrEP в автобусе"), "ru");
    }

    #[test]
    fn transliteration_is_undone_word_by_word() {
        assert_eq!(words("skolko eto stoit, i kuda idti sdat krov?"), "сколько это стоит и куда идти сдать кровь ?");
        assert_eq!(words("bolnitsa zhdet menya, ya boyus"), "больница ждет меня я боюсь .");
    }

    #[test]
    fn english_is_never_transliterated() {
        assert_eq!(words("my friend is not breathing, please help"), "my friend is not breathing please help .");
        assert_eq!(words("on my way to the bus"), "on my way to the bus .");
    }
}
