// What an invocation holds of a row: sixteen values. A rasteriser loads lane by lane, and has room.
alias Block = mat4x4f;
