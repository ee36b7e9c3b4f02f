// Prelude: the left operand of a contraction as it is: f32, alone or four at a time.
alias LeftOne = f32;
alias LeftQuad = vec4f;
fn left_word(i: u32) -> u32 { return i; }
fn left_one(word: LeftOne, _i: u32) -> f32 { return word; }
fn left_four(words: LeftQuad) -> vec4f { return words; }
