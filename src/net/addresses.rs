//! The addresses of one forum: which of them a URL lies under, and the same place under another one.
//!
//! A forum with mirrors is one forum: what lies under an address is known by its path, never by its host. No I/O.

use url::Url;

/// Base addresses, each ending in `/`, the preferred one first.
#[derive(Clone, Debug)]
pub struct Addresses(Vec<Url>);

impl Addresses {
    pub fn new(list: Vec<Url>) -> Self {
        Self(list)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The address at this place of the list.
    pub fn at(&self, index: usize) -> Option<&Url> {
        self.0.get(index)
    }

    /// The place in the list of exactly this address.
    pub fn position(&self, address: &str) -> Option<usize> {
        self.0.iter().position(|base| base.as_str() == address)
    }

    /// Whose address a URL names: the same scheme, host and port. Where several have those, the one whose path leads
    /// furthest towards the URL. `None`: the URL is not of this forum.
    pub fn find(&self, url: &Url) -> Option<usize> {
        let same_place = |base: &Url| {
            base.scheme() == url.scheme()
                && base.host() == url.host()
                && base.port_or_known_default() == url.port_or_known_default()
        };
        let shared = |base: &Url| if url.path().starts_with(base.path()) { base.path().len() } else { 0 };
        let of_forum = self.0.iter().enumerate().filter(|(_, base)| same_place(base));
        // The first of equals.
        of_forum.rev().max_by_key(|(_, base)| shared(base)).map(|(index, _)| index)
    }

    /// The URL's path and query below the address it names, whichever of the list that is; without its fragment.
    pub fn relative(&self, url: &Url) -> String {
        let base = self.find(url).and_then(|index| self.at(index));
        let path = base.and_then(|base| url.path().strip_prefix(base.path())).unwrap_or(url.path());
        match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }

    /// What lies at `path` below an address of the list.
    pub fn join(&self, index: usize, path: &str) -> Option<Url> {
        // `topic:5` is a path here, and no scheme.
        let path = if path.starts_with('/') { path.to_owned() } else { format!("./{path}") };
        self.at(index)?.join(&path).ok()
    }

    /// The same place under another address of the list, fragment and all.
    pub fn moved(&self, url: &Url, index: usize) -> Option<Url> {
        let mut moved = self.join(index, &self.relative(url))?;
        moved.set_fragment(url.fragment());
        Some(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("valid")
    }

    fn list() -> Addresses {
        Addresses::new(["http://a.onion/board/", "http://b.onion/", "http://a.onion:81/board/"].map(url).to_vec())
    }

    #[test]
    fn path_is_the_same_whichever_mirror_a_link_names() {
        for link in ["http://a.onion/board/t.php?t=1&start=20#p5", "http://b.onion/t.php?t=1&start=20"] {
            assert_eq!(list().relative(&url(link)), "t.php?t=1&start=20", "{link}");
        }
    }

    #[test]
    fn same_place_under_another_address_keeps_query_and_fragment() {
        let moved = list().moved(&url("http://b.onion/t.php?t=1#p5"), 0);
        assert_eq!(moved, Some(url("http://a.onion/board/t.php?t=1#p5")));
        assert_eq!(list().moved(&url("http://b.onion/"), 0), Some(url("http://a.onion/board/")));
    }

    #[test]
    fn another_scheme_port_or_host_is_another_address_or_none() {
        assert_eq!(list().find(&url("http://a.onion:81/x")), Some(2));
        for link in ["https://a.onion/board/", "http://a.onion:82/board/", "http://a.onion.evil/", "http://x.a.onion/"]
        {
            assert_eq!(list().find(&url(link)), None, "{link}");
        }
    }

    #[test]
    fn of_two_addresses_on_one_host_the_one_that_leads_to_the_url_counts() {
        let list = Addresses::new(["http://a.onion/", "http://a.onion/new/"].map(url).to_vec());
        assert_eq!(list.relative(&url("http://a.onion/new/t/1")), "t/1");
        assert_eq!(list.relative(&url("http://a.onion/t/1")), "t/1");
    }

    #[test]
    fn path_that_looks_like_a_scheme_or_a_host_stays_on_the_forum() {
        assert_eq!(list().join(1, "topic:5"), Some(url("http://b.onion/topic:5")));
        let odd = list().moved(&url("http://b.onion//evil.example/x"), 1);
        assert_eq!(odd.and_then(|odd| odd.host_str().map(str::to_owned)).as_deref(), Some("b.onion"));
    }
}
