//! A forum that is reached under several onion addresses: a SOCKS proxy of our own stands in for Tor and leads each
//! address to a listener on loopback. An address can be taken down and brought back, and the proxy remembers under which
//! isolation group each connection came.

use super::Faults;
use netreach::sample_forum::SampleForum;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use url::Url;

/// The proxy and what stands behind it.
pub(crate) struct Onions {
    pub(crate) proxy: SocketAddr,
    /// What misbehaves at each address.
    pub(crate) faults: Vec<Faults>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Where each host leads; `None` while it is down.
    hosts: BTreeMap<String, (SocketAddr, bool)>,
    groups: BTreeSet<(String, String)>,
    /// Connections asked for, by host.
    connections: BTreeMap<String, u32>,
    open: Vec<(String, AbortHandle)>,
}

/// The address of this number, from 0.
pub(crate) fn onion(index: usize) -> Url {
    format!("http://{}.onion/", ["a", "b", "c", "d"][index].repeat(56)).parse().expect("valid")
}

impl Onions {
    /// What each address leads to: the same forum again, or a copy of it.
    pub(crate) async fn of(sites: &[&SampleForum]) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let mut all = Vec::new();
        for (index, site) in sites.iter().enumerate() {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
            let host = onion(index).host_str().expect("host").to_owned();
            let leads_to = (listener.local_addr().expect("address"), true);
            state.lock().expect("lock").hosts.insert(host, leads_to);
            let faults = Faults::default();
            let router = faults.wrap(site.router());
            all.push(faults);
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let proxy = listener.local_addr().expect("address");
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { serve(stream, &shared).await });
            }
        });
        Self { proxy, faults: all, state }
    }

    /// No connection to this address any more; those that are open end.
    pub(crate) fn down(&self, index: usize) {
        let host = onion(index).host_str().expect("host").to_owned();
        let mut state = self.state.lock().expect("lock");
        state.hosts.get_mut(&host).expect("known").1 = false;
        for (_, task) in state.open.iter().filter(|(open, _)| *open == host) {
            task.abort();
        }
        state.open.retain(|(open, _)| *open != host);
    }

    pub(crate) fn up(&self, index: usize) {
        let host = onion(index).host_str().expect("host").to_owned();
        self.state.lock().expect("lock").hosts.get_mut(&host).expect("known").1 = true;
    }

    /// How often a connection to this address was asked for.
    pub(crate) fn connections(&self, index: usize) -> u32 {
        let host = onion(index).host_str().expect("host").to_owned();
        self.state.lock().expect("lock").connections.get(&host).copied().unwrap_or(0)
    }

    /// Isolation groups, each with the host that was reached under it.
    pub(crate) fn groups(&self) -> BTreeSet<(String, String)> {
        self.state.lock().expect("lock").groups.clone()
    }
}

/// SOCKS5 with a user name, which is the isolation group.
async fn serve(mut stream: TcpStream, state: &Arc<Mutex<State>>) -> Option<()> {
    const SUCCEEDED: u8 = 0;
    const HOST_UNREACHABLE: u8 = 4;
    let methods = stream.read_u16().await.ok()? & 0xff;
    take(&mut stream, usize::from(methods)).await?;
    stream.write_all(&[5, 2]).await.ok()?;
    stream.read_u8().await.ok()?;
    let group = take_text(&mut stream).await?;
    take_text(&mut stream).await?;
    stream.write_all(&[1, 0]).await.ok()?;
    take(&mut stream, 4).await?;
    let host = take_text(&mut stream).await?;
    stream.read_u16().await.ok()?;
    let leads_to = {
        let mut state = state.lock().expect("lock");
        state.groups.insert((group, host.clone()));
        *state.connections.entry(host.clone()).or_default() += 1;
        state.hosts.get(&host).filter(|(_, is_up)| *is_up).map(|(address, _)| *address)
    };
    let answer = |status| [5, status, 0, 1, 0, 0, 0, 0, 0, 0];
    let Some(address) = leads_to else {
        stream.write_all(&answer(HOST_UNREACHABLE)).await.ok()?;
        return None;
    };
    #[expect(clippy::disallowed_methods, reason = "the test's own proxy")]
    let mut site = TcpStream::connect(address).await.ok()?;
    stream.write_all(&answer(SUCCEEDED)).await.ok()?;
    let copying = tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut site).await });
    state.lock().expect("lock").open.push((host, copying.abort_handle()));
    Some(())
}

async fn take(stream: &mut TcpStream, count: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

async fn take_text(stream: &mut TcpStream) -> Option<String> {
    let length = stream.read_u8().await.ok()?;
    String::from_utf8(take(stream, usize::from(length)).await?).ok()
}
