//! Files of tensors that somebody spoilt: whatever is changed, reading says what is wrong, and takes no more memory than it
//! says it does.
//!
//! `GANVAS_SPOILT=1000000 cargo test --release --test spoilt_files` tries more of them.

use ganvas::Error;
use ganvas::backend::Backend;
use ganvas::backend::cpu::CpuBackend;
use ganvas::data::Examples;
use ganvas::game::Game;
use ganvas::gan::Preset;
use ganvas::tensor_file::{MOST_TIMES, Numbers, TensorFile, write};
use ganvas::train::settings::Setting;
use ganvas::train::{Only, Saved, Settings, Trainer};
use pollster::block_on;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, Ordering};

/// Counts the bytes that are in use, and how many there were at most.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed) + layout.size() as isize;
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Memory is counted for all of the process: tests of this file run one after another.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Memory that any reading may take, beside what the header costs: messages, small tables.
const FREE_BYTES: usize = 64 << 10;

/// Numbers that look random and are the same every time (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }
}

/// What headers are made of, and what breaks readers.
const WORDS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud834",
    "\"\":\"\",",
    "\"__metadata__\":{",
    "\"dtype\":",
    "\"F64\"",
    "\"BF16\"",
    "\"I64\"",
    "\"shape\":[",
    "\"data_offsets\":[0,",
    "0",
    "-1",
    "18446744073709551615",
    "9999999999999999999999",
    "1,1,1,1,1,1,1,1,",
    "é\u{2028}𝄞",
];

fn spoil(file: &mut Vec<u8>, chance: &mut Chance) {
    let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    for _ in 0..=chance.below(3) {
        let length = file.len();
        // Mostly in the header, where there is something to break.
        let end = if chance.below(4) > 0 { (8 + header).min(length) } else { length };
        let at = chance.below(end);
        match chance.below(12) {
            9.. => {
                // Another digit: what is still a header, but not of these tensors.
                let digit = (at..length).find(|&place| file[place].is_ascii_digit()).unwrap_or(at);
                file[digit] = b'0' + chance.below(10) as u8;
            }
            0 => file[at] = chance.next() as u8,
            1 => file[at] ^= 1 << chance.below(8),
            2 => file.truncate(at.max(8)),
            3 => {
                let word = WORDS[chance.below(WORDS.len())];
                file.splice(at..at, word.bytes());
            }
            4 => {
                let until = (at + chance.below(40)).min(length);
                file.drain(at..until);
            }
            5 => {
                let until = (at + chance.below(200)).min(length);
                let piece = file[at..until].to_vec();
                let place = chance.below(end);
                file.splice(place..place, piece);
            }
            6 => {
                let word = WORDS[chance.below(WORDS.len())].as_bytes();
                let until = (at + word.len()).min(length);
                file[at..until].copy_from_slice(&word[..until - at]);
            }
            7 => file.resize(length + chance.below(64), chance.next() as u8),
            _ => {
                // Another length of the header: near the true one, or anything.
                let other = match chance.below(3) {
                    0 => chance.next(),
                    1 => (header as u64).wrapping_add(chance.below(33) as u64).wrapping_sub(16),
                    _ => chance.below(length) as u64,
                };
                file[..8].copy_from_slice(&other.to_le_bytes());
            }
        }
        if file.len() < 8 {
            file.resize(8, 0);
        }
        // A header whose length was not meant to change fits again, so that what is inside is read.
        if chance.below(2) == 0 {
            let now = (header + file.len()).saturating_sub(length).min(file.len() - 8);
            file[..8].copy_from_slice(&(now as u64).to_le_bytes());
        }
    }
}

fn good_files() -> Vec<Vec<u8>> {
    let floats: Vec<f32> = (0..64).map(|at| at as f32 - 31.5).collect();
    let doubles = [1.0 / 3.0, -1e300];
    let some: Vec<(String, Vec<usize>, Numbers)> = vec![
        ("generator.0.weight".into(), vec![4, 8], Numbers::F32(&floats[..32])),
        ("a \"strange\" name".into(), vec![2], Numbers::F64(&doubles)),
        ("scalar".into(), vec![], Numbers::F32(&floats[..1])),
        ("halves".into(), vec![3], Numbers::F16(&floats[..3])),
        ("none".into(), vec![0, 4], Numbers::F32(&[])),
    ];
    let many: Vec<(String, Vec<usize>, Numbers)> =
        (0..40).map(|at| (format!("t{at}"), vec![1], Numbers::F32(&floats[at..at + 1]))).collect();
    let words: Vec<(String, String)> = (0..120).map(|at| (format!("{at}"), String::new())).collect();
    let words: Vec<(&str, String)> = words.iter().map(|(key, word)| (&key[..], word.clone())).collect();
    vec![
        write(&[("format", "ganvas-checkpoint-1".into()), ("preset", "gan-ring8".into()), ("step", "7".into())], &some),
        write(&[], &many),
        write(&words, &some[..1]),
        write(&[], &[]),
    ]
}

/// Reads a file, and says how much memory that took at most.
fn measured(file: &[u8]) -> (Result<usize, String>, usize) {
    let before = IN_USE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let read = TensorFile::read(file).map(|file| file.tensors.len());
    (read, (MOST.load(Ordering::Relaxed) - before).max(0) as usize)
}

#[test]
fn no_spoilt_file_is_more_than_a_message() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let count = std::env::var("GANVAS_SPOILT").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let (good, mut chance) = (good_files(), Chance(1));
    let (mut taken, mut refused, mut messages) = (0, 0, std::collections::BTreeSet::new());
    for number in 0..count {
        let mut file = good[number % good.len()].clone();
        spoil(&mut file, &mut chance);
        let header = u64::from_le_bytes(file[..8].try_into().unwrap());
        let header = usize::try_from(header).unwrap_or(usize::MAX).min(file.len());
        let (read, bytes) = measured(&file);
        assert!(bytes <= FREE_BYTES + MOST_TIMES * header, "file {number}: {bytes} bytes for a header of {header}");
        match read {
            Ok(_) => {
                taken += 1;
                // What was taken can be asked for all of it.
                for view in &TensorFile::read(&file).unwrap().tensors {
                    let numbers = view.floats().map_or(0, |floats| floats.len());
                    assert!(numbers <= file.len(), "file {number}: {}", view.name);
                }
                Saved::read(&file).unwrap();
            }
            Err(message) => {
                refused += 1;
                assert!(!message.is_empty() && message.len() < 1_000 + file.len(), "file {number}: {message}");
                messages.insert(message.split(|c: char| c.is_ascii_digit() || c == '`').next().unwrap().to_string());
            }
        }
    }
    eprintln!("{count} spoilt files: {taken} could be read, {refused} were refused in {} ways", messages.len());
    // That the files are of all kinds: some are still whole, and each reason to refuse one has come.
    assert!(taken > count / 50 && refused > count / 4, "{taken} {refused}");
    for reason in ["its header should", "its header cannot", "its header is not text", "there are bytes", "it has ", ""]
    {
        assert!(
            messages.iter().any(|message| message == reason || message.starts_with(reason) && !reason.is_empty()),
            "{reason}: {messages:?}"
        );
    }
}

/// The most that a header can be made to cost.
#[test]
fn headers_that_are_made_to_cost_much_cost_what_is_said() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let with_header = |header: String| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    // Just beyond a power of two, where a list has grown last.
    let times = 65_537;
    let tensor = "\"\":{\"dtype\":\"\",\"shape\":[],\"data_offsets\":[0,0]},";
    for header in [
        format!("{{\"__metadata__\":{{{}", "\"\":\"\",".repeat(times)),
        format!("{{{}", tensor.repeat(times)),
        format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{}", "1,".repeat(times)),
        format!("{{\"{}", "x".repeat(times)),
        format!("{{\"a\":{}", "[".repeat(times)),
        format!("{{\"a\":{}", "{\"dtype\":".repeat(times)),
    ] {
        let file = with_header(header);
        let (read, bytes) = measured(&file);
        assert!(read.is_err());
        assert!(bytes <= FREE_BYTES + MOST_TIMES * file.len(), "{bytes} for {}", file.len());
    }
}

/// A run that is asked to go on from spoilt files of itself: it does, or says why not and stays as it was.
#[test]
fn a_run_that_meets_a_spoilt_file_of_itself_stays_whole() {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut settings = Settings::new(Preset::find("gan-ring8").unwrap());
    for (key, value) in [
        ("generator_layers", "linear-8 relu linear-2"),
        ("discriminator_layers", "linear-8 relu linear-1"),
        ("batch_size", "8"),
    ] {
        settings.set(Setting::find(key).unwrap(), value).unwrap();
    }
    let Examples { shape, tables } = Examples::points(&settings.point_set().unwrap().unwrap());
    let Game { program, play } = settings.game(shape, 0).unwrap();
    let backend = CpuBackend::new(program, tables, settings.seed).unwrap();
    let mut trainer = Trainer::new(Backend::Cpu(Box::new(backend)), settings, shape, play);
    block_on(trainer.run(3, Only::Both)).unwrap();
    let good = block_on(trainer.save()).unwrap();
    let (mut chance, mut opened, mut refused) = (Chance(2), 0, 0);
    for number in 0..2_000 {
        let mut file = good.clone();
        spoil(&mut file, &mut chance);
        match block_on(trainer.open(&file)) {
            Ok(_) => {
                opened += 1;
                trainer.load(&good).unwrap();
            }
            Err(error) => {
                refused += 1;
                assert!(matches!(error, Error::Checkpoint { .. }), "file {number}: {error}");
                assert!(block_on(trainer.save()).unwrap() == good, "file {number}: the run has changed: {error}");
            }
        }
    }
    assert!(opened > 50 && refused > 500, "{opened} {refused}");
}
