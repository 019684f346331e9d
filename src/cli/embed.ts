/** `embed`: from aligned face crops to a file of embeddings. */

import { encodeSafetensors } from "../formats/safetensors.ts";
import { Gpu } from "../gpu/gpu.ts";
import { formatSize } from "../sphereface/configuration.ts";
import { Embedder } from "../sphereface/embedder.ts";
import { type CropFeatures, cropFeatures, describeBroken, embeddings } from "./crop_features.ts";
import { listImages } from "./image_paths.ts";
import { describeModel, type ModelFile, openModel } from "./model_file.ts";
import { type CommandSpec, Options } from "./options.ts";
import { requireWritable, writeWhole } from "./write_whole.ts";

const EMBED: CommandSpec = {
  usage: "deno task embed --model MODEL FILE|DIR... --out FILE [OPTIONS]",
  summary:
    "Writes the embeddings of aligned face crops as a safetensors file: `features` [images, 1024],\n" +
    "not normalised, to be compared by cosine, and in the metadata `names`, the images' paths, one a\n" +
    "line. Folders are searched for JPEG and PNG files, folders within them too. Images that cannot be\n" +
    "read are left out and named.",
  options: {
    model: { value: "MODEL", help: "a model.safetensors, or the folder of a run" },
    out: { value: "FILE", help: "the file to write, such as embeddings.safetensors" },
    batch: { value: "N", help: "images that go through the net together (default 32)" },
    json: { help: "one line of JSON on standard output" },
  },
};

/** Runs the command; broken images are an error only where no other is left. */
export async function main(args: string[]): Promise<number> {
  const options = Options.parse(EMBED, args);
  if (options === null) return 0;
  const batch = options.integer("batch", 1);
  const out = options.required("out");
  const file = await openModel(options.required("model"));
  if (options.positional.length === 0) {
    throw new TypeError("embed needs images, or folders of images, as arguments; see --help.");
  }
  const paths = await listImages(options.positional);
  requireNames(paths);
  await requireWritable(out);
  console.error(`${describeModel(file)}: ${paths.length} images`);
  using gpu = await Gpu.request();
  using embedder = new Embedder(gpu, file.model);
  const result = await cropFeatures(paths, embeddings(embedder), { batch, complete: false });
  const { indices, broken } = result;
  await writeWhole(out, encode(file, paths, result));
  if (broken.length > 0) console.error(describeBroken(broken, paths.length));
  console.error(`Wrote the embeddings of ${indices.length} images to ${out}.`);
  if (options.flag("json")) {
    console.log(JSON.stringify({ file: out, images: indices.length, skipped: broken }));
  }
  return 0;
}

function requireNames(paths: readonly string[]): void {
  const bad = paths.find((path) => /[\r\n]/.test(path));
  if (bad !== undefined) {
    throw new Error(
      `${
        JSON.stringify(bad)
      } has a line break in its name, and names are kept one a line; rename it.`,
    );
  }
}

function encode(
  { path, model }: ModelFile,
  paths: readonly string[],
  { features, dim, indices }: CropFeatures,
): Uint8Array {
  const { net, size, configuration } = model;
  return encodeSafetensors(
    { features: { dtype: "F32", shape: [indices.length, dim], data: features } },
    {
      format: "spheregrad embeddings 1",
      names: indices.map((index) => paths[index]!).join("\n"),
      representation: "embedding of the image, then of its mirror; not normalised; cosine",
      model: path,
      net,
      size: formatSize(size),
      ...(configuration && { configuration: JSON.stringify(configuration) }),
    },
  );
}
