//! The committed cases against PyTorch on both backends, and that the comparison finds what is wrong.

#[path = "common/gpu.rs"]
mod gpu;

mod common;

use ganvas::check::{Case, Device, check, read};
use ganvas::{Error, Result};
use pollster::block_on;

const SMALL: &[u8] = include_bytes!("fixtures/small.safetensors");

fn small() -> Vec<Case> {
    read("small.safetensors", SMALL).unwrap()
}

fn on_cpu(cases: &[Case]) -> Result<ganvas::check::Report> {
    block_on(check(&Device::Cpu, cases, &mut |_, _| {}))
}

#[test]
fn the_cpu_agrees_with_pytorch() {
    let cases = small();
    let report = on_cpu(&cases).unwrap();
    assert!(report.passes(), "{report}");
    assert_eq!(report.cases(), cases.len());
    assert!(report.rows.len() >= 108, "only {} ops, layers, losses and nets", report.rows.len());
}

#[test]
fn the_gpu_agrees_with_pytorch() {
    let Some(device) = gpu::device() else { return };
    let cases = small();
    let report = block_on(check(&Device::Gpu(device), &cases, &mut |_, _| {})).unwrap();
    assert!(report.passes(), "{report}");
    assert_eq!(report.cases(), cases.len());
}

fn one(of: &str) -> Case {
    small().into_iter().find(|case| case.of == of).unwrap()
}

#[test]
fn a_wrong_expectation_is_found_and_named() {
    for (of, kind, tensor) in [
        ("conv2d", "output", "y"),
        ("matmul", "gradient", "b"),
        ("tanh", "second", "x"),
        ("net/wgan_gp_critic", "after", "critic/conv1.weight"),
    ] {
        let mut case = one(of);
        let expected = case.tensors.get_mut(&(kind.to_string(), tensor.to_string())).unwrap();
        let last = expected.values.len() - 1;
        let largest = expected.values.iter().fold(0.1f32, |largest, value| largest.max(value.abs()));
        expected.values[last] += 0.01 * largest;
        let (shape, name) = (expected.shape.clone(), case.name.clone());
        let report = on_cpu(&[case]).unwrap();
        assert_eq!(report.failures.len(), 1, "{report}");
        let failure = &report.failures[0];
        assert_eq!((&failure.of[..], &failure.kind[..], &failure.tensor[..]), (of, kind, tensor));
        assert_eq!((&failure.case, &failure.shape), (&name, &shape));
        let end: Vec<usize> = shape.iter().map(|extent| extent - 1).collect();
        assert_eq!(failure.index, end);
        let text = report.to_string();
        assert!(text.contains(of) && text.contains(&format!("{shape:?}")) && text.contains(&format!("{end:?}")));
    }
}

#[test]
fn a_nan_is_a_failure() {
    let mut case = one("add");
    let input = case.tensors.get_mut(&("value".to_string(), "a".to_string())).unwrap();
    input.values.fill(f32::NAN);
    assert!(!on_cpu(&[case]).unwrap().passes());
}

fn data_error<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(error @ Error::Data { .. }) => error.to_string(),
        other => panic!("should be an error in the data: {other:?}"),
    }
}

#[test]
fn what_is_no_case_file_is_an_error() {
    for bytes in [&b""[..], b"something else altogether", &SMALL[..SMALL.len() - 4], &SMALL[..100]] {
        data_error(read("broken", bytes));
    }
    let empty = b"\x02\0\0\0\0\0\0\0{}";
    assert!(data_error(read("empty", empty)).contains("not a case file"));
}

#[test]
fn what_a_case_cannot_mean_is_an_error_that_names_it() {
    let mut unknown = one("matmul");
    unknown.steps[0].op = "matmull".into();
    assert!(data_error(on_cpu(&[unknown])).contains("no op `matmull`"));

    let mut wrong = one("matmul");
    wrong.tensors.get_mut(&("value".to_string(), "a".to_string())).unwrap().shape.push(1);
    let message = data_error(on_cpu(&[wrong.clone()]));
    assert!(message.contains("matmul") && message.contains(&wrong.name), "{message}");

    let mut expected = one("matmul");
    expected.tensors.get_mut(&("output".to_string(), "y".to_string())).unwrap().shape.insert(0, 1);
    assert!(data_error(on_cpu(&[expected])).contains("has shape"));

    let mut missing = one("matmul");
    missing.tensors.retain(|(kind, _), _| kind != "gradient");
    assert!(data_error(on_cpu(&[missing])).contains("no gradient"));

    let mut few = one("matmul");
    few.steps[0].inputs.pop();
    assert!(data_error(on_cpu(&[few])).contains("takes 2 inputs"));

    let mut nothing = one("matmul");
    nothing.outputs.clear();
    nothing.wrt.clear();
    nothing.second.clear();
    data_error(on_cpu(&[nothing]));

    let mut name = one("matmul");
    name.steps[0].inputs[0] = "nobody".into();
    assert!(data_error(on_cpu(&[name])).contains("nobody"));
}
