//! `netreach report`: what coordinators take away, free of nicknames, texts and addresses.

use super::service::{load_config, open_store};
use super::{ConfigArgs, Hinted, say};
use crate::clock::Timestamp;
use crate::domain::engagement;
use crate::store::StoreError;
use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct ReportArgs {
    #[command(subcommand)]
    command: ReportCommand,
}

#[derive(Subcommand)]
enum ReportCommand {
    /// Views, replies, participants and new posts by thread and day
    Engagement {
        /// First day (YYYY-MM-DD, in the desk's time zone)
        #[arg(long)]
        from: Date,
        /// Last day, included
        #[arg(long)]
        to: Date,
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Not there yet
    #[command(hide = true)]
    Work {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        _arguments: Vec<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
    Xlsx,
}

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        ReportCommand::Engagement { from, to, format, config } => report_engagement(*from, *to, *format, config),
        ReportCommand::Work { .. } => anyhow::bail!("the work report is not there yet: nothing was written"),
    }
}

fn report_engagement(from: Date, to: Date, format: Format, args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    if from > to {
        return Err(Hinted {
            what: format!("--from {from} is after --to {to}"),
            hint: "both days are included: name the earlier one first".to_owned(),
        }
        .into());
    }
    let config = load_config(args)?;
    let zone = config.desk.time_zone.clone();
    let zone_name = zone.iana_name().unwrap_or("UTC").to_owned();
    let store = open_store(&config)?;
    let (start, end) = (start_of(from, &zone)?, start_of(to.tomorrow()?, &zone)?);
    let day_of = |at: Timestamp| at.to_jiff().to_zoned(zone.clone()).date().to_string();
    let rows = store.read_now::<_, StoreError, _>(|tx| tx.engagement(start, end, &zone_name, day_of))?;
    match format {
        Format::Csv => say(engagement::to_csv(&rows)?.trim_end()),
        Format::Json => say(serde_json::to_string_pretty(&rows)?),
        Format::Xlsx => {
            return Err(Hinted {
                what: "xlsx is not there yet: nothing was written".to_owned(),
                hint: "use --format csv: every spreadsheet opens it".to_owned(),
            }
            .into());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn start_of(day: Date, zone: &TimeZone) -> anyhow::Result<Timestamp> {
    Ok(day.to_zoned(zone.clone()).context("a day without a beginning in this time zone")?.timestamp().into())
}
