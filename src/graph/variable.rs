//! What outlives a step: the networks' parameters and running statistics, and the tables batches are gathered from.

use super::Init;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// Handle of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VariableId(pub(crate) usize);

/// Handle of a network: a group of parameters with one optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NetworkId(pub(crate) usize);

impl NetworkId {
    /// The first network of a program; the only one of many.
    pub const FIRST: NetworkId = NetworkId(0);
}

/// Handle of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(pub(crate) usize);

/// Whether the optimiser moves a variable (PyTorch's parameter) or a step assigns it (PyTorch's buffer).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Parameter,
    Buffer,
}

/// A variable's description; `offset` is its place, in elements, in its network's flat arena for that role.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub shape: Shape,
    pub network: NetworkId,
    pub role: Role,
    pub init: Init,
    pub offset: usize,
}

/// A network: its name and the sizes of its two arenas in elements.
#[derive(Clone, Debug, Default)]
pub struct Network {
    pub name: String,
    pub parameter_elements: usize,
    pub buffer_elements: usize,
}

/// A table of bytes, one example a row; `gather` yields `byte * scale + offset`.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub rows: usize,
    pub width: usize,
    pub scale: f32,
    pub offset: f32,
}

/// The registry that the plans of one program share.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    pub variables: Vec<Variable>,
    pub networks: Vec<Network>,
    pub tables: Vec<Table>,
    /// Of [`Init::Given`].
    given: Vec<Vec<f32>>,
}

/// Variables start at multiples of this many elements: 256 bytes, WebGPU's alignment for storage bindings.
const ALIGN_ELEMENTS: usize = 64;

impl Variables {
    /// The network of that name, made on first use.
    pub fn network(&mut self, name: &str) -> NetworkId {
        if let Some(found) = self.networks.iter().position(|network| network.name == name) {
            return NetworkId(found);
        }
        self.networks.push(Network { name: name.to_string(), ..Network::default() });
        NetworkId(self.networks.len() - 1)
    }

    /// The networks with their names.
    pub fn networks(&self) -> impl Iterator<Item = (NetworkId, &str)> {
        self.networks.iter().enumerate().map(|(index, network)| (NetworkId(index), &network.name[..]))
    }

    /// The variable of that name, made on first use; a second use must agree in everything.
    pub fn variable(
        &mut self,
        network: NetworkId,
        name: &str,
        shape: Shape,
        role: Role,
        init: Init,
    ) -> Result<VariableId> {
        if let Some(found) =
            self.variables.iter().position(|variable| variable.name == name && variable.network == network)
        {
            let known = &self.variables[found];
            if known.shape != shape || known.role != role {
                return Err(Error::Graph {
                    op: "variable",
                    message: format!("`{name}` exists with shape {} and is asked for with shape {shape}", known.shape),
                });
            }
            return Ok(VariableId(found));
        }
        let arena = match role {
            Role::Parameter => &mut self.networks[network.0].parameter_elements,
            Role::Buffer => &mut self.networks[network.0].buffer_elements,
        };
        let offset = *arena;
        *arena = (offset + shape.elements()).next_multiple_of(ALIGN_ELEMENTS);
        self.variables.push(Variable { name: name.to_string(), shape, network, role, init, offset });
        Ok(VariableId(self.variables.len() - 1))
    }

    /// A table of bytes to gather batches from.
    pub fn table(&mut self, table: Table) -> TableId {
        self.tables.push(table);
        TableId(self.tables.len() - 1)
    }

    /// The variable's description.
    pub fn get(&self, id: VariableId) -> &Variable {
        &self.variables[id.0]
    }

    /// A buffer of that name with these values, which no step changes; made on first use.
    pub fn given(
        &mut self,
        network: NetworkId,
        name: &str,
        shape: Shape,
        values: impl FnOnce() -> Vec<f32>,
    ) -> Result<VariableId> {
        let init = Init::Given(self.given.len());
        let id = self.variable(network, name, shape, Role::Buffer, init)?;
        if self.get(id).init == init {
            self.given.push(values());
        }
        Ok(id)
    }

    /// Whether its values were given and never change.
    pub fn is_given(&self, id: VariableId) -> bool {
        matches!(self.get(id).init, Init::Given(_))
    }

    /// Where a variable lies in its network's average: buffers come behind the parameters.
    pub fn average_offset(&self, id: VariableId) -> usize {
        let variable = self.get(id);
        match variable.role {
            Role::Parameter => variable.offset,
            Role::Buffer => self.networks[variable.network.0].parameter_elements + variable.offset,
        }
    }

    /// All variables with their handles.
    pub fn iter(&self) -> impl Iterator<Item = (VariableId, &Variable)> {
        self.variables.iter().enumerate().map(|(index, variable)| (VariableId(index), variable))
    }

    /// Number of trainable numbers in a network, padding not counted.
    pub fn parameter_count(&self, network: NetworkId) -> usize {
        let parameters = self.variables.iter().filter(|v| v.network == network && v.role == Role::Parameter);
        parameters.map(|v| v.shape.elements()).sum()
    }

    /// A variable's first value: the same for a seed on every backend. Its random numbers are those of the variable's
    /// number among all: where a program declares others before it, it begins with other values than without them.
    pub fn initial(&self, id: VariableId, seed: u32) -> Vec<f32> {
        // Streams of initial values lie far from those of the steps' draws.
        const INIT_STREAM: u32 = 0x8000_0000;
        let variable = self.get(id);
        if let Init::Given(index) = variable.init {
            return self.given[index].clone();
        }
        variable.init.values(&variable.shape, seed, INIT_STREAM + id.0 as u32)
    }
}
