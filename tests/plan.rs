//! What a plan promises: few dispatches, memory that no dispatch uses in two ways, one gradient for each parameter.

use ganvas::catalogue::PRESETS;
use ganvas::gan::plans;
use ganvas::graph::plan::{Dispatch, Fusion, Kernel, Region, Storage};
use ganvas::graph::{NetworkId, Plan, Program, RING_ROWS, Role};
use ganvas::kernel;
use ganvas::train::Settings;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Dispatches of one discriminator and one generator update together.
const MAX_DISPATCHES: usize = 60;
/// The same of presets that promise less.
const FEW_DISPATCHES: [(&str, usize); 1] = [("gan-mnist", 30)];
/// Shader variants of all plans of a preset together: each costs compile time before the first step. Extents are baked
/// into the text, so few launches share one: 98 of dcgan-mnist's 121 launches are distinct.
const MAX_VARIANTS: usize = 100;
/// Alignment of storage bindings, in elements.
const ALIGN_ELEMENTS: usize = 64;

fn programs() -> Vec<(&'static str, Program)> {
    let pairs = PRESETS.iter().filter(|preset| preset.is_pair());
    pairs.map(|preset| (preset.key, preset.recipe.program(Settings::new(preset).shape()).unwrap())).collect()
}

fn all_plans() -> Vec<(String, Program, Plan)> {
    let of = |(key, program): (&str, Program)| -> Vec<(String, Program, Plan)> {
        let plans = program.plans.clone().into_iter();
        plans.map(|plan| (format!("{key}, {}", plan.name), program.clone(), plan)).collect()
    };
    programs().into_iter().flat_map(of).collect()
}

#[test]
fn a_step_is_few_dispatches_of_few_variants() {
    for (key, program) in programs() {
        let launches: Vec<_> = program.plans.iter().map(|plan| kernel::lower(plan, &program.variables)).collect();
        let [discriminator, generator] = [plans::DISCRIMINATOR, plans::GENERATOR].map(|plan| launches[plan].len());
        let variants: HashSet<&str> = launches.iter().flatten().map(|launch| &launch.source[..]).collect();
        let variants = variants.len();
        println!("{key}: {discriminator} + {generator} dispatches, {variants} shader variants");
        let total = discriminator + generator;
        let few = FEW_DISPATCHES.into_iter().find(|(preset, _)| *preset == key);
        let allowed = few.map_or(MAX_DISPATCHES, |(_, allowed)| allowed);
        assert!(total <= allowed, "{key}: {total} dispatches, and {allowed} are allowed");
        assert!(variants <= MAX_VARIANTS, "{key}: {variants} shader variants, and {MAX_VARIANTS} are allowed");
    }
}

/// What a step of `dcgan-mnist` costs, so that it cannot grow unseen: 39 dispatches and 152 MiB when this was written. That
/// it uploads and awaits nothing is the next test's.
#[test]
fn a_step_of_dcgan_costs_what_it_did() {
    const MOST_BYTES: u64 = 160 << 20;
    let (_, program) = programs().into_iter().find(|(key, _)| *key == "dcgan-mnist").unwrap();
    let step = [plans::DISCRIMINATOR, plans::GENERATOR].map(|plan| &program.plans[plan]);
    let launches: Vec<_> = step.iter().flat_map(|plan| kernel::lower(plan, &program.variables)).collect();
    let variants: HashSet<&str> = launches.iter().map(|launch| &launch.source[..]).collect();
    let bytes: u64 = launches.iter().flat_map(|launch| &launch.parts).map(|part| part.size_bytes).sum();
    println!("{} dispatches, {} shader variants, {} bytes", launches.len(), variants.len(), bytes);
    assert!(launches.len() <= 50, "{} dispatches", launches.len());
    assert!(variants.len() <= 40, "{} shader variants", variants.len());
    assert!(bytes <= MOST_BYTES, "{bytes} bytes are read and written in a step");
    // Fewer than the parameters are read and written would mean that nothing is counted.
    assert!(bytes > 50 << 20, "{bytes} bytes");
}

/// The GPU backend's `run` encodes and submits: it neither uploads nor waits. A plan has no dispatch that would.
#[test]
fn a_step_uploads_nothing_and_awaits_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/gpu/mod.rs");
    let source = std::fs::read_to_string(path).unwrap();
    let begin = source.find("pub fn run(").expect("the GPU backend has a `run` that is not async");
    let length = source[begin..].find("\n    }\n").unwrap();
    let body = &source[begin..begin + length];
    assert!(body.contains("dispatch_workgroups"), "{body}");
    for word in ["write_buffer", "map_async", "await", "poll", "create_buffer", "copy_buffer"] {
        assert!(!body.contains(word), "`run` says `{word}`:\n{body}");
    }
    for (what, _, plan) in all_plans() {
        for dispatch in &plan.dispatches {
            // A new kind of dispatch has to be thought about here.
            match dispatch.kernel {
                Kernel::Fused(_) | Kernel::MatMul { .. } | Kernel::Conv2d(_) => {}
                Kernel::Conv2dInputGrad(_) | Kernel::Conv2dWeightGrad(_) => {}
                Kernel::ShuffledIndex { .. } | Kernel::Gather { .. } => {}
                Kernel::GatherRows { .. } | Kernel::ScatterAdd { .. } => {}
                Kernel::Average { .. } => {}
                Kernel::Update { clock, .. } | Kernel::Record { clock, .. } => assert_eq!(clock, plan.clock, "{what}"),
            }
        }
    }
}

fn capacity(storage: Storage, plan: &Plan, program: &Program) -> usize {
    let network = |id: NetworkId| {
        let mut networks = program.variables.networks.iter();
        // Asking for a network by its name answers with its handle.
        networks.find(|network| program.variables.clone().network(&network.name) == id).unwrap()
    };
    match storage {
        Storage::Slot(slot) => plan.slots[slot],
        Storage::Parameters(id) | Storage::Gradients(id) => network(id).parameter_elements,
        Storage::Average(id) => network(id).parameter_elements + network(id).buffer_elements,
        Storage::Buffers(id) => network(id).buffer_elements,
        Storage::Output => plan.output_elements,
        Storage::Ring => plan.columns * RING_ROWS,
    }
}

#[test]
fn regions_lie_inside_their_storage_and_are_aligned() {
    for (what, program, plan) in all_plans() {
        for dispatch in &plan.dispatches {
            for region in dispatch.inputs.iter().chain([&dispatch.output]) {
                let end = region.offset + region.elements;
                let capacity = capacity(region.storage, &plan, &program);
                assert!(end <= capacity, "{what}: {region:?} ends beyond {capacity} elements, in {dispatch:?}");
                assert_eq!(region.offset % ALIGN_ELEMENTS, 0, "{what}: {region:?} is not aligned, in {dispatch:?}");
                assert!(region.elements > 0, "{what}: {dispatch:?}");
            }
        }
    }
}

#[test]
fn no_dispatch_writes_what_it_reads() {
    for (what, _, plan) in all_plans() {
        for dispatch in &plan.dispatches {
            for input in dispatch.inputs.iter().filter(|input| input.storage == dispatch.output.storage) {
                if matches!(input.storage, Storage::Slot(0)) && disjoint(input, &dispatch.output) {
                    // Small tensors share a slot.
                    continue;
                }
                // Else only an assignment may share its storage; then it either reads just the elements that it writes,
                // each before it writes it, or a variable that lies elsewhere.
                assert!(matches!(input.storage, Storage::Buffers(_)), "{what}: reads and writes {:?}", input.storage);
                let Kernel::Fused(fused) = &dispatch.kernel else { panic!("{what}: {dispatch:?} is no assignment") };
                let apart = disjoint(input, &dispatch.output);
                let in_place = *input == dispatch.output
                    && fused
                        .loads
                        .iter()
                        .all(|load| dispatch.inputs[load.input] != *input || load.view == fused.output);
                assert!(apart || in_place, "{what}: {dispatch:?}");
            }
        }
    }
}

fn disjoint(a: &Region, b: &Region) -> bool {
    a.storage != b.storage || a.offset + a.elements <= b.offset || b.offset + b.elements <= a.offset
}

/// What a dispatch touches, with whether it writes; clocks stand for themselves.
fn touches(dispatch: &Dispatch) -> Vec<(Region, bool)> {
    dispatch.inputs.iter().map(|&input| (input, false)).chain([(dispatch.output, true)]).collect()
}

#[test]
fn the_branches_of_a_stage_do_not_wait_for_each_other() {
    for (what, _, plan) in all_plans() {
        let mut next = 0;
        for stage in &plan.stages {
            // What each branch touches in memory: not what stays in its registers, nor what it makes for itself.
            let mut seen: Vec<Vec<(Region, bool)>> = Vec::new();
            for branch in &stage.branches {
                assert_eq!(branch.dispatches.start, next, "{what}: the branches are the list in order");
                next = branch.dispatches.end;
                let mut own = Vec::new();
                for position in branch.dispatches.clone() {
                    own.extend(touches(&plan.dispatches[position]));
                }
                if let Fusion::Product { product, prologues, epilogue } = &branch.fusion {
                    assert!(plan.dispatches[*product].kernel.is_product(), "{what}: {branch:?}");
                    let registers: Vec<Region> = prologues
                        .iter()
                        .map(|prologue| {
                            assert!(prologue.map < *product, "{what}: a map comes before its product in the list");
                            let made = plan.dispatches[prologue.map].output;
                            assert_eq!(plan.dispatches[*product].inputs[prologue.operand], made, "{what}: {branch:?}");
                            made
                        })
                        .chain(epilogue.map(|_| plan.dispatches[*product].output))
                        .collect();
                    own.retain(|(region, _)| !registers.contains(region));
                }
                for other in &seen {
                    for (region, writes) in &own {
                        let clash = |(theirs, they_write): &&(Region, bool)| {
                            (*writes || *they_write) && !disjoint(region, theirs)
                        };
                        assert!(
                            !other.iter().any(|entry| clash(&entry)),
                            "{what}: {region:?} in two branches of a stage"
                        );
                    }
                }
                seen.push(own);
            }
        }
        assert_eq!(next, plan.dispatches.len(), "{what}: each dispatch has its stage");
    }
}

/// Scratch memory holds what an earlier dispatch of the same run left there, and nothing that came in between.
#[test]
fn scratch_memory_is_written_before_it_is_read() {
    for (what, _, plan) in all_plans() {
        let mut written: HashMap<Storage, Vec<bool>> = HashMap::new();
        for dispatch in &plan.dispatches {
            for input in &dispatch.inputs {
                if matches!(input.storage, Storage::Slot(_) | Storage::Gradients(_) | Storage::Output)
                    && !matches!(dispatch.kernel, Kernel::Update { .. })
                {
                    let known = written.get(&input.storage).map_or(&[][..], |known| &known[..]);
                    let known = known.get(input.offset..input.offset + input.elements);
                    assert!(known.is_some_and(|known| known.iter().all(|&known| known)), "{what}: {dispatch:?}");
                }
            }
            let Region { storage, offset, elements } = dispatch.output;
            let known = written.entry(storage).or_default();
            known.resize(known.len().max(offset + elements), false);
            known[offset..offset + elements].fill(true);
        }
    }
}

#[test]
fn every_parameter_gets_one_gradient_and_its_network_one_update() {
    for (key, program) in programs() {
        for (position, name) in [(plans::DISCRIMINATOR, "discriminator"), (plans::GENERATOR, "generator")] {
            let plan = &program.plans[position];
            assert_eq!(plan.name, name);
            let updated: Vec<NetworkId> = plan
                .dispatches
                .iter()
                .filter_map(|dispatch| match dispatch.kernel {
                    Kernel::Update { network, .. } => Some(network),
                    _ => None,
                })
                .collect();
            assert_eq!(updated.len(), 1, "{key}, {name}: one update");
            let mut gradients = 0;
            for (_, variable) in program.variables.iter().filter(|(_, variable)| variable.role == Role::Parameter) {
                let trained = variable.network == updated[0];
                let region = Region {
                    storage: Storage::Gradients(variable.network),
                    offset: variable.offset,
                    elements: variable.shape.elements(),
                };
                let writes = plan.dispatches.iter().filter(|dispatch| dispatch.output == region).count();
                let expected = if trained { 1 } else { 0 };
                assert_eq!(writes, expected, "{key}, {name}: gradients of `{}`", variable.name);
                gradients += writes;
            }
            let all =
                plan.dispatches.iter().filter(|dispatch| matches!(dispatch.output.storage, Storage::Gradients(_)));
            assert_eq!(all.count(), gradients, "{key}, {name}: nothing else is written among the gradients");
            let records =
                plan.dispatches.iter().filter(|dispatch| matches!(dispatch.kernel, Kernel::Record { .. })).count();
            assert_eq!(records, 1, "{key}, {name}: one row of the ring");
            let last = &plan.dispatches.last().unwrap().kernel;
            assert!(
                matches!(last, Kernel::Update { .. }),
                "{key}, {name}: the clock moves before the update asks for it"
            );
        }
        for position in [plans::SAMPLE, plans::REAL] {
            for dispatch in &program.plans[position].dispatches {
                let storage = dispatch.output.storage;
                assert!(matches!(storage, Storage::Slot(_) | Storage::Output), "{key}: drawing changes {storage:?}");
            }
        }
    }
}

#[test]
fn building_twice_gives_the_same_plans() {
    for ((key, first), (_, second)) in programs().into_iter().zip(programs()) {
        for (first, second) in first.plans.iter().zip(&second.plans) {
            assert_eq!(first.dispatches, second.dispatches, "{key}, {}", first.name);
            assert_eq!(first.slots, second.slots, "{key}, {}", first.name);
            assert_eq!((first.output_elements, first.columns), (second.output_elements, second.columns));
        }
    }
}
