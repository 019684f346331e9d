/**
 * A stand-in for `@std/cli` where JSR cannot be reached: `parseArgs` alone. It is linked in by
 * `deno.json` for development only.
 *
 * @module
 */
export * from "./parse_args.ts";
