// Prelude: attention of depth up to 128: rows of 32 vec4s, staged 8 at a time.
const QUADS: u32 = 32u;
const STAGED: u32 = 8u;
