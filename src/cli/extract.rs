//! `netreach extract`: one saved page in, one JSON object out.
//!
//! Reads the file and, without `--now`, the clock; all reading of the page itself is `page`'s. Never dials.

use crate::clock::{Clock, Timestamp};
use crate::domain::look::SeenPage;
use crate::page::{self, Extracted, Kind, Profile, Source};
use anyhow::Context;
use clap::{Args, ValueEnum};
use jiff::tz::{Offset, TimeZone};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use url::Url;

/// Reads one saved forum page and prints what is on it as JSON.
#[derive(Args, Debug)]
pub(crate) struct ExtractArgs {
    /// Selector profile: the name of a built-in one, or a file; without it, recognised from the page
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Address the page was found at
    #[arg(long, value_parser = web_address)]
    url: Url,
    /// What the page should be; without it, told from the page
    #[arg(long, value_enum)]
    kind: Option<KindArg>,
    /// Zone of the times shown, where the page does not tell
    #[arg(long, value_name = "±HH:MM", default_value = "+00:00", value_parser = offset, allow_hyphen_values = true)]
    timezone: TimeZone,
    /// When the page was fetched (RFC 3339), for "yesterday" and "5 minutes ago"; without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Tell on standard error how each value was found
    #[arg(long)]
    explain: bool,
    /// The saved page
    #[arg(value_name = "PAGE.html")]
    page: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    Thread,
    List,
}

#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    page: &'a SeenPage,
    /// Present, perhaps as `null`, where no profile was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Option<&'a str>>,
}

/// Runs the command. Exit code 2 where a profile is wrong or unknown.
pub(crate) fn run(args: ExtractArgs) -> anyhow::Result<ExitCode> {
    let profile = match args.profile.as_deref().map(find_profile).transpose()? {
        None => None,
        Some(Ok(profile)) => Some(profile),
        Some(Err(message)) => {
            complain(&format!("error: {message}"));
            return Ok(ExitCode::from(2));
        }
    };
    let body = std::fs::read(&args.page).with_context(|| format!("cannot read {}", args.page.display()))?;
    let source = Source {
        body: &body,
        content_type: None,
        url: &args.url,
        now: args.now.unwrap_or_else(|| Clock::System.now()),
        time_zone: args.timezone,
    };
    let kind = args.kind.map(|kind| match kind {
        KindArg::Thread => Kind::Thread,
        KindArg::List => Kind::List,
    });
    let Extracted { page, profile: used, explanation } = page::extract(profile.as_ref(), &source, kind, args.explain);
    for line in explanation {
        complain(&line);
    }
    let output = Output { page: &page, profile: profile.is_none().then_some(used.as_deref()) };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &output)?;
    writeln!(stdout)?;
    Ok(ExitCode::SUCCESS)
}

/// A built-in profile by name, else a file. The inner error is the user's to mend.
fn find_profile(name: &str) -> anyhow::Result<Result<Profile, String>> {
    if let Some(profile) = page::find_profile(name) {
        return Ok(Ok(profile.clone()));
    }
    let path = Path::new(name);
    if !path.exists() {
        let known: Vec<&str> = page::builtin_profiles().iter().map(Profile::name).collect();
        return Ok(Err(format!(
            "no selector profile called {name}, and no such file\nhint: built in are {}",
            known.join(", ")
        )));
    }
    let toml = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
    Ok(Profile::parse(stem, &toml).map_err(|why| why.to_string()))
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|why| format!("{why}; write it in full, as https://forum.example/viewtopic.php?t=1"))?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("only http and https addresses".to_owned()) }
}

fn offset(text: &str) -> Result<TimeZone, String> {
    let wrong = || "write it as +03:00 or -05:30".to_owned();
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    let part = |text: &str, below: i32| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i32>().ok().filter(|number| digits && *number < below)
    };
    let seconds = part(hours, 24).zip(part(minutes, 60)).map(|(hours, minutes)| sign * (hours * 3600 + minutes * 60));
    seconds.and_then(|seconds| Offset::from_seconds(seconds).ok()).map(TimeZone::fixed).ok_or_else(wrong)
}

/// A line on standard error: explanations hold forum text and so never go through the log.
fn complain(line: &str) {
    // Nothing is lost when nobody reads standard error.
    let _written = writeln!(std::io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_is_written_with_sign_and_minutes() {
        assert!(offset("+03:00").is_ok() && offset("-05:30").is_ok());
        for wrong in ["3", "+3", "+3:00", "+25:00", "+03:60", "+03:0a", "UTC", ""] {
            assert!(offset(wrong).is_err(), "{wrong}");
        }
    }
}
