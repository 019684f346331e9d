import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeVerificationBin,
  VerificationBinWriter,
} from "../../src/formats/verification_bin.ts";
import { fromBase64, pythonFiles } from "./python_files.ts";
import { memorySink } from "../support/memory_sink.ts";

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const IMAGES = ["\xff\xd8one", "\xff\xd8two", "", "\x89PNG"].map(ascii);

Deno.test("decodeVerificationBin() reads lists of bytes and of NumPy arrays of all protocols", () => {
  for (const file of [...pythonFiles.bins, ...pythonFiles.array_bins]) {
    const { images, same } = decodeVerificationBin(fromBase64(file), "lfw.bin");
    assertEquals(images, IMAGES);
    assertEquals(same, [true, false]);
  }
  const { same } = decodeVerificationBin(fromBase64(pythonFiles.numpy_flags), "lfw.bin");
  assertEquals(same, [true, false]);
});

Deno.test("decodeVerificationBin() reads what Python 2 pickled", () => {
  // (["\xff\xd8a", "b"], [True]) by protocols 2 and 0.
  const two = ascii("\x80\x02]q\x01(U\x03\xff\xd8aq\x02U\x01bq\x03e]q\x04\x88a\x86q\x05.");
  const zero = ascii("((lp0\nS'\\xff\\xd8a'\np1\naS'b'\np2\na(lp3\nI01\natp4\n.");
  for (const bytes of [two, zero]) {
    const { images, same } = decodeVerificationBin(bytes, "lfw.bin");
    assertEquals(images, [ascii("\xff\xd8a"), ascii("b")]);
    assertEquals(same, [true]);
  }
});

Deno.test("decodeVerificationBin() refuses what is no verification set", () => {
  const cases: [string, string][] = [
    ["]]]\x87.", "two lists"],
    ["N]\x86.", "two lists"],
    ["](C\x01ae](\x88e\x86.", "1 images for 1 pairs"],
    ["](C\x01aX\x01\x00\x00\x00be](\x88e\x86.", "image 1 is no bytes"],
    ["](C\x01aC\x01be](K\x02e\x86.", "pair 0"],
    ["](C\x01aC\x01be](N", "cut off"],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(
      () => decodeVerificationBin(ascii(text), "x.bin"),
      SyntaxError,
      message,
    );
    assertEquals(error.message.startsWith("x.bin "), true);
  }
  const shell = fromBase64(pythonFiles.shell[4]!);
  assertThrows(() => decodeVerificationBin(shell, "x.bin"), Error, '"posix.system"');
});

Deno.test("VerificationBinWriter writes what decodeVerificationBin() reads", async () => {
  const sink = memorySink();
  const writer = new VerificationBinWriter(sink);
  await writer.addPair(IMAGES[0]!, IMAGES[1]!, true);
  await writer.addPair(IMAGES[2]!, IMAGES[3]!, false);
  await writer.finish();
  const read = decodeVerificationBin(sink.bytes(), "mine.bin");
  assertEquals(read, { images: IMAGES, same: [true, false] });
});

Deno.test("VerificationBinWriter writes an empty set", async () => {
  const sink = memorySink();
  await new VerificationBinWriter(sink).finish();
  assertEquals(decodeVerificationBin(sink.bytes(), "none.bin"), { images: [], same: [] });
});
