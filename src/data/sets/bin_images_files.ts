import { basename } from "@std/path";
import { decodeVerificationBin } from "../../formats/verification_bin.ts";
import { type OpenedImages, requireSample } from "../encoded_images.ts";
import { stampOf } from "./single_files.ts";

/**
 * Opens a verification set, `lfw.bin` and the like. It knows no identities, only pairs: those of pair 7 are
 * called `0007` where both images show one person, and else `0007a` and `0007b`, and images after LFW's rule,
 * `0007/0007_0002`. One person may well stand in several pairs, under as many names.
 *
 * @throws Error when it cannot be read, is damaged, or something else.
 */
export async function openVerificationBin(path: string): Promise<OpenedImages> {
  const { images, same } = decodeVerificationBin(await Deno.readFile(path), path);
  const digits = Math.max(4, String(same.length).length);
  const identities: string[] = [];
  const sampleNames: string[] = [];
  const labels = new Uint32Array(images.length);
  same.forEach((isSame, pair) => {
    const number = String(pair + 1).padStart(digits, "0");
    [0, 1].forEach((side) => {
      const identity = isSame ? number : number + "ab"[side];
      if (identities.at(-1) !== identity) identities.push(identity);
      labels[2 * pair + side] = identities.length - 1;
      sampleNames.push(`${identity}/${identity}_000${isSame ? side + 1 : 1}`);
    });
  });
  const set = { name: path, labels };
  return {
    ...set,
    format: "verification set",
    identities,
    sampleNames,
    ignored: 0,
    remarks: [
      `${path} has ${same.length} pairs and no identities; each pair is taken for its own.`,
    ],
    pairs: {
      left: Uint32Array.from(same, (_, pair) => 2 * pair),
      right: Uint32Array.from(same, (_, pair) => 2 * pair + 1),
      same: Uint8Array.from(same, (isSame) => isSame ? 1 : 0),
    },
    encoded: (index) =>
      new Promise((resolve) => {
        requireSample(set, index);
        resolve(images[index]!.slice() as Uint8Array<ArrayBuffer>);
      }),
    async *stamps() {
      yield await stampOf(path, basename(path));
    },
    [Symbol.dispose]() {},
  };
}
