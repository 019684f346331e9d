import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  AUTHORS_FILES,
  AUTHORS_FOLDER,
  DOWNLOAD,
  downloadMtcnnWeights,
  loadMtcnnWeights,
  mtcnnCacheFolder,
} from "../../src/cli/mtcnn_weights_files.ts";
import { encodeMtcnnWeights } from "../../src/faces/mtcnn/weights.ts";
import {
  caffeFiles,
  hasSharedWeights,
  randomMtcnnWeights,
  SHARED_WEIGHTS,
} from "../support/mtcnn.ts";

const weights = randomMtcnnWeights();
const files = caffeFiles(weights);
const NONE = () => Promise.reject(new Error("no net"));

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const environmentOf = (folder: string) => ({
  os: "linux",
  env: (name: string) => name === "XDG_CACHE_HOME" ? folder : undefined,
});

Deno.test("loadMtcnnWeights() reads a folder of three files, of one, and a file", () =>
  inFolder(async (folder) => {
    const one = join(folder, "mtcnn.safetensors");
    await Deno.writeFile(one, encodeMtcnnWeights(weights));
    assertEquals(await loadMtcnnWeights(one), weights);
    assertEquals(await loadMtcnnWeights(folder), weights);
    await Deno.remove(one);
    for (const { name, bytes } of files) await Deno.writeFile(join(folder, name), bytes);
    assertEquals(await loadMtcnnWeights(folder), weights);
    await Deno.remove(join(folder, "det2.caffemodel"));
    const { message } = await assertRejects(() => loadMtcnnWeights(folder), Error);
    assertStringIncludes(message, "There is no file of MTCNN weights");
    assertStringIncludes(message, "det2.caffemodel");
  }));

Deno.test("loadMtcnnWeights() reads the address of a folder and of a file", async () => {
  const asked: string[] = [];
  const get = (url: string) => {
    asked.push(url);
    const file = files.find(({ name }) => url.endsWith(`/${name}`));
    const bytes = url.endsWith(".safetensors") ? encodeMtcnnWeights(weights) : file?.bytes;
    return Promise.resolve(new Response(bytes ?? null, { status: bytes ? 200 : 404 }));
  };
  assertEquals(await loadMtcnnWeights("https://example.org/mtcnn", { fetch: get }), weights);
  assertEquals(asked[2], "https://example.org/mtcnn/det3.caffemodel");
  assertEquals(
    await loadMtcnnWeights("https://example.org/m.safetensors", { fetch: get }),
    weights,
  );
});

Deno.test("loadMtcnnWeights() says what to do where there are none", () =>
  inFolder(async (folder) => {
    const environment = environmentOf(folder);
    const cases: [string | undefined, string][] = [
      [undefined, "MTCNN's weights are not here: give --weights a folder"],
      [folder, "holds none of MTCNN's weights: give --weights a folder"],
      [join(folder, "nowhere"), "There is no folder or file of MTCNN weights"],
      ["https://example.org/", "det1.caffemodel cannot be fetched (no net)"],
    ];
    for (const [where, words] of cases) {
      const run = () => loadMtcnnWeights(where, { environment, fetch: NONE });
      assertStringIncludes((await assertRejects(run, Error)).message, words);
    }
  }));

Deno.test("downloadMtcnnWeights() keeps nothing that is not what the authors published", () =>
  inFolder(async (folder) => {
    const environment = environmentOf(folder);
    const wrong = () => Promise.resolve(new Response(files[0]!.bytes));
    const absent = () => Promise.resolve(new Response(null, { status: 404 }));
    for (
      const [get, words] of [
        [wrong, "is not the file that the authors published (SHA-256"],
        [absent, "the server answers 404"],
        [NONE, "no net"],
      ] as const
    ) {
      const run = () => loadMtcnnWeights(DOWNLOAD, { environment, fetch: get });
      const { message } = await assertRejects(run, Error);
      assertStringIncludes(message, words);
      assertStringIncludes(message, `${AUTHORS_FOLDER}det1.caffemodel`);
      assertEquals([...Deno.readDirSync(mtcnnCacheFolder(environment)!)], []);
    }
    const nowhere = { os: "linux", env: () => undefined };
    const { message } = await assertRejects(
      () => downloadMtcnnWeights({ environment: nowhere }),
      Error,
    );
    assertStringIncludes(message, "set XDG_CACHE_HOME");
  }));

Deno.test({
  name: "downloadMtcnnWeights() fetches what is missing or damaged, once, and it is found later",
  ignore: !hasSharedWeights,
  fn: () =>
    inFolder(async (folder) => {
      const environment = environmentOf(folder);
      const asked: string[] = [];
      const get = async (url: string) => {
        const name = url.slice(AUTHORS_FOLDER.length);
        asked.push(name);
        return new Response(await Deno.readFile(new URL(name, SHARED_WEIGHTS)));
      };
      const system = { environment, fetch: get };
      const all = await loadMtcnnWeights(DOWNLOAD, system);
      assertEquals(asked, AUTHORS_FILES.map(({ name }) => name));
      await loadMtcnnWeights(DOWNLOAD, system);
      assertEquals(asked.length, 3);
      assertEquals(await loadMtcnnWeights(undefined, { environment, fetch: NONE }), all);

      await Deno.writeFile(
        join(mtcnnCacheFolder(environment)!, "det2.caffemodel"),
        files[1]!.bytes,
      );
      assertEquals(await loadMtcnnWeights(DOWNLOAD, system), all);
      assertEquals(asked.slice(3), ["det2.caffemodel"]);
    }),
});
