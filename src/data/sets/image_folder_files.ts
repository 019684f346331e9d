import {
  DecodedImages,
  type DecodedImagesOptions,
  type PreparedImages,
  prepareImages,
} from "../decoding/decoded_images.ts";
import { openFolder } from "./folder_images_files.ts";

export type { SkippedImage } from "../decoding/decoded_images.ts";

/** Options of {@linkcode ImageFolder.open}. */
export type ImageFolderOptions = Omit<DecodedImagesOptions, "spawn">;

/** Starts a decode worker that reads files itself. */
export function spawnFileWorker(): Worker {
  return new Worker(new URL("../decoding/decode_worker_files.ts", import.meta.url), {
    type: "module",
  });
}

/**
 * A data set of image files, `dir/identity/image.jpg|jpeg|png`: {@linkcode DecodedImages} over a folder.
 *
 * It must be disposed of, as its workers may keep the process alive.
 */
export class ImageFolder extends DecodedImages {
  /** How many files, and folders in identity folders, aren't images; hidden ones aren't counted. */
  readonly ignored: number;

  private constructor(prepared: PreparedImages, ignored: number) {
    super(prepared);
    this.ignored = ignored;
  }

  /**
   * Lists a folder, and decodes its images if they fit into memory.
   *
   * @param dir The folder of identity folders.
   * @param options Size, filters and memory.
   * @throws Error when there is no such folder, it holds no images in identity folders, none of
   * them can be decoded, or too few identities are left.
   */
  static async open(dir: string, options: ImageFolderOptions): Promise<ImageFolder> {
    const images = await openFolder(dir);
    const prepared = await prepareImages(images, { ...options, spawn: spawnFileWorker });
    return new ImageFolder(prepared, images.ignored);
  }
}
