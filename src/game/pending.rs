use crate::error::Result;
use crate::graph::{Clock, Graph, Tensor};
impl Graph {
    pub fn shuffled_index_of(&mut self, _stream: u32, clock: Clock, len: usize, batch: usize) -> Result<Tensor> {
        self.shuffled_index(clock, len, batch)
    }
    pub fn ramp(&mut self, _clock: Clock, _from: u32, _until: u32) -> Result<Tensor> {
        Ok(self.constant(1.0, []))
    }
}
