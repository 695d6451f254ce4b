//! `ganvas train` is ended in every way that there is, and goes on to the bits of a run that was left alone.
//!
//! `GANVAS_KILLS=50 cargo test --test keep killed -- --nocapture` kills it more often.

#![cfg(unix)]

#[path = "common/program.rs"]
mod program;

use program::{Folder, command, ganvas};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A run of which a step takes a millisecond or so.
const TINY: [&str; 8] = [
    "train",
    "gan-ring8",
    "--set",
    "generator_layers=linear-8 relu linear-2",
    "--set",
    "discriminator_layers=linear-8 relu linear-1",
    "--set",
    "batch_size=8",
];
const STATE: &str = "parameters.safetensors";

/// The arguments that begin a run, saved after every few steps.
fn begin<'a>(folder: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&TINY[..], &["--every", "5", "--save-every", "0", "--out", folder], more].concat()
}

fn go_on<'a>(folder: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "gan-ring8", "--every", "5", "--save-every", "0", "--resume", folder], more].concat()
}

fn succeeds(arguments: &[&str]) {
    let (code, said, complained) = ganvas(arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}{complained}");
}

/// All files of a folder, by name.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    all.sort();
    all
}

fn are_the_same(one: &str, other: &str) {
    let (one, other) = (files(one), files(other));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        assert!(one == other, "{name} is not the same");
    }
}

/// The program under way, and what it complains of, line by line.
fn start(arguments: &[&str]) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(|line| line.unwrap());
    (child, lines)
}

/// The next number that looks random (splitmix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}

#[test]
fn a_run_that_is_killed_goes_on_as_if_nothing_had_been() {
    let folder = Folder::new("killed");
    let (alone, killed) = (folder.path("alone"), folder.path("killed"));
    succeeds(&begin(&alone, &["--until", "300"]));
    let wanted = std::env::var("GANVAS_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(8);
    let (mut kills, mut chance) = (0, 1);
    while kills < wanted {
        // One run, killed again and again until it is done.
        let _ = fs::remove_dir_all(&killed);
        loop {
            let is_saved = Path::new(&killed).join(STATE).exists();
            let arguments = match is_saved {
                true => go_on(&killed, &["--until", "300"]),
                // It was killed before it was saved the first time.
                false => begin(&killed, &["--until", "300", "--force"]),
            };
            let (mut child, mut lines) = start(&arguments);
            // Somewhere after some lines: as saving goes on all the time, also within it.
            let after = next(&mut chance) % 12;
            let heard: Vec<String> = lines.by_ref().take(after as usize).collect();
            for _ in 0..next(&mut chance) % 4_000_000 {
                std::hint::spin_loop();
            }
            child.kill().unwrap();
            let rest: Vec<String> = lines.collect();
            let status = child.wait().unwrap();
            if status.signal() == Some(9) {
                kills += 1;
                continue;
            }
            assert_eq!(status.code(), Some(0), "{heard:?} {rest:?}");
            break;
        }
        are_the_same(&alone, &killed);
    }
    eprintln!("killed {kills} times");
}

#[test]
fn a_run_that_is_asked_to_end_is_saved_and_says_how_to_go_on() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let folder = Folder::new(&format!("asked-{signal}"));
        let (stopped, alone) = (folder.path("stop ped"), folder.path("alone"));
        // Never saved but when asked, and with no end that it could come to by itself.
        let arguments = [&TINY[..], &["--every", "5", "--out", &stopped, "--until", "1000000"]].concat();
        let (mut child, mut lines) = start(&arguments);
        assert!(lines.next().unwrap().starts_with("step 5 of 1000000"));
        let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let words: Vec<String> = lines.filter(|line| !line.starts_with("step ")).collect();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{words:?}");
        let [what, how] = &words[..] else { panic!("{words:?}") };
        assert!(what.contains("the run is saved. Go on with"), "{what}");
        assert_eq!(how.trim(), format!("ganvas train gan-ring8 --until 1000000 --every 5 --resume '{stopped}'"));
        let step: u32 = what.split(' ').nth(3).unwrap().parse().unwrap();
        let rows = fs::read_to_string(Path::new(&stopped).join("losses.csv")).unwrap();
        assert_eq!(rows.lines().count() as u32, 1 + step, "a row for each step");
        let until = (step + 12).to_string();
        succeeds(&go_on(&stopped, &["--until", &until]));
        succeeds(&begin(&alone, &["--until", &until]));
        are_the_same(&alone, &stopped);
    }
}

#[test]
fn a_reader_who_leaves_ends_no_run_and_makes_no_noise() {
    let folder = Folder::new("reader");
    let (alone, left) = (folder.path("alone"), folder.path("left"));
    succeeds(&begin(&alone, &["--until", "40"]));
    let program = env!("CARGO_BIN_EXE_ganvas");
    let shell = |script: &str| {
        let output = Command::new("bash").args(["-c", script]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    // Whoever reads has left before anything is said: both of standard output and of standard error.
    let words: Vec<String> = begin(&left, &["--until", "40"]).iter().map(|word| format!("'{word}'")).collect();
    let script = format!("set -o pipefail; {program} {} 2>&1 | true", words.join(" "));
    let (code, _, complained) = shell(&script);
    assert_eq!((code, &complained[..]), (Some(0), ""));
    are_the_same(&alone, &left);
    // What is only to be read ends with its reader, as any program does.
    let (code, said, complained) = shell(&format!("set -o pipefail; {program} settings dcgan-mnist | head -1"));
    assert!([Some(0), Some(141)].contains(&code), "{code:?}");
    assert_eq!((said.lines().count(), &complained[..]), (1, ""));
    let (code, _, complained) = shell(&format!("set -o pipefail; {program} presets | true"));
    assert!([Some(0), Some(141)].contains(&code) && complained.is_empty(), "{code:?} {complained}");
}

/// One message, and it is about room.
fn complains_of_room(complained: &str) {
    let errors: Vec<&str> = complained.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(errors.len(), 1, "{complained}");
    assert!(errors[0].contains("No space left on device"), "{complained}");
    assert!(!complained.contains("panicked"), "{complained}");
}

#[test]
fn output_that_cannot_be_written_is_said_once_and_the_run_is_whole() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let folder = Folder::new("full");
    let (alone, full) = (folder.path("alone"), folder.path("full"));
    succeeds(&begin(&alone, &["--until", "40"]));
    let to_full = |arguments: &[&str]| {
        let device = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command(arguments).stdout(device).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, complained) = to_full(&begin(&full, &["--until", "40"]));
    assert_eq!(code, Some(5), "{complained}");
    complains_of_room(&complained);
    are_the_same(&alone, &full);
    let (code, complained) = to_full(&["presets"]);
    assert_eq!(code, Some(5));
    complains_of_room(&complained);
}

#[test]
fn a_disk_that_is_full_costs_nothing_that_was_saved() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let folder = Folder::new("disk");
    let (alone, full) = (folder.path("alone"), folder.path("full"));
    succeeds(&begin(&alone, &["--until", "80"]));
    succeeds(&begin(&full, &["--until", "40"]));
    let state = Path::new(&full).join(STATE);
    let good = fs::read(&state).unwrap();
    // Where the next state is written, there is no room.
    symlink("/dev/full", format!("{}.unfinished", state.display())).unwrap();
    let (code, _, complained) = ganvas(&go_on(&full, &["--until", "80"]));
    assert_eq!(code, 5, "{complained}");
    complains_of_room(&complained);
    assert!(complained.contains("saved at step 40 is whole") && complained.contains("--resume"), "{complained}");
    assert!(fs::read(&state).unwrap() == good);
    succeeds(&go_on(&full, &["--until", "80"]));
    are_the_same(&alone, &full);
}

/// A file system of 600 kB, which goes when the test ends.
struct Small(String);

impl Small {
    fn mount(path: String) -> Option<Small> {
        fs::create_dir_all(&path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=600k", "tmpfs", &path]).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Small(path))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_small_disk_that_fills_up_keeps_the_last_good_run() {
    let folder = Folder::new("small");
    let Some(small) = Small::mount(folder.path("disk")) else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let (run, moved, alone) = (format!("{}/run", small.0), folder.path("moved"), folder.path("alone"));
    let (code, _, complained) = ganvas(&begin(&run, &["--until", "100000"]));
    assert_eq!(code, 5, "{complained}");
    complains_of_room(&complained);
    // What is there is moved to where there is room.
    fs::create_dir_all(&moved).unwrap();
    for (name, bytes) in files(&run) {
        fs::write(Path::new(&moved).join(name), bytes).unwrap();
    }
    let step: u32 = {
        let said = &complained[complained.find("saved at step ").unwrap() + "saved at step ".len()..];
        said.split(' ').next().unwrap().parse().unwrap()
    };
    let until = (step + 20).to_string();
    succeeds(&go_on(&moved, &["--until", &until]));
    succeeds(&begin(&alone, &["--until", &until]));
    are_the_same(&alone, &moved);
}

#[test]
fn a_folder_with_another_run_is_refused() {
    let folder = Folder::new("another");
    let (one, other, copy) = (folder.path("one"), folder.path("other"), folder.path("copy.safetensors"));
    succeeds(&begin(&one, &["--until", "10"]));
    fs::copy(Path::new(&one).join(STATE), &copy).unwrap();
    let before = files(&one);
    let refused = |arguments: &[&str], words: &[&str]| {
        let (code, _, complained) = ganvas(arguments);
        assert_eq!(code, 4, "{arguments:?}: {complained}");
        words.iter().for_each(|word| assert!(complained.contains(word), "“{word}” is missing: {complained}"));
        assert!(files(&one) == before, "{arguments:?}");
    };
    let replaced = "--force replaces losses.csv, parameters.safetensors and 3 pictures";
    refused(&begin(&one, &[]), &["holds this run already, at step 10", "--resume", replaced]);
    refused(&begin(&one, &["--seed", "8"]), &["holds another run", "seed 7, not 8", replaced]);
    refused(&["train", "wgan-ring8", "--out", &one], &["preset gan-ring8, not wgan-ring8", replaced]);
    succeeds(&begin(&other, &["--until", "10", "--seed", "9"]));
    let others = Path::new(&other).join(STATE).display().to_string();
    refused(&["train", "gan-ring8", "--resume", &others, "--out", &one], &["seed 7, not 9"]);
    // The same run from a copy of its file goes on there.
    succeeds(&["train", "gan-ring8", "--resume", &copy, "--out", &one, "--until", "15", "--every", "5"]);
    let rows = fs::read_to_string(Path::new(&one).join("losses.csv")).unwrap();
    assert_eq!(rows.lines().count(), 16);
    // From the older copy once more: later rows are cut off, and come again.
    let whole = files(&one);
    succeeds(&["train", "gan-ring8", "--resume", &copy, "--out", &one, "--until", "15", "--every", "5"]);
    assert!(files(&one) == whole);
    // Replaced, it is as new.
    succeeds(&begin(&one, &["--until", "10", "--seed", "9", "--force"]));
    are_the_same(&one, &other);
}

#[test]
fn a_folder_is_written_by_one_run_at_a_time() {
    let folder = Folder::new("twice");
    let one = folder.path("one");
    let (mut child, mut lines) = start(&begin(&one, &["--until", "1000000"]));
    lines.next().unwrap();
    let (code, _, complained) = ganvas(&go_on(&one, &["--until", "1000001"]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(code, 5, "{complained}");
    assert!(complained.contains("another run goes on in this folder"), "{complained}");
}

#[test]
fn a_run_is_saved_whole_or_as_weights_alone() {
    let folder = Folder::new("weights");
    let (one, alone, named) = (folder.path("one"), folder.path("only.safetensors"), folder.path("again"));
    succeeds(&begin(&one, &["--until", "10", "--weights"]));
    let whole = fs::read(Path::new(&one).join(STATE)).unwrap();
    let weights = fs::read(Path::new(&one).join("weights.safetensors")).unwrap();
    assert!(3 * weights.len() < 2 * whole.len(), "{} {}", weights.len(), whole.len());
    let state = Path::new(&one).join(STATE).display().to_string();
    succeeds(&["weights", &state, "--only", &alone]);
    assert!(fs::read(&alone).unwrap() == weights);
    succeeds(&["train", "gan-ring8", "--resume", &alone, "--out", &named, "--until", "15"]);
}

/// What is far too large to be a saved run is not read.
#[test]
fn files_that_are_no_runs_are_refused_by_name() {
    let folder = Folder::new("no-run");
    let (large, out) = (folder.path("large.safetensors"), folder.path("out"));
    fs::File::create(&large).unwrap().set_len(3_000_000_000).unwrap();
    let refused = |file: &str, code: i32, word: &str| {
        let (found, _, complained) = ganvas(&["train", "gan-ring8", "--resume", file, "--out", &out]);
        assert_eq!(found, code, "{complained}");
        assert!(complained.contains(word), "{complained}");
        assert!(!Path::new(&out).exists());
    };
    refused(&large, 4, "has 3.0 GB, and a saved run has at most 1");
    refused(&folder.path("none.safetensors"), 5, "No such file");
    let text = folder.path("text.safetensors");
    fs::write(&text, "no tensors at all").unwrap();
    refused(&text, 4, "not a safetensors file");
    let mut long = 100_000_000u64.to_le_bytes().to_vec();
    long.resize(100_000_008, b' ');
    fs::write(&text, long).unwrap();
    refused(&text, 4, "its header has 100000000 bytes");
    let (code, _, complained) = ganvas(&["apply", "drawn-faces", "--state", &large, "--out", &out]);
    assert!(code == 4 && complained.contains("3.0 GB"), "{code} {complained}");
}

/// Nothing that a run says is lost where a run ends by itself: the last words come after the file.
#[test]
fn lines_of_progress_come_where_there_is_no_terminal() {
    let folder = Folder::new("lines");
    let one = folder.path("one");
    let (_, said, complained) = ganvas(&begin(&one, &["--until", "20"]));
    let steps: Vec<&str> = complained.lines().filter(|line| line.starts_with("step ")).collect();
    assert_eq!(steps.len(), 4, "{complained}");
    assert!(steps[3].starts_with("step 20 of 20, 0 s left: D loss "), "{complained}");
    assert!(said.ends_with(&format!("wrote {one}/losses.csv and {one}/{STATE}\n")), "{said}");
    let mut header = String::new();
    fs::File::open(Path::new(&one).join("losses.csv")).unwrap().take(5).read_to_string(&mut header).unwrap();
    assert_eq!(header, "step,");
}
