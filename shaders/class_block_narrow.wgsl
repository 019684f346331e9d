// What an invocation holds of a row: four values. GPUs want neighbours to load neighbours, and few registers.
alias Block = vec4f;
