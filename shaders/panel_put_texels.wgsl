// The panel that a kernel writes, as texels: see panel_put_buffer.wgsl.

@group(0) @binding(1) var panel: texture_storage_2d<rgba32float, write>;

fn panel_put(at: u32, value: vec4f) { textureStore(panel, vec2u(at % 2048u, at / 2048u), value); }
