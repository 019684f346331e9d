import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Axis, makeAxis } from "../../src/report/axis.ts";

const texts = (axis: Axis) => axis.ticks.map(({ text }) => text);

Deno.test("makeAxis() puts linear ticks on round numbers around the data", () => {
  const axis = makeAxis({ label: "" }, [0.13, 4.7, NaN, Infinity]);
  assertEquals(texts(axis), ["0", "1", "2", "3", "4", "5"]);
  assertEquals(axis.range, [0, 5]);
  assertEquals([0, 2.5, 5].map(axis.position), [0, 0.5, 1]);
});

Deno.test("makeAxis() writes as many decimals as the step needs", () => {
  assertEquals(texts(makeAxis({ label: "" }, [-0.1, 0.11])), [
    "−0.10",
    "−0.05",
    "0.00",
    "0.05",
    "0.10",
    "0.15",
  ]);
  assertEquals(
    texts(makeAxis({ label: "", percent: true, min: 0, max: 1 }, [])),
    ["0\u2009%", "20\u2009%", "40\u2009%", "60\u2009%", "80\u2009%", "100\u2009%"],
  );
  assertEquals(texts(makeAxis({ label: "", min: 0, max: 30000 }, [])).at(-1), "30,000");
});

Deno.test("makeAxis() keeps to the ends and the step that it is given", () => {
  const axis = makeAxis({ label: "", min: 45, max: 120, step: 30 }, [0, 500]);
  assertEquals(axis.range, [45, 120]);
  assertEquals(texts(axis), ["60", "90", "120"]);
});

Deno.test("makeAxis() puts logarithmic ticks on decades, with 2 and 5 where there is room", () => {
  assertEquals(
    texts(makeAxis({ label: "", scale: "log", min: 4, max: 1000 }, [])),
    ["5", "10", "20", "50", "100", "200", "500", "1,000"],
  );
  assertEquals(
    texts(makeAxis({ label: "", scale: "log", min: 1e-4, max: 1 }, [])),
    ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1"],
  );
  const wide = makeAxis({ label: "", scale: "log", min: 1e-12, max: 1 }, []);
  assert(wide.ticks.length >= 4 && wide.ticks.length <= 7, texts(wide).join());
});

Deno.test("makeAxis() places values by their logarithm and can't place zero", () => {
  const axis = makeAxis({ label: "", scale: "log", min: 1, max: 100 }, []);
  assertAlmostEquals(axis.position(10), 0.5, 1e-12);
  assertEquals(axis.position(0), NaN);
  assertEquals(axis.position(-1), NaN);
  assertThrows(() => makeAxis({ label: "", scale: "log", min: 0, max: 1 }, []), RangeError);
});

Deno.test("makeAxis() copes with one value and with none", () => {
  for (const scale of ["linear", "log"] as const) {
    for (const values of [[], [7], [7, 7], [NaN]]) {
      const axis = makeAxis({ label: "", scale }, values);
      assert(axis.ticks.length >= 2, `${scale} ${values}`);
      assert(
        axis.ticks.every(({ value }) =>
          axis.position(value) >= -1e-9 && axis.position(value) <= 1 + 1e-9
        ),
      );
      if (values[0] === 7) assert(axis.position(7) > 0 && axis.position(7) < 1 + 1e-9);
    }
  }
});
