import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { EncodedImages } from "../../src/data/encoded_images.ts";
import {
  findExcluded,
  imagesOfEach,
  parseIdentityList,
  selectIdentities,
  selectImages,
} from "../../src/data/exclusion.ts";
import { OVERLAP_LISTS } from "../../src/data/overlap_lists.ts";

const set: EncodedImages = {
  name: "casia",
  identities: ["0000045", "0166921", "0166922", "1193098"],
  labels: Uint32Array.of(3, 0, 1, 1, 2, 0),
  sampleNames: ["d1", "a1", "b1", "b2", "c1", "a2"],
  encoded: (index) => Promise.resolve(Uint8Array.of(index)),
};

Deno.test("OVERLAP_LISTS hold what the sources count, each name once", () => {
  const [lfw, official] = OVERLAP_LISTS;
  assertEquals([lfw!.identities.length, official!.identities.length], [17, 3]);
  assertEquals(new Set(lfw!.identities).size, 17);
  assertEquals(official!.identities.filter((name) => !lfw!.identities.includes(name)), []);
  assertEquals(lfw!.identities.every((name) => /^\d{7}$/.test(name)), true);
});

Deno.test("findExcluded() counts and names what lists leave out", () => {
  const { labels, remarks, warnings } = findExcluded(set, OVERLAP_LISTS);
  assertEquals([...labels], [1, 3]);
  assertEquals(warnings, []);
  assertEquals(
    remarks[0],
    "2 of the 17 identities of the list lfw are left out, with 3 images: 0166921, 1193098.",
  );
  assertStringIncludes(remarks[1]!, "2 of the 3 identities of the list lfw-official");
});

Deno.test("findExcluded() warns of a list that matches nothing", () => {
  const { labels, remarks, warnings } = findExcluded(
    { ...set, identities: ["Ann", "Bob", "Cyd", "Dee"] },
    OVERLAP_LISTS.slice(0, 1),
  );
  assertEquals([labels.size, remarks.length, warnings.length], [0, 0, 1]);
  assertEquals(
    warnings[0],
    "None of the 17 names of the list lfw (such as 0000513) occurs in casia, where identities are " +
      "called such as Ann: nothing is left out by it.",
  );
});

Deno.test("selectIdentities() labels anew without gaps and keeps the order of samples", async () => {
  const { labels } = findExcluded(set, OVERLAP_LISTS);
  const selection = selectIdentities(set, (_, label) => !labels.has(label));
  assertEquals(selection.identities, ["0000045", "0166922"]);
  assertEquals([...selection.labels], [0, 1, 0]);
  assertEquals([...selection.samples], [1, 4, 5]);
  const images = selectImages(set, selection);
  assertEquals(images.sampleNames, ["a1", "c1", "a2"]);
  assertEquals([...await images.encoded(1)], [4]);
  assertThrows(() => images.encoded(3), RangeError, "no sample 3 in the 3 of casia");
});

Deno.test("selectIdentities() knows the number of images, and selectImages() keeps landmarks", () => {
  assertEquals([...imagesOfEach(set)], [2, 2, 1, 1]);
  const selection = selectIdentities(set, (_name, _label, images) => images >= 2);
  assertEquals([...selection.samples], [1, 2, 3, 5]);
  const point = { x: 1, y: 2 };
  const landmarks = set.sampleNames.map((_, i) =>
    i === 1 ? null : [point, point, point, point, { x: i, y: 0 }] as const
  );
  const images = selectImages({ ...set, landmarks }, selection);
  assertEquals(images.landmarks!.map((five) => five?.[4].x), [undefined, 2, 3, 5]);
});

Deno.test("parseIdentityList() reads names a line, with remarks and any line ends", () => {
  const { identities } = parseIdentityList("\ufeff# mine\r\n Ann Lee \r\n\r\nO'Hara, Bob\n", "x");
  assertEquals(identities, ["Ann Lee", "O'Hara, Bob"]);
  assertThrows(
    () => parseIdentityList("# none\n", "x.txt"),
    SyntaxError,
    "x.txt names no identity",
  );
});

Deno.test("parseIdentityList() reads the column leave_out of a table", () => {
  const text =
    'a,b,score,leave_out\n"Lee, Ann",p2,0.9,"Lee, Ann"\n"a ""b""",c,1,"a ""b"""\nx,y,0.5,\n';
  assertEquals(parseIdentityList(text, "x").identities, ["Lee, Ann", 'a "b"']);
  assertEquals(parseIdentityList("a,b,score,leave_out\n", "x").identities, []);
  assertThrows(
    () => parseIdentityList('a,leave_out\n"b,c\n', "t.csv"),
    SyntaxError,
    "Line 2 of t.csv",
  );
});
