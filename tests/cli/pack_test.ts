import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { openTarget } from "../../src/cli/pack.ts";
import { PackedNames, packingOrder } from "../../src/cli/pack/target.ts";
import { packImages, type PackState } from "../../src/cli/pack/work.ts";
import type { EncodedImages } from "../../src/data/encoded_images.ts";
import { openImages } from "../../src/data/sets/open_images_files.ts";
import { encodedSet } from "../data/decoding/encoded_set.ts";
import { run, runTask, withFiles } from "./command.ts";
import { jpegFace, pngFace, truncated } from "./faces.ts";

/** Twelve faces of three people, JPEG and PNG, with names as they come. */
async function faces(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (let i = 0; i < 12; i++) {
    const name = ["Ann Lee", "m.0bo", "Zoë"][i % 3]!;
    if (i % 2 === 0) files[`${name}/${name}_000${i}.JPG`] = await jpegFace(i % 3, i);
    else files[`${name}/${name}_000${i}.png`] = pngFace(i % 3, i);
  }
  return files;
}

/** All files below a folder by their paths. */
async function filesOf(dir: string, below = ""): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name, isDirectory } of Deno.readDir(join(dir, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (!isDirectory) files.set(path, await Deno.readFile(join(dir, path)));
    else for (const [inner, bytes] of await filesOf(dir, path)) files.set(inner, bytes);
  }
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

async function good(...args: string[]): Promise<void> {
  const { code, err } = await run("pack", ...args);
  assertEquals(code, 0, err);
}

Deno.test("pack takes folders through every format and back, bit for bit", async () => {
  await withFiles(await prefixed("from", await faces()), async (dir) => {
    const at = (name: string) => join(dir, name);
    await good(at("from"), at("rec"), "--format", "rec");
    await good(at("rec"), at("a.zip"));
    await good(at("a.zip"), at("a.tar"));
    await good(at("a.tar"), at("back"));
    await good(join(at("rec"), "train.rec"), at("again"));
    const expected = await filesOf(at("from"));
    assertEquals(expected.size, 12);
    assertEquals(await filesOf(at("back")), expected);
    assertEquals(await filesOf(at("again")), expected);
    const property = await Deno.readTextFile(join(at("rec"), "property"));
    assertEquals(property, "3,40,36\n");
    const left = (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
    assertEquals(left, ["a.tar", "a.zip", "again", "back", "from", "rec"]);
  });
});

async function prefixed(
  folder: string,
  files: Record<string, Uint8Array>,
): Promise<Record<string, Uint8Array>> {
  await Promise.resolve();
  return Object.fromEntries(Object.entries(files).map(([name, f]) => [`${folder}/${name}`, f]));
}

/** Two folds of two pairs of each kind among people with four images. */
const PAIRS = "2\t2\n" +
  "a\t1\t2\nb\t1\t3\na\t1\tb\t2\nc\t1\tb\t4\n" +
  "c\t4\t3\na\t3\t4\nb\t1\tc\t2\na\t4\tc\t4\n";

async function pairFaces(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = { "pairs.txt": new TextEncoder().encode(PAIRS) };
  for (let i = 0; i < 12; i++) {
    const [person, image] = [i % 3, 1 + Math.floor(i / 3)];
    const name = "abc"[person]!;
    files[`${name}/${name}_000${image}.jpg`] = await jpegFace(person, image);
  }
  return files;
}

Deno.test("pack makes a verification set of pairs, which evaluate judges the same", async () => {
  await withFiles(await pairFaces(), async (dir) => {
    const at = (name: string) => join(dir, name);
    const out = await Deno.makeTempDir();
    try {
      const bin = join(out, "set.bin");
      await good(dir, bin, "--pairs", at("pairs.txt"));
      await good(bin, join(out, "back"));
      const back = await filesOf(join(out, "back"));
      assertEquals(back.get("0001/0001_0002.jpg"), await Deno.readFile(at("a/a_0002.jpg")));
      assertEquals(back.get("0004b/0004b_0001.jpg"), await Deno.readFile(at("b/b_0004.jpg")));
      assertEquals(back.size, 16 + 1);
      const scores = async (...args: string[]) => {
        const judged = ["--raw-pixels", "--size", "20x18", "--json"];
        const { code, out, err } = await run("evaluate", "pairs", ...judged, ...args);
        assertEquals(code, 0, err);
        const { list: _, folder: __, images: ___, seconds: ____, ...rest } = JSON.parse(out);
        return rest;
      };
      const expected = await scores("--images", dir, "--pairs", at("pairs.txt"));
      assertEquals(await scores("--pairs", bin, "--folds", "2"), expected);
      const list = join(out, "pairs.txt");
      await Deno.writeTextFile(list, PAIRS);
      await good(dir, join(out, "set.zip"));
      assertEquals(await scores("--images", join(out, "set.zip"), "--pairs", list), expected);
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  });
});

Deno.test("pack counts and names damaged images, and leaves out pairs with one", async () => {
  const files = await pairFaces();
  files["b/b_0001.jpg"] = truncated(files["b/b_0001.jpg"]!);
  files["d/d_0001.jpg"] = new TextEncoder().encode("no image");
  await withFiles(files, async (dir) => {
    const out = await Deno.makeTempDir();
    try {
      const { code, out: json, err } = await run(
        "pack",
        dir,
        join(out, "rec"),
        "--format",
        "rec",
        "--json",
      );
      assertEquals(code, 0, err);
      const { images, damaged } = JSON.parse(json);
      assertEquals(images, 11);
      assertEquals(damaged.map(({ file }: { file: string }) => file), [
        "b/b_0001.jpg",
        "d/d_0001.jpg",
      ]);
      assertStringIncludes(err, "2 of 13 images were left out");
      const lines = (await Deno.readTextFile(join(out, "rec.damaged.txt"))).trim().split("\n");
      assertEquals(lines, damaged.map(({ reason }: { reason: string }) => reason));
      assertEquals(await Deno.readTextFile(join(out, "rec", "property")), "3,40,36\n");
      const bin = await run("pack", dir, join(out, "v.bin"), "--pairs", join(dir, "pairs.txt"));
      assertEquals(bin.code, 0);
      assertStringIncludes(bin.err, "2 of 8 pairs were left out");
      await good(dir, join(out, "all"), "--no-check");
      assertEquals((await filesOf(join(out, "all"))).size, 13);
      await good(dir, join(out, "small"), "--size", "20x18", "--min-images", "2");
      const small = await filesOf(join(out, "small"));
      assertEquals([small.size, [...small.keys()][0]], [11, "a/a_0001.png"]);
    } finally {
      await Deno.remove(out, { recursive: true });
    }
  });
});

Deno.test("pack keeps landmarks beside folders, as a list that reads back", async () => {
  const points = "38 51.5 73 51 56 71 41 92 70 92";
  const files = {
    "a/1.png": pngFace(0, 1),
    "b/1.png": pngFace(1, 1),
    "list.txt": `b/1.png 0 ${points}\na/1.png 1 ${points}\n`,
  };
  await withFiles(files, async (dir) => {
    const out = join(dir, "out");
    await Deno.mkdir(out);
    for (const format of ["folder", "rec"]) {
      await good(join(dir, "list.txt"), join(out, format), "--format", format);
    }
    const list = await Deno.readTextFile(join(out, "folder", "landmarks.txt"));
    assertEquals(list.replaceAll("\t", " "), `b/1.png 0 ${points}\na/1.png 1 ${points}\n`);
    assertEquals(await Deno.readTextFile(join(out, "rec", "landmarks.txt")), list);
    using back = await openImages(join(out, "folder", "landmarks.txt"));
    using listed = await openImages(join(dir, "list.txt"));
    assertEquals(back.landmarks, listed.landmarks);
  });
});

Deno.test("packing can be gone on with after an interruption, in every format", async () => {
  const files = await pairFaces();
  delete files["pairs.txt"];
  files["b/b_0002.jpg"] = truncated(files["b/b_0002.jpg"]!);
  const set = encodedSet(files as Record<string, Uint8Array<ArrayBuffer>>);
  const pairs = {
    left: Uint32Array.of(0, 3, 4, 1),
    right: Uint32Array.of(2, 5, 7, 9),
    same: Uint8Array.of(1, 0, 1, 0),
  };
  const images: EncodedImages = { ...set, pairs };
  const dir = await Deno.makeTempDir();
  try {
    for (const format of ["folder", "rec", "zip", "tar", "bin"] as const) {
      const order = packingOrder(images, format);
      const start = { done: 0, bytes: 0, damaged: [], sizes: [] };
      const path = (name: string) => join(dir, `${format}-${name}`);
      const pack = async (to: string, start: PackState, stopAfter: number) => {
        const interruption = { asked: false };
        let saved = start;
        let reads = 0;
        const counted = {
          ...images,
          encoded: (index: number) => {
            if (++reads > stopAfter) interruption.asked = true;
            return images.encoded(index);
          },
        };
        using target = await openTarget(images, format, to, start);
        const state = await packImages({
          images: counted,
          order,
          target,
          start,
          check: true,
          size: null,
          workers: 1,
          save: (state) => Promise.resolve(void (saved = state)),
          interruption,
        });
        if (interruption.asked) return saved;
        await target.finish(new Map(state.sizes));
        return state;
      };
      const whole = await pack(path("whole"), start, Infinity);
      for (const stopAfter of [0, 6]) {
        const to = path(`cut${stopAfter}`);
        const saved = await pack(to, start, stopAfter);
        assert(saved.done > 0 && saved.done < order.length, `${saved.done}`);
        // What was written after the last save is of no matter.
        if (format !== "folder" && format !== "rec") {
          await Deno.writeTextFile(`${to}.part`, "rubbish", { append: true });
        }
        const resumed = await pack(to, saved, Infinity);
        assertEquals(resumed, whole);
      }
      for (const name of ["cut0", "cut6"]) {
        const isFolder = format === "folder" || format === "rec";
        const read = (name: string) => isFolder ? filesOf(path(name)) : Deno.readFile(path(name));
        assertEquals(await read(name), await read("whole"), format);
      }
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("pack --resume goes on with its own work alone, and without it nothing is lost", async () => {
  await withFiles(await prefixed("from", await faces()), async (dir) => {
    const at = (name: string) => join(dir, name);
    const none = await run("pack", at("from"), at("to"), "--resume");
    assertEquals(none.code, 1);
    assertStringIncludes(none.err, "There is no interrupted run to go on with");
    await Deno.mkdir(at("to.part"));
    const state = { format: "spheregrad pack in progress 1", key: "other", done: 3 };
    await Deno.writeTextFile(at("to.part.json"), JSON.stringify(state));
    const anew = await run("pack", at("from"), at("to"));
    assertStringIncludes(anew.err, "--resume goes on with it");
    const other = await run("pack", at("from"), at("to"), "--resume");
    assertStringIncludes(other.err, "belongs to another set");
    await good(at("from"), at("other"));
    const again = await run("pack", at("from"), at("other"));
    assertStringIncludes(again.err, "is there already");
    const inside = await run("pack", at("from"), join(at("from"), "x"));
    assertStringIncludes(inside.err, "lies in");
    const pairless = await run("pack", at("from"), at("x.bin"));
    assertStringIncludes(pairless.err, "give their list by --pairs");
    const rec = await run("pack", at("from"), at("x.rec"));
    assertStringIncludes(rec.err, "--format rec");
    assertEquals((await run("pack", at("from"))).code, 1);
  });
});

Deno.test("pack refuses a set of damaged images alone, and leaves nothing", async () => {
  await withFiles({ "from/a/1.jpg": "x", "from/b/1.jpg": "y" }, async (dir) => {
    for (const to of ["to", "to.zip"]) {
      const { code, err } = await run("pack", join(dir, "from"), join(dir, to));
      assertEquals(code, 1);
      assertStringIncludes(err, "None of the 2 images can be used");
    }
    assertEquals((await Array.fromAsync(Deno.readDir(dir))).length, 1);
  });
});

Deno.test("PackedNames never lead out of the set, and are never the same", async () => {
  const png = pngFace(0, 0);
  const names = ["../../etc", "a/b", "..", ".hidden", "A", "a"];
  const set: EncodedImages = {
    name: "evil",
    identities: names,
    labels: Uint32Array.of(0, 0, 1, 2, 3, 4, 5),
    sampleNames: ["x/../../passwd", "y/passwd", "/abs.png", "..", ".", "C:\\x.png", "a/1.png"],
    encoded: () => Promise.resolve(png.slice()),
  };
  const packed = new PackedNames(set);
  const paths = Array.from(set.labels, (_, sample) => packed.take(sample, png));
  assertEquals(paths.map(({ label }) => label), [0, 0, 1, 2, 3, 4, 5]);
  assertEquals(new Set(paths.map(({ path }) => path.toLowerCase())).size, 7);
  for (const { path } of paths) assert(/^[^./\\][^/\\]*\/[^./\\][^/\\]*\.png$/.test(path), path);
  const dir = await Deno.makeTempDir();
  try {
    using target = await openTarget(set, "folder", join(dir, "to"), {
      done: 0,
      bytes: 0,
      damaged: [],
      sizes: [],
    });
    for (const sample of set.labels.keys()) await target.add(sample, png);
    await target.finish(new Map());
    assertEquals((await filesOf(dir)).size, 7);
    assertEquals((await filesOf(join(dir, "to"))).size, 7);
    await assertRejects(() => Deno.stat(join(dir, "etc")));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("pack and inspect run with their tasks' permissions", async () => {
  await withFiles(await prefixed("from", await faces()), async (dir) => {
    const packed = await runTask("pack", join(dir, "from"), join(dir, "a.zip"));
    assertEquals(packed.code, 0, packed.err);
    const seen = await runTask("inspect", join(dir, "a.zip"), "--json");
    assertEquals(seen.code, 0, seen.err);
    assertEquals(JSON.parse(seen.out).images, 12);
  });
});
