/** Files that Python wrote, for the tests (see make_python_files.py). */

import files from "./python_files.json" with { type: "json" };

/** The bytes that a base64 text stands for. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** The same with a file for each of the protocols 0 to 5. */
export const pythonFiles = files;
