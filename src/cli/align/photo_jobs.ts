/** What the photo pool and its workers say to each other. */

import type { ImageSource } from "../../data/decoding/decode_job.ts";
import type { RgbImage } from "../../faces/images/image.ts";

/** The formats of aligned crops. */
export const CROP_FORMATS = ["jpg", "png"] as const;

/** One of them. */
export type CropFormat = (typeof CROP_FORMATS)[number];

/** How crops are encoded. */
export interface CropEncoding {
  /** The kind of file. */
  readonly format: CropFormat;
  /** A JPEG's quality, 1 to 100. */
  readonly quality: number;
}

/** A photo to decode whole, or a crop to encode. */
export type PhotoWork =
  | { readonly kind: "decode"; readonly source: ImageSource }
  | { readonly kind: "encode"; readonly image: RgbImage; readonly encoding: CropEncoding };

/** Work with a number that comes back in the reply. */
export interface PhotoJob {
  /** The number. */
  readonly id: number;
  /** The work. */
  readonly work: PhotoWork;
}

/** The number of the reply by which a worker says that it has started. */
export const STARTED: number = -1;

/** The outcome of a job: what it asked for, a damaged photo, or a failure that isn't the photo's fault. */
export interface PhotoReply {
  /** The job's number, or {@linkcode STARTED}. */
  readonly id: number;
  /** A decoded photo. */
  readonly image?: RgbImage;
  /** An encoded crop. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Why this photo cannot be used. */
  readonly damage?: string;
  /** Why nothing can be done. */
  readonly failure?: string;
}
