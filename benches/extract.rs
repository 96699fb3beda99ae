//! How many thread pages a second become posts: bytes in, `page::read_thread` out, a hundred posts a page.
//! `cargo bench --bench extract`.
//!
//! With `EXTRACT_PEERS=FOLDER` it measures nothing by itself: it writes the pages and what it reads on them into the
//! folder and then takes turns with `benches/extract_peers.py`, which has lxml and selectolax do the same job.

#![expect(clippy::print_stdout, reason = "figures are printed")]

#[path = "extract/pages.rs"]
mod pages;

use criterion::{Criterion, Throughput};
use jiff::tz::TimeZone;
use netreach::domain::look::{PageState, ThreadPage};
use netreach::page::{Profile, Source, find_profile, read_thread};
use pages::Page;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use url::Url;

struct Job {
    page: Page,
    profile: &'static Profile,
    url: Url,
}

impl Job {
    fn of(page: Page) -> anyhow::Result<Self> {
        let profile = find_profile(page.profile).ok_or_else(|| anyhow::anyhow!("no profile {}", page.profile))?;
        let url = page.url.parse()?;
        let job = Self { page, profile, url };
        let read = job.run();
        anyhow::ensure!(read.state == PageState::Ok && read.posts.len() == 100, "{}: not read", job.page.name);
        anyhow::ensure!(read.complaints.is_empty(), "{}: {:?}", job.page.name, read.complaints);
        Ok(job)
    }

    fn run(&self) -> ThreadPage {
        let source = Source {
            body: self.page.html.as_bytes(),
            content_type: Some("text/html; charset=utf-8"),
            url: &self.url,
            now: netreach::clock::Timestamp::from_unix_s(1_796_000_000),
            time_zone: TimeZone::UTC,
        };
        read_thread(self.profile, black_box(&source)).page
    }
}

fn main() -> anyhow::Result<()> {
    let jobs: Vec<Job> = pages::all().into_iter().map(Job::of).collect::<anyhow::Result<_>>()?;
    if let Some(folder) = std::env::var_os("EXTRACT_PEERS") {
        return take_turns(Path::new(&folder), &jobs);
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("extract");
    for job in &jobs {
        group.throughput(Throughput::Elements(1));
        group.bench_function(job.page.name, |bencher| bencher.iter(|| job.run()));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// Reads lines `NAME TIMES` and answers each with the seconds one page took on average.
fn take_turns(folder: &Path, jobs: &[Job]) -> anyhow::Result<()> {
    for job in jobs {
        std::fs::write(folder.join(format!("{}.html", job.page.name)), &job.page.html)?;
        let read = serde_json::to_string(&job.run())?;
        std::fs::write(folder.join(format!("{}.json", job.page.name)), read)?;
    }
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line?;
        let asked = line.split_once(' ').and_then(|(name, times)| {
            Some((jobs.iter().find(|job| job.page.name == name)?, times.trim().parse::<u32>().ok()?))
        });
        let (job, times) = asked.ok_or_else(|| anyhow::anyhow!("a line is NAME TIMES"))?;
        let start = Instant::now();
        for _ in 0..times {
            black_box(job.run());
        }
        println!("{}", start.elapsed().as_secs_f64() / f64::from(times));
    }
    Ok(())
}
