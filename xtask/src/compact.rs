//! Rewrites the page's WebAssembly so that gzip makes less of it; what it does stays the same.
//!
//! - Locals of a function that are used most come first, and those that are not used at all go.
//! - Functions that are alike come one after another (`similar.rs`).
//! - What module and script call each other by is short: wasm-bindgen's names end in sixteen random digits.

use std::collections::HashMap;
use std::convert::Infallible;

use anyhow::{Context, Result, bail};
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ExportSection, Function, FunctionSection, ImportSection, Instruction, Module, ValType,
};
use wasmparser::{
    CodeSectionReader, CompositeInnerType, Export, FunctionBody, FunctionSectionReader, ImportSectionReader, Operator,
    Parser, Payload, TypeRef,
};

use crate::similar;

/// Names in place of others.
pub type Names = HashMap<String, String>;

/// Short names for those by which a module and its script call each other, and the script with these.
pub fn short_names(module: &[u8], script: &str) -> Result<(Names, String)> {
    let facts = Facts::of(module)?;
    let all = facts.imports.iter().flat_map(|(module, name)| [module, name]);
    // Other exports are called by scripts of ours.
    let mut long: Vec<_> = all.chain(facts.exports.iter().filter(|name| name.starts_with("wasm_bindgen__"))).collect();
    long.sort();
    long.dedup();
    let names: Names = (0..).zip(long).map(|(i, name)| (name.clone(), format!("_{}", letters(i)))).collect();
    // A module's name is an address, and stands in quotes; all others are whole words.
    let is_address = |name: &str| name.starts_with("./");
    let (mut text, mut unseen) = (script.to_string(), names.clone());
    for (address, short) in names.iter().filter(|(name, _)| is_address(name)) {
        if text.contains(&format!("\"{address}\"")) {
            text = text.replace(&format!("\"{address}\""), &format!("\"{short}\""));
            unseen.remove(address);
        }
    }
    let mut renamed = String::new();
    let is_part_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let is_word = is_part_of_word(first);
        let (piece, next) = rest.split_at(rest.find(|letter| is_part_of_word(letter) != is_word).unwrap_or(rest.len()));
        renamed += names.get(piece).map_or(piece, String::as_str);
        unseen.remove(piece);
        rest = next;
    }
    match unseen.keys().next() {
        Some(missing) => bail!("the engine's script does not say {missing}, and its module does"),
        None => Ok((names, renamed)),
    }
}

fn letters(number: u32) -> String {
    let last = char::from(b'A' + (number % 26) as u8);
    if number < 26 { last.to_string() } else { format!("{}{last}", letters(number / 26 - 1)) }
}

/// A module, rewritten, under other names where `names` has one.
pub fn compacted(module: &[u8], names: &Names) -> Result<Vec<u8>> {
    let facts = Facts::of(module)?;
    let in_place = (0..facts.bodies.len()).collect();
    let module = Rewriter::new(&facts, names, in_place).rewrite(module)?;
    let (facts, no_names) = (Facts::of(&module)?, Names::new());
    let bytes: Vec<&[u8]> = facts.bodies.iter().map(FunctionBody::as_bytes).collect();
    Rewriter::new(&facts, &no_names, similar::order(&bytes)).rewrite(&module)
}

/// What has to be known of a module before it is rewritten.
#[derive(Default)]
struct Facts<'a> {
    /// Of functions, globals and so on, but not of memory: module and name.
    imports: Vec<(String, String)>,
    imported_functions: u32,
    exports: Vec<String>,
    /// How many parameters functions of each type take.
    parameters: Vec<u32>,
    /// The type of each function.
    types: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Facts<'a> {
    fn of(module: &'a [u8]) -> Result<Self> {
        let mut facts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        facts.parameters.extend(group?.types().map(|kind| match &kind.composite_type.inner {
                            CompositeInnerType::Func(function) => function.params().len() as u32,
                            _ => 0,
                        }));
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        facts.imported_functions += u32::from(matches!(import.ty, TypeRef::Func(_)));
                        if !matches!(import.ty, TypeRef::Memory(_)) {
                            facts.imports.push((import.module.into(), import.name.into()));
                        }
                    }
                }
                Payload::FunctionSection(section) => facts.types = section.into_iter().collect::<Result<_, _>>()?,
                Payload::ExportSection(section) => {
                    for export in section {
                        facts.exports.push(export?.name.into());
                    }
                }
                Payload::CodeSectionEntry(body) => facts.bodies.push(body),
                _ => {}
            }
        }
        Ok(facts)
    }
}

/// Copies a module with functions in another order, locals in the order of their use, and other names.
struct Rewriter<'a> {
    facts: &'a Facts<'a>,
    names: &'a Names,
    /// Of the module's own functions, without the imported ones.
    order: Vec<usize>,
    /// Where each of them is in that order.
    places: Vec<u32>,
    /// Of the function that is being copied: what each of its locals becomes.
    locals: Vec<u32>,
}

impl<'a> Rewriter<'a> {
    fn new(facts: &'a Facts<'a>, names: &'a Names, order: Vec<usize>) -> Self {
        let mut places = vec![0; order.len()];
        (0..).zip(&order).for_each(|(place, &function)| places[function] = place);
        Self { facts, names, order, places, locals: Vec::new() }
    }

    fn rewrite(mut self, module: &[u8]) -> Result<Vec<u8>> {
        let mut copy = Module::new();
        self.parse_core_module(&mut copy, Parser::new(0), module).context("the module could not be rewritten")?;
        Ok(copy.finish())
    }

    /// The locals that a function has besides its parameters, in the order of their use; notes what each becomes.
    fn sort_locals(&mut self, parameters: u32, body: &FunctionBody<'_>) -> Result<Vec<(u32, ValType)>, Error> {
        let mut types = Vec::new();
        for declared in body.get_locals_reader()? {
            let (count, kind) = declared?;
            types.extend(std::iter::repeat_n(self.val_type(kind)?, count as usize));
        }
        let mut uses = vec![0_u32; types.len()];
        for operator in body.get_operators_reader()? {
            if let Some(at) = local_of(&operator?).and_then(|local| local.checked_sub(parameters)) {
                uses[at as usize] += 1;
            }
        }
        let of_type =
            |kind| -> u32 { uses.iter().zip(&types).filter(|(_, other)| **other == kind).map(|(n, _)| n).sum() };
        let first = |kind| types.iter().position(|other| *other == kind);
        let mut sorted: Vec<usize> = (0..types.len()).filter(|&local| uses[local] > 0).collect();
        // Locals of a type are declared together.
        let key = |&local: &usize| {
            let kind = types[local];
            (std::cmp::Reverse(of_type(kind)), first(kind), std::cmp::Reverse(uses[local]), local)
        };
        sorted.sort_by_cached_key(key);
        self.locals = (0..parameters).chain(std::iter::repeat_n(0, types.len())).collect();
        (parameters..).zip(&sorted).for_each(|(to, &local)| self.locals[parameters as usize + local] = to);
        let mut declared: Vec<(u32, ValType)> = Vec::new();
        for local in sorted {
            match declared.last_mut().filter(|(_, kind)| *kind == types[local]) {
                Some((count, _)) => *count += 1,
                None => declared.push((1, types[local])),
            }
        }
        Ok(declared)
    }
}

fn local_of(operator: &Operator) -> Option<u32> {
    match *operator {
        Operator::LocalGet { local_index }
        | Operator::LocalSet { local_index }
        | Operator::LocalTee { local_index } => Some(local_index),
        _ => None,
    }
}

impl Reencode for Rewriter<'_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let own = function.checked_sub(self.facts.imported_functions);
        Ok(own.map_or(function, |own| self.facts.imported_functions + self.places[own as usize]))
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            let kind = self.entity_type(import.ty)?;
            let renamed = |name: &str| self.names.get(name).cloned().unwrap_or_else(|| name.into());
            imports.import(&renamed(import.module), &renamed(import.name), kind);
        }
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
        let name = self.names.get(export.name).map_or(export.name, String::as_str);
        wasm_encoder::reencode::utils::parse_export(self, exports, Export { name, ..export })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        self.order.iter().for_each(|&function| _ = functions.function(self.facts.types[function]));
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _section: CodeSectionReader<'_>) -> Result<(), Error> {
        for function in self.order.clone() {
            let body = &self.facts.bodies[function];
            let parameters = self.facts.parameters[self.facts.types[function] as usize];
            let mut copy = Function::new(self.sort_locals(parameters, body)?);
            for operator in body.get_operators_reader()? {
                let instruction = self.instruction(operator?)?;
                let local = |local: u32| self.locals[local as usize];
                copy.instruction(&match instruction {
                    Instruction::LocalGet(old) => Instruction::LocalGet(local(old)),
                    Instruction::LocalSet(old) => Instruction::LocalSet(local(old)),
                    Instruction::LocalTee(old) => Instruction::LocalTee(local(old)),
                    other => other,
                });
            }
            code.function(&copy);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, ExportKind, FuncType, TypeSection};

    use super::*;

    /// One imported function; two that are alike and another between them, each with a local more than it uses.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().func_type(&FuncType::new([ValType::I32], [ValType::I32]));
        let mut imports = ImportSection::new();
        imports.import("./page_bg.js", "__wbg_grow_0123456789abcdef", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for constant in [1, 100, 2] {
            functions.function(0);
            let mut function = Function::new([(1, ValType::F32), (2, ValType::I32)]);
            for _ in 0..if constant == 100 { 1 } else { 9 } {
                function.instruction(&Instruction::I32Const(if constant == 100 { 100 } else { 7 }));
                function.instruction(&Instruction::LocalSet(3));
            }
            function.instruction(&Instruction::LocalGet(0));
            function.instruction(&Instruction::Call(if constant == 2 { 2 } else { 0 }));
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut exports = ExportSection::new();
        exports.export("session_run", ExportKind::Func, 3);
        exports.export("wasm_bindgen__invoke_hfedcba9876543210", ExportKind::Func, 2);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
        module.finish()
    }

    const SCRIPT: &str = "import0={__wbg_grow_0123456789abcdef:a};({\"./page_bg.js\":import0});\
                          wasm.wasm_bindgen__invoke_hfedcba9876543210(1);wasm.session_run(2);__wbg_grow_0123456789abcdefg";

    #[test]
    fn functions_move_and_calls_with_them() {
        let (names, script) = short_names(&module(), SCRIPT).unwrap();
        assert_eq!(
            script,
            "import0={_B:a};({\"_A\":import0});wasm._C(1);wasm.session_run(2);__wbg_grow_0123456789abcdefg"
        );
        let compacted = compacted(&module(), &names).unwrap();
        wasmparser::validate(&compacted).unwrap();
        let facts = Facts::of(&compacted).unwrap();
        assert_eq!(facts.imports, [("_A".to_string(), "_B".to_string())]);
        assert_eq!(facts.exports, ["session_run", "_C"]);
        let operators = |body: &FunctionBody| -> Vec<String> {
            body.get_operators_reader()
                .unwrap()
                .into_iter()
                .map(|operator| format!("{:?}", operator.unwrap()))
                .collect()
        };
        let bodies: Vec<_> = facts.bodies.iter().map(operators).collect();
        assert_eq!(bodies.iter().map(Vec::len).collect::<Vec<_>>(), [21, 21, 5], "the second comes last");
        let calls = bodies.iter().map(|body| body[body.len() - 2].as_str()).collect::<Vec<_>>();
        let call = |function| format!("Call {{ function_index: {function} }}");
        assert_eq!(calls, [call(0), call(3), call(0)]);
        // The parameter stays local 0, and the one that is used comes behind it.
        assert_eq!(bodies[2][1], "LocalSet { local_index: 1 }");
        let locals = facts.bodies[2].get_locals_reader().unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(locals, [(1, wasmparser::ValType::I32)]);
    }

    #[test]
    fn a_name_that_the_script_does_not_say_is_an_error() {
        let message = short_names(&module(), "wasm.session_run(2)").unwrap_err().to_string();
        assert!(message.contains("does not say"), "{message}");
        assert!(compacted(b"<!doctype html>", &Names::new()).is_err());
    }
}
