//! What a program takes over from the one that it succeeds on the same device, by the names of networks and variables.

use super::{Program, Updates};
use crate::error::{Error, Result};
use crate::graph::{Arena, NetworkId, Role};

/// A run of elements that goes from an arena of the old program to one of the new.
pub(super) struct Inherited {
    pub elements: usize,
    pub from: (NetworkId, Arena, usize),
    pub to: (NetworkId, Arena, usize),
}

/// All that is taken over.
pub(super) struct Succession {
    pub values: Vec<Inherited>,
    /// Networks of both programs, old and new, and whether the average is new: it begins where the variables stand.
    networks: Vec<(NetworkId, NetworkId, bool)>,
}

impl Succession {
    /// What `new` takes over from `old`.
    ///
    /// # Errors
    /// [`Error::Data`] for a table that is another one, [`Error::Graph`] for a variable of the same name that has
    /// another shape or role.
    pub fn new(old: &Program, new: &Program) -> Result<Succession> {
        let tables = [old, new].map(|program| &program.variables.tables);
        let count = tables[0].len().max(tables[1].len());
        if let Some(index) = (0..count).find(|&index| tables[0].get(index) != tables[1].get(index)) {
            let [before, after] = tables.map(|list| match list.get(index) {
                Some(table) => format!("{table:?}"),
                None => "none".to_string(),
            });
            let message = format!("a program that succeeds another has its tables: it was {before} and is {after}");
            return Err(Error::Data { file: format!("table {index}"), field: "declaration", message });
        }
        let mut succession = Succession { values: Vec::new(), networks: Vec::new() };
        for (to, name) in new.variables.networks() {
            if let Some((from, _)) = old.variables.networks().find(|(_, own)| *own == name) {
                let average_is_new = new.has_average(to) && !old.has_average(from);
                succession.networks.push((from, to, average_is_new));
                succession.take_network(old, new, from, to)?;
            }
        }
        Ok(succession)
    }

    /// The networks of both programs, old and new.
    pub fn networks(&self) -> impl Iterator<Item = (NetworkId, NetworkId)> {
        self.networks.iter().map(|&(from, to, _)| (from, to))
    }

    /// The same with the updates of the new one; `before` has the old ones'.
    pub fn updates(&self, before: &[Updates]) -> impl Iterator<Item = (NetworkId, NetworkId, Updates)> {
        self.networks.iter().map(|&(from, to, average_is_new)| {
            let Updates { count, average_from } = before[from.0];
            (from, to, Updates { count, average_from: if average_is_new { count } else { average_from } })
        })
    }

    fn take_network(&mut self, old: &Program, new: &Program, from: NetworkId, to: NetworkId) -> Result<()> {
        for (new_id, variable) in new.variables.iter().filter(|(_, variable)| variable.network == to) {
            let own = |known: &&crate::graph::variable::Variable| known.network == from && known.name == variable.name;
            let Some((old_id, known)) = old.variables.iter().find(|(_, known)| own(known)) else { continue };
            // What is given belongs to the program.
            if new.variables.is_given(new_id) {
                continue;
            }
            if known.shape != variable.shape || known.role != variable.role {
                let [before, after] =
                    [known, variable].map(|variable| format!("a {:?} {}", variable.role, variable.shape));
                let name = format!("{}.{}", new.variables.networks[to.0].name, variable.name);
                return Err(Error::Graph { op: "succeed", message: format!("`{name}` was {before} and is {after}") });
            }
            let average = [(old, old_id), (new, new_id)].map(|(program, id)| program.variables.average_offset(id));
            for (source, target) in arenas(old, new, from, to, variable.role) {
                let offset =
                    |arena: Arena, own: usize, average: usize| if arena == Arena::Average { average } else { own };
                self.values.push(Inherited {
                    elements: variable.shape.elements(),
                    from: (from, source, offset(source, known.offset, average[0])),
                    to: (to, target, offset(target, variable.offset, average[1])),
                });
            }
        }
        Ok(())
    }
}

/// Which arenas of a network of the new program go on from which of the old one, for variables of that role.
fn arenas(old: &Program, new: &Program, from: NetworkId, to: NetworkId, role: Role) -> Vec<(Arena, Arena)> {
    let own = match role {
        Role::Parameter => Arena::Parameters,
        Role::Buffer => Arena::Buffers,
    };
    let mut pairs = vec![(own, own)];
    if new.has_average(to) {
        // A new average begins as the variable does.
        pairs.push((if old.has_average(from) { Arena::Average } else { own }, Arena::Average));
    }
    if role == Role::Parameter {
        pairs.push((Arena::Gradients, Arena::Gradients));
        let kept = |program: &Program, network: NetworkId| {
            program.rule(network).map_or(&[][..], |rule| rule.optimizer.moments())
        };
        let (before, after) = (kept(old, from), kept(new, to));
        // Another optimiser goes on from what both keep.
        for (name, target) in after.iter().zip(Arena::MOMENTS) {
            let source = before.iter().position(|known| known == name);
            pairs.extend(source.map(|source| (Arena::MOMENTS[source], target)));
        }
    }
    pairs
}
