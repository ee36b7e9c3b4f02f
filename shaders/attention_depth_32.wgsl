// Prelude: attention of depth up to 32: rows of 8 vec4s, staged 32 at a time.
const QUADS: u32 = 8u;
const STAGED: u32 = 32u;
