//! Measured on sentences that were written by hand, and held to what a mask must always keep.

#![allow(clippy::string_slice, clippy::print_stdout, reason = "examples are cut at their tags; figures are printed")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A sentence without its tags, and where the details stand in it.
struct Example {
    number: usize,
    about: Kind,
    text: String,
    details: Vec<Found>,
}

fn examples(file: &str) -> Vec<Example> {
    let tag = regex::Regex::new(r"<(/?)([a-z]+)>").expect("a good pattern");
    let mut examples = Vec::new();
    for (number, line) in file.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
        let number = number + 1;
        let (about, marked) = line.split_once('\t').unwrap_or_else(|| panic!("line {number} has no tab"));
        let about = Kind::find(about).unwrap_or_else(|| panic!("line {number}: no such kind"));
        let (mut text, mut details, mut open, mut end) = (String::new(), Vec::new(), None, 0);
        for found in tag.captures_iter(marked) {
            let whole = found.get(0).expect("the match");
            text.push_str(&marked[end..whole.start()]);
            end = whole.end();
            let kind = Kind::find(&found[2]).unwrap_or_else(|| panic!("line {number}: no such kind"));
            if found[1].is_empty() {
                assert!(open.replace((kind, text.len())).is_none(), "line {number}: tags nest");
            } else {
                let (opened, start) = open.take().unwrap_or_else(|| panic!("line {number}: nothing is open"));
                assert_eq!(opened, kind, "line {number}");
                details.push(Found { range: start..text.len(), kind });
            }
        }
        text.push_str(&marked[end..]);
        examples.push(Example { number, about, text, details });
    }
    examples
}

#[derive(Default)]
struct Counts {
    expected: usize,
    /// Covered whole by one find of the same kind: nothing of it would be left by a mask.
    covered: usize,
    found: usize,
    /// Most of the find is a detail of the same kind.
    right: usize,
}

impl Counts {
    fn recall(&self) -> f64 {
        self.covered as f64 / self.expected.max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }
}

fn measure(examples: &[Example]) -> BTreeMap<Kind, Counts> {
    let mut counts: BTreeMap<Kind, Counts> = BTreeMap::new();
    for example in examples {
        let found = find(&example.text);
        for detail in &example.details {
            let covers = |f: &Found| {
                f.kind == detail.kind && f.range.start <= detail.range.start && detail.range.end <= f.range.end
            };
            let covered = found.iter().any(covers);
            let count = counts.entry(detail.kind).or_default();
            count.expected += 1;
            count.covered += usize::from(covered);
            if !covered {
                println!("{}: missed {:?} in {:?}", example.number, &example.text[detail.range.clone()], example.text);
            }
        }
        for f in &found {
            let shared = |d: &Found| f.range.end.min(d.range.end).saturating_sub(f.range.start.max(d.range.start));
            let right = example.details.iter().any(|d| d.kind == f.kind && shared(d) * 2 > f.range.len());
            let count = counts.entry(f.kind).or_default();
            count.found += 1;
            count.right += usize::from(right);
            if !right {
                println!(
                    "{}: {:?} is no {:?} in {:?}",
                    example.number,
                    &example.text[f.range.clone()],
                    f.kind,
                    example.text
                );
            }
        }
    }
    counts
}

const EXAMPLES: &str = include_str!("../../data/privacy-examples.tsv");

#[test]
fn details_are_found_and_ordinary_numbers_are_left_alone() {
    let examples = examples(EXAMPLES);
    let plain = examples.iter().filter(|e| e.details.is_empty()).count();
    assert!(plain >= 160 && examples.len() - plain >= 160, "enough of either sort");
    for kind in Kind::ALL {
        assert!(
            examples.iter().any(|e| e.about == kind && e.details.is_empty()),
            "no sentence without {}",
            kind.as_str()
        );
    }
    let counts = measure(&examples);
    let mut sum = Counts::default();
    println!("{:<10}{:>9}{:>9}{:>8}{:>11}", "kind", "details", "recall", "finds", "precision");
    for (kind, c) in &counts {
        println!("{:<10}{:>9}{:>9.3}{:>8}{:>11.3}", kind.as_str(), c.expected, c.recall(), c.found, c.precision());
        sum.expected += c.expected;
        sum.covered += c.covered;
        sum.found += c.found;
        sum.right += c.right;
    }
    println!("{:<10}{:>9}{:>9.3}{:>8}{:>11.3}", "all", sum.expected, sum.recall(), sum.found, sum.precision());
    let noisy = examples.iter().filter(|e| e.details.is_empty() && !find(&e.text).is_empty()).count();
    println!("{noisy} of {plain} sentences without details have a find");
    for (kind, c) in &counts {
        // One slip in a few examples is no figure.
        if c.expected >= 20 {
            assert!(c.recall() >= 0.95 && c.precision() >= 0.95, "{}", kind.as_str());
        }
    }
    assert!(sum.recall() >= 0.95 && sum.precision() >= 0.95);
}

fn details(text: &str) -> Vec<(Kind, &str)> {
    find(text).into_iter().map(|f| (f.kind, &text[f.range])).collect()
}

#[test]
fn mask_names_what_stood_there() {
    assert_eq!(
        mask("тел 8 000 123-45-67, почта a.b@example.org, живу ул. Примерная 5 кв 12"),
        "тел [телефон], почта [почта], живу [адрес]"
    );
    assert_eq!(mask("звоните 103, пил 150 мг"), "звоните 103, пил 150 мг");
    assert_eq!(find("тел [телефон], [почта]"), []);
}

#[test]
fn finds_are_told_by_kind_and_place() {
    assert_eq!(
        details("тг @nick_00 или +7 000 123-45-67"),
        [(Kind::Handle, "@nick_00"), (Kind::Phone, "+7 000 123-45-67")]
    );
    assert_eq!(
        details("я Тестов Иван Петрович, д.р. 01.02.1990"),
        [(Kind::Name, "Тестов Иван Петрович"), (Kind::Birth, "01.02.1990")]
    );
}

#[test]
fn what_the_ngo_tells_everybody_is_no_detail() {
    let own: Vec<String> = ["Врач: +7 000 765-43-21, с 10 до 18", "@our_chat_00", "ул. Примерная, д. 5, подъезд 2"]
        .map(str::to_owned)
        .into();
    for text in [
        "врач 8 (000) 765 43 21 не отвечает",
        "чат t.me/our_chat_00 не открывается",
        "вы на Примерной улице 5, подъезд 2?",
    ] {
        assert_eq!(find_except(text, &own), [], "{text}");
        assert!(!find(text).is_empty(), "{text}");
    }
    assert_eq!(find_except("врач 8 (000) 765 43 21, а я 8 (000) 765 43 22", &own).len(), 1);
    assert_eq!(find_except("врач 8 (000) 765 43 21", &[]).len(), 1);
}

#[test]
fn reply_that_repeats_a_detail_of_the_post_is_noticed_however_it_is_written() {
    let repeats =
        |reply: &str, post: &str| find_repeated(reply, &[post], &[]).into_iter().map(|f| f.kind).collect::<Vec<_>>();
    assert_eq!(repeats("Перезвоним на +7 (000) 123-45-67", "наберите 80001234567"), [Kind::Phone]);
    assert_eq!(
        repeats(
            "Номер 8 943 000 12 34, верно?",
            "восемь девятьсот сорок три ноль ноль ноль двенадцать тридцать четыре"
        ),
        [Kind::Phone]
    );
    // The post says what the number is, the reply does not.
    assert_eq!(repeats("Верно ли записали: 123 45 67?", "тел 123-45-67 городской"), [Kind::Phone]);
    assert_eq!(repeats("Напишем вам, severny_veter.", "тг: @Severny_Veter"), [Kind::Handle]);
    assert_eq!(repeats("Приедем на Примерную, 5, кв. 12", "адрес: ул. Примерная д.5 кв 12"), [Kind::Address]);
    assert_eq!(
        repeats("Приедем на Примерную, 5", "адрес: ул. Примерная д.5 кв 12"),
        [],
        "a street and a number are anybody's"
    );
    assert_eq!(repeats("Приедем на ул. Примерную 5", "адрес: ул. Примерная д.5 кв 12"), [Kind::Address]);
    assert_eq!(repeats("Вам звонит врач, Иван Тестович.", "тел 123-45-67"), []);
    assert_eq!(repeats("Наш номер +7 000 765-43-21", "мой номер +7 000 123-45-67"), []);
    let own = ["+7 000 765-43-21".to_owned()];
    assert_eq!(find_repeated("Звоните +7 000 765-43-21", &["я звонил +7 000 765-43-21"], &own), []);
}

/// Details, and what makes or breaks them, in any order.
fn scraps() -> impl Strategy<Value = String> {
    let scraps = [
        "8",
        "943",
        "000",
        "12-34",
        "+7",
        "(000)",
        "тел",
        "телефон:",
        "звоните",
        "@nick_00",
        "тг",
        "ник",
        "Снежок",
        "t.me/",
        "собака",
        "точка",
        "ру",
        "mail",
        "@",
        ".",
        ",",
        "-",
        "(",
        ")",
        "[",
        "]",
        "[телефон]",
        "[адрес]",
        "[дата рождения]",
        "восемь",
        "девятьсот",
        "сорок",
        "три",
        "ноль",
        "паспорт",
        "0000 123456",
        "снилс",
        "ул.",
        "Примерная",
        "дом",
        "д.",
        "5",
        "кв",
        "12",
        "подъезд",
        "этаж",
        "код",
        "домофон",
        "живу",
        "на",
        "Иван",
        "Петрович",
        "Тестов",
        "д.р.",
        "01.02.1990",
        "г.р.",
        "карта",
        "4111",
        "1111",
        "https://example.org/a",
        "example.ru",
        "\n",
        "😀",
        "\u{200b}",
        "8️⃣",
        "ё",
        "й",
        "\u{301}",
        "İ",
        "ß",
        "мг",
        "руб",
        "и",
        "А000АА78",
        "id123",
    ];
    let scrap = prop::sample::select(scraps.to_vec());
    prop::collection::vec((scrap, prop::sample::select(vec![" ", "", " ", ", "])), 0..40)
        .prop_map(|parts| parts.into_iter().flat_map(|(a, b)| [a, b]).collect())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let mut end = 0;
    for f in find(text) {
        prop_assert!(f.range.start >= end && f.range.start < f.range.end && f.range.end <= text.len());
        prop_assert!(text.is_char_boundary(f.range.start) && text.is_char_boundary(f.range.end));
        end = f.range.end;
    }
    let masked = mask(text);
    prop_assert_eq!(find(&masked), [], "left in {:?}", &masked);
    prop_assert_eq!(mask(&masked), masked);
    let own = vec![text.to_owned()];
    prop_assert_eq!(find_except(text, &own), []);
    find_repeated(text, &[text], &[]);
    Ok(())
}

#[test]
fn letters_that_change_their_length_do_no_harm() {
    for text in ["a.ru.İİİİİİİİİİİİİ", "İ@İ.ruİ", "тг İİİİ_1", "İван Петрович İ", "ул. İ 5İ"]
    {
        holds(text).expect("holds");
    }
}

proptest! {
    #[test]
    fn whatever_is_written_the_finds_stand_in_order_and_a_mask_leaves_none(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn so_it_is_when_details_are_torn_and_mixed(text in scraps()) {
        holds(&text)?;
    }

    /// A mask of any part of the examples, cut anywhere.
    #[test]
    fn so_it_is_for_pieces_of_the_examples(from in 0usize..40_000, len in 0usize..400) {
        let text: String = EXAMPLES.chars().skip(from).take(len).collect();
        holds(&text)?;
    }
}

#[test]
fn long_texts_take_no_more_than_their_length() {
    for unit in ["1 ", "8 9", "(", "@a", "тел. ", "1.", "a.", "ул. ", "д 5 ", "кв ", "два ", "[", "https://", "Иван "]
    {
        let text = unit.repeat(20_000 / unit.len());
        let began = std::time::Instant::now();
        find(&text);
        println!("{unit:?} {:?}", began.elapsed());
        assert!(began.elapsed().as_secs() < 10, "{unit:?} takes {:?}", began.elapsed());
    }
}
