/**
 * Identities of CASIA-WebFace that are also in a test set, by their folders' names. Training on them would judge a
 * net on people that it has seen.
 *
 * CASIA-WebFace and the FaceScrub set of MegaFace have 42 identities in common (happynear's lists, which leave
 * 10,516 of 10,575 identities). Our sources give their number and not their names, so that no such list is here:
 * whoever has it passes it as a file, and `overlap` finds common identities by their embeddings.
 */

/** Identities by name, under a name of their own. */
export interface IdentityList {
  /** How a user and a message call it. */
  readonly name: string;
  /** Names of identities. */
  readonly identities: readonly string[];
}

/** What SphereFace's released list builder leaves out of CASIA-WebFace for LFW: 10,572 identities stay. */
const LFW_OFFICIAL = ["0166921", "1056413", "1193098"];

/** What happynear's cleaner list leaves out of CASIA-WebFace for LFW; it holds the three above. */
const LFW = [
  "0000513",
  "0004539",
  "0004763",
  "0005009",
  "0005082",
  "0005172",
  "0166921",
  "0208962",
  "0430107",
  "0662519",
  "0955471",
  "1056413",
  "1091782",
  "1193098",
  "1303492",
  "2425974",
  "3478560",
];

/** The lists that come with the package. */
export const OVERLAP_LISTS: readonly IdentityList[] = [
  { name: "lfw", identities: LFW },
  { name: "lfw-official", identities: LFW_OFFICIAL },
];
