import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { findImages, listImages, requireFiles } from "../../src/cli/image_paths.ts";
import { withFiles } from "./command.ts";

/** Empty files of these names. */
function named(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, ""]));
}

Deno.test("listImages() walks folders in order, and lists each file once", async () => {
  const files = named(
    "z.png",
    "in/b.JPG",
    "in/B.jpeg",
    "in/a/c.png",
    "in/a.txt",
    "in/png",
    "in/.h/d.png",
  );
  await withFiles(files, async (dir) => {
    const at = (...names: string[]) => names.map((name) => join(dir, name));
    assertEquals(await listImages(at("in")), at("in/B.jpeg", "in/a/c.png", "in/b.JPG"));
    assertEquals(
      await listImages(at("z.png", "in/b.JPG", "in", "./z.png")),
      at("z.png", "in/b.JPG", "in/B.jpeg", "in/a/c.png"),
    );
    assertEquals(await listImages(at("in/a.txt")), at("in/a.txt")); // the decoder will judge it
  });
});

Deno.test("listImages() follows links, but not around in a circle", async () => {
  await withFiles(named("in/a.png", "other/b.png"), async (dir) => {
    await Deno.symlink(join(dir, "in"), join(dir, "in", "circle"), { type: "dir" });
    await Deno.symlink(join(dir, "other"), join(dir, "in", "other"), { type: "dir" });
    const found = await listImages([join(dir, "in")]);
    assertEquals(found, [join(dir, "in", "a.png"), join(dir, "in", "other", "b.png")]);
  });
});

Deno.test("listImages() names all that is missing, and all folders without images", async () => {
  await withFiles(named("one/a.txt", "two/.b.png", "three/c.png"), async (dir) => {
    const refused = async (...names: string[]) => {
      const list = () => listImages(names.map((name) => join(dir, name)));
      return (await assertRejects(list, Error)).message.replaceAll(join(dir, "/"), "");
    };
    assertEquals(await refused("no", "three", "nor"), "There is no file or folder no, nor.");
    assertEquals(await refused("one"), "The folder one holds no JPEG or PNG image.");
    assertEquals(
      await refused("one", "three", "two"),
      "The folders one, two hold no JPEG or PNG image.",
    );
  });
});

Deno.test("findImages() takes jpg before jpeg before png, in any case", async () => {
  const files = named(
    "Al/Al_0001.png",
    "Al/Al_0001.JPG",
    "Al/Al_0002.jpeg",
    "Al/Al_0002.png",
    "J.R/J.R_0001.PNG",
  );
  await withFiles(files, async (dir) => {
    assertEquals(
      await findImages(dir, ["J.R/J.R_0001", "Al/Al_0002", "Al/Al_0001"], "pairs.txt"),
      ["J.R/J.R_0001.PNG", "Al/Al_0002.jpeg", "Al/Al_0001.JPG"].map((name) => join(dir, name)),
    );
  });
});

Deno.test("findImages() names what is missing: an image, a person, or a person who is a file", async () => {
  await withFiles(named("Al/Al_0001.png", "Bo", "Al/Al_0002.txt"), async (dir) => {
    const stems = ["Al/Al_0001", "Al/Al_0002", "Bo/Bo_0001", "Cy/Cy_0001"];
    const { message } = await assertRejects(() => findImages(dir, stems, "pairs.txt"), Error);
    assertEquals(
      message,
      `${dir} lacks 3 of the 4 images that pairs.txt names.\n  Al/Al_0002\n  Bo/Bo_0001\n  Cy/Cy_0001`,
    );
  });
});

Deno.test("requireFiles() names all paths that lead to no file", async () => {
  await withFiles(named("a.png"), async (dir) => {
    await requireFiles([join(dir, "a.png")]);
    const bad = [join(dir, "no"), dir, join(dir, "a.png"), join(dir, "a.png", "b")];
    const { message } = await assertRejects(() => requireFiles(bad), Error);
    assertStringIncludes(
      message,
      `There is no image ${bad[0]}. ${dir} is a folder; give an image.`,
    );
    assertStringIncludes(message, `${bad[3]} is a file, or leads through one`);
  });
});
