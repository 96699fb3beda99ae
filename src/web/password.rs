//! Passwords: Argon2id with 19 MiB and two passes (OWASP's minimum, which a small server can bear), as PHC strings.
//!
//! Hashing takes tens of milliseconds and blocks: callers inside the async runtime go through `spawn_blocking`.
//! How strong a password must be is the command line's rule, which makes the accounts.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;

/// A longer password is refused before it is hashed.
pub const MAX_PASSWORD_BYTES: usize = 1024;

#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has at most {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    #[error("the password could not be hashed")]
    Hash,
}

/// The hash of a password with a fresh random salt, to be stored.
///
/// # Errors
/// `TooLong`, or `Hash` where the system gives no randomness.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    // The crate's defaults are Argon2id, version 19, m = 19456 KiB, t = 2, p = 1: a test holds them.
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether `password` is the one that was hashed. A hash that cannot be read fits no password.
pub fn verify_password(hash: &str, password: &str) -> bool {
    if password.len() > MAX_PASSWORD_BYTES {
        return false;
    }
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Takes as long as a verification and always fails: for names that do not exist, so that time does not tell them.
pub(crate) fn verify_nobody(password: &str) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody").unwrap_or_default());
    verify_password(&NOBODY, password);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_fits_its_own_hash_alone() {
        let hash = hash_password("вечер трудного дня").expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password(&hash, "вечер трудного дня"));
        assert!(!verify_password(&hash, "вечер трудного дня "));
        assert!(!verify_password("", ""));
        assert!(!verify_nobody("nobody"));
    }

    #[test]
    fn same_password_never_hashes_alike() {
        assert_ne!(hash_password("a").expect("hashes"), hash_password("a").expect("hashes"));
    }

    #[test]
    fn endless_password_is_refused_unread() {
        let endless = "x".repeat(MAX_PASSWORD_BYTES + 1);
        assert!(matches!(hash_password(&endless), Err(PasswordError::TooLong)));
        assert!(!verify_password(&hash_password("x").expect("hashes"), &endless));
    }
}
