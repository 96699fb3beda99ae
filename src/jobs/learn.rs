//! Learning from use: makes the fits that were asked for, off the async threads, and puts what was taken into use.
//!
//! What is in use is what the database says: a fit that the command line made while the service runs is found and used too.
//! An update of the program makes an adjustment void; it is dropped and made anew from the examples.

use super::{Context, wait};
use crate::domain::lesson::{Comparison, FitId, Verdict};
use crate::store::{EndedFit, StoreError};
use crate::triage::Triage;
use crate::triage::adjust::{Adjustment, learn};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two glances at whether a fit was asked for.
const GLANCE: Duration = Duration::from_secs(2);

/// Puts the stored adjustment into use. Where it belongs to another model, drops it and asks for a new fit.
///
/// Answers which fit is in use.
pub async fn restore(context: &Context) -> Result<Option<FitId>, StoreError> {
    let (current, now) = (context.triage.clone(), context.clock.now());
    context
        .store
        .write(move |tx| {
            let triage = current.triage();
            let Some(stored) = tx.find_adjustment()? else { return Ok(None) };
            let fits = stored.model_digest == triage.digest();
            match Adjustment::parse(&stored.bytes).ok().filter(|_| fits) {
                Some(adjustment) => {
                    current.replace(triage.adjusted(adjustment));
                    Ok(Some(stored.fit))
                }
                None => {
                    current.replace(triage.shipped());
                    tx.drop_adjustment()?;
                    tx.ask_for_fit(None, now)?;
                    tracing::info!("what use taught belongs to another version: it is learned anew");
                    Ok(None)
                }
            }
        })
        .await
}

/// Makes the fit that is asked for, if any, and puts it into use if it was taken. Answers what came of it.
pub async fn learn_if_asked(context: &Context) -> Result<Option<(Verdict, Comparison)>, StoreError> {
    let (id, examples, stored) = match context
        .store
        .read(|tx| {
            let Some(id) = tx.find_asked_fit()? else { return Ok::<_, StoreError>(None) };
            Ok(Some((id, tx.examples()?, tx.find_adjustment()?)))
        })
        .await?
    {
        Some(asked) => asked,
        None => return Ok(None),
    };
    let in_use = context.triage.triage();
    // What rests on an example that was taken out since has no claim to stay.
    let is_accepted = |lesson| examples.iter().any(|e| e.id == lesson);
    let stands = stored.is_some_and(|s| s.model_digest == in_use.digest() && s.lessons.into_iter().all(is_accepted));
    let before: Triage = if stands { in_use.clone() } else { in_use.shipped() };
    let lessons = examples.iter().map(|e| e.id).collect();
    let made = tokio::task::spawn_blocking(move || learn(&before, &examples)).await;
    let now = context.clock.now();
    let Ok(learning) = made else {
        tracing::error!("learning from use failed");
        context.store.write(move |tx| tx.end_fit(id, None, now)).await?;
        return Ok(None);
    };
    let ended = EndedFit {
        comparison: learning.comparison,
        verdict: learning.comparison.verdict(),
        lessons,
        model_digest: in_use.digest(),
        adjustment: learning.adjustment.to_bytes(),
    };
    let (verdict, comparison) = (ended.verdict, ended.comparison);
    context.store.write(move |tx| tx.end_fit(id, Some(&ended), now)).await?;
    if verdict == Verdict::Taken {
        context.triage.replace(in_use.adjusted(learning.adjustment));
    }
    tracing::info!(
        verdict = verdict.as_str(),
        learned = comparison.learned,
        kept = comparison.kept,
        "learned from use"
    );
    Ok(Some((verdict, comparison)))
}

/// Makes fits when they are asked for, until told to stop.
pub async fn keep_learning(context: Context, stop: CancellationToken) {
    let mut in_use = None;
    let mut failed = false;
    while !stop.is_cancelled() {
        let result = async {
            let stored = context.store.read(|tx| tx.find_adjustment()).await?;
            if stored.map(|s| s.fit) != in_use {
                in_use = restore(&context).await?;
            }
            learn_if_asked(&context).await
        }
        .await;
        match result {
            Ok(_) => failed = false,
            Err(error) if !failed => {
                failed = true;
                tracing::error!(error = error.code(), "learning from use cannot read or write the database");
            }
            Err(_) => {}
        }
        wait(&stop, GLANCE).await;
    }
}
