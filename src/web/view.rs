//! The canvases of a session: images are drawn by a shader where there is a GPU, everything else by a 2-D canvas.

use super::thrown;
use crate::backend::Backend;
use crate::backend::gpu::{Canvas, Grid, SurfaceTarget};
use crate::data::Form;
use crate::train::Trainer;
use crate::train::picture::Style;
use js_sys::Uint8ClampedArray;
use wasm_bindgen::prelude::*;
use web_sys::{ImageData, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

/// How the page has its pictures.
pub(super) const STYLE: Style = Style { gap: 2, side: 360, radius: 1.5 };

/// Where a page of examples is shown.
pub(super) struct View {
    gallery: &'static str,
    surface: Surface,
    /// Of the run, whose outputs it is connected with.
    stage: usize,
}

enum Surface {
    Gpu(Canvas),
    Cpu(OffscreenCanvasRenderingContext2d),
}

impl View {
    /// Shows a run's first gallery (the samples of a pair), or its second, on a canvas; None where it has no such.
    pub fn new(trainer: &Trainer, is_first: bool, canvas: OffscreenCanvas) -> Result<Option<View>, JsValue> {
        let Some(gallery) = trainer.play().galleries.get(usize::from(!is_first)) else { return Ok(None) };
        let (plan, [columns, rows]) = (gallery.plan, gallery.page());
        let surface = match (gallery.form(), trainer.backend()) {
            (Form::Image { channels, height, width }, Backend::Gpu(gpu)) => {
                let grid = Grid { columns, rows, channels, height, width, gap: STYLE.gap };
                let [width, height] = grid.size();
                canvas.set_width(width as u32);
                canvas.set_height(height as u32);
                let target = SurfaceTarget::OffscreenCanvas(canvas);
                Surface::Gpu(Canvas::new(gpu, target, plan, grid).map_err(thrown)?)
            }
            _ => {
                let context = canvas.get_context("2d")?.ok_or("this browser cannot draw on a canvas in a worker")?;
                Surface::Cpu(context.unchecked_into())
            }
        };
        Ok(Some(View { gallery: gallery.key, surface, stage: trainer.stage() }))
    }

    /// Draws page 0.
    pub async fn draw(&mut self, trainer: &mut Trainer) -> Result<(), JsValue> {
        match &mut self.surface {
            Surface::Gpu(canvas) => {
                trainer.start_page(self.gallery).map_err(thrown)?;
                let Backend::Gpu(gpu) = trainer.backend() else { return Ok(()) };
                // The networks of another stage have buffers of their own.
                if self.stage != trainer.stage()
                    && let Some(gallery) = trainer.play().gallery(self.gallery)
                {
                    canvas.follow(gpu, gallery.plan);
                    self.stage = trainer.stage();
                }
                canvas.draw(gpu).map_err(thrown)
            }
            Surface::Cpu(context) => {
                let picture = trainer.picture(self.gallery, &STYLE).await.map_err(thrown)?;
                let canvas = context.canvas();
                if canvas.width() as usize != picture.width || canvas.height() as usize != picture.height {
                    canvas.set_width(picture.width as u32);
                    canvas.set_height(picture.height as u32);
                }
                let bytes = picture.rgba();
                // A copy: a picture cannot lie in memory that threads share.
                let bytes = Uint8ClampedArray::from(&bytes[..]);
                let image = ImageData::new_with_js_u8_clamped_array(&bytes, picture.width as u32)?;
                context.put_image_data(&image, 0.0, 0.0)
            }
        }
    }
}
