import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeCaffemodel } from "../../src/formats/caffemodel.ts";
import { encodeCaffemodel, field, type WrittenForm } from "../support/caffemodel_writer.ts";

const WEIGHTS = [1, -2.5, 3, 0.25, 5, 6];
const layers = (type: string | number) => [
  { name: "data", type: typeof type === "string" ? "Data" : 5 },
  {
    name: "fc",
    type,
    blobs: [{ shape: [2, 3], data: WEIGHTS }, { shape: [2], data: [7, 8] }],
  },
];

Deno.test("decodeCaffemodel() reads every form in which Caffe wrote its nets", () => {
  const forms: WrittenForm[] = [
    {},
    { unpacked: true },
    { doubles: true },
    {
      doubles: true,
      unpacked: true,
    },
    { oldShapes: true },
    { v1: true },
    { v1: true, oldShapes: true, unpacked: true },
  ];
  for (const form of forms) {
    const file = encodeCaffemodel(layers(form.v1 ? 14 : "InnerProduct"), form);
    const [data, dense] = decodeCaffemodel(file, "net.caffemodel");
    assertEquals(data, { name: "data", type: "Data", blobs: [] });
    assertEquals(dense?.name, "fc");
    assertEquals(dense?.type, "InnerProduct");
    const shapes = form.oldShapes ? [[1, 1, 2, 3], [1, 1, 1, 2]] : [[2, 3], [2]];
    assertEquals(dense?.blobs.map(({ shape }) => shape), shapes);
    assertEquals(dense?.blobs.map(({ data }) => [...data]), [WEIGHTS, [7, 8]]);
  }
});

Deno.test("decodeCaffemodel() refuses what is damaged, and says where", () => {
  const whole = encodeCaffemodel(layers("InnerProduct"));
  const net = (blob: number[]) =>
    Uint8Array.from(field(100, [...field(1, "fc"), ...field(7, blob)]));
  const extents = (...values: number[]) => field(7, values.flatMap((value) => field(1, value)));
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(), "it holds no layers"],
    [whole.subarray(0, whole.length - 1), "claims"],
    [new TextEncoder().encode("not a net"), "wire type"],
    [net(extents(2)), 'blob 0 of the layer "fc" has the shape [2] but 0 elements'],
    [net(field(5, [0, 0, 0, 0])), "has no shape"],
    [net([...extents(1), ...field(5, [0, 0, 0])]), "has 3 bytes, no multiple of 4"],
    [net([...extents(2 ** 31), ...field(5, [])]), "has the extent 2147483648"],
    [net(extents(...Array(33).fill(1))), "has over 32 axes"],
    [net(extents(...Array(32).fill(2 ** 31 - 1))), "but 0 elements"],
    [
      net([...extents(1), ...field(5, [0, 0, 0, 0]), ...field(8, Array(8).fill(0))]),
      "holds floats and doubles at once",
    ],
    [Uint8Array.from(field(100, 1)), "a layer is written as a varint"],
    [Uint8Array.from(field(100, field(1, [0xff]))), "is not UTF-8"],
    [Uint8Array.from(field(2, field(5, 40))), "unknown type 40"],
  ];
  for (const [bytes, words] of cases) {
    const { message } = assertThrows(() => decodeCaffemodel(bytes, "det.caffemodel"), SyntaxError);
    assertStringIncludes(message, words);
    assertStringIncludes(message, "det.caffemodel is not a whole caffemodel: ");
    assertStringIncludes(message, "Fetch the file again.");
  }
});
