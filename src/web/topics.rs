//! The ids of the taxonomy, for choosing from. Their names are in the locales.

/// Ids of `data/topics.tsv` in its order, then `workflow` for texts about the conversation itself.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    let table = include_str!("../../data/topics.tsv");
    table.lines().skip(1).filter_map(|line| line.split('\t').next()).filter(|id| !id.is_empty()).chain(["workflow"])
}
