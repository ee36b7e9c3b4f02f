// Prelude: 4 rows of the batch in a tile of lstm_tile.
const TILE_ROWS = 4u;
