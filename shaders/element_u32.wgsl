// Prelude: the element type of a kernel that is the same for several types.
alias Element = u32;
