//! The desk as an onion service of this process: no port is opened, and the keys stay in Tor's state directory.

use super::tor::EmbeddedTor;
use arti_client::config::onion_service::OnionServiceConfigBuilder;
use axum::serve::Listener;
use futures_util::{Stream, StreamExt};
use safelog::DisplayRedacted;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tor_cell::relaycell::msg::{Connected, End};
use tor_hsservice::{RunningOnionService, StreamRequest, handle_rend_requests};
use tor_proto::client::stream::DataStream;
use tor_proto::stream::IncomingStreamRequest;

const NICKNAME: &str = "desk";
const VIRTUAL_PORT: u16 = 80;

/// A running onion service: a listener for `axum::serve`. Dropping it takes the service down.
pub struct OnionDesk {
    service: Arc<RunningOnionService>,
    streams: Pin<Box<dyn Stream<Item = StreamRequest> + Send>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the desk could not be published as an onion service")]
pub struct PublishError(#[source] Option<Box<dyn std::error::Error + Send + Sync>>);

/// Publishes the desk. It can be reached some seconds after Tor is ready.
pub fn publish_desk(tor: &EmbeddedTor) -> Result<OnionDesk, PublishError> {
    let wrap = |error: Box<dyn std::error::Error + Send + Sync>| PublishError(Some(error));
    let nickname = NICKNAME.parse().map_err(|e| wrap(Box::new(e)))?;
    let config = OnionServiceConfigBuilder::default().nickname(nickname).build().map_err(|e| wrap(Box::new(e)))?;
    let launched = tor.client().launch_onion_service(config).map_err(|e| wrap(Box::new(e)))?;
    let (service, requests) = launched.ok_or(PublishError(None))?;
    Ok(OnionDesk { service, streams: Box::pin(handle_rend_requests(requests)) })
}

impl OnionDesk {
    /// The address for the people who work there: for the operator's eyes, not for a log.
    pub fn address(&self) -> Option<String> {
        self.service.onion_address().map(|id| format!("http://{}/", id.display_unredacted()))
    }
}

impl Listener for OnionDesk {
    type Io = DataStream;
    type Addr = ();

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Some(request) = self.streams.next().await else {
                // The service was taken down: there is nothing left to accept.
                return std::future::pending().await;
            };
            let is_web = matches!(request.request(),
                IncomingStreamRequest::Begin(begin) if begin.port() == VIRTUAL_PORT);
            if !is_web {
                if let Err(error) = request.reject(End::new_misc()).await {
                    tracing::debug!(%error, "a stream to another port was not rejected cleanly");
                }
                continue;
            }
            match request.accept(Connected::new_empty()).await {
                Ok(stream) => return (stream, ()),
                Err(error) => tracing::debug!(%error, "a visitor left before the desk answered"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(())
    }
}
