//! Times warm fetches of one onion page through the program's own client. Run by `benches/figures.py`, which starts the
//! network and the page and holds the figures against curl's.
//!
//! Usage: onion_fetch ARTI.toml STATE_DIR URL COUNT; prints one JSON array of seconds.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

use netreach::net::{Client, ClientSettings, EmbeddedTor, Jar, Transport};
use std::path::Path;
use std::time::{Duration, Instant};
use url::Url;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [config, state_dir, url, count] = arguments.as_slice() else {
        eprintln!("not run by benches/figures.py: nothing to measure");
        return Ok(());
    };
    let url: Url = url.parse()?;
    let config = std::fs::read_to_string(config)?;
    let minute = Duration::from_secs(60);
    let tor = EmbeddedTor::start(Path::new(state_dir), Some(&config), minute).await?;
    tor.wait_ready(2 * minute).await;
    let settings = ClientSettings {
        isolation: "bench".into(),
        addresses: vec![url.clone()],
        max_page_bytes: 1024 * 1024,
        connect_timeout: minute,
        request_timeout: minute,
        min_gap: Duration::ZERO,
    };
    let client = Client::new(Transport::Embedded(tor), settings, Jar::default())?;
    client.get(&url, None).await?;
    let mut times = Vec::new();
    for _ in 0..count.parse::<usize>()? {
        let start = Instant::now();
        let page = client.get(&url, None).await?;
        anyhow::ensure!(page.body.len() > 50_000, "the page is not whole");
        times.push(start.elapsed().as_secs_f64());
    }
    println!("{times:?}");
    Ok(())
}
