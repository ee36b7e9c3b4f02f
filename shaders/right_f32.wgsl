// Prelude: the right operand of a contraction as it is: f32, alone or four at a time.
alias RightOne = f32;
alias RightQuad = vec4f;
fn right_word(i: u32) -> u32 { return i; }
fn right_one(word: RightOne, _i: u32) -> f32 { return word; }
fn right_four(words: RightQuad) -> vec4f { return words; }
