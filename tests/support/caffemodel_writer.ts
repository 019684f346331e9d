/** What a `.caffemodel` of a test holds. */
export interface WrittenLayer {
  readonly name: string;
  readonly type: string | number;
  readonly blobs?: readonly {
    readonly shape: readonly number[];
    readonly data: readonly number[];
  }[];
}

/** The ways in which versions of Caffe wrote the same net. */
export interface WrittenForm {
  /** The older messages, whose types are numbers. */
  readonly v1?: boolean;
  /** A field for each element. */
  readonly unpacked?: boolean;
  /** Four extents by name in place of a shape. */
  readonly oldShapes?: boolean;
  readonly doubles?: boolean;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

export function field(number: number, content: readonly number[] | string | number): number[] {
  if (typeof content === "number") return [...varint(number * 8), ...varint(content)];
  const bytes = typeof content === "string" ? [...new TextEncoder().encode(content)] : content;
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

function elements(data: readonly number[], { unpacked, doubles }: WrittenForm): number[] {
  const number = doubles ? 8 : 5;
  const values = data.map((value) => {
    const floats = doubles ? new Float64Array([value]) : new Float32Array([value]);
    return [...new Uint8Array(floats.buffer)];
  });
  if (!unpacked) return field(number, values.flat());
  return values.flatMap((bytes) => [...varint(number * 8 + (doubles ? 1 : 5)), ...bytes]);
}

function blob(shape: readonly number[], data: readonly number[], form: WrittenForm): number[] {
  const extents = form.oldShapes
    ? [1, 1, 1, 1, ...shape].slice(-4).flatMap((extent, i) => field(i + 1, extent))
    : field(
      7,
      form.unpacked ? shape.flatMap((extent) => field(1, extent)) : field(1, shape.flatMap(varint)),
    );
  return [...extents, ...elements(data, form)];
}

/** The bytes of a `.caffemodel`. */
export function encodeCaffemodel(
  layers: readonly WrittenLayer[],
  form: WrittenForm = {},
): Uint8Array<ArrayBuffer> {
  const [layer, name, type, blobs] = form.v1 ? [2, 4, 5, 6] as const : [100, 1, 2, 7] as const;
  return Uint8Array.from([
    ...field(1, "a net"),
    ...layers.flatMap((written) =>
      field(layer, [
        ...field(name, written.name),
        ...field(type, written.type),
        ...(written.blobs ?? []).flatMap(({ shape, data }) =>
          field(blobs, blob(shape, data, form))
        ),
      ])
    ),
  ]);
}
