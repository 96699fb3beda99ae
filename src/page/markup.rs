//! What an engine makes of a text: BBCode, Markdown, or nothing.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Markup {
    Bbcode,
    Markdown,
    #[default]
    Plain,
}
