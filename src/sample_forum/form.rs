//! Fields of a request: the query, and bodies as `application/x-www-form-urlencoded` or `multipart/form-data`.
//!
//! Files in a multipart body are read as text like any other field; the sample forum takes no attachments.

/// Names and values in the order in which they came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn from_query(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A body of another type, or one that cannot be read, has no fields: PHP does the same.
    pub(super) fn from_body(content_type: &str, body: &[u8]) -> Self {
        let (kind, rest) = content_type.split_once(';').unwrap_or((content_type, ""));
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => Self(url::form_urlencoded::parse(body).into_owned().collect()),
            "multipart/form-data" => match parameter(rest, "boundary") {
                Some(boundary) => Self(read_multipart(body, &boundary)),
                None => Self::default(),
            },
            _ => Self::default(),
        }
    }

    /// The last value under a name, as PHP takes it.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// What stands between `before` and `after` in the first name made like this: `5` in `list[5]`.
    pub(super) fn find_key(&self, before: &str, after: &str) -> Option<&str> {
        self.0.iter().find_map(|(name, _)| name.strip_prefix(before)?.strip_suffix(after))
    }

    pub(super) fn find_number(&self, name: &str) -> Option<u64> {
        self.find(name)?.trim().parse().ok()
    }
}

/// The value of `name` in `; name="value"; …` of a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn read_multipart(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter stands at the start of the body, without a line break before it.
    let body = [b"\r\n", body].concat();
    let mut fields = Vec::new();
    for part in split(&body, delimiter.as_bytes()).skip(1) {
        if part.starts_with(b"--") {
            break;
        }
        let Some((head, value)) = split_once(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(head);
        let name = head.lines().find_map(|line| {
            let (header, rest) = line.split_once(':')?;
            header.trim().eq_ignore_ascii_case("content-disposition").then(|| parameter(rest, "name")).flatten()
        });
        if let Some(name) = name {
            fields.push((name, String::from_utf8_lossy(value).into_owned()));
        }
    }
    fields
}

fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((bytes.get(..at)?, bytes.get(at + separator.len()..)?))
}

fn split<'a>(bytes: &'a [u8], separator: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        if let Some((part, after)) = split_once(bytes, separator) {
            rest = Some(after);
            Some(part)
        } else {
            rest = None;
            Some(bytes)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipart_body_gives_its_fields_with_line_breaks_and_cyrillic() {
        let body = "--x-1\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nПервая строка\r\n--x\r\nвторая\r\n--x-1\r\n\
                    content-disposition: form-data; name=\"post\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nОтправить\r\n--x-1--\r\n";
        let fields = Fields::from_body("multipart/form-data; boundary=\"x-1\"", body.as_bytes());
        assert_eq!(fields.find("message"), Some("Первая строка\r\n--x\r\nвторая"));
        assert_eq!(fields.find("post"), Some("Отправить"));
    }

    #[test]
    fn body_cut_off_or_of_another_type_gives_what_can_be_read() {
        let cut = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Dis";
        let fields = Fields::from_body("multipart/form-data; boundary=b", cut);
        assert_eq!(fields, Fields(vec![("a".into(), "1".into())]));
        assert_eq!(Fields::from_body("application/json", b"{}"), Fields::default());
        assert_eq!(Fields::from_body("multipart/form-data", cut), Fields::default());
    }

    #[test]
    fn last_value_under_a_name_counts() {
        let fields = Fields::from_query("t=1&t=7&start=x");
        assert_eq!(fields.find_number("t"), Some(7));
        assert_eq!(fields.find_number("start"), None);
    }
}
