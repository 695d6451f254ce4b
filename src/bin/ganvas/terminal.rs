//! What the program says: lines on standard output, words on standard error, how far it is, and how it ends.
//!
//! Who reads may leave (`| head -1`). Commands that print a table then end without a word; commands that leave files behind go
//! on: what they do is not for the reader.

use ganvas::Error;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::fmt::Arguments;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How the program ends, but for 0.
pub mod exit {
    /// Something failed, of which there is no more to say.
    pub const FAILED: u8 = 1;
    /// The command line cannot be used: as clap ends.
    pub const REFUSED: u8 = 2;
    /// Some inputs could be taken and others not.
    pub const SOME: u8 = 3;
    /// What was saved does not fit.
    pub const UNFIT: u8 = 4;
    /// A file or a folder could not be read or written.
    pub const FILE: u8 = 5;
    /// A number was no longer finite.
    pub const BROKEN: u8 = 6;
    /// There is no device, or it went away.
    pub const DEVICE: u8 = 7;
    /// Who read the output has left, as a shell would say.
    pub const UNREAD: u8 = 141;
}

/// The same for people, under `--help`.
pub const EXIT_CODES: &str = "Exit codes:\n  \
    0    done\n  \
    1    failed\n  \
    2    the command line cannot be used: an option, a preset, a setting or its value\n  \
    3    some inputs could be taken and others not (apply)\n  \
    4    a saved run does not fit, or a folder holds another one\n  \
    5    a file or a folder could not be read or written\n  \
    6    training broke: a number is no longer finite\n  \
    7    there is no such device, or it went away\n  \
    129  the terminal was closed, 130 Ctrl-C, 143 SIGTERM: the run was saved\n  \
    141  nobody read the output to its end";

/// What is out of order when numbers are no longer finite.
pub const TRAINING: &str = "training";

/// Whether the command leaves files behind, so that it goes on when nobody reads what it says.
static GOES_ON: AtomicBool = AtomicBool::new(false);
/// Whether nobody reads any more.
static IS_UNREAD: AtomicBool = AtomicBool::new(false);
/// Whether standard output could not be written for another reason.
static IS_LOST: AtomicBool = AtomicBool::new(false);

/// A line on standard output.
macro_rules! say {
    ($($words:tt)*) => { $crate::terminal::line(format_args!($($words)*)) };
}
/// A line on standard error.
macro_rules! note {
    ($($words:tt)*) => { $crate::terminal::word(format_args!($($words)*)) };
}
pub(crate) use {note, say};

/// Commands that leave files behind go on when nobody reads.
pub fn go_on_unread() {
    GOES_ON.store(true, Ordering::Relaxed);
}

pub fn line(words: Arguments) {
    if IS_UNREAD.load(Ordering::Relaxed) || IS_LOST.load(Ordering::Relaxed) {
        return;
    }
    let mut out = io::stdout().lock();
    let Err(error) = out.write_fmt(words).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) else {
        return;
    };
    let goes_on = GOES_ON.load(Ordering::Relaxed);
    if error.kind() == ErrorKind::BrokenPipe {
        IS_UNREAD.store(true, Ordering::Relaxed);
        if !goes_on {
            std::process::exit(exit::UNREAD.into());
        }
        return;
    }
    IS_LOST.store(true, Ordering::Relaxed);
    note!("error: standard output: {error}");
    if !goes_on {
        std::process::exit(exit::FILE.into());
    }
}

pub fn word(words: Arguments) {
    // If nobody hears it, there is nobody to tell.
    let _ = io::stderr().lock().write_fmt(format_args!("{words}\n"));
}

/// How the program ends that has done its work: not well where lines of it are lost.
pub fn done() -> ExitCode {
    if IS_LOST.load(Ordering::Relaxed) { exit::FILE.into() } else { ExitCode::SUCCESS }
}

/// Says what went wrong, and how the program ends.
pub fn failed(error: &Error) -> ExitCode {
    let message = error.to_string();
    note!("error: {message}");
    // A message that names an option has a remedy of its own.
    if !error.remedy().is_empty() && !message.contains(error.remedy()) && !message.contains("--") {
        note!("{}", error.remedy());
    }
    let code = match error {
        Error::Setting { .. } => exit::REFUSED,
        Error::Checkpoint { .. } => exit::UNFIT,
        Error::File { .. } | Error::Data { .. } => exit::FILE,
        Error::Kernel { kernel, .. } if kernel == TRAINING => exit::BROKEN,
        Error::NoDevice { .. } | Error::DeviceLost { .. } | Error::OutOfMemory { .. } | Error::Pipeline { .. } => {
            exit::DEVICE
        }
        _ => exit::FAILED,
    };
    code.into()
}

/// How far a run of steps is: a bar where standard error is a terminal, else a line now and then.
pub struct Progress {
    bar: ProgressBar,
    is_seen: bool,
    begin: Instant,
    from: u32,
    until: u32,
    said: Instant,
}

/// Between two lines.
const LINES_EVERY: Duration = Duration::from_secs(30);

impl Progress {
    /// Of the steps from one number to another.
    pub fn new(from: u32, until: u32) -> Progress {
        let is_seen = io::stderr().is_terminal();
        let template = "{bar:30} {pos}/{len} steps, {per_sec}, {eta} left  {msg}";
        let bar = if is_seen { bar(template, until.into()) } else { ProgressBar::hidden() };
        bar.set_position(from.into());
        bar.reset_eta();
        Progress { bar, is_seen, begin: Instant::now(), from, until, said: Instant::now() }
    }

    /// It is at this step, and so much was measured there. A line is said where one is wanted, or where the last is long ago.
    pub fn at(&mut self, step: u32, measured: &str, wanted: bool) {
        self.bar.set_message(measured.to_string());
        self.bar.set_position(step.into());
        if self.is_seen || !(wanted || self.said.elapsed() >= LINES_EVERY) {
            return;
        }
        self.said = Instant::now();
        let each = self.begin.elapsed().as_secs_f64() / f64::from((step - self.from).max(1));
        let left = each * f64::from(self.until - step);
        note!("step {step} of {}, {left:.0} s left: {measured}", self.until);
    }

    pub fn finish(&self) {
        self.bar.finish();
    }
}

/// A progress bar; `template` is indicatif's. Where standard error is no terminal, a line of it now and then.
pub fn bar(template: &str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length)
        .with_style(ProgressStyle::with_template(template).expect("the template is well formed"));
    if !io::stderr().is_terminal() {
        let lines = Lines { said: Mutex::new(Instant::now()) };
        bar.set_draw_target(ProgressDrawTarget::term_like_with_hz(Box::new(lines), 1));
    }
    bar
}

/// Stands in for a terminal, of what is drawn on which lines are kept now and then.
#[derive(Debug)]
struct Lines {
    said: Mutex<Instant>,
}

impl TermLike for Lines {
    fn width(&self) -> u16 {
        120
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.write_str(line)
    }

    fn write_str(&self, line: &str) -> io::Result<()> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !line.trim().is_empty() && said.elapsed() >= LINES_EVERY {
            *said = Instant::now();
            note!("{}", line.trim());
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// The standard macros panic where nobody reads.
    #[test]
    fn nothing_is_printed_but_by_these_macros() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/ganvas")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                for name in ["println", "print", "eprintln", "eprint"] {
                    let call = [name, "!("].concat();
                    let is_call = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                    let found = text.match_indices(&call).any(|(at, _)| is_call(at));
                    assert!(!found, "{}: {call}", path.display());
                }
            }
        }
    }
}
