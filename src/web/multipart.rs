//! Forms with a file in them, `multipart/form-data`: the fields and the file's content, all as text.
//!
//! The one file the desk takes is a list of cookies. A browser's form is read, whole and in memory; nothing is kept.

use axum::http::{HeaderMap, header};

/// The boundary, where a request has such a body.
pub(super) fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, rest) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameter(rest, "boundary").filter(|boundary| !boundary.is_empty())
}

/// The fields in their order. A part that cannot be read is left out.
pub(super) fn read(body: &[u8], boundary: &str) -> Vec<(String, String)> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter stands at the start of the body, without a line break before it.
    let body = [b"\r\n", body].concat();
    let mut rest = split_once(&body, delimiter.as_bytes()).map(|(_, rest)| rest);
    let mut fields = Vec::new();
    while let Some((part, next)) = rest.and_then(|rest| split_once(rest, delimiter.as_bytes())) {
        rest = Some(next);
        let Some((head, value)) = split_once(part, b"\r\n\r\n") else { continue };
        if let Some(name) = name_in(&String::from_utf8_lossy(head)) {
            fields.push((name, String::from_utf8_lossy(value).into_owned()));
        }
    }
    fields
}

fn name_in(head: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (header, rest) = line.split_once(':')?;
        header.trim().eq_ignore_ascii_case("content-disposition").then(|| parameter(rest, "name")).flatten()
    })
}

/// The value of `name` in `; name="value"; …`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((bytes.get(..at)?, bytes.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    #[test]
    fn form_with_a_file_gives_its_fields_and_the_files_text() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("multipart/form-data; boundary=----x1"));
        let body = "------x1\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n------x1\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"cookies; a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                    a\tb\r\n\r\nв\r\n------x1--\r\n";
        let fields = read(body.as_bytes(), &boundary(&headers).expect("a boundary"));
        let expected = [("csrf", "abc"), ("file", "a\tb\r\n\r\nв")];
        assert_eq!(fields, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn other_bodies_have_no_boundary() {
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary="] {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static(kind));
            assert_eq!(boundary(&headers), None);
        }
    }

    proptest! {
        #[test]
        fn any_body_is_read_without_harm(body in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&body, "b");
            read(&[b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", &body[..]].concat(), "b");
        }
    }
}
