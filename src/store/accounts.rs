//! Accounts of the desk and their log-in sessions. Passwords arrive hashed; tokens are stored as hashes.

use super::{Result, StoreError, Tx, at, s, word};
use crate::clock::Timestamp;
use crate::domain::account::{Account, AccountId, Role};
use rusqlite::{OptionalExtension, Row, params};

/// A session to be opened. The token itself goes to the browser and is not stored.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub token_hash: String,
    pub account: AccountId,
    pub csrf: String,
    pub now: Timestamp,
}

/// A session with its account.
#[derive(Clone, Debug)]
pub struct SessionRow {
    pub account: Account,
    pub csrf: String,
    pub created_at: Timestamp,
    pub used_at: Timestamp,
    /// The language this person chose: `ru` or `en`.
    pub language: Option<String>,
}

const ACCOUNT: &str = "a.id, a.name, a.roles, a.disabled";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let roles: String = row.get("roles")?;
    Ok(Account {
        id: AccountId(row.get("id")?),
        name: row.get("name")?,
        roles: roles.split(' ').filter(|r| !r.is_empty()).map(|r| word(Role::find, r)).collect::<Result<_, _>>()?,
        disabled: row.get("disabled")?,
    })
}

fn roles_text(roles: &[Role]) -> String {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(" ")
}

impl Tx<'_> {
    /// # Errors
    /// `Conflict` when the name is taken; upper and lower case are the same name.
    pub fn add_account(&self, name: &str, password_hash: &str, roles: &[Role], now: Timestamp) -> Result<AccountId> {
        self.db.execute(
            "INSERT INTO accounts (name, password_hash, roles, created_at) VALUES (?1, ?2, ?3, ?4)",
            params![name, password_hash, roles_text(roles), s(now)],
        )?;
        Ok(AccountId(self.db.last_insert_rowid()))
    }

    pub fn accounts(&self) -> Result<Vec<Account>> {
        let mut statement = self.db.prepare_cached(&format!("SELECT {ACCOUNT} FROM accounts a ORDER BY a.name"))?;
        let rows = statement.query_map([], account)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn account(&self, id: AccountId) -> Result<Account> {
        Ok(self.db.query_row(&format!("SELECT {ACCOUNT} FROM accounts a WHERE id = ?1"), [id.0], account)?)
    }

    /// The account and its password hash, for checking a log-in.
    pub fn find_login(&self, name: &str) -> Result<Option<(Account, String)>> {
        Ok(self
            .db
            .query_row(&format!("SELECT {ACCOUNT}, a.password_hash FROM accounts a WHERE a.name = ?1"), [name], |row| {
                Ok((account(row)?, row.get("password_hash")?))
            })
            .optional()?)
    }

    /// Sets a password and ends the person's sessions.
    pub fn set_password(&self, name: &str, password_hash: &str) -> Result<()> {
        self.db
            .execute("UPDATE accounts SET password_hash = ?2 WHERE name = ?1", params![name, password_hash])
            .map(|n| if n == 1 { Ok(()) } else { Err(StoreError::NotFound) })??;
        self.end_sessions_of(name)
    }

    /// Disables an account and ends its sessions.
    pub fn disable_account(&self, name: &str) -> Result<()> {
        if self.db.execute("UPDATE accounts SET disabled = 1 WHERE name = ?1", [name])? == 0 {
            return Err(StoreError::NotFound);
        }
        self.end_sessions_of(name)
    }

    fn end_sessions_of(&self, name: &str) -> Result<()> {
        self.db.execute("DELETE FROM sessions WHERE account_id = (SELECT id FROM accounts WHERE name = ?1)", [name])?;
        Ok(())
    }

    pub fn set_language(&self, id: AccountId, language: &str) -> Result<()> {
        self.db.execute("UPDATE accounts SET language = ?2 WHERE id = ?1", params![id.0, language])?;
        Ok(())
    }

    pub fn open_session(&self, session: &NewSession) -> Result<()> {
        self.db.execute(
            "INSERT INTO sessions (token_hash, account_id, csrf, created_at, used_at) VALUES (?1, ?2, ?3, ?4, ?4)",
            params![session.token_hash, session.account.0, session.csrf, s(session.now)],
        )?;
        Ok(())
    }

    /// The session of a token; `None` when there is none or its account is disabled. How long it lasts is `web`'s rule.
    pub fn find_session(&self, token_hash: &str) -> Result<Option<SessionRow>> {
        let sql = format!(
            "SELECT {ACCOUNT}, a.language, s.csrf, s.created_at, s.used_at FROM sessions s \
             JOIN accounts a ON a.id = s.account_id WHERE s.token_hash = ?1 AND a.disabled = 0"
        );
        Ok(self
            .db
            .query_row(&sql, [token_hash], |row| {
                Ok(SessionRow {
                    account: account(row)?,
                    csrf: row.get("csrf")?,
                    created_at: at(row.get("created_at")?),
                    used_at: at(row.get("used_at")?),
                    language: row.get("language")?,
                })
            })
            .optional()?)
    }

    pub fn touch_session(&self, token_hash: &str, now: Timestamp) -> Result<()> {
        self.db.execute("UPDATE sessions SET used_at = ?2 WHERE token_hash = ?1", params![token_hash, s(now)])?;
        Ok(())
    }

    pub fn end_session(&self, token_hash: &str) -> Result<()> {
        self.db.execute("DELETE FROM sessions WHERE token_hash = ?1", [token_hash])?;
        Ok(())
    }

    /// Removes sessions not used since `idle_since` or opened before `opened_before`.
    pub fn sweep_sessions(&self, idle_since: Timestamp, opened_before: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "DELETE FROM sessions WHERE used_at < ?1 OR created_at < ?2",
            params![s(idle_since), s(opened_before)],
        )?)
    }
}
