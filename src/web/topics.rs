//! The ids of the taxonomy, for choosing from. Their names are in the locales.

/// The topic of texts about the conversation itself.
const WORKFLOW: &str = "workflow";

/// What clients may need: ids of `data/topics.tsv` in its order.
pub(super) fn needs() -> impl Iterator<Item = &'static str> {
    let table = include_str!("../../data/topics.tsv");
    table.lines().skip(1).filter_map(|line| line.split('\t').next()).filter(|id| !id.is_empty())
}

/// What an answer may be about.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    needs().chain([WORKFLOW])
}
