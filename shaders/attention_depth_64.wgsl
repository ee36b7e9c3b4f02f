// Prelude: attention of depth up to 64: rows of 16 vec4s, staged 16 at a time.
const QUADS: u32 = 16u;
const STAGED: u32 = 16u;
