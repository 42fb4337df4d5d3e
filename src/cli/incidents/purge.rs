//! `incidents purge`: deletes for good, and says how much that freed.

use super::{pick, told};
use crate::{
    cli::{args::PurgeArgs, failure::Outcome, record, settings::Settings},
    report,
    store::Store,
    words::Text,
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

/// Ids named in JSON; the number tells the rest.
const NAMED: usize = 1_000;

/// Deletes incidents, or what was quoted from their evidence.
///
/// # Errors
/// Status 2 for an unknown id, 4 when the record cannot be written.
pub fn run(store: &mut Store, args: &PurgeArgs, settings: &Settings) -> Outcome {
    let ids: Vec<String> = match args.older_than {
        Some(days) => {
            let age = days.saturating_mul(24);
            let limit = Timestamp::now().checked_sub(age.hours()).unwrap_or(Timestamp::MIN);
            store.older_than(limit).map_err(|error| record::failure(&error))?
        }
        None => args
            .ids
            .iter()
            .map(|id| pick(store, id).map(|i| i.id))
            .collect::<Result<_, _>>()?,
    };
    let before = store.holdings().map_err(|error| record::failure(&error))?;
    let purged = if args.evidence_only {
        store.purge_evidence(&ids)
    } else {
        store.purge(&ids)
    };
    let count = purged.map_err(|error| record::failure(&error))?;
    let after = store.holdings().map_err(|error| record::failure(&error))?;
    let freed = before.file_bytes.saturating_sub(after.file_bytes);
    let (freed_words, left) = (report::bytes(freed), report::bytes(after.file_bytes));
    let words = if args.evidence_only {
        Text::new(
            format!("已清除 {count} 个事件的证据摘录，结论保留；腾出 {freed_words}，文件现为 {left}"),
            format!("quotes of {count} incidents deleted, verdicts kept; {freed_words} freed, the file is {left} now"),
        )
    } else {
        Text::new(
            format!("已彻底删除 {count} 个事件；腾出 {freed_words}，文件现为 {left}"),
            format!("{count} incidents deleted for good; {freed_words} freed, the file is {left} now"),
        )
    };
    let named = ids.get(..ids.len().min(NAMED));
    told(
        settings,
        json!({"purged": count, "evidence_only": args.evidence_only, "ids": named, "freed_bytes": freed,
               "file_bytes": after.file_bytes}),
        words,
    )
}
