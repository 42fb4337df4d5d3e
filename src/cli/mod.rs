//! The command line: one file a command; no analysis here.

mod analyze;
pub mod args;
mod collect;
mod early;
mod explain;
mod failure;
mod forms;
pub mod gc;
mod heap;
pub mod help;
mod incidents;
pub mod logs;
mod output;
mod pipeline;
mod progress;
mod record;
mod render;
mod settings;
mod single;
mod site;
mod table;
pub mod threads;
mod trends;
pub mod values;

use args::{Cli, Command};
use clap::FromArgMatches;
use failure::{Failure, Outcome};
use settings::Settings;

use crate::words::{Lang, Text};

/// Runs the program with the process's arguments and gives its exit status (CONTRACT.md §1).
pub fn run() -> u8 {
    let parsed = help::command(settings::early_language())
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            return told(&error);
        }
    };
    let lang = settings::language(cli.common.lang);
    quiet_panics(cli.common.verbose);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(&cli, lang)));
    match outcome {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => report_failure(&failure, lang),
        Err(payload) => report_failure(&internal_failure(payload.as_ref()), lang),
    }
}

/// Says what was wrong with the command line (2), or what was asked for: help or version (0, 4 when stdout is full).
fn told(error: &clap::Error) -> u8 {
    match error.print() {
        _ if error.use_stderr() => 2,
        Err(failed) if failed.kind() != std::io::ErrorKind::BrokenPipe => 4,
        _ => 0,
    }
}

fn dispatch(cli: &Cli, lang: Lang) -> Outcome {
    // `trends --site` may name a site in place of a file; `site check` looks at the file itself.
    let site = cli.common.site.as_ref();
    let site = site.filter(|path| match &cli.command {
        Command::Trends(_) => path.is_file(),
        Command::Site(_) => false,
        _ => true,
    });
    let settings = Settings::resolve(&cli.common, site, lang)?;
    let work = || match &cli.command {
        Command::Analyze(args) => analyze::run(args, cli.common.fail_on, &settings),
        Command::Heap(args) => heap::run(args, &settings),
        Command::Threads(args) => single::threads(args, &settings),
        Command::Gc(args) => single::gc(args, &settings),
        Command::Logs(args) => single::logs(args, &settings),
        Command::Trends(args) => trends::run(args, cli.common.site.as_ref(), &settings),
        Command::Incidents(args) => incidents::run(args, &settings),
        Command::Collect(args) => collect::run(args, &settings),
        Command::Render(args) => render::run(args, &settings),
        Command::Explain(args) => explain::run(args, &settings),
        Command::Site(args) => site::run(args, cli.common.site.as_ref(), &settings),
    };
    in_pool(cli.common.threads, work)
}

/// Runs the work on as many worker threads as asked for, with stacks that deep object graphs do not exhaust.
fn in_pool(threads: Option<u16>, work: impl FnOnce() -> Outcome + Send) -> Outcome {
    /// Bytes of stack of a worker thread.
    const STACK: usize = 16 << 20;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, usize::from))
        .thread_name(|n| format!("worker-{n}"))
        .stack_size(STACK)
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        // The system gives no threads: the caller's one must do.
        Err(_) => work(),
    }
}

/// A panic is a defect of ours; the user gets a sentence, and its place only with `-v`.
fn quiet_panics(verbose: u8) {
    if verbose == 0 {
        std::panic::set_hook(Box::new(|_| {}));
    }
}

fn internal_failure(payload: &(dyn std::any::Any + Send)) -> Failure {
    let words = payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Failure::no_evidence(Text::new(
        format!("程序内部出错，未能完成：{words}。请用 -v 重试并把输出发给供应商；证据未被改动。"),
        format!(
            "the program failed inside and could not finish: {words}. Try again with -v and send the output to the vendor; the evidence was not touched."
        ),
    ))
}

fn report_failure(failure: &Failure, lang: Lang) -> u8 {
    output::say(&format!("goldenhour: {}", failure.message.in_lang(lang)));
    failure.status
}
