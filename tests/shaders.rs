//! Every shader that the presets and the kernel suite need, checked as text: no device is involved.

mod common;
#[path = "common/suite.rs"]
mod suite;

use common::ops::{KINDS, kind};
use ganvas::backend::{Clocks, Updates};
use ganvas::catalogue::PRESETS;
use ganvas::graph::Program;
use ganvas::kernel::{self, KERNELS, Launch, Tuning};
use ganvas::train::Settings;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, StorageAccess};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// WebGPU's default limits.
const MAX_STORAGE_BUFFERS: usize = 8;
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16_384;
const MAX_WORKGROUPS: u32 = 65_535;

/// What the launches belong to, and the launches of all its plans.
fn programs() -> Vec<(String, Program)> {
    let presets = PRESETS
        .iter()
        .filter(|preset| preset.is_pair())
        .map(|preset| (preset.key.to_string(), preset.recipe.program(Settings::new(preset).shape()).unwrap()));
    let entries = suite::all().into_iter().map(|entry| (entry.name.clone(), entry.program()));
    presets.chain(entries).chain([("step".to_string(), suite::Step::new().program)]).collect()
}

/// Those that a GPU gets, and those of an adapter that computes on the CPU.
fn launches() -> Vec<(String, Launch)> {
    let mut all = Vec::new();
    for (name, program) in programs() {
        for tuning in [false, true].map(Tuning::for_device) {
            let launches = kernel::lower_plans(&program, &tuning).into_iter().flatten();
            all.extend(launches.map(|launch| (format!("{name}, {}", launch.label()), launch)));
        }
    }
    all
}

fn parse(what: &str, source: &str) -> (Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{what}:\n{}\n{source}", error.emit_to_string(source)));
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let info = validator
        .validate(&module)
        .unwrap_or_else(|error| panic!("{what}:\n{}\n{source}", error.emit_to_string(source)));
    (module, info)
}

/// The storage bindings of a module: number, whether they are written, whether the entry point uses them.
fn storage(module: &Module, info: &ModuleInfo) -> BTreeMap<u32, (bool, bool)> {
    let mut found = BTreeMap::new();
    for (handle, variable) in module.global_variables.iter() {
        let Some(binding) = variable.binding else { continue };
        let AddressSpace::Storage { access } = variable.space else { panic!("{:?} is no storage", variable.name) };
        assert_eq!(binding.group, 0, "{:?}", variable.name);
        let used = !info.get_entry_point(0)[handle].is_empty();
        let known = found.insert(binding.binding, (access.contains(StorageAccess::STORE), used));
        assert!(known.is_none(), "binding {} is there twice", binding.binding);
    }
    found
}

#[test]
fn every_shader_is_valid_and_within_webgpus_limits() {
    let mut checked: HashMap<String, BTreeMap<u32, (bool, bool)>> = HashMap::new();
    let mut count = 0;
    for (what, launch) in launches() {
        count += 1;
        let bindings = checked.entry(launch.source.clone()).or_insert_with(|| {
            for mark in
                ["//BODY", "//EPILOGUE", "//COLUMNS", "//COUNTS", "//FOUR", "//STORES", "clocks.CLOCK", "clocks.SEED"]
            {
                assert!(!launch.source.contains(mark), "{what}: `{mark}` was not replaced\n{}", launch.source);
            }
            let (module, info) = parse(&what, &launch.source);
            let [entry] = &module.entry_points[..] else { panic!("{what}: one entry point") };
            assert_eq!(entry.name, "main", "{what}");
            assert_eq!(entry.stage, naga::ShaderStage::Compute, "{what}");
            let invocations: u32 = entry.workgroup_size.iter().product();
            assert!((1..=MAX_INVOCATIONS).contains(&invocations), "{what}: {invocations} invocations in a workgroup");
            let shared =
                module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::WorkGroup);
            let bytes: u32 = shared.map(|(_, variable)| module.types[variable.ty].inner.size(module.to_ctx())).sum();
            assert!(bytes <= MAX_WORKGROUP_BYTES, "{what}: {bytes} bytes of workgroup memory");
            storage(&module, &info)
        });
        assert!(bindings.len() <= MAX_STORAGE_BUFFERS, "{what}: {} storage buffers", bindings.len());
        let declared: Vec<(u32, bool)> = bindings.iter().map(|(&number, &(writes, _))| (number, writes)).collect();
        let bound: Vec<(u32, bool)> =
            launch.bindings.iter().enumerate().map(|(number, binding)| (number as u32, binding.writes)).collect();
        assert_eq!(declared, bound, "{what}: declared and bound (binding, read_write)\n{}", launch.source);
        for (number, (_, used)) in bindings.iter() {
            assert!(*used, "{what}: binding {number} is not used\n{}", launch.source);
        }
        for extent in launch.workgroups {
            assert!((1..=MAX_WORKGROUPS).contains(&extent), "{what}: {:?} workgroups", launch.workgroups);
        }
    }
    println!("{count} launches, {} distinct shaders", checked.len());
}

#[test]
fn no_buffer_is_bound_in_two_ways() {
    for (what, launch) in launches() {
        let targets: HashSet<_> = launch.bindings.iter().map(|binding| binding.target).collect();
        assert_eq!(targets.len(), launch.bindings.len(), "{what}: a buffer is bound twice");
    }
}

#[test]
fn every_family_is_in_the_table_and_used() {
    let parts = launches().into_iter().flat_map(|(_, launch)| launch.parts);
    let used: BTreeSet<&str> = parts.flat_map(|part| [vec![part.family], part.steps].concat()).collect();
    let known: BTreeSet<&str> = KERNELS.iter().map(|family| family.name).collect();
    assert_eq!(known.len(), KERNELS.len(), "two families have one name");
    assert_eq!(used, known, "families that are used (left) and those of KERNELS (right)");
    for family in KERNELS {
        assert!(!family.purpose.is_empty(), "{} says what it is for", family.name);
    }
}

#[test]
fn every_op_is_in_the_suite() {
    let mut seen = BTreeSet::new();
    for entry in suite::all() {
        for (output, _) in entry.outputs {
            let mut open = vec![output];
            while let Some(tensor) = open.pop() {
                let node = entry.case.graph.node(tensor);
                seen.insert(kind(&node.op));
                open.extend(&node.inputs);
            }
        }
    }
    // It has no kernel: it is another name for its input.
    seen.insert(kind(&ganvas::graph::Op::StopGradient));
    let missing: Vec<usize> = (0..KINDS).filter(|kind| !seen.contains(kind)).collect();
    assert!(missing.is_empty(), "no entry has the ops with the numbers {missing:?} in `kind`");
}

#[test]
fn the_clocks_have_one_layout() {
    let clocks = Clocks { seed: 11, discriminator: 12, generator: 13, sample_seed: 14, sample_page: 15 };
    let (words, member) = (clocks.words(), |name: &str| match name {
        "seed" => clocks.seed,
        "discriminator" => clocks.discriminator,
        "generator" => clocks.generator,
        "sample_seed" => clocks.sample_seed,
        "sample_page" => clocks.sample_page,
        other => panic!("struct Clocks in the shaders has a member `{other}` that Clocks has not"),
    });
    let mut found = 0;
    for (what, launch) in launches() {
        if !launch.source.contains("struct Clocks") {
            continue;
        }
        let (module, _) = parse(&what, &launch.source);
        let types = module.types.iter().map(|(_, kind)| kind);
        for kind in types.filter(|kind| kind.name.as_deref() == Some("Clocks")) {
            let naga::TypeInner::Struct { members, span } = &kind.inner else { panic!("{what}: Clocks is a struct") };
            let (updates, fields) = members.split_last().unwrap();
            assert_eq!(updates.name.as_deref(), Some("updates"), "{what}: what comes last");
            assert_eq!(updates.offset as usize, size_of_val(&words), "{what}: offset of the networks' updates");
            let of_one = size_of_val(&Updates::default().words());
            assert_eq!((span - updates.offset) as usize, of_one, "{what}: the updates of a network");
            assert_eq!(fields.len(), 5, "{what}: members of Clocks");
            for field in fields {
                let name = field.name.as_deref().unwrap();
                assert_eq!(words[field.offset as usize / 4], member(name), "{what}: offset of `{name}`");
            }
            found += 1;
        }
    }
    assert!(found > 0);
}

#[test]
fn the_drawing_shader_is_valid() {
    let grids = [[8, 8, 1, 28, 28, 2], [10, 8, 3, 32, 32, 2], [1, 1, 1, 1, 1, 0], [3, 5, 3, 7, 9, 1]];
    for [columns, rows, channels, height, width, gap] in grids {
        let source = kernel::draw_source([columns, rows], [channels, height, width], gap);
        let (module, info) = parse("draw", &source);
        let names: Vec<&str> = module.entry_points.iter().map(|entry| &entry.name[..]).collect();
        assert_eq!(names, ["draw_vertex", "draw_fragment"]);
        let bindings =
            module.global_variables.iter().filter_map(|(handle, variable)| Some((variable.binding?, handle)));
        let used: Vec<bool> = bindings.map(|(_, handle)| !info.get_entry_point(1)[handle].is_empty()).collect();
        assert_eq!(used, [true], "one buffer of images");
    }
}

#[test]
fn shaders_are_the_same_text_every_time() {
    let sources = |launches: Vec<(String, Launch)>| launches.into_iter().map(|(_, launch)| launch).collect::<Vec<_>>();
    assert_eq!(sources(launches()), sources(launches()));
}

#[test]
fn every_variant_of_tiled_products_and_the_probes_are_valid_and_within_webgpus_limits() {
    for task in ganvas::bench::PRODUCTS {
        let program = task.work().unwrap().program;
        for variant in kernel::Variant::all() {
            assert_eq!(kernel::Variant::parse(&variant.name()).unwrap(), variant);
            for launch in kernel::lower_with(&program.plans[0], &program.variables, &kernel::Tuning::all(variant)) {
                let what = format!("{}, {}", task.key, variant.name());
                let (module, _) = parse(&what, &launch.source);
                let shared =
                    module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::WorkGroup);
                let bytes: u32 =
                    shared.map(|(_, variable)| module.types[variable.ty].inner.size(module.to_ctx())).sum();
                assert!(bytes <= MAX_WORKGROUP_BYTES, "{what}: {bytes} bytes of workgroup memory");
                let invocations: u32 = module.entry_points[0].workgroup_size.iter().product();
                assert!(invocations <= MAX_INVOCATIONS, "{what}: {invocations} invocations in a workgroup");
                assert!(launch.workgroups.iter().all(|&extent| extent <= MAX_WORKGROUPS), "{what}");
            }
        }
    }
    for probe in [kernel::probe::peak(), kernel::probe::copy()] {
        parse("probe", &probe.source);
        assert!(probe.max_workgroups <= MAX_WORKGROUPS);
    }
    let refused = kernel::Variant::parse("64x48").unwrap_err().to_string();
    assert!(refused.contains("128x64"), "{refused}");
}
