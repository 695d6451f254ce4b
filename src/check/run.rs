//! Runs cases on a backend, many to a program, and compares.

use super::build::{Built, build};
use super::file::Case;
use super::report::Report;
use crate::backend::cpu::CpuBackend;
use crate::backend::gpu::{GpuBackend, GpuDevice};
use crate::backend::{Arena, Backend, Clocks, Program};
use crate::error::{Error, Result};
use crate::graph::{Role, VariableId, Variables};
use std::rc::Rc;

/// Cases in one program: enough that their shaders are shared, few enough that a GPU's memory is not the limit.
const GROUP: usize = 64;
/// No case draws random numbers.
const SEED: u32 = 0;

/// Where cases run.
pub enum Device {
    /// The CPU backend in f32.
    Cpu,
    /// A GPU, or a software adapter.
    Gpu(Rc<GpuDevice>),
}

/// Runs all cases and compares; `progress(done, total)` counts cases.
///
/// # Errors
/// A case that cannot be built is an error that names it, not a failure in the report.
pub async fn check(device: &Device, cases: &[Case], progress: &mut dyn FnMut(usize, usize)) -> Result<Report> {
    let mut report = Report::default();
    for (group, members) in cases.chunks(GROUP).enumerate() {
        let mut program = Program::default();
        let mut built = Vec::new();
        for (index, case) in members.iter().enumerate() {
            built
                .push(build(case, &format!("{index}."), &mut program.variables).map_err(|error| in_case(case, error))?);
        }
        for case in &built {
            program.plans.push(case.plan.clone());
            program.plans.extend(case.training.iter().map(|(plan, _)| plan.clone()));
        }
        let variables = program.variables.clone();
        let mut backend = open(device, program).await?;
        write_all(&mut backend, &variables, members, &built)?;
        let mut plan = 0;
        for (index, (case, built)) in members.iter().zip(&built).enumerate() {
            backend.run(&[plan])?;
            let output = backend.output(plan).await?;
            for part in &built.parts {
                report.compare(case, part.kind, &part.name, &output[part.offset..])?;
            }
            plan += 1;
            if built.training.is_some() {
                train(&mut backend, &variables, case, built, plan, &mut report).await?;
                plan += 1;
            }
            progress(group * GROUP + index + 1, cases.len());
        }
    }
    Ok(report)
}

fn in_case(case: &Case, error: Error) -> Error {
    match error {
        Error::Data { .. } => error,
        other => case.broken(other.to_string()),
    }
}

async fn open(device: &Device, program: Program) -> Result<Backend> {
    Ok(match device {
        Device::Cpu => Backend::Cpu(Box::new(CpuBackend::new(program, vec![], SEED)?)),
        Device::Gpu(gpu) => {
            Backend::Gpu(Box::new(GpuBackend::new(gpu.clone(), program, &[], SEED, &mut |_, _| {}).await?))
        }
    })
}

/// Writes all inputs (of the first step), weights and parameters, a whole arena at a time.
fn write_all(backend: &mut Backend, variables: &Variables, cases: &[Case], built: &[Built]) -> Result<()> {
    let zeros = |elements: usize| vec![0.0f32; elements];
    let mut arenas: Vec<[Vec<f32>; 2]> = variables
        .networks
        .iter()
        .map(|network| [zeros(network.parameter_elements), zeros(network.buffer_elements)])
        .collect();
    for (case, built) in cases.iter().zip(built) {
        for (name, id) in &built.variables {
            let variable = variables.get(*id);
            let elements = variable.shape.elements();
            let given = match name.split_once(':') {
                Some((kind, name)) => case.tensor(kind, name)?,
                None => case.tensor("value", name)?,
            };
            let arena = &mut arenas[variable.network.0][usize::from(variable.role == Role::Buffer)];
            arena[variable.offset..variable.offset + elements].copy_from_slice(&given.values[..elements]);
        }
    }
    for (index, [parameters, buffers]) in arenas.iter().enumerate() {
        let network = crate::graph::NetworkId(index);
        for (arena, values) in [(Arena::Parameters, parameters), (Arena::Buffers, buffers)] {
            if !values.is_empty() {
                backend.write(network, arena, values)?;
            }
        }
    }
    Ok(())
}

/// The optimiser's steps, each on its own data, and the state they leave behind.
async fn train(
    backend: &mut Backend,
    variables: &Variables,
    case: &Case,
    built: &Built,
    plan: usize,
    report: &mut Report,
) -> Result<()> {
    let (Some(training), Some((_, network))) = (&case.training, &built.training) else { return Ok(()) };
    backend.set_clocks(Clocks::new(SEED));
    backend.set_updates(*network, 0, 0);
    backend.set_learning_rate(*network, training.learning_rate);
    let inputs: Vec<(&String, VariableId)> =
        built.variables.iter().filter(|(name, _)| case.inputs.contains(name)).map(|(name, id)| (name, *id)).collect();
    for step in 0..training.steps {
        if let Some((_, first)) = inputs.first() {
            let owner = variables.get(*first).network;
            let mut arena = backend.read(owner, Arena::Buffers).await?;
            for (name, id) in &inputs {
                let variable = variables.get(*id);
                let elements = variable.shape.elements();
                let values = &case.tensor("value", name)?.values[step * elements..][..elements];
                arena[variable.offset..variable.offset + elements].copy_from_slice(values);
            }
            backend.write(owner, Arena::Buffers, &arena)?;
        }
        backend.run(&[plan])?;
    }
    for (name, id) in &built.variables {
        let Ok(expected) = case.tensor("after", name) else { continue };
        let variable = variables.get(*id);
        let arena = match variable.role {
            Role::Parameter => Arena::Parameters,
            Role::Buffer => Arena::Buffers,
        };
        let values = backend.read(variable.network, arena).await?;
        if expected.values.len() != variable.shape.elements() {
            return Err(case.broken(format!("`{name}` after training has shape {:?}", expected.shape)));
        }
        report.compare(case, "after", name, &values[variable.offset..])?;
    }
    Ok(())
}
