//! The encrypted database: open with the key, migrate, one file per group of tables. The only module with SQL.
//!
//! Everything runs in a transaction (`read`, `write`) through [`Tx`], whose methods are the queries; rules live in
//! `domain`. One connection serves the whole process: the load is tens of rows a second at most, and one writer at a
//! time needs no retry logic. The command line opens the same file beside a running service (WAL, five seconds' patience).

mod accounts;
mod answers;
mod cases;
mod engagement;
mod forums;
mod lessons;
mod lists;
mod moves;
mod passages;
mod posts;
mod replies;
mod schema;
mod threads;

pub use accounts::{NewSession, SessionRow};
pub use cases::{CaseEvent, CaseEventKind, CasePost, DraftNote, Joined, QueueCounts, QueueRow};
pub use forums::{Alarm, AlarmKind, Drift, ForumState, Heartbeat};
pub use lessons::{EndedFit, NewLesson, StoredAdjustment};
pub use lists::ListReading;
pub use moves::{MoveError, Moved, ThreadMove};
pub use passages::{GivenCounts, PassageEventRow, PassageRow, PassageWork, ShownChallenge};
pub use posts::{Applied, PageLook, Unjudged};
pub use replies::{Outgoing, ReplyRow};
pub use threads::{ListedThreadRow, LookRow, LookSummary, NewThread};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use zeroize::Zeroizing;

/// Tables that hold a client's words or nickname: each must be covered by retention (a test compares this list with
/// the schema's columns).
pub const CONTENT_TABLES: [&str; 6] = ["cases", "drafts", "lesson_drafts", "posts", "replies", "threads"];

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no such record")]
    NotFound,
    #[error("somebody else changed it in the meantime")]
    Conflict,
    #[error("the database is busy")]
    Busy,
    #[error("the database key does not fit this database, or the file is no netreach database")]
    WrongKey,
    #[error(
        "the database was written by a newer netreach (schema {found}, this program knows {known}): nothing was changed"
    )]
    SchemaTooNew { found: u32, known: u32 },
    #[error("the key must be 64 hexadecimal digits")]
    BadKey,
    #[error("a value in the database cannot be read: {0}")]
    Corrupt(String),
    #[error("database: {0}")]
    Sqlite(#[source] rusqlite::Error),
    #[error("the database file cannot be opened: {0}")]
    File(#[source] std::io::Error),
    #[error("the database job was cancelled")]
    Cancelled,
}

impl StoreError {
    /// What went wrong, for a log line: the messages of `Corrupt` and `Sqlite` may quote a value of the database, so
    /// only SQLite's code is told of them.
    pub fn code(&self) -> String {
        match self {
            Self::Corrupt(_) => "a value in the database cannot be read".to_owned(),
            Self::Sqlite(error) => match error.sqlite_error() {
                Some(code) => format!("database: SQLite code {}", code.extended_code),
                None => "database: a value has another type than expected".to_owned(),
            },
            Self::File(error) => format!("database file: {:?}", error.kind()),
            other => other.to_string(),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, NotADatabase};
        match error.sqlite_error_code() {
            Some(NotADatabase) => Self::WrongKey,
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy,
            Some(ConstraintViolation) => Self::Conflict,
            _ if matches!(error, rusqlite::Error::QueryReturnedNoRows) => Self::NotFound,
            _ => Self::Sqlite(error),
        }
    }
}

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The database key: 32 random bytes as 64 hexadecimal digits, used as they are. Wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<String>);

impl Key {
    /// Reads a key; white space around it does not count.
    pub fn parse(text: &str) -> Result<Self> {
        let hex = text.trim();
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(Zeroizing::new(hex.to_ascii_lowercase())))
        } else {
            Err(StoreError::BadKey)
        }
    }

    /// A key as text from 32 bytes of a secure random source.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(bytes.iter().map(|b| format!("{b:02x}")).collect()))
    }

    /// For the key file alone.
    pub fn to_hex(&self) -> &str {
        &self.0
    }
}

/// The database, shared by clones.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
}

/// One transaction; its methods are the queries of the program.
pub struct Tx<'a> {
    db: &'a rusqlite::Transaction<'a>,
}

impl Store {
    /// Opens or creates the database and brings its schema up to date.
    ///
    /// # Errors
    /// `WrongKey` when the file exists and the key does not open it; `SchemaTooNew` when a later program wrote it.
    /// Neither changes the file.
    pub fn open(path: &Path, key: &Key) -> Result<Self> {
        create_private(path)?;
        let mut connection = connect(path, key, OpenFlags::default())?;
        schema::migrate(&mut connection)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Opens an existing database without creating or migrating it: for `healthcheck` and `check`.
    pub fn open_existing(path: &Path, key: &Key) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(path, key, flags)?;
        schema::check(&connection)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` in a transaction that may write, on a thread that may block. An error rolls everything back.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.in_background(TransactionBehavior::Immediate, work).await
    }

    /// The same for work that only reads.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.in_background(TransactionBehavior::Deferred, work).await
    }

    /// `write` for callers outside an async runtime: the command line and tests.
    pub fn write_now<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        self.transact(TransactionBehavior::Immediate, work)
    }

    /// `read` for callers outside an async runtime.
    pub fn read_now<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        self.transact(TransactionBehavior::Deferred, work)
    }

    async fn in_background<T, E, F>(&self, behavior: TransactionBehavior, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = self.clone();
        match tokio::task::spawn_blocking(move || store.transact(behavior, work)).await {
            Ok(result) => result,
            Err(join) => match join.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(StoreError::Cancelled.into()),
            },
        }
    }

    fn transact<T, E, F>(&self, behavior: TransactionBehavior, work: F) -> Result<T, E>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(behavior).map_err(StoreError::from)?;
        let value = work(&Tx { db: &transaction })?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// A panic in another transaction has rolled it back: the connection is sound.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Makes the file with a mode of its owner alone; SQLite gives the same to its helpers.
fn create_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let made = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.map(drop).map_err(StoreError::File)
}

fn connect(path: &Path, key: &Key, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    let pragma = Zeroizing::new(format!("x'{}'", key.0.as_str()));
    connection.pragma_update(None, "key", pragma.as_str())?;
    // The first read of the file: a wrong key shows here and nowhere later.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An outbox row that a power cut forgets would be sent twice.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Reads a column that holds one of an enum's words.
fn word<T>(find: fn(&str) -> Option<T>, text: &str) -> rusqlite::Result<T> {
    find(text).ok_or_else(|| unreadable(format!("unknown word {text:?}")))
}

fn unreadable(what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(StoreError::Corrupt(what)))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|e| unreadable(e.to_string()))
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt(e.to_string()))
}

use crate::clock::Timestamp;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_s(seconds)
}

fn at_opt(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.map(Timestamp::from_unix_s)
}

fn s(at: Timestamp) -> i64 {
    at.as_unix_s()
}

fn s_opt(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_unix_s)
}
