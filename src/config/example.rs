//! The commented configuration that `netreach init` writes. It is compiled in and tested: as shipped it gives the
//! defaults, and with its comments taken away it parses and names every key.

/// The configuration `netreach init` writes.
pub const EXAMPLE: &str = include_str!("example.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides, TorMode};
    use std::path::Path;

    /// Takes the "# " away from every line that shows a key or a table.
    fn uncommented() -> String {
        let is_setting = |line: &str| {
            line.strip_prefix("# ").is_some_and(|l| {
                l.starts_with("[[")
                    || l.split_once(" = ").is_some_and(|(key, _)| {
                        !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                    })
            })
        };
        EXAMPLE.lines().map(|l| if is_setting(l) { l.replacen("# ", "", 1) } else { l.to_owned() } + "\n").collect()
    }

    fn parse(text: &str) -> Config {
        Config::parse(Path::new("netreach.toml"), text, &Overrides::default()).expect("the example parses")
    }

    #[test]
    fn example_as_shipped_gives_the_defaults() {
        let (shipped, empty) = (parse(EXAMPLE), parse(""));
        assert_eq!(
            format!("{:?}{:?}{:?}", shipped.desk, shipped.tor, shipped.limits),
            format!("{:?}{:?}{:?}", empty.desk, empty.tor, empty.limits)
        );
        assert!(shipped.forums.is_empty());
    }

    #[test]
    fn example_without_comments_parses_and_shows_the_defaults() {
        let text = uncommented().replace("socks = \"127.0.0.1:9050\"\n", "").replace("config = \"arti.toml\"\n", "");
        let config = parse(&text);
        let empty = parse("");
        assert_eq!(format!("{:?}{:?}", config.desk, config.limits), format!("{:?}{:?}", empty.desk, empty.limits));
        assert_eq!(config.tor.mode, TorMode::Embedded);
        assert_eq!(config.forums[0].requests_per_hour, 30);
    }

    #[test]
    fn example_names_every_key() {
        let source = include_str!("../config.rs");
        let file =
            source.split("struct File {").nth(1).expect("the file's shape").split("/// What the environment").next();
        let keys = file.expect("ends").lines().filter_map(|line| line.trim().split_once(": ")).map(|(key, _)| key);
        let text = uncommented();
        for key in keys.filter(|k| k.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
            let named = text.contains(&format!("\n{key} = ")) || text.contains(&format!("[{key}]"));
            assert!(named, "{key} is not in the example");
        }
    }
}
