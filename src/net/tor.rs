//! Tor inside this process: one client for all forums, with circuits kept apart per forum.
//!
//! State and keys lie in the data directory. Bootstrapping has a limit of its own and is tried again for as long as the
//! program runs; arti itself was seen to wait without end where the network is down.

use super::fault::Fault;
use super::shim::{self, Shim};
use arti_client::config::{CfgPath, TorClientConfigBuilder};
use arti_client::{ErrorKind, TorClient};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tor_rtcompat::PreferredRuntime;

/// Longest a bootstrap may take before it is given up and begun again.
const BOOTSTRAP_LIMIT: Duration = Duration::from_secs(120);

/// How far the embedded Tor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TorState {
    Starting,
    Ready,
    /// The last try failed or took too long; another one follows.
    Failing,
}

/// The embedded Tor, shared by clones.
#[derive(Clone)]
pub struct EmbeddedTor {
    client: Arc<TorClient<PreferredRuntime>>,
    shim: Arc<Shim>,
    state: watch::Receiver<TorState>,
}

#[derive(Debug, thiserror::Error)]
pub enum TorError {
    #[error("the Tor configuration cannot be used")]
    Config(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("Tor could not be started")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl EmbeddedTor {
    /// Starts Tor with its state below `data_dir` and begins to bootstrap in the background.
    ///
    /// `extra` is a configuration in arti's own format (bridges, a private network); where it names directories they are
    /// overruled, so that two programs never share one.
    ///
    /// # Errors
    /// The configuration is wrong, or another process uses the same state directory.
    pub async fn start(data_dir: &Path, extra: Option<&str>, connect_timeout: Duration) -> Result<Self, TorError> {
        let mut config: TorClientConfigBuilder = match extra {
            Some(text) => toml::from_str(text).map_err(|e| TorError::Config(Box::new(e)))?,
            None => TorClientConfigBuilder::default(),
        };
        let dir = data_dir.join("tor");
        config
            .storage()
            .state_dir(CfgPath::new_literal(dir.join("state")))
            .cache_dir(CfgPath::new_literal(dir.join("cache")));
        // Onion services alone are reached: no exit circuits are kept ready.
        config.preemptive_circuits().set_initial_predicted_ports(Vec::new());
        let config = config.build().map_err(|e| TorError::Config(Box::new(e)))?;
        let client =
            TorClient::builder().config(config).create_unbootstrapped().map_err(|e| TorError::Start(Box::new(e)))?;
        let shim = shim::start(Arc::clone(&client), connect_timeout).await.map_err(|e| TorError::Start(Box::new(e)))?;
        let (sender, state) = watch::channel(TorState::Starting);
        tokio::spawn(keep_bootstrapping(Arc::clone(&client), sender));
        Ok(Self { client, shim: Arc::new(shim), state })
    }

    pub fn state(&self) -> TorState {
        *self.state.borrow()
    }

    /// A word for heartbeats: `starting`, `ready` or `failing`.
    pub fn state_word(&self) -> &'static str {
        match self.state() {
            TorState::Starting => "starting",
            TorState::Ready => "ready",
            TorState::Failing => "failing",
        }
    }

    /// Waits until Tor is ready, at most `limit`.
    pub async fn wait_ready(&self, limit: Duration) -> TorState {
        let mut state = self.state.clone();
        let ready = state.wait_for(|s| *s == TorState::Ready);
        match tokio::time::timeout(limit, ready).await {
            Ok(Ok(state)) => *state,
            _ => self.state(),
        }
    }

    pub(super) fn client(&self) -> &Arc<TorClient<PreferredRuntime>> {
        &self.client
    }

    pub(super) fn proxy(&self, isolation: &str) -> Result<reqwest::Proxy, Fault> {
        reqwest::Proxy::all(self.shim.proxy_url(isolation)).map_err(Fault::setup)
    }

    /// What Tor said of the last failed connection of this group; asked once.
    pub(super) fn take_last_error(&self, isolation: &str) -> Option<ErrorKind> {
        self.shim.take_last_error(isolation)
    }
}

/// Bootstraps and waits until traffic can pass. A second call while an earlier download goes on ends at once without
/// being ready, so that its word alone is not enough.
async fn until_ready(client: &TorClient<PreferredRuntime>) -> Result<(), arti_client::Error> {
    client.bootstrap().await?;
    while !client.bootstrap_status().ready_for_traffic() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

async fn keep_bootstrapping(client: Arc<TorClient<PreferredRuntime>>, state: watch::Sender<TorState>) {
    let mut wait = Duration::from_secs(5);
    loop {
        let kind = match tokio::time::timeout(BOOTSTRAP_LIMIT, until_ready(&client)).await {
            Ok(Ok(())) => {
                tracing::info!("Tor is ready");
                state.send_replace(TorState::Ready);
                return;
            }
            Ok(Err(error)) => {
                use arti_client::HasKind;
                format!("{:?}", error.kind())
            }
            Err(_elapsed) => "no progress in 120 s".to_owned(),
        };
        tracing::warn!(kind, retry_s = wait.as_secs(), "Tor could not start; trying again");
        state.send_replace(TorState::Failing);
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(300));
    }
}
