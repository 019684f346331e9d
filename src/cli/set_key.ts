import type { OpenedImages } from "../data/encoded_images.ts";

/** Lines that are hashed together. */
const LINES = 4096;

/**
 * A name for a set's files and what is made of them: it changes with any name, size or time of change.
 *
 * @param images The set.
 * @param purpose What else it depends on.
 * @returns 24 hexadecimal digits.
 */
export async function setKey(
  images: Pick<OpenedImages, "stamps">,
  purpose: readonly unknown[],
): Promise<string> {
  let key = await digest(JSON.stringify(purpose));
  let lines: string[] = [];
  for await (const line of images.stamps()) {
    if (lines.push(line) < LINES) continue;
    key = await digest([key, ...lines].join("\n"));
    lines = [];
  }
  return (await digest([key, ...lines].join("\n"))).slice(0, 24);
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
