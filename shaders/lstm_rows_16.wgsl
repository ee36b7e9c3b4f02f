// Prelude: 16 rows of the batch in a tile of lstm_tile.
const TILE_ROWS = 16u;
