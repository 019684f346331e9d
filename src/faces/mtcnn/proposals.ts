/** MTCNN's first stage: the first net over all levels of the pyramid, and the boxes that come of it. */

import { Tensor } from "../../autograd/tensor.ts";
import { scope } from "../../autograd/scope.ts";
import { noGrad } from "../../autograd/tape.ts";
import type { Slice } from "../../gpu/buffers.ts";
import type { Gpu } from "../../gpu/gpu.ts";
import { CANDIDATE_BYTES, collectCandidates } from "../../kernels/candidates.ts";
import { photoLevel } from "../../kernels/photo.ts";
import type { GpuPhoto } from "./gpu_photo.ts";
import { type Box, regress, type Regression, square, windowBox } from "./boxes.ts";
import { type Level, STRIDE, type Tile, tilesOf, windowsAlong } from "./pyramid.ts";
import type { StageInput } from "./stages.ts";
import { nonMaximumSuppression } from "./nms.ts";

/** The most windows of a tile along each axis: they bound the memory of a level, whatever its size. */
const MOST_WINDOWS = 256;

/** The most candidates of a photo. */
const MOST_CANDIDATES = 1 << 19;

/** Candidates that are read together with their number. */
const READ_AT_ONCE = 4096;

/** Bytes before the list in what is read: the number of candidates, aligned. */
const COUNT_BYTES = 16;

/** How much boxes of a level may overlap, and those of all levels. */
const WITHIN_LEVEL = 0.5;
const ACROSS_LEVELS = 0.7;

/** A part of a level that the net sees at once. */
interface Part {
  readonly level: number;
  readonly tile: Tile;
  /** Windows in a row of it. */
  readonly columns: number;
}

/** A window that passed the threshold. */
interface Candidate {
  readonly level: number;
  readonly row: number;
  readonly column: number;
  readonly score: number;
  readonly regression: Regression;
}

/**
 * Squares that may hold a face, the best first.
 *
 * @throws {RangeError} if too many windows pass the threshold.
 */
export async function propose(
  { gpu, nets, photo, settings: { thresholds } }: StageInput,
  levels: readonly Level[],
): Promise<Box[]> {
  const parts = levels.flatMap((level, index) =>
    tilesOf(level, MOST_WINDOWS).map((tile): Part => ({
      level: index,
      tile,
      columns: windowsAlong(tile.width),
    }))
  );
  if (parts.length === 0) return [];
  const windows = parts.reduce(
    (sum, { tile, columns }) => sum + columns * windowsAlong(tile.height),
    0,
  );
  const room = Math.min(windows, MOST_CANDIDATES, Math.floor(gpu.bindingLimit / CANDIDATE_BYTES));
  using count = Tensor.zeros(gpu, [COUNT_BYTES / 4]);
  using list = Tensor.empty(gpu, [room, CANDIDATE_BYTES / 4], "candidates");
  parts.forEach((part, group) => {
    noGrad(() =>
      scope(() => {
        const pixels = levelTensor(gpu, photo, levels[part.level]!, part.tile);
        const { probability, regression } = nets.proposal(pixels);
        collectCandidates(
          gpu,
          {
            probability: probability.slice,
            regression: regression.slice,
            count: count.slice,
            list: list.slice,
          },
          probability.size,
          group,
          thresholds[0],
        );
      })
    );
  });
  const bytes = await readCandidates(gpu, count.slice, list.slice, room);
  return mergeLevels(candidatesOf(bytes, parts), levels);
}

/** A part of a level as the net's input. */
function levelTensor(gpu: Gpu, photo: GpuPhoto, level: Level, tile: Tile): Tensor {
  const { top, left, height, width } = tile;
  const octave = photo.octaveFor(1 / level.scale);
  const [columns, rows] = photo.extents(octave);
  const [right, down] = [columns / level.width, rows / level.height];
  const source = photo.source(octave, {
    left: left * right - 1,
    top: top * down - 1,
    right: (left + width) * right + 1,
    bottom: (top + height) * down + 1,
  });
  const pixels = Tensor.empty(gpu, [1, height, width, 4], "pyramid level");
  photoLevel(gpu, source, pixels.slice, {
    step: [right, down],
    from: [left, top],
    extents: [width, height],
    origin: [source.left, source.top],
  });
  return pixels;
}

/** The list as far as it is filled, in one read where it is short. */
async function readCandidates(
  gpu: Gpu,
  count: Slice,
  list: Slice,
  room: number,
): Promise<ArrayBuffer> {
  const together = Math.min(room, READ_AT_ONCE) * CANDIDATE_BYTES;
  using both = Tensor.empty(gpu, [(COUNT_BYTES + together) / 4], "candidates");
  gpu.copy(count, { ...both.slice, size: COUNT_BYTES });
  gpu.copy({ ...list, size: together }, {
    ...both.slice,
    offset: both.slice.offset + COUNT_BYTES,
    size: together,
  });
  const bytes = await gpu.read({ ...both.slice, size: COUNT_BYTES + together });
  const found = new Uint32Array(bytes, 0, 1)[0]!;
  if (found > room) {
    throw new RangeError(
      `${found} windows of the photo pass the first threshold, more than the ${room} that there is room for; ` +
        "raise it, or the size of the smallest face.",
    );
  }
  const size = found * CANDIDATE_BYTES;
  return size <= together
    ? bytes.slice(COUNT_BYTES, COUNT_BYTES + size)
    : await gpu.read({ ...list, size });
}

/** What the list says, by level and then by place: the GPU puts it there in any order. */
function candidatesOf(bytes: ArrayBuffer, parts: readonly Part[]): Candidate[] {
  const words = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  const candidates: Candidate[] = [];
  for (let at = 0; at < words.length; at += CANDIDATE_BYTES / 4) {
    const place = words[at]!;
    const { level, tile, columns } = parts[words[at + 1]!]!;
    candidates.push({
      level,
      row: tile.top / STRIDE + Math.floor(place / columns),
      column: tile.left / STRIDE + place % columns,
      score: floats[at + 2]!,
      regression: [floats[at + 4]!, floats[at + 5]!, floats[at + 6]!, floats[at + 7]!],
    });
  }
  return candidates.sort((a, b) => a.level - b.level || a.row - b.row || a.column - b.column);
}

/** Thins the boxes of each level out, then those of all, and moves what is left. */
function mergeLevels(candidates: readonly Candidate[], levels: readonly Level[]): Box[] {
  const boxes: Box[] = [];
  const regressions: Regression[] = [];
  for (const [level, some] of Map.groupBy(candidates, ({ level }) => level)) {
    const { scale } = levels[level]!;
    const ofLevel = some.map(({ row, column, score }) => windowBox(row, column, scale, score));
    for (const index of nonMaximumSuppression(ofLevel, WITHIN_LEVEL, "union")) {
      boxes.push(ofLevel[index]!);
      regressions.push(some[index]!.regression);
    }
  }
  return nonMaximumSuppression(boxes, ACROSS_LEVELS, "union")
    .map((index) => square(regress(boxes[index]!, regressions[index]!, 0)));
}
