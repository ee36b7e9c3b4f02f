// Prelude: four f32 at a time as the element type of a kernel, where rows are multiples of 4.
alias Element = vec4f;
