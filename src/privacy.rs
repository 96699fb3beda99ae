//! Personal details in what clients write: where they stand, and the text without them.
//!
//! For two uses: a worker sees them marked, and what outlives a case is kept without them ([`mask`]). It looks at
//! shapes and at the words around them, knows nobody and compares with nothing but what it is given. It misses things:
//! what one can tell of a person without any number, name or address ("the only doctor of our village") is not its matter.
//! `data/privacy-examples.tsv` measures it.

mod accounts;
mod numbers;
mod people;
mod places;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

use std::ops::Range;

/// What a detail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Phone,
    Email,
    /// An account or an address in a messenger or a network, and a nickname with `@`.
    Handle,
    Link,
    Card,
    /// Of a cryptocurrency or a payment service.
    Wallet,
    /// At a bank.
    Account,
    /// Passport, insurance, tax, licence, medical record.
    Document,
    /// Where somebody lives or is: street and house, flat, entrance, coordinates.
    Address,
    /// Day or year of birth.
    Birth,
    /// Of a car.
    Plate,
    /// A full name: with the patronymic, with initials, or with the surname.
    Name,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Phone,
        Self::Email,
        Self::Handle,
        Self::Link,
        Self::Card,
        Self::Wallet,
        Self::Account,
        Self::Document,
        Self::Address,
        Self::Birth,
        Self::Plate,
        Self::Name,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Handle => "handle",
            Self::Link => "link",
            Self::Card => "card",
            Self::Wallet => "wallet",
            Self::Account => "account",
            Self::Document => "document",
            Self::Address => "address",
            Self::Birth => "birth",
            Self::Plate => "plate",
            Self::Name => "name",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    /// What stands in the place of a detail of this kind.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Phone => "[телефон]",
            Self::Email => "[почта]",
            Self::Handle => "[ник]",
            Self::Link => "[ссылка]",
            Self::Card => "[карта]",
            Self::Wallet => "[кошелёк]",
            Self::Account => "[счёт]",
            Self::Document => "[документ]",
            Self::Address => "[адрес]",
            Self::Birth => "[дата рождения]",
            Self::Plate => "[номер машины]",
            Self::Name => "[имя]",
        }
    }
}

/// One detail of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text, on character boundaries.
    pub range: Range<usize>,
    pub kind: Kind,
}

/// How sure a find is against another one of the same letters: the lower number wins, then the longer find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The shape alone is proof: links, e-mail addresses, wallets.
    Shape,
    /// Named by a word beside it.
    Named,
    /// With a check digit that fits.
    Checked,
    Likely,
    Weak,
}

#[derive(Clone, Debug)]
struct Candidate {
    range: Range<usize>,
    kind: Kind,
    rank: Rank,
}

/// Every personal detail of a text, in its order. The finds do not overlap.
///
/// What stands in square brackets as [`mask`] writes it is no detail, and separates what stands on either side.
pub fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    for hole in placeholders(text) {
        find_within(text, start..hole.start, &mut found);
        start = hole.end;
    }
    find_within(text, start..text.len(), &mut found);
    found
}

/// As [`find`], without what the NGO itself tells everybody: `own` holds its facts, such as the values of the directory.
pub fn find_except(text: &str, own: &[String]) -> Vec<Found> {
    let mut found = find(text);
    if !found.is_empty() {
        let own: Vec<Key> = own.iter().flat_map(|fact| keys(fact, find(fact))).collect();
        found.retain(|f| !Key::of(text, f).is_among(&own));
    }
    found
}

/// The details of `reply` that stand in `posts` too, however they are spaced or dotted there.
pub fn find_repeated(reply: &str, posts: &[&str], own: &[String]) -> Vec<Found> {
    let told: Vec<Key> = posts.iter().flat_map(|post| keys(post, find_except(post, own))).collect();
    if told.is_empty() {
        return Vec::new();
    }
    let mut found = find_except(reply, own);
    found.retain(|f| Key::of(reply, f).is_among(&told));
    // Without the words that gave them away in the post: "тел 123-45-67" there, "1234567" here.
    for range in tokens::runs(reply) {
        let repeated = [Kind::Phone, Kind::Handle, Kind::Document, Kind::Account].into_iter().find(|kind| {
            let key = Key::of(reply, &Found { range: range.clone(), kind: *kind });
            key.is_telling() && key.is_among(&told)
        });
        if let Some(kind) = repeated
            && !found.iter().any(|f| f.range.start < range.end && range.start < f.range.end)
        {
            found.push(Found { range, kind });
        }
    }
    found.sort_by_key(|f| f.range.start);
    found
}

/// The text with a word in square brackets for each detail. Nothing is left that [`find`] finds, and masking again changes
/// nothing.
pub fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    loop {
        // What is left may be read differently once a neighbour is gone. Every round takes letters away, so it ends.
        let found = find(&masked);
        if found.is_empty() {
            return masked;
        }
        let mut next = String::with_capacity(masked.len());
        let mut end = 0;
        for f in found {
            next.push_str(masked.get(end..f.range.start).unwrap_or_default());
            next.push_str(f.kind.placeholder());
            end = f.range.end;
        }
        next.push_str(masked.get(end..).unwrap_or_default());
        masked = next;
    }
}

/// Where [`mask`] has been.
fn placeholders(text: &str) -> Vec<Range<usize>> {
    let mut holes = Vec::new();
    for (start, _) in text.match_indices('[') {
        let Some(rest) = text.get(start..) else { continue };
        if let Some(kind) = Kind::ALL.into_iter().find(|k| rest.starts_with(k.placeholder())) {
            holes.push(start..start + kind.placeholder().len());
        }
    }
    holes
}

fn find_within(text: &str, part: Range<usize>, found: &mut Vec<Found>) {
    let Some(words) = text.get(part.clone()) else { return };
    let tokens = tokens::read(words);
    let mut candidates = Vec::new();
    accounts::find(words, &tokens, &mut candidates);
    numbers::find(words, &tokens, &mut candidates);
    places::find(words, &tokens, &mut candidates);
    people::find(words, &tokens, &mut candidates);
    candidates.sort_by_key(|c| (c.rank, std::cmp::Reverse(c.range.len()), c.range.start));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let overlaps = |k: &Candidate| k.range.start < candidate.range.end && candidate.range.start < k.range.end;
        if !candidate.range.is_empty() && !kept.iter().any(overlaps) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|k| k.range.start);
    found.extend(
        kept.into_iter().map(|k| Found { range: part.start + k.range.start..part.start + k.range.end, kind: k.kind }),
    );
}

/// A detail as it can be compared with another way of writing it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    kind: Kind,
    /// Beginnings of words of an address or a name; of other kinds one entry.
    words: Vec<String>,
}

impl Key {
    fn of(text: &str, found: &Found) -> Self {
        let detail = text.get(found.range.clone()).unwrap_or_default();
        let words = match found.kind {
            Kind::Address | Kind::Name => places::stems(detail),
            Kind::Handle | Kind::Link | Kind::Email => vec![accounts::bare(detail)],
            Kind::Phone => {
                let digits = numbers::digits_of(detail);
                // The 8 or 7 in front is how one dials, not whom.
                let is_whole = digits.len() == 11 && digits.starts_with(['7', '8']);
                vec![digits.get(usize::from(is_whole)..).unwrap_or_default().to_owned()]
            }
            _ => vec![detail.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()],
        };
        Self { kind: found.kind, words }
    }

    /// The same detail, or for addresses and names a part of the same: the street and house without the flat.
    fn is_same(&self, other: &Self) -> bool {
        let (few, many) = if self.words.len() < other.words.len() { (self, other) } else { (other, self) };
        self.kind == other.kind
            && (few.words == many.words
                || (few.words.len() > 1 && few.words.iter().all(|word| many.words.contains(word))))
    }

    fn is_among(&self, keys: &[Self]) -> bool {
        keys.iter().any(|key| self.is_same(key))
    }

    /// Long enough to be no chance when it stands in two texts.
    fn is_telling(&self) -> bool {
        self.words.iter().map(|w| w.chars().count()).sum::<usize>() > 4
    }
}

fn keys(text: &str, found: Vec<Found>) -> Vec<Key> {
    found.iter().map(|f| Key::of(text, f)).collect()
}
