//! Which pictures of a forum a person's browser may be given: PNG, JPEG, GIF or WebP by their first bytes, of a sensible
//! size.
//!
//! Nothing is decoded. What a server says of a picture counts for nothing: an SVG can hold scripts, and a small file can
//! unfold to gigabytes.

/// Wider or higher than any challenge.
const MAX_SIDE: u32 = 4096;

/// The media type of a picture that may be shown; `None` for everything else.
pub fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    let (kind, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png_size(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", Some((le16(bytes, 6)?, le16(bytes, 8)?)))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg_size(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        ("image/webp", webp_size(bytes))
    } else {
        return None;
    };
    let (width, height) = size?;
    ((1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height)).then_some(kind)
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    Some((u32::from_be_bytes(four(bytes, 16)?), u32::from_be_bytes(four(bytes, 20)?)))
}

/// From segment to segment, up to the one that tells the size.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Padding between segments.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?));
            }
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::try_from(be16(bytes, at + 2)?).ok()?,
        }
    }
}

fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => Some((le16(bytes, 26)? & 0x3fff, le16(bytes, 28)? & 0x3fff)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(four(bytes, 21)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            let side = |at| Some(u32::from_le_bytes(four(bytes, at)?) & 0x00ff_ffff);
            Some((side(24)? + 1, side(27)? + 1))
        }
        _ => None,
    }
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(*bytes.get(at)?) << 8 | u32::from(*bytes.get(at + 1)?))
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(*bytes.get(at + 1)?) << 8 | u32::from(*bytes.get(at)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        let gif = b"GIF89a\x78\x00\x28\x00".to_vec();
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x28\x00\x78\x03".to_vec();
        let webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x77\0\0\x27\0\0\0".to_vec();
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x78\x00\x28\x00".to_vec();
        let lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x77\xc0\x09\0".to_vec();
        for (bytes, expected) in [
            (png(120, 40), "image/png"),
            (gif, "image/gif"),
            (jpeg, "image/jpeg"),
            (webp, "image/webp"),
            (lossy, "image/webp"),
            (lossless, "image/webp"),
        ] {
            assert_eq!(picture_type(&bytes), Some(expected));
        }
    }

    #[test]
    fn what_is_no_such_picture_or_unfolds_is_refused() {
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"[..],
            b"<?xml version='1.0'?><svg/>",
            b"<!DOCTYPE html>",
            b"BM\x3a\0",
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"\xff\xd8\xff",
            &png(60_000, 60_000),
            &png(0, 40),
        ] {
            assert_eq!(picture_type(bytes), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_harm(
            start in prop::sample::select(vec![&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X", b"GIF89a"]),
            rest in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let bytes = [start, &rest].concat();
            prop_assert!(picture_type(&bytes).is_none_or(|kind| kind.starts_with("image/")));
        }
    }
}
