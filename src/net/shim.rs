//! A SOCKS5 door on loopback through which the HTTP library reaches the embedded Tor.
//!
//! reqwest offers no other way to bring one's own connections (see docs/decisions.md). The user name is the isolation
//! group, the password a secret of this process, so that nothing else on the machine can use the door. Only onion
//! services are connected to: a bug above cannot become an exit connection.

use arti_client::{ErrorKind, HasKind, IsolationToken, StreamPrefs, TorClient};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tor_rtcompat::PreferredRuntime;
use tor_socksproto::{
    Handshake, NextStep, SocksAuth, SocksCmd, SocksProxyHandshake, SocksRequest, SocksStatus, SocksVersion,
};

pub(super) struct Shim {
    address: SocketAddr,
    groups: Arc<Groups>,
}

/// What the door remembers, per isolation group.
struct Groups {
    secret: String,
    tokens: Mutex<HashMap<String, IsolationToken>>,
    last_errors: Mutex<HashMap<String, ErrorKind>>,
}

impl Groups {
    fn token(&self, group: &str) -> IsolationToken {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *tokens.entry(group.to_owned()).or_insert_with(IsolationToken::new)
    }

    fn remember(&self, group: &str, kind: ErrorKind) {
        self.last_errors.lock().unwrap_or_else(PoisonError::into_inner).insert(group.to_owned(), kind);
    }
}

impl Shim {
    pub(super) fn proxy_url(&self, group: &str) -> String {
        format!("socks5h://{group}:{}@{}", self.groups.secret, self.address)
    }

    pub(super) fn take_last_error(&self, group: &str) -> Option<ErrorKind> {
        self.groups.last_errors.lock().unwrap_or_else(PoisonError::into_inner).remove(group)
    }
}

/// Opens the door. It closes with the runtime.
pub(super) async fn start(client: Arc<TorClient<PreferredRuntime>>, connect_timeout: Duration) -> io::Result<Shim> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut secret = [0u8; 16];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let groups = Arc::new(Groups {
        secret: secret.iter().map(|b| format!("{b:02x}")).collect(),
        tokens: Mutex::default(),
        last_errors: Mutex::default(),
    });
    let shim = Shim { address: listener.local_addr()?, groups: Arc::clone(&groups) };
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (client, groups) = (Arc::clone(&client), Arc::clone(&groups));
                    tokio::spawn(async move {
                        if let Err(error) = serve(stream, client, &groups, connect_timeout).await {
                            tracing::debug!(kind = ?error.kind(), "a connection through Tor ended");
                        }
                    });
                }
                // Out of file descriptors, most likely: give others time to close theirs.
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    });
    Ok(shim)
}

async fn serve(
    mut stream: TcpStream,
    client: Arc<TorClient<PreferredRuntime>>,
    groups: &Groups,
    connect_timeout: Duration,
) -> io::Result<()> {
    let request = tokio::time::timeout(Duration::from_secs(10), handshake(&mut stream)).await??;
    let Some((group, host)) = admit(&request, groups) else {
        return answer(&mut stream, &request, SocksStatus::NOT_ALLOWED).await;
    };
    let mut prefs = StreamPrefs::new();
    prefs.set_isolation(groups.token(&group));
    prefs.connect_to_onion_services(arti_client::config::BoolOrAuto::Explicit(true));
    let connect = client.connect_with_prefs((host, request.port()), &prefs);
    let mut onion = match tokio::time::timeout(connect_timeout, connect).await {
        Ok(Ok(onion)) => onion,
        Ok(Err(error)) => {
            groups.remember(&group, error.kind());
            return answer(&mut stream, &request, SocksStatus::HOST_UNREACHABLE).await;
        }
        Err(_elapsed) => {
            groups.remember(&group, ErrorKind::RemoteNetworkTimeout);
            return answer(&mut stream, &request, SocksStatus::TTL_EXPIRED).await;
        }
    };
    answer(&mut stream, &request, SocksStatus::SUCCEEDED).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut onion).await?;
    Ok(())
}

/// The group and the host of a request that is ours and goes to an onion service.
fn admit(request: &SocksRequest, groups: &Groups) -> Option<(String, String)> {
    use subtle::ConstantTimeEq;
    let SocksAuth::Username(user, password) = request.auth() else { return None };
    let is_ours: bool = password.as_slice().ct_eq(groups.secret.as_bytes()).into();
    let host = request.addr().to_string();
    let is_onion = host.to_ascii_lowercase().ends_with(".onion");
    let connects = request.command() == SocksCmd::CONNECT && request.version() == SocksVersion::V5;
    (is_ours && is_onion && connects).then(|| (String::from_utf8_lossy(user).into_owned(), host))
}

async fn handshake(stream: &mut TcpStream) -> io::Result<SocksRequest> {
    let invalid = |_| io::Error::from(io::ErrorKind::InvalidData);
    let mut handshake = SocksProxyHandshake::new();
    let mut buffer = tor_socksproto::Buffer::new_precise();
    loop {
        match handshake.step(&mut buffer).map_err(invalid)? {
            NextStep::Recv(mut recv) => {
                let read = stream.read(recv.buf()).await?;
                recv.note_received(read).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            }
            NextStep::Send(data) => {
                stream.write_all(&data).await?;
                stream.flush().await?;
            }
            NextStep::Finished(finished) => {
                return finished.into_output().map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
            }
        }
    }
}

async fn answer(stream: &mut TcpStream, request: &SocksRequest, status: SocksStatus) -> io::Result<()> {
    let reply = request.reply(status, None).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    stream.write_all(&reply).await?;
    stream.flush().await
}
