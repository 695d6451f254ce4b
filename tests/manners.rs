//! What scripts and people expect of a terminal program: exit codes, help, near names, JSON, completions, no colours.

#[path = "common/program.rs"]
mod program;

use program::{Folder, command, ganvas};
use serde_json::Value;

#[test]
fn the_help_has_examples_and_all_exit_codes() {
    let (code, said, _) = ganvas(&["--help"]);
    assert_eq!(code, 0);
    for word in ["Examples:", "ganvas train dcgan-mnist", "Exit codes:", "130 Ctrl-C", "143 SIGTERM", "141"] {
        assert!(said.contains(word), "“{word}” is missing: {said}");
    }
    let readme = include_str!("../README.md");
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "129", "130", "141", "143"] {
        assert!(readme.contains(&format!("\n| {code} | ")), "README does not say what {code} is");
    }
    for command in ["train", "weights", "apply", "measure", "score"] {
        let (_, said, _) = ganvas(&[command, "--help"]);
        assert!(said.contains(&format!("Examples:\n  ganvas {command} ")), "{command}: {said}");
    }
}

#[test]
fn what_is_mistyped_gets_the_near_ones_and_exit_code_2() {
    let folder = Folder::new("mistyped");
    let out = folder.path("out");
    let refused = |arguments: &[&str], words: &[&str]| {
        let (code, said, complained) = ganvas(&[arguments, &["--out", &out]].concat());
        assert_eq!((code, &said[..]), (2, ""), "{arguments:?}: {complained}");
        words.iter().for_each(|word| assert!(complained.contains(word), "“{word}” is missing: {complained}"));
        assert!(complained.len() < 1_000, "{complained}");
        assert!(!std::path::Path::new(&out).exists());
    };
    refused(
        &["train", "dcgan-mnits"],
        &["no preset “dcgan-mnits”", "did you mean dcgan-mnist", "`ganvas presets` lists all"],
    );
    refused(&["train", "zzz"], &["no preset “zzz”. `ganvas presets`"]);
    refused(&["train", "gan-ring8", "--set", "batchsize=8"], &["no setting “batchsize”: did you mean batch_size?"]);
    refused(&["train", "gan-ring8", "--set", "batch_size=1"], &["a whole number from 2 to 512"]);
    refused(&["train", "gan-ring8", "--set", "loss=hnige"], &["one of", "hinge"]);
    refused(&["train", "gan-ring8", "--steps", "0"], &["--steps", "1.."]);
    refused(&["train", "gan-ring8", "--save-every", "86401"], &["--save-every", "86400"]);
    refused(&["train", "gan-ring8", "--stops", "5"], &["--steps"]);
    refused(&["trian", "gan-ring8"], &["train"]);
    let (code, _, complained) = ganvas(&["train", "gan-ring8"]);
    assert!(code == 2 && complained.contains("out: is missing"), "{complained}");
}

fn json(arguments: &[&str]) -> Value {
    let (code, said, complained) = ganvas(arguments);
    assert_eq!(code, 0, "{complained}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn tables_come_as_json_too() {
    let presets = json(&["presets", "--json"]);
    let (_, said, _) = ganvas(&["presets"]);
    assert_eq!(presets.as_array().unwrap().len(), said.lines().count());
    assert!(presets.as_array().unwrap().iter().any(|preset| preset["key"] == "dcgan-mnist"));
    let settings = json(&["settings", "gan-ring8", "--json"]);
    let batch = settings.as_array().unwrap().iter().find(|setting| setting["key"] == "batch_size").unwrap();
    assert_eq!(batch["takes"], "a whole number from 2 to 512");
    let plan = json(&["plan", "gan-ring8", "--json"]);
    let plans = plan["plans"].as_array().unwrap();
    assert!(plans.iter().all(|plan| !plan["launches"].as_array().unwrap().is_empty()));
    assert!(plan["bytes"].as_u64().unwrap() > 0);
    let check = json(&["check", "tests/fixtures/small.safetensors", "--only", "exp", "--json"]);
    assert_eq!(check["passes"], true);
    assert!(!check["rows"].as_array().unwrap().is_empty());
}

#[test]
fn completions_know_commands_and_options() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, said, _) = ganvas(&["completions", shell]);
        assert_eq!(code, 0);
        assert!(said.contains("train") && said.contains("save-every"), "{shell}");
    }
}

#[test]
fn nothing_is_coloured_where_no_colour_is_wanted() {
    for arguments in [&["--help"][..], &["train"], &["train", "no-such", "--out", "x"], &["presets"]] {
        let output = command(arguments).env("NO_COLOR", "1").env("TERM", "xterm-256color").output().unwrap();
        let all = [output.stdout, output.stderr].concat();
        assert!(!all.contains(&0x1b), "{arguments:?}");
    }
}
