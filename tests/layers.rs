//! Who may use whom: the table of ARCHITECTURE.md held against the `use` lines and paths of the sources.
//!
//! It reads the code as text. It does not see through re-exports, of which there are none between modules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module → what it may use. A module may always use itself.
const LAYERS: [(&str, &[&str]); 14] = [
    ("sensitive", &[]),
    ("clock", &[]),
    ("privacy", &["sensitive"]),
    ("domain", &["sensitive", "clock"]),
    ("config", &["sensitive", "domain"]),
    ("page", &["domain", "sensitive", "clock"]),
    ("triage", &["domain", "sensitive"]),
    ("schedule", &["domain", "clock"]),
    ("net", &["sensitive", "clock"]),
    ("forum", &["net", "page", "domain", "sensitive", "clock"]),
    ("store", &["domain", "privacy", "sensitive", "clock"]),
    (
        "jobs",
        &["forum", "net", "page", "triage", "schedule", "store", "domain", "privacy", "sensitive", "clock", "config"],
    ),
    ("web", &["store", "triage", "domain", "privacy", "config", "sensitive", "clock"]),
    ("sample_forum", &["sensitive", "clock"]),
];

/// Modules without any input, output or clock.
const PURE: [&str; 5] = ["domain", "page", "privacy", "triage", "schedule"];

fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let below = path.strip_prefix(&root).expect("below src");
                let module = below.iter().next().expect("a name").to_str().expect("utf-8").trim_end_matches(".rs");
                let text = fs::read_to_string(&path).expect("readable");
                files.push((module.to_owned(), path, without_comments(&text)));
            }
        }
    }
    assert!(files.len() > 40, "the sources were not found");
    files
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules named as `crate::x` or `crate::{x, y}`.
fn used(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut found = BTreeSet::new();
    for tail in text.split("crate::").skip(1) {
        let list = match tail.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => tail.split(|c| !is_name(c)).next().unwrap_or_default(),
        };
        for item in list.split(',') {
            found.insert(item.trim().split(|c| !is_name(c)).next().unwrap_or_default().to_owned());
        }
    }
    found
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    for (module, path, text) in sources() {
        let Some(may_use) = allowed.get(module.as_str()) else { continue };
        for other in used(&text) {
            let known = allowed.contains_key(other.as_str()) || other == "cli";
            assert!(
                !known || other == module || may_use.contains(&other.as_str()),
                "{} uses {other}, which {module} may not",
                path.display()
            );
        }
        assert!(!text.contains("super::super"), "{}: name the module instead of super::super", path.display());
    }
}

#[test]
fn every_module_has_its_place_in_the_table() {
    let placed: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).chain(["cli", "lib", "main"]).collect();
    for (module, path, _) in sources() {
        assert!(placed.contains(module.as_str()), "{} is in no layer", path.display());
    }
}

#[test]
fn pure_modules_do_no_input_or_output_and_read_no_clock() {
    const FORBIDDEN: [&str; 9] =
        ["std::fs", "std::net", "std::env", "std::process", "tokio::", "reqwest::", "rusqlite::", "Clock::", "::now()"];
    for (module, path, text) in sources() {
        if !PURE.contains(&module.as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in FORBIDDEN {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn only_net_dials_and_only_store_speaks_sql() {
    for (module, path, text) in sources() {
        let dials = ["TcpStream::connect", "reqwest::", "UdpSocket", "ToSocketAddrs", "lookup_host"];
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if module != "net" {
            assert!(!dials.iter().any(|d| code.contains(d)), "{} dials", path.display());
        }
        if module != "store" {
            assert!(!code.contains("rusqlite"), "{} speaks SQL", path.display());
        }
    }
}

#[test]
fn system_clock_is_read_in_one_place() {
    for (module, path, text) in sources() {
        let reads = ["SystemTime::now", "Timestamp::now()", "Zoned::now"];
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(module == "clock" || !reads.iter().any(|r| code.contains(r)), "{} reads the clock", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (_, path, _) in sources() {
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
        assert_ne!(path.file_name().and_then(|n| n.to_str()), Some("mod.rs"), "{}", root.display());
    }
}
