//! What the launches of a step take, for the page.

use super::session::Session;
use super::{now, thrown};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    plan: &'static str,
    kernel: String,
    what: String,
    seconds: f64,
    flops: f64,
    size_bytes: f64,
}

#[wasm_bindgen]
impl Session {
    /// Times each launch of a step; training stands still meanwhile, and the run stands afterwards where it stood before:
    /// `{ plan, kernel, what, seconds, flops, sizeBytes }[]`.
    pub async fn profile(&mut self) -> Result<JsValue, JsValue> {
        let timed = self.trainer.profile(&|| now() / 1e3).await.map_err(thrown)?;
        let lines: Vec<Line> = timed
            .iter()
            .map(|timed| {
                let parts = || timed.launches.iter().flat_map(|launch| &launch.parts);
                Line {
                    plan: timed.plan,
                    kernel: parts().map(|part| part.family).collect::<Vec<_>>().join(" + "),
                    what: parts().map(|part| &part.label[..]).collect::<Vec<_>>().join(" | "),
                    seconds: timed.seconds,
                    flops: parts().map(|part| part.flops as f64).sum(),
                    size_bytes: parts().map(|part| part.size_bytes as f64).sum(),
                }
            })
            .collect();
        Ok(serde_wasm_bindgen::to_value(&lines)?)
    }
}
